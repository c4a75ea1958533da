//! The port to which one provider sends its delivery reports, and texts of subscribers.
//!
//! Promises: a request only records a report, and is answered with a status code and no text. A provider that does not get
//! 200 sends its report again.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use tokio::net::TcpListener;

use super::Error;
use super::recorder::Recorder;
use crate::config::plan::Provider;
use crate::net::server;
use crate::provider::{self, Callback, INBOUND, Protocol, REPORT_LISTEN, REPORT_URL, Refused, Settings};

/// A bound port.
pub(super) struct Listener {
    socket: TcpListener,
    entrance: Entrance,
}

/// The path of a provider's reports, and how they are read.
struct Entrance {
    provider: String,
    path: String,
    settings: Settings,
    read: provider::Reports,
    /// How texts of subscribers are read, at the path with [`INBOUND`] at its end.
    inbound: Option<provider::Inbound>,
}

impl Listener {
    /// Opens the port that the provider reports to, if that is one of this machine. `None` where the provider brings no
    /// reports or another process listens there: another worker, or a machine whose address it is.
    pub(super) async fn open(name: &str, provider: &Provider, root: &Path) -> Result<Option<Self>, Error> {
        let Protocol::Http(provider::Http { reports: Some(read), inbound, .. }) = &provider.kind.protocol
        else {
            return Ok(None);
        };
        let settings = &provider.settings;
        let place =
            settings.optional(REPORT_LISTEN).or_else(|| settings.optional(REPORT_URL)).and_then(place);
        let Some((address, path)) = place else { return Ok(None) };
        let settings = provider.revealed(root);
        let settings = settings.map_err(|source| Error::Secret { provider: name.to_owned(), source })?;
        match TcpListener::bind(address).await {
            Ok(socket) => {
                let (provider, path) = (name.to_owned(), path.to_owned());
                let entrance = Entrance { provider, path, settings, read: *read, inbound: *inbound };
                Ok(Some(Self { socket, entrance }))
            }
            Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => {
                Ok(None)
            }
            Err(source) => Err(Error::Port { provider: name.to_owned(), address, source }),
        }
    }

    /// Answers requests until no more reports are wanted.
    pub(super) async fn serve(self, recorder: Recorder) {
        let over = recorder.clone().until_over();
        let routes = axum::Router::new().fallback(receive).with_state(Arc::new((self.entrance, recorder)));
        // Serving ends with an error only when the socket is gone.
        let _ended = server::serve(self.socket, routes, server::Limits::USUAL, over).await;
    }
}

/// Address and path of a plain URL whose host is an address; reports to any other are taken elsewhere.
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

async fn receive(
    State(behind): State<Arc<(Entrance, Recorder)>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let (entrance, recorder) = &*behind;
    let below = uri.path().strip_prefix(&entrance.path);
    let inbound = match (below, entrance.inbound) {
        (Some(""), _) => None,
        (Some(INBOUND), Some(read)) => Some(read),
        _ => return StatusCode::NOT_FOUND,
    };
    let method = match method {
        Method::GET => provider::Method::Get,
        Method::POST => provider::Method::Post,
        _ => return StatusCode::METHOD_NOT_ALLOWED,
    };
    let callback = Callback {
        provider: &entrance.provider,
        settings: &entrance.settings,
        method,
        query: uri.query().unwrap_or_default(),
        headers: &fields(&headers),
        body: &body,
    };
    if let Some(read) = inbound {
        return match read(&callback) {
            Ok(text) => answer(recorder.receive(&entrance.provider, text).await.is_ok()),
            Err(refused) => refusal(refused),
        };
    }
    let reports = match (entrance.read)(&callback) {
        Ok(reports) => reports,
        Err(refused) => return refusal(refused),
    };
    for report in reports {
        if recorder.record(&entrance.provider, &report).await.is_err() {
            return answer(false);
        }
    }
    answer(true)
}

fn answer(is_recorded: bool) -> StatusCode {
    if is_recorded { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn refusal(refused: Refused) -> StatusCode {
    match refused {
        Refused::Method => StatusCode::METHOD_NOT_ALLOWED,
        Refused::Stranger => StatusCode::FORBIDDEN,
        Refused::Unreadable => StatusCode::BAD_REQUEST,
    }
}

/// The header fields whose value is ASCII; their names are in lower case.
fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let ascii = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), ascii(value)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn the_port_is_where_the_url_says_or_another_machine_s() {
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
}
