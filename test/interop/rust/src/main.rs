//! One end of a muxado session over TCP, on the published crate. It does what it is told, a line at a time, on standard input, and answers on
//! standard output: `7 write s=1 key=9 n=100` is answered by `7 ok n=100` or by `7 err n=5 code=4 text=...`.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io,
    pin::Pin,
    sync::{
        Arc,
        Mutex as Lock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use muxado::{
    Accept, Error, MuxadoAccept, MuxadoOpen, OpenClose, Session, SessionBuilder, Stream,
    heartbeat::{Heartbeat, HeartbeatConfig, HeartbeatCtl},
    typed::{StreamType, Typed, TypedAccept, TypedOpenClose, TypedSession, TypedStream},
};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf},
    net::{TcpListener, TcpStream},
    sync::{Mutex, Notify},
};

/// A stream of either kind: a typed one hides the stream that it is.
enum Kind {
    Plain(Stream),
    Typed(TypedStream),
}

/// A stream that wakes whoever waits at its other half. The crate forgets one of the two: whichever half comes last is woken alone, and when it
/// has got what it wanted, nobody is any more. Without `wakes` a stream is as the crate made it.
struct Any {
    kind: Kind,
    wakes: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Any {
    fn new(kind: Kind) -> Self {
        Any { kind, wakes: true, reader: None, writer: None }
    }
    fn stream(&mut self) -> Pin<&mut Stream> {
        match &mut self.kind {
            Kind::Plain(stream) => Pin::new(stream),
            Kind::Typed(stream) => Pin::new(&mut **stream),
        }
    }
}

/// Remember who waits, or wake who waits at the other half.
fn settle<T>(result: Poll<T>, cx: &Context<'_>, own: &mut Option<Waker>, other: &mut Option<Waker>) -> Poll<T> {
    if result.is_pending() {
        *own = Some(cx.waker().clone());
    } else if let Some(waker) = other.take() {
        waker.wake();
    }
    result
}

impl AsyncRead for Any {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let result = self.stream().poll_read(cx, buf);
        let Any { wakes, reader, writer, .. } = self.get_mut();
        if *wakes { settle(result, cx, reader, writer) } else { result }
    }
}

impl AsyncWrite for Any {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.stream().poll_write(cx, buf);
        let Any { wakes, reader, writer, .. } = self.get_mut();
        if *wakes { settle(result, cx, writer, reader) } else { result }
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

enum Opener {
    Plain(MuxadoOpen),
    Typed(Box<dyn TypedOpenClose + Send>),
}

enum Acceptor {
    Plain(MuxadoAccept),
    Typed(Box<dyn TypedAccept + Send>),
}

impl Opener {
    async fn open(&mut self, stream_type: u32) -> Result<Any, Error> {
        match self {
            Opener::Plain(open) => open.open().await.map(Kind::Plain).map(Any::new),
            Opener::Typed(open) => open.open_typed(StreamType::clamp(stream_type)).await.map(Kind::Typed).map(Any::new),
        }
    }
    async fn close(&mut self, error: Error, message: String) -> Result<(), Error> {
        match self {
            Opener::Plain(open) => open.close(error, message).await,
            Opener::Typed(open) => open.close(error, message).await,
        }
    }
}

impl Acceptor {
    async fn accept(&mut self) -> Result<Any, Error> {
        match self {
            Acceptor::Plain(accept) => accept.accept().await.map(Kind::Plain).map(Any::new).ok_or(Error::SessionClosed),
            Acceptor::Typed(accept) => accept.accept_typed().await.map(Kind::Typed).map(Any::new),
        }
    }
}

/// What went wrong, and the words that tell how far it came.
struct Failure {
    code: i64,
    text: String,
    words: Words,
}

type Words = Vec<(&'static str, String)>;
type Answer = Result<Words, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { code: error as u32 as i64, text: error.to_string(), words: vec![] }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let code = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).map_or(-1, |inner| *inner as u32 as i64);
        Failure { code, text: error.to_string(), words: vec![] }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Failure { code: -1, text, words: vec![] }
    }
}

impl Failure {
    fn after(mut self, words: Words) -> Self {
        self.words = words;
        self
    }
}

/// The words of a command.
struct Args(HashMap<String, String>);

impl Args {
    fn num(&self, name: &str, otherwise: i64) -> i64 {
        self.0.get(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
    }
}

#[derive(Clone)]
struct Halves(Arc<Mutex<ReadHalf<Any>>>, Arc<Mutex<WriteHalf<Any>>>);

#[derive(Default)]
struct Beats {
    answered: AtomicUsize,
    late: AtomicUsize,
    counted: Notify,
}

struct Peer {
    opener: Mutex<Option<Opener>>,
    acceptor: Mutex<Option<Acceptor>>,
    streams: Lock<(i64, HashMap<i64, Halves>)>,
    beats: Arc<Beats>,
    control: Lock<Option<HeartbeatCtl>>,
    wakes: bool,
}

// On one thread, so that no frame can come between the two halves of a stream that one task drives: that can lose a wake as well
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let flags = Args(std::env::args().skip(1).filter_map(|word| word.split_once('=').map(|(name, value)| (name.into(), value.into()))).collect());
    let socket = connect(flags.0.get("dial")).await?;
    let _ = socket.set_nodelay(true);
    let mut builder = SessionBuilder::new(socket);
    builder = if flags.0.get("role").is_some_and(|role| role == "client") { builder.client() } else { builder.server() };
    if flags.num("window", 0) > 0 {
        builder = builder.window_size(flags.num("window", 0) as usize);
    }
    if flags.num("backlog", 0) > 0 {
        builder = builder.accept_queue_size(flags.num("backlog", 0) as usize);
    }
    let session = builder.start();
    let beats = Arc::new(Beats::default());
    let mut control = None;
    let (opener, acceptor) = if flags.num("typed", 0) == 0 {
        let (open, accept) = session.split();
        (Opener::Plain(open), Acceptor::Plain(accept))
    } else if flags.num("heartbeat", 0) == 0 {
        let (open, accept) = Typed::new(session).split_typed();
        (Opener::Typed(Box::new(open)), Acceptor::Typed(Box::new(accept)))
    } else {
        let config = HeartbeatConfig {
            interval: Duration::from_millis(flags.num("heartbeat", 0) as u64),
            tolerance: Duration::from_millis(flags.num("tolerance", 10_000) as u64),
            handler: Some(Arc::new(counter(beats.clone()))),
        };
        let (heartbeat, ctl) = Heartbeat::start(Typed::new(session), config).await?;
        control = Some(ctl);
        let (open, accept) = heartbeat.split_typed();
        (Opener::Typed(Box::new(open)), Acceptor::Typed(Box::new(accept)))
    };
    let peer = Arc::new(Peer {
        opener: Mutex::new(Some(opener)),
        acceptor: Mutex::new(Some(acceptor)),
        streams: Default::default(),
        beats,
        control: Lock::new(control),
        wakes: flags.num("wakes", 1) != 0,
    });
    println!("session");

    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let mut words = line.split_whitespace().map(str::to_string);
        let (Some(id), Some(verb)) = (words.next(), words.next()) else { continue };
        let args = Args(words.filter_map(|word| word.split_once('=').map(|(name, value)| (name.into(), value.into()))).collect());
        let peer = peer.clone();
        tokio::spawn(async move {
            let (mut text, words) = match peer.act(&verb, &args).await {
                Ok(words) => (format!("{id} ok"), words),
                Err(Failure { code, text, words }) => {
                    let text: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '+' }).collect();
                    (format!("{id} err code={code} text={text}"), words)
                }
            };
            for (name, value) in words {
                let _ = write!(text, " {name}={value}");
            }
            println!("{text}");
        });
    }
    // The runtime would wait for the thread that reads standard input
    std::process::exit(0);
}

impl std::fmt::Debug for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

type Handled = Pin<Box<dyn Future<Output = Result<(), Box<dyn std::error::Error>>> + Send>>;

fn counter(beats: Arc<Beats>) -> impl Fn(Option<Duration>) -> Handled + Send + Sync {
    move |latency| {
        let count = if latency.is_some() { &beats.answered } else { &beats.late };
        count.fetch_add(1, Ordering::SeqCst);
        beats.counted.notify_waiters();
        Box::pin(async { Ok(()) })
    }
}

async fn connect(dial: Option<&String>) -> io::Result<TcpStream> {
    if let Some(address) = dial {
        return TcpStream::connect(address).await;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?.port());
    Ok(listener.accept().await?.0)
}

impl Peer {
    async fn act(self: &Arc<Self>, verb: &str, args: &Args) -> Answer {
        match verb {
            "open" => Ok(self.keep(self.open(args.num("type", 0) as u32).await?)),
            "accept" => Ok(self.keep(self.accept().await?)),
            "write" => self.write(args).await,
            "finish" => {
                self.halves(args)?.1.lock().await.shutdown().await?;
                Ok(vec![])
            }
            "close" => {
                // Dropping both halves is the only way to close
                let gone = self.streams.lock().unwrap().1.remove(&args.num("s", 0));
                drop(gone);
                Ok(vec![])
            }
            "read" => self.read(args).await,
            "echo" => {
                let halves = self.halves(args)?;
                echo(&mut *halves.0.lock().await, &mut *halves.1.lock().await).await?;
                Ok(vec![])
            }
            "serve" => {
                let peer = self.clone();
                tokio::spawn(async move {
                    while let Ok(stream) = peer.accept().await {
                        tokio::spawn(async move {
                            let (mut reader, mut writer) = tokio::io::split(stream);
                            echo(&mut reader, &mut writer).await
                        });
                    }
                });
                Ok(vec![])
            }
            "flood" => self.flood(args).await,
            "goaway" => {
                let code = known(args.num("code", 0) as u32);
                let debug = unhex(args.0.get("debug").map_or("", String::as_str));
                let mut opener = self.opener.lock().await;
                opener.as_mut().ok_or(Error::SessionClosed)?.close(code, debug).await?;
                Ok(vec![])
            }
            // The session ends when nothing is left that belongs to it
            "end" => {
                *self.opener.lock().await = None;
                *self.acceptor.lock().await = None;
                *self.control.lock().unwrap() = None;
                self.streams.lock().unwrap().1.clear();
                Ok(vec![])
            }
            "beats" => {
                let (n, beats) = (args.num("n", 1) as usize, &self.beats);
                loop {
                    let counted = beats.counted.notified();
                    let (answered, late) = (beats.answered.load(Ordering::SeqCst), beats.late.load(Ordering::SeqCst));
                    if answered >= n || late > 0 {
                        return Ok(vec![("beats", answered.to_string()), ("timeouts", late.to_string())]);
                    }
                    counted.await;
                }
            }
            _ => Err(format!("no command {verb}").into()),
        }
    }

    async fn open(&self, stream_type: u32) -> Result<Any, Error> {
        let mut opener = self.opener.lock().await;
        opener.as_mut().ok_or(Error::SessionClosed)?.open(stream_type).await
    }

    async fn accept(&self) -> Result<Any, Error> {
        let mut acceptor = self.acceptor.lock().await;
        acceptor.as_mut().ok_or(Error::SessionClosed)?.accept().await
    }

    fn keep(&self, mut stream: Any) -> Words {
        stream.wakes = self.wakes;
        let mut words = vec![];
        if let Kind::Typed(typed) = &stream.kind {
            words.push(("type", typed.typ().to_string()));
        }
        let (reader, writer) = tokio::io::split(stream);
        let mut streams = self.streams.lock().unwrap();
        streams.0 += 1;
        let name = streams.0;
        streams.1.insert(name, Halves(Arc::new(Mutex::new(reader)), Arc::new(Mutex::new(writer))));
        words.push(("s", name.to_string()));
        words
    }

    fn halves(&self, args: &Args) -> Result<Halves, Failure> {
        let streams = self.streams.lock().unwrap();
        streams.1.get(&args.num("s", 0)).cloned().ok_or_else(|| "no such stream".to_string().into())
    }

    /// Send n bytes of the sequence of a key, from offset `at`, in pieces.
    async fn write(&self, args: &Args) -> Answer {
        let halves = self.halves(args)?;
        let mut writer = halves.1.lock().await;
        let n = args.num("n", 0) as usize;
        let piece = args.num("piece", n as i64) as usize;
        let (key, at) = (args.num("key", 0) as u32, args.num("at", 0) as usize);
        let mut sent = 0;
        loop {
            let bytes = sequence(key, at + sent, piece.min(n - sent));
            let mut rest = &bytes[..];
            // `write_all` of nothing would write nothing
            loop {
                match writer.write(rest).await {
                    Ok(took) => {
                        sent += took;
                        rest = &rest[took..];
                    }
                    Err(error) => return Err(Failure::from(error).after(vec![("n", sent.to_string())])),
                }
                if rest.is_empty() {
                    break;
                }
            }
            if sent >= n {
                return Ok(vec![("n", sent.to_string())]);
            }
        }
    }

    /// Take n bytes, or all there is until the end, and tell their hash.
    async fn read(&self, args: &Args) -> Answer {
        let halves = self.halves(args)?;
        let mut reader = halves.0.lock().await;
        let most = args.num("n", -1);
        let mut buffer = vec![0; args.num("piece", 65_536) as usize];
        let (mut sum, mut got, mut eof) = (Sha256::new(), 0, false);
        let mut failure = None;
        while got != most && !eof && failure.is_none() {
            let room = if most < 0 { buffer.len() } else { buffer.len().min((most - got) as usize) };
            match reader.read(&mut buffer[..room]).await {
                Ok(0) => eof = true,
                Ok(n) => {
                    sum.update(&buffer[..n]);
                    got += n as i64;
                }
                Err(error) => failure = Some(Failure::from(error)),
            }
        }
        let sha = sum.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let words = vec![("n", got.to_string()), ("sha", sha), ("eof", u8::from(eof).to_string())];
        failure.map_or(Ok(words.clone()), |failure| Err(failure.after(words)))
    }

    /// Open n streams, so many at a time, send on each bytes that only it has, and compare what comes back.
    async fn flood(self: &Arc<Self>, args: &Args) -> Answer {
        let n = args.num("n", 1) as usize;
        let sizes: Vec<usize> = args.0.get("sizes").map_or("", String::as_str).split(',').filter_map(|text| text.parse().ok()).collect();
        let (key, stream_type) = (args.num("key", 0) as u32, args.num("type", 0) as u32);
        let next = Arc::new(AtomicUsize::new(0));
        let workers: Vec<_> = (0..args.num("at-once", 64))
            .map(|_| {
                let (peer, next, sizes) = (self.clone(), next.clone(), sizes.clone());
                tokio::spawn(async move {
                    let (mut bytes, mut failures) = (0, vec![]);
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= n {
                            return (bytes, failures);
                        }
                        let size = sizes[number % sizes.len()];
                        bytes += size;
                        if let Err(failure) = peer.round_trip(stream_type, key.wrapping_add(number as u32), size).await {
                            failures.push(format!("stream {number} of {size} bytes: {failure:?}"));
                        }
                    }
                })
            })
            .collect();
        let (mut bytes, mut failures) = (0, vec![]);
        for worker in workers {
            let (more, failed) = worker.await.map_err(|error| error.to_string())?;
            bytes += more;
            failures.extend(failed);
        }
        let words = vec![("streams", n.to_string()), ("bytes", bytes.to_string()), ("failed", failures.len().to_string())];
        failures.pop().map_or(Ok(words.clone()), |text| Err(Failure::from(text).after(words)))
    }

    async fn round_trip(&self, stream_type: u32, key: u32, size: usize) -> Result<(), Failure> {
        let (mut reader, mut writer) = tokio::io::split(self.open(stream_type).await?);
        let send = async {
            let mut sent = 0;
            while sent < size {
                let piece = 50_000.min(size - sent);
                writer.write_all(&sequence(key, sent, piece)).await?;
                sent += piece;
            }
            writer.shutdown().await
        };
        let compare = async {
            let mut buffer = vec![0; 65_536];
            let mut got = 0;
            loop {
                let n = reader.read(&mut buffer).await?;
                if n == 0 {
                    return Ok(got);
                }
                if buffer[..n] != sequence(key, got, n) {
                    return Err(Failure::from(format!("other bytes came back, of the {n} from {got} on")));
                }
                got += n;
            }
        };
        let (sent, got) = tokio::join!(send, compare);
        sent?;
        let got = got?;
        if got == size { Ok(()) } else { Err(format!("{got} bytes came back").into()) }
    }
}

async fn echo(reader: &mut ReadHalf<Any>, writer: &mut WriteHalf<Any>) -> io::Result<()> {
    tokio::io::copy(reader, writer).await?;
    writer.shutdown().await
}

/// The crate takes reasons by name only.
fn known(code: u32) -> Error {
    use Error::*;
    let names = [
        None, Protocol, Internal, FlowControl, StreamClosed, StreamRefused, StreamCancelled, StreamReset, FrameSizeError,
        AcceptQueueFull, EnhanceYourCalm, RemoteGoneAway, StreamsExhausted, WriteTimeout, SessionClosed, PeerEOF,
    ];
    names.get(code as usize).copied().unwrap_or(ErrorUnknown)
}

fn unhex(text: &str) -> String {
    let digits: Vec<u8> = text.bytes().map(|digit| (digit as char).to_digit(16).unwrap_or(0) as u8).collect();
    String::from_utf8_lossy(&digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>()).into_owned()
}

/// What a stream carries, so that a byte that strays is seen: test/support/bytes.ts has the same.
fn sequence(key: u32, at: usize, n: usize) -> Vec<u8> {
    let key = (key ^ 0x9e37_79b9).wrapping_mul(0x85eb_ca6b);
    (at..at + n)
        .map(|offset| {
            let mut mixed = key ^ (offset as u32).wrapping_add(1).wrapping_mul(0xc2b2_ae35);
            mixed = (mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d);
            (mixed ^ mixed >> 13) as u8
        })
        .collect()
}
