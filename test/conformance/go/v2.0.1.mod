module muxado.invalid/conformance

go 1.20

require golang.ngrok.com/muxado/v2 v2.0.1
