//! Queries of `doctor` to name servers, hosts and the clock, each with a time limit.
//!
//! Promises: no query takes longer than `--timeout`, and a missing answer is an error with a sentence. Only reads.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::cli::exit::Failure;
use crate::model::Moment;
use crate::net::certificate::{Certificate, certificate};
use crate::net::dns::{Data, DnsError, Kind, NameServer, Record};
use crate::net::{BODY_BYTES_MAX, Client, Error, Method, Request, Response, Timeouts};
use crate::workspace::root::Root;

/// The means to ask.
pub(super) struct Ask {
    runtime: Runtime,
    client: Client,
    /// `None` where the system names none.
    name_server: Option<NameServer>,
    patience: Duration,
    /// The present moment.
    pub(super) now: Moment,
}

impl Ask {
    /// Asks that name server, or the system's; nobody is waited for longer than `patience`.
    pub(super) fn new(
        root: &Root,
        name_server: Option<SocketAddr>,
        patience: Duration,
    ) -> Result<Self, Failure> {
        let limits = Timeouts { connect: patience, answer: patience };
        let system = || {
            let text = std::fs::read_to_string("/etc/resolv.conf").ok()?;
            NameServer::of_system(&text, patience)
        };
        let named = |address| NameServer { address, wait: patience };
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            client: Client::new(limits)?,
            name_server: name_server.map(named).or_else(system),
            patience,
            now: root.now(),
        })
    }

    /// What the name servers say; `Err` says why nothing is known.
    pub(super) fn records(&self, name: &str, kind: Kind) -> Result<Vec<Record>, String> {
        let server =
            self.name_server.ok_or_else(|| "this machine has no DNS server configured".to_owned())?;
        let answer = self.runtime.block_on(server.ask(name, kind, fastrand::u16(..)));
        answer.map_err(|error: DnsError| error.to_string())
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let records = self.records(name, Kind::Txt)?.into_iter();
        Ok(records
            .filter_map(|record| match record.data {
                Data::Text(text) => Some(text),
                _ => None,
            })
            .collect())
    }

    pub(super) fn read(&self, url: &str) -> Result<Response, Error> {
        self.send(&Request::new(Method::Get, url))
    }

    pub(super) fn send(&self, request: &Request) -> Result<Response, Error> {
        self.runtime.block_on(self.client.send(request, BODY_BYTES_MAX, self.now))
    }

    /// The certificate a host shows.
    pub(super) fn certificate(&self, host: &str, port: u16) -> Result<Certificate, String> {
        self.runtime.block_on(certificate(host, port, self.patience))
    }

    /// Waits for something for as long as the patience lasts.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let work = async { tokio::time::timeout(self.patience, work).await };
        self.runtime.block_on(work).ok()
    }
}
