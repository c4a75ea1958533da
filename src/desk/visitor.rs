//! The sender of a request: the language to answer in, and the network.
//!
//! Promises: `X-Forwarded-For` is trusted only from a proxy that the operator named. Networks are stored as keyed hashes,
//! never as addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, Uri, header};

use crate::model::localized::Language;
use crate::model::page::Page;

/// What a request says of the one who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visitor {
    /// One of the page's languages.
    pub(super) language: Language,
    /// The network: `203.0.113.0/24`, `2001:db8:1:2::/64`.
    pub(super) network: String,
}

impl Visitor {
    pub(super) fn of(page: &Page, proxies: &[IpAddr], from: IpAddr, headers: &HeaderMap, uri: &Uri) -> Self {
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let asked = query.into_iter().find(|(key, _)| key == "lang").map(|(_, value)| value.into_owned());
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let named = asked.as_deref().and_then(|tag| spoken(page, tag));
        let language = named.or_else(|| preferred(page, accepted.unwrap_or_default()));
        Self {
            language: language.unwrap_or_else(|| page.first_language()).clone(),
            network: network(client(proxies, from, headers)),
        }
    }
}

/// The page's language of that tag, or of its base.
fn spoken<'p>(page: &'p Page, tag: &str) -> Option<&'p Language> {
    let is = |language: &&Language, tag: &str| language.as_str().eq_ignore_ascii_case(tag);
    let base = tag.split('-').next().unwrap_or(tag);
    let find = |tag: &str| page.languages.iter().find(|language| is(language, tag));
    find(tag).or_else(|| find(base))
}

/// The page's language that the reader likes best (RFC 9110, 12.5.4).
fn preferred<'p>(page: &'p Page, accepted: &str) -> Option<&'p Language> {
    let mut wanted: Vec<(f32, &str)> = accepted
        .split(',')
        .take(20)
        .map(|one| {
            let (tag, weight) = one.split_once(';').unwrap_or((one, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
            (weight.unwrap_or(0.0), tag.trim())
        })
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    // Stable: of two that are liked the same, the first stays first.
    wanted.sort_by(|one, other| other.0.total_cmp(&one.0));
    wanted.into_iter().find_map(|(_, tag)| spoken(page, tag))
}

/// The address that the request came from before it reached the operator's own proxies.
fn client(proxies: &[IpAddr], from: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !proxies.contains(&from.to_canonical()) {
        return from;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> =
        lines.flat_map(|line| line.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
    // Each proxy adds the one before it at the end.
    hops.into_iter().rev().find(|hop| !proxies.contains(&hop.to_canonical())).unwrap_or(from)
}

/// The network that one sender can be expected to hold: a /24, or a /64.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_page;

    fn page() -> Page {
        let text = "name = 'A'\nurl = 'https://status.example.com'\nlanguages = ['en', 'es', 'pt-BR']\n\
             [[groups]]\nname = 'G'\n[[groups.features]]\nid = 'a'\nname = 'A'\n";
        parse_page(text).0.unwrap()
    }

    fn visitor(from: &str, headers: &[(&'static str, &str)], uri: &str) -> (String, String) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let proxies = ["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()];
        let visitor = Visitor::of(&page(), &proxies, from.parse().unwrap(), &map, &uri.parse().unwrap());
        (visitor.language.to_string(), visitor.network)
    }

    #[test]
    fn the_language_is_the_one_asked_for_else_the_one_liked_best() {
        for (accepted, uri, language) in [
            ("es-AR,es;q=0.9,en;q=0.1", "/", "es"),
            ("en;q=0.1, es;q=0.9", "/", "es"),
            ("es;q=0, de", "/", "en"),
            ("pt-br", "/", "pt-BR"),
            ("es", "/?lang=en", "en"),
            ("es", "/?lang=%00x", "es"),
            ("", "/", "en"),
            (";;;,q=,*;q=x", "/", "en"),
        ] {
            let found = visitor("192.0.2.1", &[("accept-language", accepted)], uri);
            assert_eq!(found.0, language, "{accepted} {uri}");
        }
    }

    #[test]
    fn only_a_named_proxy_says_who_asks() {
        let forwarded = |from, value| visitor(from, &[("x-forwarded-for", value)], "/").1;
        assert_eq!(forwarded("192.0.2.7", "203.0.113.5"), "192.0.2.0/24");
        assert_eq!(forwarded("127.0.0.1", "203.0.113.5"), "203.0.113.0/24");
        assert_eq!(forwarded("127.0.0.1", "6.6.6.6, 203.0.113.5, 10.0.0.1"), "203.0.113.0/24");
        assert_eq!(forwarded("::ffff:127.0.0.1", "2001:db8:1:2:3::9"), "2001:db8:1:2::/64");
        assert_eq!(forwarded("127.0.0.1", "nonsense"), "127.0.0.0/24");
    }
}
