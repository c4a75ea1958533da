//! Connections that notice a silent server.
//!
//! Promises: no wait is endless. A handshake has a time limit. A statement may take as long as it needs while the server
//! answers on a second connection; when it does not, the first one is broken. TCP alone notices neither: the system of a
//! frozen server acknowledges what arrives, and so does a middlebox that drops it. Connections by a Unix socket are not
//! watched: their server is on this machine.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::join_all;
use postgres::Socket;
use postgres::config::{Config, Host, SslNegotiation};
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::owed::Owed;

/// How long a server may leave something unanswered before it is asked for a sign of life.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// How long it has to give one.
const SIGN_MAX: Duration = Duration::from_secs(8);

/// How long a server that answers nothing is waited for.
pub(super) const UNANSWERED_MAX: Duration = SILENCE_MAX.saturating_add(SIGN_MAX);

/// How long a handshake may take.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// Asks whether the server encrypts, which every server answers with one byte before any login.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Makes such connections. The driver believes each to be encrypted, which is how it lets others make them.
#[derive(Clone)]
pub(super) struct Connector {
    places: Arc<[ServerAddress]>,
    tls: Option<MakeRustlsConnect>,
    /// Whether the server is asked first whether it encrypts.
    asks: bool,
}

/// A server: the name that the driver knows it by, and where it listens.
#[derive(Debug)]
struct ServerAddress {
    name: String,
    address: (String, u16),
}

impl Connector {
    /// `None` where a server is reached by a Unix socket or has no name.
    pub(super) fn of(config: &Config, tls: Option<&MakeRustlsConnect>) -> Option<Self> {
        let (ports, addresses) = (config.get_ports(), config.get_hostaddrs());
        let place = |(index, host): (usize, &Host)| {
            let Host::Tcp(name) = host else { return None };
            let port = ports.get(index).or_else(|| ports.first()).copied().unwrap_or(5432);
            let address = addresses.get(index).map_or_else(|| name.clone(), ToString::to_string);
            Some(ServerAddress { name: name.clone(), address: (address, port) })
        };
        let places: Option<Arc<[ServerAddress]>> = config.get_hosts().iter().enumerate().map(place).collect();
        let places = places.filter(|places| !places.is_empty())?;
        Some(Self {
            places,
            tls: tls.cloned(),
            asks: config.get_ssl_negotiation() == SslNegotiation::Postgres,
        })
    }
}

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Watched;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, name: &str) -> io::Result<Handshake> {
        Ok(Handshake { connector: self.clone(), name: name.to_owned() })
    }
}

/// A connection that is being made.
pub(super) struct Handshake {
    connector: Connector,
    name: String,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Watched;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Watched>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(
            async move { timeout(HANDSHAKE_MAX, self.shake(socket)).await.unwrap_or_else(|_| Err(silent())) },
        )
    }
}

impl Handshake {
    async fn shake(mut self, mut socket: Socket) -> io::Result<Watched> {
        let places = Arc::clone(&self.connector.places);
        let Some(tls) = &mut self.connector.tls else {
            return Ok(Watched::new(Box::pin(Plain(socket)), places, self.name));
        };
        let tls = MakeTlsConnect::<Socket>::make_tls_connect(tls, &self.name).map_err(io::Error::other)?;
        if self.connector.asks {
            socket.write_all(&SSL_REQUEST).await?;
            if socket.read_u8().await? != b'S' {
                return Err(io::Error::other("the server does not support TLS"));
            }
        }
        let stream = tls.connect(socket).await?;
        Ok(Watched::new(Box::pin(stream), places, self.name))
    }
}

/// A connection that is broken when the server goes silent.
pub(super) struct Watched {
    stream: Pin<Box<dyn TlsStream + Send>>,
    places: Arc<[ServerAddress]>,
    name: String,
    owed: Owed,
    silence: Pin<Box<Sleep>>,
    /// The question for a sign of life, while it is asked.
    question: Option<Pin<Box<dyn Future<Output = bool> + Send>>>,
    is_broken: bool,
}

impl Watched {
    fn new(stream: Pin<Box<dyn TlsStream + Send>>, places: Arc<[ServerAddress]>, name: String) -> Self {
        let silence = Box::pin(sleep(SILENCE_MAX));
        Self { stream, places, name, owed: Owed::new(), silence, question: None, is_broken: false }
    }

    fn waits_again(&mut self) {
        self.question = None;
        self.silence.as_mut().set(sleep(SILENCE_MAX));
    }

    /// Ready when the server has gone silent.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(question) = &mut self.question {
                if !ready!(question.as_mut().poll(context)) {
                    return Poll::Ready(());
                }
                self.waits_again();
            }
            ready!(self.silence.as_mut().poll(context));
            let (places, name) = (Arc::clone(&self.places), self.name.clone());
            self.question = Some(Box::pin(async move { gives_a_sign(&places, &name).await }));
        }
    }
}

/// Whether a server of that name answers at all. Several may have it; then one is enough.
async fn gives_a_sign(places: &[ServerAddress], name: &str) -> bool {
    let ask = |place: &ServerAddress| {
        let (host, port) = place.address.clone();
        async move {
            let mut stream = TcpStream::connect((host, port)).await?;
            stream.write_all(&SSL_REQUEST).await?;
            stream.read_u8().await
        }
    };
    let asked = places.iter().filter(|place| place.name == name).map(|place| timeout(SIGN_MAX, ask(place)));
    join_all(asked).await.into_iter().any(|answer| matches!(answer, Ok(Ok(_))))
}

fn silent() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the server does not respond, and the connection stays open")
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_broken {
            return Poll::Ready(Err(silent()));
        }
        let before = buffer.filled().len();
        if let Poll::Ready(done) = this.stream.as_mut().poll_read(context, buffer) {
            let read = buffer.filled().get(before..).unwrap_or_default();
            this.owed.receives(read);
            this.waits_again();
            return Poll::Ready(done);
        }
        if this.owed.is_any() {
            ready!(this.poll_silence(context));
            this.is_broken = true;
            return Poll::Ready(Err(silent()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_broken {
            return Poll::Ready(Err(silent()));
        }
        let written = ready!(this.stream.as_mut().poll_write(context, bytes))?;
        this.owed.sends(bytes.get(..written).unwrap_or_default());
        this.waits_again();
        // The driver reads before it writes: it has to read again, so that the new silence is measured.
        context.waker().wake_by_ref();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // A server that is silent hears no goodbye.
        if this.is_broken { Poll::Ready(Ok(())) } else { this.stream.as_mut().poll_shutdown(context) }
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

/// A connection that is not encrypted.
struct Plain(Socket);

impl AsyncRead for Plain {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Plain {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }
}

impl TlsStream for Plain {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}
