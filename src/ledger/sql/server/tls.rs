//! Encryption of the connection to a server.
//!
//! Promises: the server's certificate is verified, with its name, before user, password or a row is said; there is no
//! way down from an encrypted connection to a plain one. A connection that leaves this host is only plain when
//! the URL says so in words.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use postgres::config::{Host, SslMode};
use postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;

/// How connections to a server are made.
pub(in crate::ledger) enum Transport {
    /// As they are.
    Plain,
    /// Encrypted, with a server whose certificate is verified.
    Encrypted(Tls),
}

/// What a URL says of encryption, in the driver's words: it knows no name for a verified server, and verifying is what
/// the connector does.
pub(in crate::ledger) fn spelled(url: &str) -> String {
    url.replacen("sslmode=verify-full", "sslmode=require", 1)
}

impl Transport {
    /// What the URL wants. `ca_file` names the certificates (PEM) to trust in place of the well-known ones.
    ///
    /// # Errors
    ///
    /// In words: the URL leaves it open for a server elsewhere, or the certificates cannot be used.
    pub(in crate::ledger) fn of(config: &Config, ca_file: Option<&Path>) -> Result<Self, String> {
        match config.get_ssl_mode() {
            SslMode::Disable => Ok(Self::Plain),
            SslMode::Require => Tls::new(ca_file).map(Self::Encrypted),
            // The driver's default: what the URL says when it says nothing.
            _ if config.get_hosts().iter().all(is_here) => Ok(Self::Plain),
            _ => Err(
                "its URL does not say whether to encrypt: add sslmode=verify-full, or sslmode=disable where \
                      nobody else is on the network"
                    .to_owned(),
            ),
        }
    }

    pub(in crate::ledger) fn connect(&self, config: &Config) -> Result<Client, postgres::Error> {
        match self {
            Self::Plain => config.clone().ssl_mode(SslMode::Disable).connect(NoTls),
            Self::Encrypted(tls) => config.connect(tls.clone()),
        }
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
    }
}

/// Makes encrypted connections.
#[derive(Clone)]
pub(in crate::ledger) struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    fn new(ca_file: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        match ca_file {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(path) => {
                let unusable =
                    |why: String| format!("the certificate {} cannot be used: {why}", path.display());
                for certificate in read_certificates(path).map_err(unusable)? {
                    roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
                }
            }
        }
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions();
        let config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots);
        Ok(Self { config: Arc::new(config.with_no_client_auth()) })
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        // A file without a certificate reads as no certificates at all.
        Ok(certificates) if certificates.is_empty() => Err("there is none in the file".to_owned()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(error.to_string()),
    }
}

/// An encrypted connection about to be made.
pub(in crate::ledger) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// An encrypted connection.
pub(in crate::ledger) struct Encrypted<S>(tokio_rustls::client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Encrypted<S>;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, InvalidDnsNameError> {
        let name = ServerName::try_from(host)?.to_owned();
        Ok(Handshake { connector: TlsConnector::from(Arc::clone(&self.config)), name })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.name, stream).await.map(Encrypted) })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// Nothing: the certificate is verified, so the login need not be bound to it.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
