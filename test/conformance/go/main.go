// Command echo is an endpoint for @muxado/conformance on the published Go module: it echoes streams on every connection, and does what
// packages/conformance/README.md asks of an endpoint as far as the module can do it. The module has no way to reset a stream.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.ngrok.com/muxado/v2"
)

var (
	typed    = flag.Bool("typed", false, "streams are typed")
	interval = flag.Duration("heartbeat", 0, "interval of a heartbeat; 0 starts none. Needs -typed")
	dial     = flag.String("dial", "", "host:port to connect to, again and again; without it, listen on a port of 127.0.0.1")
)

func main() {
	flag.Parse()
	if *dial != "" {
		var sessions sync.WaitGroup
		for i := 0; i < 4; i++ {
			sessions.Add(1)
			go func() {
				defer sessions.Done()
				for {
					conn, err := net.Dial("tcp", *dial)
					if err != nil {
						return
					}
					serve(muxado.Client(conn, nil))
				}
			}()
		}
		sessions.Wait()
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go serve(muxado.Server(conn, nil))
	}
}

// serve runs a session to its end.
func serve(raw muxado.Session) {
	session, open := raw, raw.OpenStream
	if *typed {
		streams := muxado.NewTypedStreamSession(raw)
		if *interval > 0 {
			config := muxado.NewHeartbeatConfig()
			config.Interval, config.Tolerance = *interval, time.Second
			// The module tells of a peer that is gone and leaves the rest to the application.
			heartbeat := muxado.NewHeartbeat(streams, func(_ time.Duration, late bool) {
				if late {
					_ = raw.Close()
				}
			}, config)
			heartbeat.Start()
			streams = heartbeat
		}
		// OpenStream of a typed session, unlike its AcceptStream, knows nothing of types.
		session, open = streams, func() (muxado.Stream, error) { return streams.OpenTypedStream(0) }
	}
	for i := 0; i < 3; i++ {
		go func() {
			if str, err := open(); err == nil {
				if _, err := str.Write([]byte("hello")); err == nil {
					echo(str)
				}
			}
		}()
	}
	done := make(chan struct{})
	go func() {
		for {
			str, err := session.AcceptStream()
			if err != nil {
				// A typed session fails an accept for a stream that ended before its type came.
				select {
				case <-done:
					return
				default:
					continue
				}
			}
			go answer(raw, str)
		}
	}()
	_, _, _ = raw.Wait()
	close(done)
}

func answer(session muxado.Session, str muxado.Stream) {
	first := make([]byte, 64*1024)
	n, err := str.Read(first)
	line, rest, found := bytes.Cut(first[:n], []byte("\n"))
	if !found || !bytes.HasPrefix(line, []byte("muxado ")) {
		line, rest = nil, first[:n]
	}
	switch string(line) {
	case "muxado close":
		_ = session.Close()
		return
	case "muxado goaway":
		// Not in the interface, and reachable all the same.
		if goer, ok := session.(interface {
			GoAway(muxado.ErrorCode, []byte, time.Time) error
		}); ok {
			_ = goer.GoAway(muxado.NoError, nil, time.Time{})
		}
	case "muxado finish":
		_ = str.CloseWrite()
		_, _ = io.Copy(io.Discard, str)
		return
	case "muxado hold":
		return
	}
	if _, failed := str.Write(rest); len(rest) > 0 && failed != nil {
		return
	}
	if err == io.EOF {
		_ = str.CloseWrite()
		return
	}
	if err == nil {
		echo(str)
	}
}

func echo(str muxado.Stream) {
	if _, err := io.Copy(str, str); err == nil {
		_ = str.CloseWrite()
	}
}
