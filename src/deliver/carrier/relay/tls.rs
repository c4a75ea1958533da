//! Encryption of a connection to a mail relay.
//!
//! Promises: a connection is encrypted for a relay whose certificate names it and is vouched for, by a well-known authority or
//! by the certificate of the plan, or it is not used at all. Never falls back to the clear.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

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
    /// Trusts the well-known authorities, and the plan's certificate where it has one.
    ///
    /// # Errors
    ///
    /// In words: the certificate or the host's name cannot be used.
    pub(super) fn new(smtp: &Smtp, root: &Path) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = &smtp.ca_file {
            let unusable = |why: String| format!("the certificate {} cannot be used: {why}", path.display());
            for certificate in read_certificates(&root.join(path)).map_err(unusable)? {
                roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
            }
        }
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(crypto).with_safe_default_protocol_versions();
        let config = builder.map_err(|error| error.to_string())?.with_root_certificates(roots);
        let name = ServerName::try_from(smtp.host.clone()).map_err(|error| error.to_string())?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config.with_no_client_auth())), name })
    }

    /// Encrypts a connection once the relay's certificate is verified.
    pub(super) async fn encrypt(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, Unencrypted> {
        self.connector.connect(self.name.clone(), stream).await.map_err(|error| {
            // rustls tells of everything that is not the network's fault as invalid data.
            if error.kind() == ErrorKind::InvalidData {
                Unencrypted::Untrusted(error.to_string())
            } else {
                Unencrypted::Broken(error.to_string())
            }
        })
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
