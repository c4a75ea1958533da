//! Recognizes requests whose `Host` names this machine.
//!
//! Promises: a web page of a stranger whose name resolves to this machine (DNS rebinding) reads nothing from a loopback
//! port. Checks only the `Host` of a request.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::IntoResponse;

/// Whether a request names this machine. The page of another name has that name in its requests.
fn names_this_machine(host: Option<&HeaderValue>) -> bool {
    let Some(host) = host.and_then(|host| host.to_str().ok()) else { return false };
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// Answers only requests that name this machine.
pub fn only(routes: axum::Router) -> axum::Router {
    routes.layer(axum::middleware::from_fn(async |request: Request, next: Next| {
        if names_this_machine(request.headers().get(header::HOST)) {
            return next.run(request).await;
        }
        (StatusCode::MISDIRECTED_REQUEST, "use localhost or an IP address\n").into_response()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let names = |host: &'static str| names_this_machine(Some(&HeaderValue::from_static(host)));
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "192.0.2.1"] {
            assert!(names(host), "{host}");
        }
        for host in
            ["evil.test", "evil.test:8000", "127.0.0.1.evil.test", "localhost.evil.test", "", "[evil]"]
        {
            assert!(!names(host), "{host}");
        }
        assert!(!names_this_machine(None));
    }
}
