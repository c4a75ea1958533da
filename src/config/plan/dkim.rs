//! How mail is signed: `[mail.dkim]`.
//!
//! Promises: a domain that no receiver would accept as the sender's is reported; of two keys each has a selector of its own. Never
//! opens a key: whether it can be used is found before the first handoff.

use crate::config::secret::Secret;
use crate::located::Table;
use crate::model::address::EmailAddress;

/// The signatures mail gets (DKIM, RFC 6376).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// The domain that signs.
    pub domain: String,
    /// Each makes a signature of its own; one or two, of different selectors.
    pub keys: Vec<DkimKey>,
}

/// A private key and the selector that its record is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimKey {
    /// What its record is found by, at `SELECTOR._domainkey.DOMAIN`.
    pub selector: String,
    /// The private key in PEM: Ed25519, or RSA of 2048 to 4096 bits.
    pub key: Secret,
}

/// Reads the table `dkim` of the mail channel: `Some(None)` if there is none, `None` if it is not sound.
pub(super) fn dkim(mail: &mut Table<'_>, from: Option<&EmailAddress>) -> Option<Option<Dkim>> {
    let field = mail.optional("dkim");
    if !field.is_present() {
        return Some(None);
    }
    let mut table = field.table()?;
    let domain = table.required("domain").shaped("bad-host", "a domain such as example.com", domain);
    let selector = table.required("selector").shaped("bad-selector", SELECTOR, selector);
    let key = Secret::read(&table.required("key"));
    let second = second(&mut table, selector.as_deref());
    if let (Some(domain), Some(from)) = (&domain, from) {
        check_alignment(&table, domain, from);
    }
    table.finish();
    let mut keys = vec![DkimKey { selector: selector?, key: key? }];
    keys.extend(second?);
    Some(Some(Dkim { domain: domain?, keys }))
}

const SELECTOR: &str =
    "a selector such as `allclear` or `s1.mail`: letters, digits, hyphens, and dots between them";

/// The second key: `Some(None)` if there is none, `None` if it is not sound.
fn second(table: &mut Table<'_>, first: Option<&str>) -> Option<Option<DkimKey>> {
    let (selected, key) = (table.optional("second_selector"), table.optional("second_key"));
    match (selected.is_present(), key.is_present()) {
        (false, false) => return Some(None),
        (true, false) => table.report_missing("second_key"),
        (false, true) => table.report_missing("second_selector"),
        (true, true) => {}
    }
    let selector = selected.shaped("bad-selector", SELECTOR, selector)?;
    if first == Some(selector.as_str()) {
        let message = "both keys have the same selector, so one of the signatures would never verify";
        selected.error("duplicate-selector", message, None);
        return None;
    }
    Some(Some(DkimKey { selector, key: Secret::read(&key)? }))
}

/// DMARC (RFC 9989) asks that who signs and who the mail is from are of one domain.
fn check_alignment(table: &Table<'_>, domain: &str, from: &EmailAddress) {
    // The domain is not masked.
    let from = from.to_string();
    let sender = from.rsplit_once('@').map_or("", |(_, sender)| sender);
    let below = |one: &str, other: &str| one == other || one.ends_with(&format!(".{other}"));
    if !below(sender, domain) && !below(domain, sender) {
        let message = format!("email from {sender} is signed by {domain}, which does not count for DMARC");
        let hint = Some(format!("sign as {sender}, or as a parent domain of it"));
        table.document().warning(table.value_span("domain"), "dkim-unaligned", message, hint);
    }
}

fn domain(text: &str) -> Option<String> {
    (text.contains('.') && text.len() <= 253).then(|| selector(text)).flatten()
}

/// RFC 6376, 3.1: labels as in a domain.
fn selector(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::line;
    use crate::located::Document;

    fn read(text: &str) -> (Option<Option<Dkim>>, Vec<String>) {
        let document = Document::from_toml("site/plan.toml", text, 0..text.len());
        let from = EmailAddress::new("status@mail.example.com");
        let mut table = document.root();
        let read = dkim(&mut table, from.as_ref());
        let (problems, _) = document.into_parts();
        (read, problems.iter().map(line).collect())
    }

    fn key(selector: &str, name: &str) -> DkimKey {
        DkimKey { selector: selector.to_owned(), key: Secret::Environment(name.to_owned()) }
    }

    #[test]
    fn one_key_or_two_sign() {
        assert_eq!(read(""), (Some(None), vec![]));
        let one = "[dkim]\ndomain = 'Example.com'\nselector = 'allclear'\nkey = { env = 'A' }\n";
        let domain = "example.com".to_owned();
        let dkim = Dkim { domain: domain.clone(), keys: vec![key("allclear", "A")] };
        assert_eq!(read(one), (Some(Some(dkim)), vec![]));
        let two = format!("{one}second_selector = 'rsa.2026'\nsecond_key = {{ env = 'B' }}\n");
        let dkim = Dkim { domain, keys: vec![key("allclear", "A"), key("rsa.2026", "B")] };
        assert_eq!(read(&two), (Some(Some(dkim)), vec![]));
    }

    #[test]
    fn half_a_key_and_a_bad_name_are_problems_and_never_no_signature() {
        for (text, rule) in [
            ("", "missing-key"),
            ("key = 'MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v'", "plain-secret"),
            ("selector = 'a_b'", "bad-selector"),
            ("selector = '.a'", "bad-selector"),
            ("domain = 'localhost'", "bad-host"),
            ("second_selector = 'b'", "missing-key"),
            ("second_key = { env = 'B' }", "missing-key"),
            ("second_selector = 'a'\nsecond_key = { env = 'B' }", "duplicate-selector"),
            ("selektor = 'a'", "unknown-key"),
        ] {
            let whole = ["domain = 'example.com'", "selector = 'a'", "key = { env = 'A' }"];
            let kept = whole.iter().filter(|line| !text.is_empty() && !text.starts_with(&line[..4]));
            let kept: Vec<&str> = kept.copied().collect();
            let (read, problems) = read(&format!("[dkim]\n{}\n{text}\n", kept.join("\n")));
            assert!(problems.iter().any(|problem| problem.contains(rule)), "{text}: {problems:?}");
            assert!(!problems.concat().contains("MC4C"), "{problems:?}");
            assert!(read.is_none() || rule == "unknown-key", "{text}: {read:?}");
        }
    }

    #[test]
    fn a_signature_that_does_not_count_for_dmarc_is_a_warning() {
        for (domain, aligned) in [
            ("example.com", true),
            ("mail.example.com", true),
            ("news.mail.example.com", true),
            ("example.org", false),
            ("ample.com", false),
        ] {
            let text = format!("[dkim]\ndomain = '{domain}'\nselector = 'a'\nkey = {{ env = 'A' }}\n");
            let (read, problems) = read(&text);
            assert!(read.flatten().is_some());
            assert_eq!(problems.is_empty(), aligned, "{domain}: {problems:?}");
        }
    }
}
