//! Varnish of one's own: `PURGE` of a path, `BAN` of everything that begins like one. `docs/varnish.vcl` answers both.
//!
//! Promises: every server is asked, for the host its readers ask for. Only makes the calls: `retry.rs` sends them.

use crate::net::address::Url;
use crate::net::{Method, Request};

/// One call for each URL and server.
pub(super) const URLS_MAX: usize = 200;

/// Each server is asked by its own address, for the host its readers ask for.
pub(super) fn each(servers: &[String], urls: &[Url]) -> Vec<Request> {
    let call = |server: &String, url: &Url| {
        Request::new(Method::Purge, format!("{server}{}", url.path)).header("host", &url.host)
    };
    servers.iter().flat_map(|server| urls.iter().map(move |url| call(server, url))).collect()
}

pub(super) fn everything(servers: &[String], page: &Url) -> Vec<Request> {
    let call = |server: &String| {
        Request::new(Method::Ban, format!("{server}{}", page.path)).header("host", &page.host)
    };
    servers.iter().map(call).collect()
}
