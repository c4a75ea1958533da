//! Where a Kannel gateway brings its delivery reports: a GET of the URL that went with the message (Kannel 1.4, user
//! guide, chapter 9, `dlr-url`).
//!
//! Promises: only who knows the URL of a message can report on it, because that holds a token that follows from the
//! gateway's password and the message; tokens are compared in constant time; a request does nothing but record a
//! report, and is answered with a number and no words. Kannel asks again where the answer is not 200.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{Method, StatusCode, Uri};
use serde::Deserialize;
use tokio::net::TcpListener;

use super::Error;
use super::kannel_replies::shortened;
use super::reports::{Bringing, Recorder, Reports};
use crate::config::plan::Kannel;
use crate::config::secret::Revealed;
use crate::model::hash::derive;
use crate::model::report::ReportStatus;

/// What Kannel is asked to report: delivered (1), not delivered (2), taken by the network (8), refused by it (16).
pub(super) const REPORT_MASK: &str = "27";

/// The address in a message that its reports go to. `%d` and `%A` are Kannel's to fill in: the kind of report and the
/// network's own words.
pub(super) fn report_url(url: &str, step: &str, token: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}step={step}&token={token}&report=%d&answer=%A")
}

/// What lets a report on a step in.
pub(super) fn token(provider: &str, password: &Revealed, step: &str) -> String {
    derive("kannel report", &[password.expose(), provider, step])
}

/// An open port.
pub(super) struct Listener {
    socket: TcpListener,
    door: Door,
}

/// Who may come in, and where.
struct Door {
    provider: String,
    path: String,
    password: Revealed,
}

impl Listener {
    /// Opens the port that the gateway was told, where that is one of this machine. `None` where somebody else
    /// listens there: another worker, or a machine whose address it is.
    pub(super) async fn open(name: &str, kannel: &Kannel, root: &Path) -> Result<Option<Self>, Error> {
        let Some((address, path)) = kannel.dlr_url.as_deref().and_then(place) else { return Ok(None) };
        let revealed = kannel.password.reveal(root);
        let password = revealed.map_err(|source| Error::Secret { provider: name.to_owned(), source })?;
        match TcpListener::bind(address).await {
            Ok(socket) => {
                let door = Door { provider: name.to_owned(), path: path.to_owned(), password };
                Ok(Some(Self { socket, door }))
            }
            Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => {
                Ok(None)
            }
            Err(error) => {
                let what = format!("listen on {address} for delivery reports: {error}");
                Err(Error::SetUp { provider: name.to_owned(), what })
            }
        }
    }
}

/// Address and path of a plain URL whose host is an address; of any other, somebody else takes the reports.
fn place(url: &str) -> Option<(SocketAddr, &str)> {
    let rest = url.strip_prefix("http://")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let path = path.split('?').next().filter(|path| !path.is_empty()).unwrap_or("/");
    let local = authority.replacen("localhost", "127.0.0.1", usize::from(authority.starts_with("localhost")));
    let address = local.parse().ok().or_else(|| {
        let host: IpAddr = local.trim_matches(['[', ']']).parse().ok()?;
        Some(SocketAddr::new(host, 80))
    });
    Some((address?, path))
}

impl Reports for Listener {
    fn bring(self: Box<Self>, recorder: Recorder) -> Bringing {
        let Self { socket, door } = *self;
        let over = recorder.clone().until_over();
        let routes = axum::Router::new().fallback(hear).with_state(Arc::new((door, recorder)));
        // Serving ends with an error only when the socket is gone.
        Box::pin(async move { drop(axum::serve(socket, routes).with_graceful_shutdown(over).await) })
    }
}

/// What a report says.
#[derive(Deserialize)]
struct Said {
    step: String,
    token: String,
    report: u8,
    #[serde(default)]
    answer: String,
}

async fn hear(State(behind): State<Arc<(Door, Recorder)>>, method: Method, uri: Uri) -> StatusCode {
    let (door, recorder) = &*behind;
    if uri.path() != door.path {
        return StatusCode::NOT_FOUND;
    }
    if method != Method::GET {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    let Ok(Query(said)) = Query::<Said>::try_from_uri(&uri) else { return StatusCode::BAD_REQUEST };
    if !is_same(&token(&door.provider, &door.password, &said.step), &said.token) {
        return StatusCode::FORBIDDEN;
    }
    let Some(status) = status(said.report) else { return StatusCode::BAD_REQUEST };
    match recorder.record(&door.provider, &said.step, status, &shortened(&said.answer)).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Kannel's numbers for kinds of reports.
fn status(report: u8) -> Option<ReportStatus> {
    match report {
        1 => Some(ReportStatus::Delivered),
        2 => Some(ReportStatus::Failed),
        4 => Some(ReportStatus::Buffered),
        8 => Some(ReportStatus::Sent),
        16 => Some(ReportStatus::Undeliverable),
        _ => None,
    }
}

/// Compares in a time that does not tell where they differ.
fn is_same(expected: &str, given: &str) -> bool {
    let differs = |sum: u8, (a, b): (u8, u8)| sum | (a ^ b);
    expected.len() == given.len() && expected.bytes().zip(given.bytes()).fold(0, differs) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_finds_its_step() {
        let desk = "https://desk.example.com/reports";
        let expected = "https://desk.example.com/reports?step=abc&token=xyz&report=%d&answer=%A";
        assert_eq!(report_url(desk, "abc", "xyz"), expected);
        assert!(report_url(&format!("{desk}?k=1"), "abc", "xyz").contains("?k=1&step=abc&token=xyz&"));
    }

    #[test]
    fn the_door_is_where_the_url_says_or_somebody_else_s() {
        let found = |url| place(url).map(|(address, path)| format!("{address} {path}"));
        for (url, expected) in [
            ("http://127.0.0.1:8470/reports/gateway?k=1", "127.0.0.1:8470 /reports/gateway"),
            ("http://localhost:8470", "127.0.0.1:8470 /"),
            ("http://[::1]:8470/x", "[::1]:8470 /x"),
            ("http://10.0.0.7/x", "10.0.0.7:80 /x"),
        ] {
            assert_eq!(found(url).as_deref(), Some(expected), "{url}");
        }
        for url in
            ["https://127.0.0.1:8470/x", "http://desk.example.com:8470/x", "http://localhost.example/x"]
        {
            assert_eq!(found(url), None, "{url}");
        }
    }

    #[test]
    fn only_the_same_token_is_the_same() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd", "Abc"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }

    #[test]
    fn every_kind_of_report_has_its_status_and_nothing_else_has() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(|number| status(number).map(|_| number)).collect();
        assert_eq!(known, [1, 2, 4, 8, 16]);
    }
}
