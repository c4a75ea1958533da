//! Finds what the page shares with the product, and its targets with each other: a failure of it would take down both.
//!
//! Promises: two hosts share only what is known of both; unknown never matches, and is reported. Pure except for the
//! queries about hosts.

use std::collections::BTreeSet;

use crate::config::target::Target;
use crate::model::page::Page;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;
use crate::doctor::hosting::{self, Hosting};

/// Compares every target with every domain of the product, and with every other target.
pub(super) fn all(ask: &Ask, page: &Page, targets: &[Target], domains: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let page_itself = || vec![(format!("page {}", page.host()), hosting::of(ask, &page.url))];
    let named = |target: &Target| (format!("target {}", target.name), hosting::of(ask, &target.url));
    let hosts: Vec<(String, Hosting)> =
        if targets.is_empty() { page_itself() } else { targets.iter().map(named).collect() };
    let product: Vec<(String, Hosting)> = domains
        .iter()
        .map(|domain| (format!("your {domain}"), hosting::of(ask, &format!("https://{domain}"))))
        .collect();
    for (at, (about, host)) in hosts.iter().enumerate() {
        findings.push(described(about, host));
        findings.extend(
            host.unknown
                .iter()
                .map(|what| Finding::unknown(about, "hosting", format!("failed to determine {what}"))),
        );
        let others = hosts.iter().skip(at + 1);
        for (other, theirs) in product.iter().chain(others) {
            findings.extend(compared(about, host, other, theirs));
        }
    }
    findings.extend(product.iter().flat_map(|(about, host)| {
        host.unknown
            .iter()
            .map(move |what| Finding::unknown(about, "hosting", format!("failed to determine {what}")))
    }));
    if domains.is_empty() {
        let words =
            "site/page.toml names no `product_domains`, so what the page shares with your product is unknown";
        findings.push(Finding::unknown("product", "product-domains", words.to_owned()));
    }
    let words = "domain registrars are not checked: compare them yourself";
    findings.push(Finding::unknown("product", "registrar", words.to_owned()));
    findings
}

/// States which hosting company serves the site.
fn described(about: &str, host: &Hosting) -> Finding {
    let facts = [&host.networks, &host.name_servers, &host.caches];
    if facts.into_iter().flatten().all(BTreeSet::is_empty) {
        let words = format!("{}: network, name servers and cache are not known", host.host);
        return Finding::unknown(about, "hosting", words);
    }
    let joined = |set: &Option<BTreeSet<String>>| {
        let list = set.iter().flatten().cloned().collect::<Vec<_>>().join(", ");
        if list.is_empty() { "none known".to_owned() } else { list }
    };
    let words = format!(
        "{}: network {}; name servers {}; cache {}",
        host.host,
        joined(&host.networks),
        joined(&host.name_servers),
        joined(&host.caches)
    );
    Finding::fine(about, "hosting", words)
}

/// A warning for everything that both depend on.
fn compared(about: &str, host: &Hosting, other: &str, theirs: &Hosting) -> Vec<Finding> {
    let mut findings = Vec::new();
    let both = |one: &Option<BTreeSet<String>>, two: &Option<BTreeSet<String>>| -> Option<String> {
        let shared: Vec<String> = one.as_ref()?.intersection(two.as_ref()?).cloned().collect();
        (!shared.is_empty()).then(|| shared.join(", "))
    };
    let mut warn = |check, what: &str, shared: String| {
        let words = format!("shares {what} with {other}: {shared}");
        findings.push(Finding::warning(about, check, words));
    };
    if host.host == theirs.host {
        warn("shared-host", "its host", host.host.clone());
        return findings;
    }
    if let Some(shared) = both(&host.name_servers, &theirs.name_servers) {
        warn("shared-name-servers", "name servers", shared);
    } else if let (Some(zone), true) = (&host.zone, host.zone == theirs.zone) {
        warn("shared-name-servers", "a zone", zone.clone());
    }
    if let Some(shared) = both(&host.caches, &theirs.caches) {
        warn("shared-cache", "a cache", shared);
    }
    if let Some(shared) = both(&host.networks, &theirs.networks) {
        warn("shared-network", "a network", shared);
    }
    if let (Some(authority), true) = (&host.authority, host.authority == theirs.authority) {
        warn("shared-authority", "a certificate authority", authority.clone());
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    fn set(names: &[&str]) -> Option<BTreeSet<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn status() -> Hosting {
        Hosting {
            host: "status.acme.test".to_owned(),
            zone: Some("acme.test".to_owned()),
            name_servers: set(&["ns1.dns.test", "ns2.dns.test"]),
            caches: set(&["Fastly"]),
            networks: set(&["AS64500"]),
            authority: Some("Let's Encrypt".to_owned()),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn a_host_of_which_nothing_is_known_is_not_fine() {
        assert_eq!(described("page", &status()).level, Level::Fine);
        let known_of_nothing = Hosting { host: "status.acme.test".to_owned(), ..Hosting::default() };
        let nothing_there = Hosting { networks: set(&[]), caches: set(&[]), ..known_of_nothing.clone() };
        for host in [known_of_nothing, nothing_there] {
            assert_eq!(described("page", &host).level, Level::Unknown);
        }
    }

    #[test]
    fn each_thing_in_common_is_a_warning_and_nothing_else_is() {
        let other = Hosting {
            host: "shop.test".to_owned(),
            zone: Some("shop.test".to_owned()),
            name_servers: set(&["ns.other.test"]),
            caches: set(&[]),
            networks: set(&["AS64501"]),
            authority: Some("Another".to_owned()),
            unknown: Vec::new(),
        };
        assert_eq!(compared("target a", &status(), "your shop.test", &other), []);
        let nothing_known = Hosting { host: "shop.test".to_owned(), ..Hosting::default() };
        assert_eq!(compared("target a", &status(), "your shop.test", &nothing_known), []);

        let one = |host: Hosting| -> Vec<String> {
            let found = compared("target a", &status(), "your shop.test", &host);
            found.into_iter().map(|finding| finding.words).collect()
        };
        let servers = set(&["ns2.dns.test", "ns3.dns.test"]);
        assert_eq!(
            one(Hosting { name_servers: servers, ..other.clone() }),
            ["shares name servers with your shop.test: ns2.dns.test"]
        );
        assert_eq!(
            one(Hosting { caches: set(&["Fastly"]), ..other.clone() }),
            ["shares a cache with your shop.test: Fastly"]
        );
        assert_eq!(
            one(Hosting { networks: set(&["AS64500"]), ..other.clone() }),
            ["shares a network with your shop.test: AS64500"]
        );
        assert_eq!(
            one(Hosting { authority: Some("Let's Encrypt".to_owned()), ..other }),
            ["shares a certificate authority with your shop.test: Let's Encrypt"]
        );
        assert_eq!(one(status()), ["shares its host with your shop.test: status.acme.test"]);
    }
}
