//! Encryption of a connection to a mail relay.
//!
//! Promises: a connection is used only if the relay's certificate has its name and is signed by a well-known authority or
//! by the certificate of the plan. Never falls back to plain text.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::net::tls::{self, Trust};
use crate::provider::smtp::Smtp;

/// How to encrypt, and whose certificate to expect.
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// Why a connection is not encrypted.
pub(super) enum Unencrypted {
    /// The network failed.
    Broken(String),
    /// The relay is not whom we want, or speaks nothing we know.
    Untrusted(String),
}

impl Tls {
    /// Trusts the well-known authorities, and the plan's certificate if it has one.
    ///
    /// # Errors
    ///
    /// In words: the certificate or the host's name cannot be used.
    pub(super) fn new(smtp: &Smtp, root: &Path) -> Result<Self, String> {
        let ca_file = smtp.ca_file.as_ref().map(|path| root.join(path));
        let trust = ca_file.as_deref().map_or(Trust::WellKnown, Trust::WellKnownAnd);
        let config = tls::client(trust)?;
        let name = ServerName::try_from(smtp.host.clone()).map_err(|error| error.to_string())?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Encrypts a connection once the relay's certificate is verified.
    pub(super) async fn encrypt(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Unencrypted> {
        self.connector.connect(self.name.clone(), stream).await.map_err(|error| {
            // rustls reports everything that is not the network's fault as invalid data.
            if error.kind() == ErrorKind::InvalidData {
                Unencrypted::Untrusted(error.to_string())
            } else {
                Unencrypted::Broken(error.to_string())
            }
        })
    }
}
