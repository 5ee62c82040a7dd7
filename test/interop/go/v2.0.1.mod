module muxado.invalid/interop

go 1.21

require golang.ngrok.com/muxado/v2 v2.0.1
