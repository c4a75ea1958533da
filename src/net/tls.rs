//! The TLS configuration for HTTP, mail relays and PostgreSQL.
//!
//! Promises: a server needs a certificate with its name, signed by an authority of the machine or by the operator's own
//! certificates. TLS 1.2 and 1.3, by `ring`. Never sends a client certificate.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// What verifies by the authorities of the machine, read once; `None` if it has none.
static MACHINE: LazyLock<Option<Arc<Verifier>>> = LazyLock::new(|| {
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    Verifier::new(crypto).ok().map(Arc::new)
});

/// Who may vouch for a server.
#[derive(Clone, Copy, Debug)]
pub enum Trust<'p> {
    /// The authorities of the machine; if it has none, as in a bare container, those of Mozilla's list as it was when the
    /// program was built.
    WellKnown,
    /// Those, and the certificates (PEM) of a file.
    WellKnownAnd(&'p Path),
    /// Only the certificates (PEM) of a file.
    Only(&'p Path),
}

/// The configuration of a client.
///
/// # Errors
/// In words: the file cannot be read or holds no certificate.
pub fn client(trust: Trust<'_>) -> Result<ClientConfig, String> {
    let crypto = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&crypto)).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    if let Trust::Only(path) = trust {
        return Ok(builder.with_root_certificates(roots_of(path)?).with_no_client_auth());
    }
    let verifier = match (MACHINE.clone(), trust) {
        (Some(machine), Trust::WellKnown | Trust::Only(_)) => machine,
        (Some(_), Trust::WellKnownAnd(path)) => {
            // Read as roots first, so that an error names the file.
            roots_of(path)?;
            let both = Verifier::new_with_extra_roots(certificates(path)?, crypto);
            Arc::new(both.map_err(|error| error.to_string())?)
        }
        (None, _) => {
            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            if let Trust::WellKnownAnd(path) = trust {
                roots.roots.extend(roots_of(path)?.roots);
            }
            return Ok(builder.with_root_certificates(roots).with_no_client_auth());
        }
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn roots_of(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| unusable(path, &error.to_string()))?;
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = std::fs::read(path).map_err(|error| unusable(path, &error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        // A file without a certificate reads as no certificates at all.
        Ok(certificates) if certificates.is_empty() => Err(unusable(path, "the file holds none")),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

fn unusable(path: &Path, why: &str) -> String {
    format!("the certificate {} cannot be used: {why}", path.display())
}

#[cfg(test)]
mod tests {
    use super::{Trust, client};

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        for (text, why) in [
            (None, "No such file"),
            (Some(""), "the file holds none"),
            (Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "cannot be used"),
        ] {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            for trust in [Trust::Only(&path), Trust::WellKnownAnd(&path)] {
                let error = client(trust).unwrap_err();
                assert!(error.contains("ca.pem") && error.contains(why), "{error}");
            }
        }
        assert!(client(Trust::WellKnown).is_ok(), "with or without authorities on the machine");
    }
}
