//! Encryption of the connection to a server.
//!
//! Promises: the server's certificate and its name are verified before a user, a password or a row is sent; an encrypted
//! connection cannot be downgraded. A connection to another host is unencrypted only if the URL states it. A login by SCRAM
//! is bound to the server's certificate (RFC 5929, `tls-server-end-point`).

use std::path::Path;

use postgres::config::{Host, SslMode, SslNegotiation};
use postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::watched::Connector;
use crate::net::tls::{self, Trust};

/// How connections to a server are made.
pub(in crate::ledger) enum Transport {
    /// Unencrypted, as the connection string asks.
    Plain,
    /// Encrypted, with a server whose certificate is verified.
    Encrypted(MakeRustlsConnect),
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
            SslMode::Require => {
                let trust = ca_file.map_or(Trust::WellKnown, Trust::Only);
                Ok(Self::Encrypted(MakeRustlsConnect::new(tls::client(trust)?)))
            }
            // The driver's default: what the URL says when it says nothing.
            _ if config.get_hosts().iter().all(is_here) => Ok(Self::Plain),
            _ => Err(
                "the ledger URL does not say whether to encrypt: add sslmode=verify-full, or sslmode=disable \
                 on a trusted network"
                    .to_owned(),
            ),
        }
    }

    pub(in crate::ledger) fn connect(&self, config: &Config) -> Result<Client, postgres::Error> {
        let tls = match self {
            Self::Plain => None,
            Self::Encrypted(tls) => Some(tls),
        };
        let mut config = config.clone();
        match (Connector::of(&config, tls), tls) {
            (Some(connector), _) => {
                config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct).connect(connector)
            }
            (None, None) => config.ssl_mode(SslMode::Disable).connect(NoTls),
            (None, Some(tls)) => config.connect(tls.clone()),
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
