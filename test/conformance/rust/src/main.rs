//! An endpoint for @muxado/conformance on the published crate: it echoes streams on every connection, and does what
//! packages/conformance/README.md asks of an endpoint as far as the crate can do it. The crate has no way to reset a stream, and what it calls
//! closing is the end of the session, so that it cannot say GOAWAY and go on.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use muxado::{
    Accept, Error, OpenClose, Session, SessionBuilder, Stream,
    heartbeat::{Heartbeat, HeartbeatConfig},
    typed::{StreamType, Typed, TypedAccept, TypedOpenClose, TypedSession, TypedStream},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
};

/// A stream of either kind: a typed one hides the stream that it is.
enum Kind {
    Plain(Stream),
    Typed(TypedStream),
}

/// A stream that wakes whoever waits at its other half. The crate forgets one of the two: whichever half comes last is woken alone, and when it
/// has got what it wanted, nobody is any more. With `wakes=0` a stream is as the crate made it.
struct Any {
    kind: Kind,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Any {
    fn new(kind: Kind) -> Self {
        Any { kind, reader: None, writer: None }
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
    if flag("wakes").is_some_and(|wakes| wakes == "0") {
        return result;
    }
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
        let Any { reader, writer, .. } = self.get_mut();
        settle(result, cx, reader, writer)
    }
}

impl AsyncWrite for Any {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.stream().poll_write(cx, buf);
        let Any { reader, writer, .. } = self.get_mut();
        settle(result, cx, writer, reader)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

/// What `name=value` says among the arguments.
fn flag(name: &str) -> Option<String> {
    std::env::args().skip(1).find_map(|word| word.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value.into()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    if let Some(address) = flag("dial") {
        let sessions: Vec<_> = (0..4)
            .map(|_| {
                let address = address.clone();
                tokio::spawn(async move {
                    while let Ok(socket) = TcpStream::connect(&address).await {
                        // A session whose tasks have died does not end; the next one is not to wait for it
                        let session = tokio::spawn(serve(socket, true));
                        let _ = tokio::time::timeout(Duration::from_secs(4), session).await;
                    }
                })
            })
            .collect();
        for session in sessions {
            let _ = session.await;
        }
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?.port());
    loop {
        let (socket, _) = listener.accept().await?;
        tokio::spawn(serve(socket, false));
    }
}

/// Run a session to its end.
async fn serve(socket: TcpStream, client: bool) {
    let _ = socket.set_nodelay(true);
    let builder = SessionBuilder::new(socket);
    let session = if client { builder.client() } else { builder.server() }.start();
    let heartbeat = flag("heartbeat").and_then(|ms| ms.parse().ok()).unwrap_or(0);
    if flag("typed").is_none() {
        let (mut open, mut accept) = session.split();
        let mut tasks = JoinSet::new();
        for _ in 0..3 {
            if let Ok(stream) = open.open().await {
                tasks.spawn(greet(Any::new(Kind::Plain(stream))));
            }
        }
        let close = Arc::new(Notify::new());
        loop {
            tokio::select! {
                stream = accept.accept() => match stream {
                    Some(stream) => drop(tasks.spawn(answer(Any::new(Kind::Plain(stream)), close.clone()))),
                    None => return,
                },
                () = close.notified() => break,
            }
        }
        // What is dropped then belongs to the session, which ends when nothing is left of it
        let _ = open.close(Error::None, "closed in good order".into()).await;
    } else if heartbeat == 0 {
        typed(Typed::new(session), Arc::default()).await;
    } else {
        // The crate tells of a peer that is gone and leaves the rest to the application
        let close = Arc::new(Notify::new());
        let config = HeartbeatConfig {
            interval: Duration::from_millis(heartbeat),
            tolerance: Duration::from_millis(1000),
            handler: Some(Arc::new(watch(close.clone()))),
        };
        if let Ok((session, _control)) = Heartbeat::start(Typed::new(session), config).await {
            typed(session, close).await;
        }
    }
}

type Watched = Pin<Box<dyn Future<Output = Result<(), Box<dyn std::error::Error>>> + Send>>;

/// Close the session when the peer gives no sign of life.
fn watch(close: Arc<Notify>) -> impl Fn(Option<Duration>) -> Watched + Send + Sync {
    move |latency| {
        if latency.is_none() {
            close.notify_one();
        }
        Box::pin(async { Ok(()) })
    }
}

/// The same for typed streams.
async fn typed<S: TypedSession>(session: S, close: Arc<Notify>) {
    let (mut open, mut accept) = session.split_typed();
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        if let Ok(stream) = open.open_typed(StreamType::clamp(0)).await {
            tasks.spawn(greet(Any::new(Kind::Typed(stream))));
        }
    }
    loop {
        tokio::select! {
            stream = accept.accept_typed() => match stream {
                Ok(stream) => drop(tasks.spawn(answer(Any::new(Kind::Typed(stream)), close.clone()))),
                Err(Error::SessionClosed) => return,
                // A stream that ended before its type
                Err(_) => {}
            },
            () = close.notified() => break,
        }
    }
    let _ = open.close(Error::None, "closed in good order".into()).await;
}

async fn greet(mut stream: Any) {
    if stream.write_all(b"hello").await.is_ok() {
        echo(stream).await;
    }
}

async fn answer(mut stream: Any, close: Arc<Notify>) {
    let mut first = vec![0; 65_536];
    let Ok(n) = stream.read(&mut first).await else { return };
    match &first[..n] {
        b"muxado close\n" => close.notify_one(),
        b"muxado finish\n" => {
            let _ = stream.shutdown().await;
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
        // For as long as the session lives, and then gone with it
        b"muxado hold\n" => std::future::pending().await,
        rest => {
            if stream.write_all(rest).await.is_ok() {
                if n == 0 {
                    let _ = stream.shutdown().await;
                } else {
                    echo(stream).await;
                }
            }
        }
    }
}

async fn echo(stream: Any) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    if tokio::io::copy(&mut reader, &mut writer).await.is_ok() {
        let _ = writer.shutdown().await;
    }
}
