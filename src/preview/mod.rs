//! A web server on localhost for a tree in memory: what `preview` and `demo` show.
//!
//! Promises: listens on loopback only, serves what the tree holds and nothing else; never reads a file.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::BASE64;
use parking_lot::RwLock;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::model::tree::SiteFiles;
use crate::net::own_host;

/// What is served; replaced whole when it is rebuilt.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    tree: Arc<RwLock<Arc<SiteFiles>>>,
    version: watch::Sender<u64>,
    live: bool,
}

/// What the browser runs in `preview`, and only there: waits for the next version, then loads it.
const LIVE_RELOAD: &str = "(async()=>{for(;;){try{const r=await fetch('/_allclear/next');\
    if(r.ok){location.reload();return}}catch{await new Promise(f=>setTimeout(f,500))}}})()";

/// How the policy of a page begins.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\"";

impl Shown {
    /// Shows a tree; `live` pages load themselves again when it is replaced.
    pub(crate) fn new(tree: Arc<SiteFiles>, live: bool) -> Self {
        Self { tree: Arc::new(RwLock::new(tree)), version: watch::Sender::new(0), live }
    }

    /// Shows another tree from now on.
    pub(crate) fn replace(&self, tree: Arc<SiteFiles>) {
        let mut shown = self.tree.write();
        *shown = tree;
        drop(shown);
        self.version.send_modify(|version| *version += 1);
    }

    fn tree(&self) -> Arc<SiteFiles> {
        Arc::clone(&self.tree.read())
    }
}

/// Takes a port on localhost; 0 takes a free one.
pub(crate) async fn listen(port: u16) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("failed to listen on {address}; choose another port with --port, or 0 for a free one")
    })?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The routes of a shown tree.
pub(crate) fn routes(shown: Shown) -> axum::Router {
    let routes = axum::Router::new().route("/_allclear/next", axum::routing::get(next)).fallback(file);
    own_host::only(routes.with_state(shown))
}

/// Answers when the tree is replaced, so that a page can wait for it.
async fn next(State(shown): State<Shown>) -> StatusCode {
    let mut version = shown.version.subscribe();
    version.mark_unchanged();
    match version.changed().await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::GONE,
    }
}

async fn file(State(shown): State<Shown>, uri: Uri) -> Response {
    let tree = shown.tree();
    let path = uri.path().trim_start_matches('/');
    let found = [path.to_owned(), format!("{path}index.html"), format!("{path}/index.html")]
        .into_iter()
        .find(|path| tree.files.contains_key(path));
    if found.is_some() && !path.is_empty() && !path.ends_with('/') && !tree.files.contains_key(path) {
        // A folder without its slash would break the page's relative links.
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("/{path}/"))]).into_response();
    }
    let (status, path) = match found {
        Some(path) => (StatusCode::OK, path),
        None => (StatusCode::NOT_FOUND, "404.html".to_owned()),
    };
    let mut bytes = tree.files.get(&path).cloned().unwrap_or_else(|| Bytes::from_static(b"not found"));
    let kind = content_type(&path);
    if shown.live && kind.starts_with("text/html") {
        bytes = with_live_reload(&bytes).into();
    }
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Body::from(bytes)).into_response()
}

/// The page with the script at its end. Its content security policy stays in force; it permits this script too, by its
/// hash, and nothing else.
fn with_live_reload(page: &[u8]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page);
    let hash = format!("'sha256-{}'", BASE64.encode(&Sha256::digest(LIVE_RELOAD)));
    let (head, rest) = page.split_once(POLICY).unwrap_or((&page, ""));
    let (policy, rest) = rest.split_once('>').unwrap_or(("", rest));
    let policy = if policy.contains("script-src ") {
        policy.replacen("script-src ", &format!("script-src {hash} "), 1)
    } else {
        policy.replacen("default-src 'none';", &format!("default-src 'none'; script-src {hash};"), 1)
    };
    let page = if policy.is_empty() { page.to_string() } else { format!("{head}{POLICY}{policy}>{rest}") };
    format!("{page}<script>{LIVE_RELOAD}</script>").into_bytes()
}

/// The content type by the end of a file's name.
pub(crate) fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "atom" => "application/atom+xml; charset=utf-8",
        "rss" => "application/rss+xml; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_page_keeps_its_policy_and_permits_the_one_script() {
        for (policy, of_scripts) in [
            ("default-src 'none'; img-src data:", "default-src 'none'; script-src 'sha256-"),
            (
                "default-src 'none'; script-src 'sha256-a'; img-src data:",
                "default-src 'none'; script-src 'sha256-",
            ),
        ] {
            let public = format!("<head>{POLICY} content=\"{policy}\"><title>a</title></head>");
            let live = String::from_utf8(with_live_reload(public.as_bytes())).unwrap();
            assert!(live.contains(&format!("{POLICY} content=\"{of_scripts}")), "{live}");
            assert!(live.contains("img-src data:\"><title>a</title></head>"), "{live}");
            assert!(live.ends_with(&format!("<script>{LIVE_RELOAD}</script>")), "{live}");
            assert_eq!(live.contains("'sha256-a'"), policy.contains("'sha256-a'"));
        }
        assert!(with_live_reload(b"no policy").starts_with(b"no policy<script>"));
    }
}
