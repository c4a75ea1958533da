//! A small HTTP server for allclear's own ports: health, counters, delivery reports.
//!
//! Promises: a connection has a time limit and carries one request, however slow the caller is; the number of connections
//! is limited, in total and for each address, so that files and emails always get a descriptor. Above the limit, the oldest
//! connection of the address with the most is closed, so a prompt request is answered while others are held open. HTTP/1.1
//! only: a connection that begins with HTTP/2, which a feature of another crate compiles, is closed.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::Connected;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Sleep;

/// No request may be larger.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How a connection of HTTP/2 begins (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long is waited when the system has no descriptor for a connection.
const NO_DESCRIPTOR: Duration = Duration::from_millis(100);

/// What a port gives its callers.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a connection may take in all.
    pub time: Duration,
    /// Maximum number of connections at a time; beyond it an old one is closed.
    pub connections: usize,
    /// Maximum number of connections of one address.
    pub of_one_address: usize,
}

impl Limits {
    /// For requests that are written and answered in a moment.
    pub const USUAL: Self = Self { time: Duration::from_secs(10), connections: 128, of_one_address: 32 };
}

/// Answers requests until `over`; what is being answered then is finished.
///
/// # Errors
///
/// The socket is gone.
pub async fn serve(
    socket: TcpListener,
    routes: axum::Router,
    limits: Limits,
    over: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let routes = routes
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        // One request for each connection: then none is cut off between two.
        .layer(axum::middleware::map_response(|mut response: Response| async move {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }));
    let listener = LimitedListener { socket, limits, seats: Arc::default(), next: 0 };
    let routes = routes.into_make_service_with_connect_info::<Caller>();
    axum::serve(listener, routes).with_graceful_shutdown(over).await
}

/// The address at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Caller(pub IpAddr);

impl Connected<IncomingStream<'_, LimitedListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, LimitedListener>) -> Self {
        Self(stream.remote_addr().ip())
    }
}

/// Lets connections in.
struct LimitedListener {
    socket: TcpListener,
    limits: Limits,
    seats: Seats,
    /// The number of the next connection.
    next: u64,
}

/// The open connections, the oldest first.
type Seats = Arc<Mutex<Vec<Seat>>>;

struct Seat {
    number: u64,
    address: IpAddr,
    /// Ends the connection.
    end: oneshot::Sender<()>,
}

impl Listener for LimitedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.socket.accept().await {
                Ok((stream, from)) => return (self.seat(stream, from.ip()), from),
                // The caller hung up already.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(_) => tokio::time::sleep(NO_DESCRIPTOR).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl LimitedListener {
    fn seat(&mut self, stream: TcpStream, address: IpAddr) -> Connection {
        let (end, ended) = oneshot::channel();
        let mut seats = self.seats.lock();
        while let Some(oldest) = surplus(&seats, address, self.limits) {
            // Its connection may have ended by itself.
            let _gone = seats.remove(oldest).end.send(());
        }
        let number = self.next;
        self.next += 1;
        seats.push(Seat { number, address, end });
        drop(seats);
        let over = Box::pin(tokio::time::sleep(self.limits.time));
        let seats = Arc::clone(&self.seats);
        Connection { stream, over, ended, is_over: false, preface: Some(PREFACE), number, seats }
    }
}

/// The place of the connection that makes way for another one of that address, if one has to.
fn surplus(seats: &[Seat], address: IpAddr, limits: Limits) -> Option<usize> {
    let count = |address: IpAddr| seats.iter().filter(|seat| seat.address == address).count();
    let oldest = |address: IpAddr| seats.iter().position(|seat| seat.address == address);
    if count(address) >= limits.of_one_address {
        return oldest(address);
    }
    let crowd = seats.iter().map(|seat| seat.address).max_by_key(|address| count(*address));
    if seats.len() >= limits.connections { crowd.and_then(oldest) } else { None }
}

/// A connection with an end.
struct Connection {
    stream: TcpStream,
    over: Pin<Box<Sleep>>,
    ended: oneshot::Receiver<()>,
    is_over: bool,
    /// What of HTTP/2's beginning has not come yet; `None` once it is another protocol.
    preface: Option<&'static [u8]>,
    number: u64,
    seats: Seats,
}

impl Connection {
    /// Hears what came; fails when it is the whole beginning of HTTP/2.
    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(awaited) = self.preface else { return Ok(()) };
        let length = bytes.len().min(awaited.len());
        let rest = bytes.get(..length).and_then(|begins| awaited.strip_prefix(begins));
        self.preface = rest;
        if rest.is_some_and(<[u8]>::is_empty) { Err(ErrorKind::Unsupported.into()) } else { Ok(()) }
    }

    fn poll_end(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        // Neither is asked again once it has said so.
        self.is_over = self.is_over
            || self.over.as_mut().poll(context).is_ready()
            || Pin::new(&mut self.ended).poll(context).is_ready();
        if self.is_over { Err(ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.seats.lock().retain(|seat| seat.number != self.number);
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_end(context)?;
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        self.hear(into.filled().get(before..).unwrap_or_default())?;
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_end(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_end(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn port(limits: Limits) -> SocketAddr {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let echo = |body: String| async move { body };
        let routes = axum::Router::new().fallback(echo);
        tokio::spawn(serve(socket, routes, limits, std::future::pending()));
        address
    }

    /// Sends `text` and reads until the other side hangs up.
    async fn say(address: SocketAddr, text: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // A caller that is turned away may not be heard to the end.
        let _sent = stream.write_all(text.as_bytes()).await;
        to_the_end(&mut stream).await
    }

    async fn to_the_end(stream: &mut TcpStream) -> String {
        let mut said = Vec::new();
        // A connection that is torn down is finished as well.
        let _end = stream.read_to_end(&mut said).await;
        String::from_utf8(said).unwrap()
    }

    const ASKED: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    #[tokio::test]
    async fn a_request_that_never_ends_is_hung_up_on() {
        let address = port(Limits { time: Duration::from_millis(200), ..Limits::USUAL }).await;
        for slow in ["", "GET / HTTP/1.1\r\nx: ", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\na"]
        {
            let said = say(address, slow).await;
            assert!(!said.contains(" 200 "), "{slow:?}: {said}");
        }
        assert!(say(address, ASKED).await.starts_with("HTTP/1.1 200 OK"));
    }

    #[tokio::test]
    async fn whoever_asks_at_once_is_answered_whatever_is_held_open() {
        let limits = Limits { time: Duration::from_secs(3_600), connections: 20, of_one_address: 5 };
        let address = port(limits).await;
        let mut held = Vec::new();
        for number in 0..100 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
            held.push(stream);
            if number % 10 == 9 {
                let said = say(address, ASKED).await;
                assert!(said.starts_with("HTTP/1.1 200 OK"), "{number}: {said}");
                assert!(said.contains("connection: close"), "{said}");
            }
        }
        // All but the last few are over: each of these would wait for an hour.
        for stream in &mut held[..90] {
            to_the_end(stream).await;
        }
    }

    #[tokio::test]
    async fn http_2_is_hung_up_on_in_whatever_pieces_it_comes() {
        let address = port(Limits::USUAL).await;
        // After the beginning, the settings that every client sends.
        let whole = [PREFACE, b"\0\0\0\x04\0\0\0\0\0"].concat();
        for size in [1, 3, 23, 24, whole.len()] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            for piece in whole.chunks(size) {
                let _sent = stream.write_all(piece).await;
                tokio::task::yield_now().await;
            }
            assert_eq!(to_the_end(&mut stream).await, "", "in pieces of {size}");
        }
        for other in [
            "PRI / HTTP/1.1\r\nhost: a\r\n\r\n",
            "P / HTTP/1.1\r\nhost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nhost: a\r\n\r\n",
        ] {
            assert!(say(address, other).await.starts_with("HTTP/1.1 200 OK"), "{other}");
        }
    }

    #[tokio::test]
    async fn the_crowd_makes_way_and_nobody_else() {
        let seats = |addresses: &[[u8; 4]]| -> Vec<Seat> {
            let addresses = (0..).zip(addresses);
            addresses
                .map(|(number, address)| Seat {
                    number,
                    address: IpAddr::from(*address),
                    end: oneshot::channel().0,
                })
                .collect()
        };
        let (ana, ben, eve) = ([10, 0, 0, 1], [10, 0, 0, 2], [10, 0, 0, 3]);
        let limits = Limits { time: Duration::ZERO, connections: 4, of_one_address: 3 };
        for (there, next, out) in [
            (&[ana, eve][..], eve, None),
            (&[ana, eve, eve, eve], eve, Some(1)),
            (&[ana, eve, eve, ben], ben, Some(1)),
            (&[ana, ana, eve, eve], ben, Some(2)),
        ] {
            assert_eq!(surplus(&seats(there), IpAddr::from(next), limits), out, "{there:?} {next:?}");
        }
    }

    #[tokio::test]
    async fn a_request_is_no_larger_than_the_limit() {
        let address = port(Limits::USUAL).await;
        let body = "a".repeat(BODY_BYTES_MAX + 1);
        let text = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        assert!(!say(address, &text).await.contains(" 200 "));
        assert!(say(address, ASKED).await.starts_with("HTTP/1.1 200 OK"));
    }
}
