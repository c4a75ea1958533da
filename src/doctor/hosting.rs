//! Who hosts a host name: its name servers, CDN, network and certificate authority.
//!
//! Promises: what could not be determined is reported as unknown and never as absent; only name servers and the host itself
//! are queried, and no third party over HTTP.

use std::collections::BTreeSet;
use std::net::IpAddr;

use url::Url;

use crate::net::dns::{Data, Kind, Record};

use crate::doctor::ask::Ask;

/// What is known of a host. A set that is empty is of something that does not exist, `None` of something unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hosting {
    pub(super) host: String,
    pub(super) zone: Option<String>,
    /// The servers of its zone.
    pub(super) name_servers: Option<BTreeSet<String>>,
    /// The caches in front of it, by name.
    pub(super) caches: Option<BTreeSet<String>>,
    /// The networks its addresses are in: `AS64500 (EXAMPLE-NET, DE)`, or the addresses' own if that is not known.
    pub(super) networks: Option<BTreeSet<String>>,
    /// Who issued its certificate.
    pub(super) authority: Option<String>,
    /// What could not be determined, and why.
    pub(super) unknown: Vec<String>,
}

/// Caches by what their hosts are called; the names of aliases end so.
const CACHES_BY_NAME: &[(&str, &str)] = &[
    ("cloudfront.net", "CloudFront"),
    ("cdn.cloudflare.net", "Cloudflare"),
    ("fastly.net", "Fastly"),
    ("fastlylb.net", "Fastly"),
    ("b-cdn.net", "bunny.net"),
    ("edgekey.net", "Akamai"),
    ("edgesuite.net", "Akamai"),
    ("akamaiedge.net", "Akamai"),
    ("azureedge.net", "Azure Front Door"),
    ("azurefd.net", "Azure Front Door"),
    ("netlify.app", "Netlify"),
    ("netlify.com", "Netlify"),
    ("pages.dev", "Cloudflare"),
    ("github.io", "GitHub Pages"),
    ("gitlab.io", "GitLab Pages"),
    ("vercel-dns.com", "Vercel"),
];

/// Caches by a header that they put on what they send, and a word in it.
const CACHES_BY_HEADER: &[(&str, &str, &str)] = &[
    ("server", "cloudflare", "Cloudflare"),
    ("server", "cloudfront", "CloudFront"),
    ("x-amz-cf-id", "", "CloudFront"),
    ("x-served-by", "cache-", "Fastly"),
    ("server", "bunnycdn", "bunny.net"),
    ("server", "netlify", "Netlify"),
    ("server", "github.com", "GitHub Pages"),
    ("server", "akamaighost", "Akamai"),
    ("server", "vercel", "Vercel"),
    ("x-azure-ref", "", "Azure Front Door"),
];

/// Asks about the host of a URL.
pub(super) fn of(ask: &Ask, url: &str) -> Hosting {
    let (host, port) = host_and_port(url);
    let mut hosting = Hosting { host: host.clone(), ..Hosting::default() };
    let addresses = if let Ok(address) = host.parse() {
        BTreeSet::from([address])
    } else {
        let records = hosting.known("its addresses", addresses(ask, &host)).unwrap_or_default();
        let aliases = records.iter().filter_map(|record| match &record.data {
            Data::Alias(alias) => Some(alias.clone()),
            _ => None,
        });
        hosting.caches = Some(aliases.filter_map(|alias| cache_by_name(&alias)).collect());
        if let Some((zone, servers)) = hosting.known("its name servers", zone(ask, &host)) {
            (hosting.zone, hosting.name_servers) = (Some(zone), Some(servers));
        }
        records.iter().filter_map(|record| address(&record.data)).collect()
    };
    hosting.networks = networks(ask, &addresses);
    match ask.read(url) {
        Ok(response) => {
            let caches = hosting.caches.get_or_insert_default();
            caches.extend(cache_by_headers(|name| response.header(name)));
        }
        Err(error) => hosting.unknown.push(format!("the cache in front ({error})")),
    }
    if is_encrypted(url) {
        let certificate = ask.certificate(&host, port);
        hosting.authority = hosting.known("its certificate", certificate).map(|known| known.issuer);
    }
    hosting
}

impl Hosting {
    fn known<T>(&mut self, what: &str, answer: Result<T, String>) -> Option<T> {
        answer.map_err(|why| self.unknown.push(format!("{what} ({why})"))).ok()
    }
}

/// Both kinds of addresses and the aliases on the way.
fn addresses(ask: &Ask, host: &str) -> Result<Vec<Record>, String> {
    let mut records = ask.records(host, Kind::A)?;
    records.extend(ask.records(host, Kind::Aaaa).unwrap_or_default());
    if records.is_empty() { Err("no such host".to_owned()) } else { Ok(records) }
}

fn address(data: &Data) -> Option<IpAddr> {
    match data {
        Data::Address(address) => Some(*address),
        _ => None,
    }
}

/// The zone of a host and its servers: of its name, or of the first above that has any.
fn zone(ask: &Ask, host: &str) -> Result<(String, BTreeSet<String>), String> {
    let mut name = host;
    loop {
        let records = ask.records(name, Kind::Ns)?;
        let server = |record: &Record| match &record.data {
            Data::NameServer(server) if record.owner == name => Some(server.clone()),
            _ => None,
        };
        let servers: BTreeSet<String> = records.iter().filter_map(server).collect();
        if !servers.is_empty() {
            return Ok((name.to_owned(), servers));
        }
        match name.split_once('.') {
            Some((_, above)) if above.contains('.') => name = above,
            _ => return Err("none of its zones has name servers".to_owned()),
        }
    }
}

/// The networks of addresses, by number and name where Team Cymru's public list of them can be asked, else by the
/// addresses' own first parts.
fn networks(ask: &Ask, addresses: &BTreeSet<IpAddr>) -> Option<BTreeSet<String>> {
    let named = addresses.iter().map(|address| network(ask, *address));
    let networks: BTreeSet<String> = named.collect();
    (!networks.is_empty()).then_some(networks)
}

fn network(ask: &Ask, address: IpAddr) -> String {
    let origin = ask.texts(&origin_name(address)).unwrap_or_default();
    let number = origin.first().and_then(|text| text.split('|').next()).and_then(|numbers| {
        numbers.split_whitespace().next().filter(|number| number.bytes().all(|c| c.is_ascii_digit()))
    });
    let Some(number) = number else { return prefix(address) };
    let name = ask.texts(&format!("AS{number}.asn.cymru.com")).unwrap_or_default();
    let name = name.first().and_then(|text| text.rsplit('|').next()).map(str::trim).unwrap_or_default();
    if name.is_empty() { format!("AS{number}") } else { format!("AS{number} ({name})") }
}

/// Where the number of an address's network is asked for: the address backwards.
fn origin_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.origin.asn.cymru.com")
        }
        IpAddr::V6(address) => {
            let digits = address.octets().into_iter().rev().flat_map(|byte| [byte & 0xf, byte >> 4]);
            let digits: Vec<String> = digits.map(|digit| format!("{digit:x}")).collect();
            format!("{}.origin6.asn.cymru.com", digits.join("."))
        }
    }
}

/// The block an address is in, as large as is commonly routed on its own.
fn prefix(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

fn cache_by_name(alias: &str) -> Option<String> {
    let found = CACHES_BY_NAME
        .iter()
        .find(|(end, _)| alias.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    found.map(|(_, cache)| (*cache).to_owned())
}

fn cache_by_headers<'r>(header: impl Fn(&str) -> Option<&'r str>) -> Vec<String> {
    let fits = |(name, word, _): &&(&str, &str, &str)| {
        header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    CACHES_BY_HEADER.iter().filter(fits).map(|(_, _, cache)| (*cache).to_owned()).collect()
}

/// Whether a URL is one of `https`.
pub(super) fn is_encrypted(url: &str) -> bool {
    url.starts_with("https://")
}

/// The host of a URL, without brackets, and its port.
pub(super) fn host_and_port(url: &str) -> (String, u16) {
    let read = Url::parse(url).ok();
    let host = read.as_ref().and_then(Url::host_str).unwrap_or(url).trim_matches(['[', ']']).to_owned();
    let usual = if is_encrypted(url) { 443 } else { 80 };
    (host, read.and_then(|read| read.port()).unwrap_or(usual))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_taken_out_of_urls() {
        for (url, host, port) in [
            ("https://Status.acme.test", "status.acme.test", 443),
            ("http://acme.test/status", "acme.test", 80),
            ("http://127.0.0.1:8080", "127.0.0.1", 8080),
            ("https://[2001:db8::1]:8443/x", "2001:db8::1", 8443),
        ] {
            assert_eq!(host_and_port(url), (host.to_owned(), port), "{url}");
        }
    }

    #[test]
    fn the_number_of_a_network_is_asked_for_backwards() {
        assert_eq!(origin_name("192.0.2.7".parse().unwrap()), "7.2.0.192.origin.asn.cymru.com");
        let six = origin_name("2001:db8::1".parse().unwrap());
        assert!(
            six.starts_with("1.0.0.0.") && six.ends_with(".8.b.d.0.1.0.0.2.origin6.asn.cymru.com"),
            "{six}"
        );
        assert_eq!(prefix("2001:db8:7::1".parse().unwrap()), "2001:db8:7::/48");
    }

    #[test]
    fn caches_are_known_by_their_names_and_headers() {
        assert_eq!(cache_by_name("d111.cloudfront.net").as_deref(), Some("CloudFront"));
        assert_eq!(cache_by_name("notcloudfront.net"), None);
        let header = |name: &str| (name == "server").then_some("Cloudflare");
        assert_eq!(cache_by_headers(header), ["Cloudflare"]);
    }
}
