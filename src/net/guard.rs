//! Protects calls to hosts that outsiders chose (SSRF): only public addresses are called.
//!
//! Promises: a name is resolved once, and the connection goes to one of the checked addresses; a name with any address that
//! is not public is refused. Never follows a redirect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Why a name or an address is not called. Names neither.
#[derive(Debug, thiserror::Error)]
#[error("the address is private or local, which is not allowed for this provider")]
struct Refused;

/// Resolves names as the machine does, and refuses those that lead to an address that is not public.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            match found.iter().all(|address| is_public(address.ip())) {
                true => Ok(Box::new(found.into_iter()) as Addrs),
                false => Err(Refused.into()),
            }
        })
    }
}

/// Whether the guard lets a URL pass: its host is a name, or a public address in whatever spelling.
pub(super) fn lets_pass(url: &str) -> bool {
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(_)) => true,
        Some(url::Host::Ipv4(address)) => is_public(address.into()),
        Some(url::Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    }
}

/// Whether an address belongs to the public internet (the registries of RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = match (first, second, third) {
        // This network, shared by carriers (RFC 6598), protocol assignments, benchmarks, multicast and reserved.
        (0 | 224.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _) => true,
        // Relays of 6to4, which lead elsewhere.
        (192, 88, 99) => true,
        _ => false,
    };
    let is_local = address.is_private() || address.is_loopback() || address.is_link_local();
    !is_special && !is_local && !address.is_documentation()
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_special = match (first, second) {
        // Teredo, 6to4 and the other prefixes of protocols; documentation.
        (0x2001, 0..=0x01ff) | (0x2001, 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff) => true,
        // Global unicast. Everything else is mapped, translated, local, multicast or unassigned.
        (0x2000..=0x3fff, _) => false,
        _ => true,
    };
    !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_called() {
        for text in ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4003::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        let others = "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 192.0.0.8 192.0.2.1 \
             192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 \
             ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 fc00::1 \
             fd00:ec2::254 fe80::1 fec0::1 ff02::1";
        for text in others.split_whitespace() {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_private_address_passes_in_no_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://127.1:8443/a",
            "https://[::ffff:127.0.0.1]/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "not a url",
        ] {
            assert!(!lets_pass(url), "{url}");
        }
        assert!(lets_pass("https://partner.example.com/hooks") && lets_pass("https://8.8.8.8/"));
    }
}
