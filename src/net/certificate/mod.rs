//! The certificate a host shows, whoever vouches for it.
//!
//! Promises: nothing is sent over the connection it is looked at on, so nothing can be taken; every look ends within its
//! time. Whether the certificate is to be trusted is not judged here: [`Client`](super::Client) does that on every call.

mod der;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who issued it: the organisation, or the name where there is none.
    pub issuer: String,
    /// Until when it is good.
    pub ends: DateTime<Utc>,
}

/// The certificate that a host shows for its name; the error says why there is none.
///
/// # Errors
///
/// No connection, no TLS, or no certificate that can be read.
pub async fn certificate(host: &str, port: u16, wait: Duration) -> Result<Certificate, String> {
    let look = async {
        super::install_crypto();
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let seen = Arc::new(Onlooker::default());
        let mut config = ClientConfig::builder()
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Onlooker>::clone(&seen))
            .with_no_client_auth();
        config.enable_sni = true;
        let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let shown = seen.shown.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (shown, shaken) {
            (Some(bytes), _) => der::read(&bytes).ok_or_else(|| "its certificate cannot be read".to_owned()),
            (None, Err(error)) => Err(error.to_string()),
            (None, Ok(_)) => Err("it shows no certificate".to_owned()),
        }
    };
    tokio::time::timeout(wait, look).await.unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

/// Looks at the certificate and ends the handshake there.
#[derive(Debug, Default)]
struct Onlooker {
    shown: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(certificate.to_vec());
        Err(TlsError::General("seen enough".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(TlsError::General("seen enough".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(TlsError::General("seen enough".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
