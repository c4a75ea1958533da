//! Checks the shape of the URLs that an operator writes.
//!
//! Promises: an accepted URL holds no space, quote or control character, so it can be in a page and in an email as it is.
//! Nothing is looked up.

/// What a [`base`] has to be, for a sentence.
pub const BASE: &str = "an absolute http or https URL without a slash at its end";

/// An absolute `http` or `https` URL to which paths are added: no slash at its end, no query, no fragment, no
/// user name.
pub fn base(text: &str) -> Option<String> {
    let rest = without_scheme(text)?;
    let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let path_ok =
        path.is_none_or(|path| !path.is_empty() && !path.ends_with('/') && !path.contains(['?', '#']));
    (is_host(host) && path_ok).then(|| text.to_owned())
}

/// An absolute `http` or `https` URL of any resource.
pub fn resource(text: &str) -> Option<String> {
    let rest = without_scheme(text)?;
    let host = rest.split(['/', '?', '#']).next()?;
    is_host(host).then(|| text.to_owned())
}

/// A [`resource`], or an address to write to.
pub fn support(text: &str) -> Option<String> {
    match text.strip_prefix("mailto:") {
        Some(address) => (is_plain(address) && address.contains('@')).then(|| text.to_owned()),
        None => resource(text),
    }
}

/// The name or address of a host, without a port; an address of version 6 without brackets.
pub fn host(text: &str) -> Option<String> {
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    (is_address || (is_host(text) && !text.contains([':', '[']))).then(|| text.to_owned())
}

/// Whether a host, or the host of a URL, is the machine itself.
pub fn is_this_machine(host_or_url: &str) -> bool {
    let host = host_of_url(host_or_url);
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(is_loopback)
}

/// The host of a URL, without its port and brackets; of anything else the whole.
pub fn host_of_url(host_or_url: &str) -> &str {
    without_scheme(host_or_url).map_or(host_or_url, host_of)
}

/// The host of what follows the scheme, without its port and brackets.
fn host_of(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn without_scheme(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    is_plain(rest).then_some(rest)
}

fn is_plain(text: &str) -> bool {
    let plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    !text.is_empty() && text.len() <= 2_000 && text.chars().all(plain)
}

/// A name or an address of a host, with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else { return false };
            return address.parse::<std::net::Ipv6Addr>().is_ok() && port_ok(port);
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    name.len() <= 253 && name.split('.').all(label) && port_ok(port)
}

fn port_ok(port: &str) -> bool {
    port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::{base, host, is_this_machine, resource, support};

    #[test]
    fn bases_take_paths_behind_them() {
        for url in [
            "https://status.example.com",
            "http://localhost:8080",
            "https://example.com/status",
            "http://[::1]:80",
        ] {
            assert_eq!(base(url).as_deref(), Some(url));
        }
        for url in [
            "status.example.com",
            "https://status.example.com/",
            "https://example.com/status/",
            "https://example.com/?a=1",
            "https://example.com/a#b",
            "https://ana@example.com",
            "https://",
            "https://-a.com",
            "https://a..com",
            "https://example.com:0",
            "https://example.com:99999",
            "https://[::1",
            "https://exa mple.com",
            "https://example.com/\"",
            "javascript:alert(1)",
            "ftp://example.com",
        ] {
            assert_eq!(base(url), None, "{url}");
        }
    }

    #[test]
    fn resources_may_have_queries_and_support_may_be_a_mailbox() {
        assert!(resource("http://127.0.0.1:13013/cgi-bin/sendsms?a=1").is_some());
        assert!(support("mailto:help@example.com").is_some());
        assert_eq!(support("mailto:help"), None);
        assert_eq!(support("javascript:alert(1)"), None);
    }

    #[test]
    fn hosts_are_names_or_addresses_and_some_are_this_machine() {
        for name in ["localhost", "127.0.0.1", "127.9.9.9", "::1", "http://localhost:80/x", "http://[::1]/"] {
            assert!(is_this_machine(name), "{name}");
        }
        for name in ["example.com", "10.0.0.1", "http://127.0.0.1.example.com/", "http://user@127.0.0.1/"] {
            assert!(!is_this_machine(name), "{name}");
        }
        for (name, good) in
            [("smtp.example.com", true), ("::1", true), ("a b", false), ("a:25", false), ("", false)]
        {
            assert_eq!(host(name).is_some(), good, "{name}");
        }
    }
}
