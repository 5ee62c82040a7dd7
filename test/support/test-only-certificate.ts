/**
 * A self-signed certificate for `localhost`, 127.0.0.1 and ::1, valid for a hundred years. TEST ONLY: its key is public, it protects nothing.
 * Node cannot make certificates itself, and a fixture needs no `openssl` where the tests run. Made with
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500 -nodes -subj '/CN=muxado test only'
 * -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' -addext 'basicConstraints=critical,CA:FALSE'`: rustls, which is what
 * Deno has, takes no CA's certificate for a server's.
 *
 * @module
 */

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBuDCCAV6gAwIBAgIUeDJ0lwsyZGK5oRdcGVeEnE1TutwwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQbXV4YWRvIHRlc3Qgb25seTAgFw0yNjExMjMwNDIxMDBaGA8y
MTI2MTAzMDA0MjEwMFowGzEZMBcGA1UEAwwQbXV4YWRvIHRlc3Qgb25seTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABN2D1dM0ndK5HIPMdq1ayC2xGMAq5C3vrb/0
D5qyswG4sBpxVGuksXy9GI6cenRBbDE1AROkuijhlrQ1ogeqloyjfjB8MB0GA1Ud
DgQWBBThhZ2akJKVZpq7JGZ+L+VRFj8i3jAfBgNVHSMEGDAWgBThhZ2akJKVZpq7
JGZ+L+VRFj8i3jAsBgNVHREEJTAjgglsb2NhbGhvc3SHBH8AAAGHEAAAAAAAAAAA
AAAAAAAAAAEwDAYDVR0TAQH/BAIwADAKBggqhkjOPQQDAgNIADBFAiA8B76+YwF/
b6KiLIn94rp0HjvG/YAGBbI5LqCH5piXvgIhAM2MQwpC/3l0GeFDEugGzCZvQ3Ll
yuF2je2l8lLjgMXd
-----END CERTIFICATE-----
`

export const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/BAhuAmDu7IEqrs3
PriKDCG5GhH5VQg2cm+GB0Ns1Y6hRANCAATdg9XTNJ3SuRyDzHatWsgtsRjAKuQt
762/9A+asrMBuLAacVRrpLF8vRiOnHp0QWwxNQETpLoo4Za0NaIHqpaM
-----END PRIVATE KEY-----
`
