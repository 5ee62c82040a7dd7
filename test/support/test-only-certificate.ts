/**
 * A self-signed certificate for `localhost`, 127.0.0.1 and ::1, valid for a hundred years. TEST ONLY: its key is public, it protects nothing.
 * Node cannot make certificates itself, and a fixture needs no `openssl` where the tests run. Made with
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500 -nodes -subj '/CN=muxado test only'
 * -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' -addext 'basicConstraints=critical,CA:TRUE'`.
 *
 * @module
 */

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBvDCCAWKgAwIBAgIULD+5rsAAXTuxA2EvnRHNzxhWceQwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQbXV4YWRvIHRlc3Qgb25seTAgFw0yNjExMjMwMTQ4MDhaGA8y
MTI2MTAzMDAxNDgwOFowGzEZMBcGA1UEAwwQbXV4YWRvIHRlc3Qgb25seTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABN2D1dM0ndK5HIPMdq1ayC2xGMAq5C3vrb/0
D5qyswG4sBpxVGuksXy9GI6cenRBbDE1AROkuijhlrQ1ogeqloyjgYEwfzAdBgNV
HQ4EFgQU4YWdmpCSlWaauyRmfi/lURY/It4wHwYDVR0jBBgwFoAU4YWdmpCSlWaa
uyRmfi/lURY/It4wLAYDVR0RBCUwI4IJbG9jYWxob3N0hwR/AAABhxAAAAAAAAAA
AAAAAAAAAAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgUfPs
hyVVAMfApaCiYSyk/6UiHwMTwBa8zaqjliyEwn0CIQCdpHVXTBibwQOtKmBHsKIu
W8MbDLxsHYcrCyfG1UlOVA==
-----END CERTIFICATE-----
`

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/BAhuAmDu7IEqrs3
PriKDCG5GhH5VQg2cm+GB0Ns1Y6hRANCAATdg9XTNJ3SuRyDzHatWsgtsRjAKuQt
762/9A+asrMBuLAacVRrpLF8vRiOnHp0QWwxNQETpLoo4Za0NaIHqpaM
-----END PRIVATE KEY-----
`
