//! Your own Varnish: `PURGE` of a path, `BAN` of everything below one. `docs/varnish.vcl` answers both.
//!
//! Promises: every server gets every request, at its own address, for the host name of the page.

use crate::cdn::kind::{Account, Kind, unless_success};
use crate::net::address::Url;
use crate::net::{Method, Request};
use crate::provider::{Key, Need, Settings, Shape};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "varnish",
    title: "Varnish",
    keys: KEYS,
    // One call for each URL and server.
    urls_max: 200,
    each,
    everything,
    signed: |_, request, _| Some(request),
    looks: |settings, page| {
        let servers = settings.texts("servers").iter();
        servers.map(|server| call(Method::Get, server, page)).collect()
    },
    account: |_| Account::Unclear("it answers; only a purge shows whether this machine may purge".to_owned()),
    complaint: |response| unless_success(response, None),
};

const KEYS: &[Key] = &[Key {
    name: "servers",
    shape: Shape::Bases,
    need: Need::Required,
    example: "[\"http://10.0.0.1:6081\", \"http://10.0.0.2:6081\"]",
    help: "URL of each server.",
}];

fn each(settings: &Settings, urls: &[Url], _: &str) -> Vec<Request> {
    let servers = settings.texts("servers").iter();
    servers.flat_map(|server| urls.iter().map(move |url| call(Method::Purge, server, url))).collect()
}

fn everything(settings: &Settings, page: &Url, _: &str) -> Vec<Request> {
    settings.texts("servers").iter().map(|server| call(Method::Ban, server, page)).collect()
}

fn call(method: Method, server: &str, url: &Url) -> Request {
    Request::new(method, format!("{server}{}", url.path)).header("host", &url.host)
}
