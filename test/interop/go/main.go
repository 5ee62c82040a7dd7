// Command peer is one end of a muxado session over TCP, on the published Go module. It does what it is told, a line at a time, on standard
// input, and answers on standard output: `7 write s=1 key=9 n=100` is answered by `7 ok n=100` or by `7 err n=5 code=4 text=...`.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.ngrok.com/muxado/v2"
	"golang.ngrok.com/muxado/v2/frame"
)

// args are the words of a command or of an answer.
type args map[string]string

func (a args) num(name string, otherwise int) int {
	text, ok := a[name]
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(fmt.Sprintf("%s=%s is no number", name, text))
	}
	return n
}

type peer struct {
	raw       muxado.Session
	session   muxado.Session
	typed     muxado.TypedStreamSession
	heartbeat *muxado.Heartbeat
	framer    *framer

	mu       sync.Mutex
	streams  map[int]muxado.Stream
	last     int
	counted  *sync.Cond
	beats    int
	timeouts int

	out sync.Mutex
}

// framer is the module's own, with a way to put a frame of its making between those of the session.
type framer struct {
	frame.Framer
	mu sync.Mutex
}

func (f *framer) WriteFrame(fr frame.Frame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Framer.WriteFrame(fr)
}

func main() {
	role := flag.String("role", "server", "client or server, of the session")
	dial := flag.String("dial", "", "host:port to connect to; without it, listen on a port of 127.0.0.1")
	window := flag.Uint("window", 0, "bytes; 0 is the module's default")
	backlog := flag.Uint("backlog", 0, "streams that wait to be accepted; 0 is the module's default")
	typed := flag.Bool("typed", false, "streams are typed")
	interval := flag.Duration("heartbeat", 0, "interval of a heartbeat; 0 starts none. Needs -typed")
	tolerance := flag.Duration("tolerance", 10*time.Second, "of the heartbeat")
	flag.Parse()

	conn, err := connect(*dial)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	p := &peer{streams: map[int]muxado.Stream{}}
	p.counted = sync.NewCond(&p.mu)
	config := &muxado.Config{
		MaxWindowSize: uint32(*window),
		AcceptBacklog: uint32(*backlog),
		NewFramer: func(r io.Reader, w io.Writer) frame.Framer {
			p.framer = &framer{Framer: frame.NewFramer(r, w)}
			return p.framer
		},
	}
	if *role == "client" {
		p.raw = muxado.Client(conn, config)
	} else {
		p.raw = muxado.Server(conn, config)
	}
	p.session = p.raw
	if *typed {
		p.typed = muxado.NewTypedStreamSession(p.raw)
		if *interval > 0 {
			settings := muxado.NewHeartbeatConfig()
			settings.Interval, settings.Tolerance = *interval, *tolerance
			p.heartbeat = muxado.NewHeartbeat(p.typed, p.beat, settings)
			p.heartbeat.Start()
			p.typed = p.heartbeat
		}
		p.session = p.typed
	}
	fmt.Println("session")

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		a := args{}
		for _, word := range words[2:] {
			name, value, _ := strings.Cut(word, "=")
			a[name] = value
		}
		go p.answer(words[0], words[1], a)
	}
}

func connect(dial string) (net.Conn, error) {
	if dial != "" {
		return net.Dial("tcp", dial)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	return listener.Accept()
}

func (p *peer) answer(id, verb string, a args) {
	result, err := p.do(verb, a)
	words := []string{id, "ok"}
	if err != nil {
		code, cause := muxado.GetError(err)
		words[1] = "err"
		if result == nil {
			result = args{}
		}
		result["code"] = strconv.Itoa(int(code))
		if cause == nil {
			cause = err
		}
		result["text"] = url.QueryEscape(cause.Error())
	}
	for name, value := range result {
		words = append(words, name+"="+value)
	}
	p.out.Lock()
	defer p.out.Unlock()
	fmt.Println(strings.Join(words, " "))
}

func (p *peer) do(verb string, a args) (args, error) {
	switch verb {
	case "open":
		str, err := p.open(a.num("type", 0))
		if err != nil {
			return nil, err
		}
		return p.keep(str), nil
	case "accept":
		return p.accept()
	case "write":
		return p.write(a)
	case "finish":
		return nil, p.stream(a).CloseWrite()
	case "close":
		return nil, p.stream(a).Close()
	case "read":
		return p.read(a)
	case "deadline":
		return nil, p.stream(a).SetReadDeadline(time.Now().Add(time.Duration(a.num("ms", 0)) * time.Millisecond))
	case "echo":
		return nil, echo(p.stream(a))
	case "serve":
		go p.serve()
		return nil, nil
	case "flood":
		return p.flood(a)
	case "goaway":
		debug, err := hex.DecodeString(a["debug"])
		if err != nil {
			return nil, err
		}
		// Not in the interface, and reachable all the same.
		goer := p.raw.(interface {
			GoAway(muxado.ErrorCode, []byte, time.Time) error
		})
		return nil, goer.GoAway(muxado.ErrorCode(a.num("code", 0)), debug, time.Time{})
	case "end":
		return nil, p.session.Close()
	case "wait":
		err, remote, debug := p.raw.Wait()
		local, _ := muxado.GetError(err)
		theirs, _ := muxado.GetError(remote)
		return args{"local": strconv.Itoa(int(local)), "remote": strconv.Itoa(int(theirs)), "debug": hex.EncodeToString(debug)}, nil
	case "beats":
		return p.countBeats(a.num("n", 1)), nil
	case "rst":
		rst := new(frame.Rst)
		if err := rst.Pack(frame.StreamId(a.num("id", 0)), frame.ErrorCode(a.num("code", 0))); err != nil {
			return nil, err
		}
		return nil, p.framer.WriteFrame(rst)
	}
	return nil, errors.New("no command " + verb)
}

func (p *peer) open(streamType int) (muxado.Stream, error) {
	if p.typed != nil {
		return p.typed.OpenTypedStream(muxado.StreamType(streamType))
	}
	return p.raw.OpenStream()
}

func (p *peer) accept() (args, error) {
	if p.typed != nil {
		str, err := p.typed.AcceptTypedStream()
		if err != nil {
			return nil, err
		}
		result := p.keep(str)
		result["type"] = strconv.FormatUint(uint64(str.StreamType()), 10)
		return result, nil
	}
	str, err := p.raw.AcceptStream()
	if err != nil {
		return nil, err
	}
	return p.keep(str), nil
}

func (p *peer) keep(str muxado.Stream) args {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	p.streams[p.last] = str
	return args{"s": strconv.Itoa(p.last), "id": strconv.Itoa(int(str.Id()))}
}

func (p *peer) stream(a args) muxado.Stream {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.streams[a.num("s", 0)]
}

// write sends n bytes of the sequence of a key, from offset `at`, in pieces.
func (p *peer) write(a args) (args, error) {
	n := a.num("n", 0)
	piece := a.num("piece", n)
	key, at := uint32(a.num("key", 0)), a.num("at", 0)
	str, sent := p.stream(a), 0
	for {
		size := min(piece, n-sent)
		took, err := str.Write(sequence(key, at+sent, size))
		sent += took
		if err != nil || sent >= n {
			return args{"n": strconv.Itoa(sent)}, err
		}
	}
}

// read takes n bytes, or all there is until the end, and tells their hash.
func (p *peer) read(a args) (args, error) {
	str, sum, got, most := p.stream(a), sha256.New(), 0, a.num("n", -1)
	buffer := make([]byte, a.num("piece", 64*1024))
	var err error
	for err == nil && got != most {
		part := buffer
		if most >= 0 && most-got < len(part) {
			part = part[:most-got]
		}
		var n int
		n, err = str.Read(part)
		sum.Write(part[:n])
		got += n
	}
	result := args{"n": strconv.Itoa(got), "sha": hex.EncodeToString(sum.Sum(nil)), "eof": "0"}
	if err == io.EOF {
		result["eof"], err = "1", nil
	}
	return result, err
}

func echo(str muxado.Stream) error {
	if _, err := io.Copy(str, str); err != nil {
		return err
	}
	return str.CloseWrite()
}

func (p *peer) serve() {
	for {
		str, err := p.session.AcceptStream()
		if err != nil {
			return
		}
		go func() { _ = echo(str) }()
	}
}

// flood opens n streams, so many at a time, sends on each bytes that only it has, and compares what comes back.
func (p *peer) flood(a args) (args, error) {
	n, key := a.num("n", 1), uint32(a.num("key", 0))
	var sizes []int
	for _, text := range strings.Split(a["sizes"], ",") {
		size, err := strconv.Atoi(text)
		if err != nil {
			return nil, err
		}
		sizes = append(sizes, size)
	}
	numbers := make(chan int)
	failures := make(chan error, n)
	var workers sync.WaitGroup
	var mu sync.Mutex
	bytes := 0
	for i := 0; i < a.num("at-once", 64); i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for number := range numbers {
				size := sizes[number%len(sizes)]
				if err := p.roundTrip(a.num("type", 0), key+uint32(number), size); err != nil {
					failures <- fmt.Errorf("stream %d of %d bytes: %w", number, size, err)
				}
				mu.Lock()
				bytes += size
				mu.Unlock()
			}
		}()
	}
	for i := 0; i < n; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	close(failures)
	result := args{"streams": strconv.Itoa(n), "bytes": strconv.Itoa(bytes), "failed": strconv.Itoa(len(failures))}
	return result, <-failures
}

func (p *peer) roundTrip(streamType int, key uint32, size int) error {
	str, err := p.open(streamType)
	if err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		for sent := 0; sent < size; sent += 50_000 {
			if _, err := str.Write(sequence(key, sent, min(50_000, size-sent))); err != nil {
				written <- err
				return
			}
		}
		written <- str.CloseWrite()
	}()
	buffer := make([]byte, 64*1024)
	got := 0
	for {
		n, err := str.Read(buffer)
		if string(buffer[:n]) != string(sequence(key, got, n)) {
			return fmt.Errorf("other bytes came back, of the %d from %d on", n, got)
		}
		got += n
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if got != size {
		return fmt.Errorf("%d bytes came back", got)
	}
	return <-written
}

func (p *peer) beat(_ time.Duration, late bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if late {
		p.timeouts++
	} else {
		p.beats++
	}
	p.counted.Broadcast()
}

func (p *peer) countBeats(n int) args {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.beats < n && p.timeouts == 0 {
		p.counted.Wait()
	}
	return args{"beats": strconv.Itoa(p.beats), "timeouts": strconv.Itoa(p.timeouts)}
}

// sequence is what a stream carries, so that a byte that strays is seen: test/support/bytes.ts has the same.
func sequence(key uint32, at, n int) []byte {
	bytes := make([]byte, n)
	for i := range bytes {
		mixed := (key^0x9e3779b9)*0x85ebca6b ^ uint32(at+i+1)*0xc2b2ae35
		mixed = (mixed ^ mixed>>15) * 0x2c1b3c6d
		bytes[i] = byte(mixed ^ mixed>>13)
	}
	return bytes
}
