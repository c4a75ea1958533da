//! `--hook`: a git host, or a hook of a repository on this machine, reports a push, and `run` pulls at once.
//!
//! Promises: only a request with the secret has an effect; the body is not interpreted, so the worst that a stolen secret
//! allows is an early pull. The response does not depend on how much of a secret was right.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use data_encoding::HEXLOWER_PERMISSIVE;
use ring::hmac;
use subtle::ConstantTimeEq as _;

use crate::cli::exit::Failure;
use crate::host::Host;
use crate::host::health::alive;
use crate::host::part::{Part, is_well};
use crate::net::server::{self, Limits};

/// Where a git host posts to.
pub(super) const PATH: &str = "/hook";

/// Minimum number of characters of a secret.
const SECRET_MIN: usize = 16;

/// Maximum size of what a git host posts, in bytes, and how long it may take.
const BODY_MAX: usize = 4 << 20;
const BODY_TIME: Duration = Duration::from_secs(10);

/// Knows who may wake `run`.
pub(super) struct Hook {
    secret: String,
}

impl Hook {
    /// Reads the secret, without the white space around it.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let secret = std::fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("--hook-secret {shown}: cannot be read: {error}")))?;
        let secret = secret.trim().to_owned();
        if secret.chars().count() < SECRET_MIN {
            let why = format!("--hook-secret {shown}: the secret must have at least {SECRET_MIN} characters");
            return Err(Failure::Usage(why));
        }
        Ok(Self { secret })
    }

    /// Whether it comes from someone who knows the secret: signed with it, as GitHub, Gitea and Forgejo do, or with the
    /// secret itself, as GitLab does and a hook of your own can.
    fn is_known(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let is_secret = |given: &str| given.as_bytes().ct_eq(self.secret.as_bytes()).into();
        if let Some(signature) = header("x-hub-signature-256") {
            return self.has_signed(signature, body);
        }
        let bearer = header(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        header("x-gitlab-token").or(bearer).is_some_and(is_secret)
    }

    fn has_signed(&self, signature: &str, body: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let signature = signature.strip_prefix("sha256=").unwrap_or(signature);
        HEXLOWER_PERMISSIVE
            .decode(signature.as_bytes())
            .is_ok_and(|signature| hmac::verify(&key, body, &signature).is_ok())
    }
}

/// Answers until the host stops.
pub(super) fn serve(host: &Arc<Host>, listener: &TcpListener, hook: &Arc<Hook>) -> Result<Duration, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut stop = host.stop.clone();
    let state = (Arc::clone(host), Arc::clone(hook));
    let routes = axum::Router::new().route(PATH, axum::routing::post(receive)).with_state(state);
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        is_well(host, &Part::Hook);
        let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
        alive(host, &Part::Hook, server::serve(listener, routes, Limits::USUAL, stopped)).await
    })?;
    Ok(Duration::ZERO)
}

async fn receive(State((host, hook)): State<(Arc<Host>, Arc<Hook>)>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let Some(body) = read(body).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    if !hook.is_known(&parts.headers, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    // Anyone who pushed does not wait: what is new is found by looking.
    host.wake_signals.pull.wake();
    StatusCode::ACCEPTED
}

async fn read(body: Body) -> Option<Vec<u8>> {
    let read = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_MAX)).await;
    read.ok()?.ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_known(name: &'static str, value: &str) -> bool {
        let hook = Hook { secret: "It's a Secret to Everybody".to_owned() };
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        hook.is_known(&headers, b"Hello, World!")
    }

    #[test]
    fn only_who_knows_the_secret_is_heard() {
        // The example of GitHub's own documentation.
        let signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        for (name, value, known) in [
            ("x-hub-signature-256", format!("sha256={signature}"), true),
            ("x-hub-signature-256", format!("sha256={}", signature.replace('7', "8")), false),
            ("x-hub-signature-256", "sha256=".to_owned(), false),
            ("x-gitlab-token", "It's a Secret to Everybody".to_owned(), true),
            ("x-gitlab-token", "It's a Secret to Nobody".to_owned(), false),
            ("authorization", "Bearer It's a Secret to Everybody".to_owned(), true),
            ("authorization", "Bearer ".to_owned(), false),
            ("user-agent", "It's a Secret to Everybody".to_owned(), false),
        ] {
            assert_eq!(is_known(name, &value), known, "{name}: {value}");
        }
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "  short  \n").unwrap();
        assert!(matches!(Hook::read(&file), Err(Failure::Usage(_))));
        std::fs::write(&file, "long enough to be one\n").unwrap();
        assert_eq!(Hook::read(&file).unwrap().secret, "long enough to be one");
        assert!(matches!(Hook::read(&folder.path().join("none")), Err(Failure::Usage(_))));
    }
}
