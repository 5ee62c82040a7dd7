// Command fuzzed is an end that takes whatever comes: on each connection to its port, a session on the published Go module, whose application
// accepts streams and reads nothing. The first byte of a connection says which: 1 is set for a client, 2 for one that opens a stream and writes
// "hello". It ends with its standard input.
package main

import (
	"fmt"
	"io"
	"net"
	"os"

	"golang.ngrok.com/muxado/v2"
)

const window = 64

// lingering lets the last frame arrive: a connection that is closed with bytes unread takes away what was sent before.
type lingering struct{ *net.TCPConn }

func (c lingering) Close() error {
	err := c.CloseWrite()
	go func() {
		_, _ = io.Copy(io.Discard, c.TCPConn)
		_ = c.TCPConn.Close()
	}()
	return err
}

func main() {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	go func() {
		for {
			conn, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func serve(conn *net.TCPConn) {
	var flags [1]byte
	if _, err := io.ReadFull(conn, flags[:]); err != nil {
		_ = conn.Close()
		return
	}
	config := &muxado.Config{MaxWindowSize: window}
	var session muxado.Session
	if flags[0]&1 != 0 {
		session = muxado.Client(lingering{conn}, config)
	} else {
		session = muxado.Server(lingering{conn}, config)
	}
	if flags[0]&2 != 0 {
		if str, err := session.OpenStream(); err == nil {
			_, _ = str.Write([]byte("hello"))
		}
	}
	for {
		if _, err := session.AcceptStream(); err != nil {
			return
		}
	}
}
