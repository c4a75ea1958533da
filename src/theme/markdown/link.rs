//! The addresses that a link may have, and where bare addresses begin and end.
//!
//! Promises: the resulting address has a scheme of the list or none; it still needs escaping.

/// The schemes a link may have.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// The address a link may lead to, relative ones behind `base`; `None` where it may be none. Blanks and
/// control characters are dropped first, as browsers do before they look for a scheme.
pub(super) fn safe_target(address: &str, base: &str) -> Option<String> {
    let plain: String = address.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    let scheme_end = plain.find([':', '/', '?', '#', '\\']).unwrap_or(plain.len());
    if plain[scheme_end..].starts_with(':') {
        let scheme = plain[..scheme_end].to_ascii_lowercase();
        return SCHEMES.contains(&scheme.as_str()).then_some(plain);
    }
    if plain.is_empty() || plain.starts_with("//") || plain.contains('\\') {
        return None;
    }
    if plain.starts_with('#') {
        return Some(plain);
    }
    Some(format!("{base}{}", plain.trim_start_matches('/')))
}

/// Cuts text into stretches that end with a bare address: each item is the text before and the address,
/// which is empty in the last.
pub(super) fn bare_addresses(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = text[from..].find("http").map(|at| from + at) {
        let length = address_length(&text[at..]);
        let fresh = !text[..at].ends_with(|c: char| c.is_alphanumeric());
        if length > 0 && fresh {
            found.push((&text[start..at], &text[at..at + length]));
            start = at + length;
        }
        from = at + length.max("http".len());
    }
    found.push((&text[start..], ""));
    found
}

/// How long the address is that a text begins with; 0 where it begins with none.
fn address_length(text: &str) -> usize {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    if !host.is_some_and(|host| host.starts_with(|c: char| c.is_alphanumeric())) {
        return 0;
    }
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>\"`|".contains(c);
    let mut address = &text[..text.find(ends).unwrap_or(text.len())];
    let opened = address.matches('(').count();
    let mut closed = address.matches(')').count();
    while let Some(last) = address.chars().next_back() {
        if last == ')' && closed > opened {
            closed -= 1;
        } else if !".,;:!?'*_~]}".contains(last) {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_four_schemes_or_the_site() {
        for (address, safe) in [
            ("https://example.org/a?b#c", Some("https://example.org/a?b#c")),
            ("HTTP://example.org", Some("HTTP://example.org")),
            ("mailto:help@example.org", Some("mailto:help@example.org")),
            ("tel:+34600000000", Some("tel:+34600000000")),
            ("history/", Some("../history/")),
            ("/history/", Some("../history/")),
            ("#what", Some("#what")),
            ("a/b:c", Some("../a/b:c")),
            ("javascript:alert(1)", None),
            ("JaVaScRiPt:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("\u{1}javascript:alert(1)", None),
            (" javascript :alert(1)", None),
            ("data:text/html,<script>", None),
            ("vbscript:x", None),
            ("file:///etc/passwd", None),
            ("//example.org", None),
            ("\\\\example.org", None),
            ("", None),
        ] {
            assert_eq!(safe_target(address, "../").as_deref(), safe, "{address:?}");
        }
    }

    #[test]
    fn bare_addresses_end_before_their_sentence_does() {
        let first = |text| bare_addresses(text)[0].1;
        assert_eq!(first("see https://example.org/a."), "https://example.org/a");
        assert_eq!(first("(https://example.org/a_(b))"), "https://example.org/a_(b)");
        assert_eq!(first("(https://example.org/a).))."), "https://example.org/a");
        assert_eq!(first("http://example.org, and"), "http://example.org");
        assert_eq!(first("xhttps://example.org"), "");
        assert_eq!(first("https:// and http"), "");
        assert_eq!(bare_addresses("a https://b.c d"), [("a ", "https://b.c"), (" d", "")]);
    }
}
