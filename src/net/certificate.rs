//! Reads the certificate that a host presents, whichever authority signed it.
//!
//! Promises: nothing is sent over the connection; every read ends within its time limit. Never verifies the certificate:
//! [`Client`](super::Client) does that on every call.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::DirectoryString;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who issued it: the organization, or the name if there is none.
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
        let shown = seen.shown.lock().take();
        match (shown, shaken) {
            (Some(bytes), _) => read(&bytes).ok_or_else(|| "its certificate cannot be read".to_owned()),
            (None, Err(error)) => Err(error.to_string()),
            (None, Ok(_)) => Err("it presents no certificate".to_owned()),
        }
    };
    tokio::time::timeout(wait, look).await.unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

/// Issuer and end of a certificate (RFC 5280).
fn read(bytes: &[u8]) -> Option<Certificate> {
    let certificate = x509_cert::Certificate::from_der(bytes).ok()?;
    let signed = certificate.tbs_certificate();
    let end = signed.validity().not_after.to_unix_duration();
    let issuer = signed.issuer();
    let organisation = issuer.organization().ok().flatten();
    let name = organisation.or_else(|| issuer.common_name().ok().flatten());
    let name = name.as_ref().map_or("nobody".into(), DirectoryString::value);
    Some(Certificate {
        issuer: name.chars().filter(|letter| !letter.is_control()).collect(),
        ends: DateTime::from_timestamp(i64::try_from(end.as_secs()).ok()?, 0)?,
    })
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
        *self.shown.lock() = Some(certificate.to_vec());
        Err(seen_enough())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(seen_enough())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(seen_enough())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Ends a handshake in which nothing more is of interest.
fn seen_enough() -> TlsError {
    TlsError::General("seen enough".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_bytes_are_reading_ends(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = read(&bytes);
        }
    }
}
