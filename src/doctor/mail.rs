//! The DNS records of the sender's domain that allow us to send: SPF, DKIM, DMARC.
//!
//! Promises: only reads public records; the DKIM record is compared with the plan's key, and no part of the private key is
//! shown.

use crate::config::plan::MailWording;
use crate::deliver::{self, DkimRecord};
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;

const NO_SPF: &str = "add a TXT record to the domain that names your relay, such as `v=spf1 include:spf.relay.example -all`; the provider \
     of your relay says what to include";
const NO_DMARC: &str = "add a TXT record at `_dmarc.` and the domain, such as `v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com`";
const ONE_RECORD: &str = "merge them into one TXT record, and delete the others";
const DKIM_FILE: &str =
    "check the key files that `mail.dkim` in site/plan.toml names; docs/signed-mail.md shows how to make one";
const DKIM_KEY: &str = "publish the key of the plan as a TXT record of that name, or correct `selector` and `key` in site/plan.toml; \
     docs/signed-mail.md shows both";

/// Everything about the mail channel.
pub(super) fn all(ask: &Ask, root: &Root, channel: &MailWording) -> Vec<Finding> {
    // The domain of an address is not masked.
    let from = channel.from.address.to_string();
    let Some((_, domain)) = from.rsplit_once('@') else { return Vec::new() };
    let about = format!("email from {domain}");
    let mut findings = vec![spf(ask, domain, &about)];
    findings.extend(dkim(ask, root, channel, &about));
    findings.push(dmarc(ask, domain, &about));
    findings
}

fn spf(ask: &Ask, domain: &str, about: &str) -> Finding {
    match ask.texts(domain) {
        Ok(texts) => judged_spf(&texts, about),
        Err(why) => Finding::unknown(about, "spf", format!("its SPF record: {why}")),
    }
}

/// What the SPF records among these texts permit. Terms match in upper and lower case (RFC 7208, 4.6.1 and 12).
fn judged_spf(texts: &[String], about: &str) -> Finding {
    let records = texts.iter().map(|text| text.to_ascii_lowercase());
    let records: Vec<String> =
        records.filter(|text| text == "v=spf1" || text.starts_with("v=spf1 ")).collect();
    let has = |record: &str, terms: &[&str]| record.split_whitespace().any(|term| terms.contains(&term));
    match records.as_slice() {
        [] => {
            let words = "has no SPF record; large providers may reject its email".to_owned();
            Finding::fault(about, "spf", words, NO_SPF)
        }
        [record] if has(record, &["+all", "all"]) => {
            Finding::warning(about, "spf", "its SPF record allows anyone to send (`+all`)".to_owned())
        }
        [record] if has(record, &["-all", "~all"]) => Finding::fine(
            about,
            "spf",
            "has an SPF record; send a test email to confirm that it covers your relay".to_owned(),
        ),
        [record] if record.contains(" redirect=") => {
            Finding::fine(about, "spf", "has an SPF record that points to another domain's".to_owned())
        }
        [_] => Finding::warning(about, "spf", "its SPF record ends without `-all` or `~all`".to_owned()),
        several => Finding::fault(about, "spf", too_many(several.len(), "SPF"), ONE_RECORD),
    }
}

fn too_many(number: usize, kind: &str) -> String {
    format!("has {number} {kind} records; with more than one, receivers ignore them all")
}

fn dkim(ask: &Ask, root: &Root, channel: &MailWording, about: &str) -> Vec<Finding> {
    let Some(dkim) = &channel.dkim else {
        let words = "not signed by allclear; fine if your relay signs it".to_owned();
        return vec![Finding::unknown(about, "dkim", words)];
    };
    let records = match deliver::dkim_records(dkim, &root.path) {
        Ok(records) => records,
        Err(error) => return vec![Finding::fault(about, "dkim", format!("failed to {error}"), DKIM_FILE)],
    };
    records.iter().map(|record| signed(ask, record, about)).collect()
}

fn signed(ask: &Ask, record: &DkimRecord, about: &str) -> Finding {
    let texts = match ask.texts(&record.name) {
        Ok(texts) => texts,
        Err(why) => {
            return Finding::unknown(about, "dkim", format!("the DKIM key at {}: {why}", record.name));
        }
    };
    let key = |text: &String| {
        let tags = text.split(';').filter_map(|tag| tag.trim().split_once('='));
        let value = tags.into_iter().find(|(name, _)| name.trim() == "p").map(|(_, value)| value);
        value.map(|value| value.split_whitespace().collect::<String>())
    };
    let keys: Vec<String> = texts.iter().filter_map(key).collect();
    match keys.as_slice() {
        [] => Finding::fault(about, "dkim", format!("there is no DKIM key at {}", record.name), DKIM_KEY),
        keys if keys.iter().any(|key| record.is_published_as(key)) => {
            Finding::fine(about, "dkim", format!("the DKIM key at {} is the plan's", record.name))
        }
        [key] if key.is_empty() => Finding::fault(
            about,
            "dkim",
            format!("the DKIM key at {} has been revoked", record.name),
            DKIM_KEY,
        ),
        _ => Finding::fault(
            about,
            "dkim",
            format!("the DKIM key at {} does not match the one in site/plan.toml", record.name),
            DKIM_KEY,
        ),
    }
}

/// The record of the domain, or of the one above (RFC 9989 looks further up; two steps find almost every one).
fn dmarc(ask: &Ask, domain: &str, about: &str) -> Finding {
    let mut name = domain;
    loop {
        let texts = match ask.texts(&format!("_dmarc.{name}")) {
            Ok(texts) => texts,
            Err(why) => return Finding::unknown(about, "dmarc", format!("its DMARC record: {why}")),
        };
        if let Some(finding) = judged_dmarc(&texts, name == domain, about) {
            return finding;
        }
        match name.split_once('.') {
            Some((_, above)) if above.contains('.') => name = above,
            _ => {
                let words = "has no DMARC record; large providers require one".to_owned();
                return Finding::fault(about, "dmarc", words, NO_DMARC);
            }
        }
    }
}

/// What the DMARC record among these texts asks of receivers; `None` if there is none. A record of the domain above
/// applies to a subdomain by its `sp`, or by its `p` without one.
fn judged_dmarc(texts: &[String], is_own: bool, about: &str) -> Option<Finding> {
    let is_record = |text: &&String| text.to_ascii_uppercase().starts_with("V=DMARC1");
    let records: Vec<&String> = texts.iter().filter(is_record).collect();
    let record = match records.as_slice() {
        [] => return None,
        [record] => record,
        several => return Some(Finding::fault(about, "dmarc", too_many(several.len(), "DMARC"), ONE_RECORD)),
    };
    let tag = |wanted: &str| {
        let mut tags = record.split(';').filter_map(|tag| tag.trim().split_once('='));
        let found = tags.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let of_subdomains = if is_own { None } else { tag("sp") };
    let policy = of_subdomains.or_else(|| tag("p")).unwrap_or_else(|| "none".to_owned());
    Some(match policy.as_str() {
        "quarantine" | "reject" => Finding::fine(about, "dmarc", format!("its DMARC policy is `{policy}`")),
        "none" => {
            let words =
                "its DMARC policy is `none`: receivers are not asked to reject forged email from this domain";
            Finding::warning(about, "dmarc", words.to_owned())
        }
        _ => {
            let words = format!(
                "its DMARC policy `{policy}` is unknown, so receivers act as for `none`; write `quarantine` or `reject`"
            );
            Finding::warning(about, "dmarc", words)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    fn texts(records: &[&str]) -> Vec<String> {
        records.iter().map(|record| (*record).to_owned()).collect()
    }

    #[test]
    fn an_spf_record_is_judged_by_what_it_permits() {
        for (records, level, words) in [
            (&[][..], Level::Fault, "has no SPF record"),
            (&["google-site-verification=v=spf1"], Level::Fault, "has no SPF record"),
            (&["v=spf10 -all"], Level::Fault, "has no SPF record"),
            (&["v=spf1"], Level::Warning, "ends without `-all`"),
            (&["v=spf1 mx"], Level::Warning, "ends without `-all`"),
            (&["v=spf1 mx ?all"], Level::Warning, "ends without `-all`"),
            (&["v=spf1 include:-all.example.com"], Level::Warning, "ends without `-all`"),
            (&["v=spf1 mx +all"], Level::Warning, "allows anyone"),
            (&["v=spf1 mx all"], Level::Warning, "allows anyone"),
            (&["v=spf1 mx +ALL"], Level::Warning, "allows anyone"),
            (&["v=spf1 mx -all"], Level::Fine, "has an SPF record;"),
            (&["v=spf1 mx ~all"], Level::Fine, "has an SPF record;"),
            (&["V=SPF1 MX -ALL"], Level::Fine, "has an SPF record;"),
            (&["a note", "v=spf1 -all"], Level::Fine, "has an SPF record;"),
            (&["v=spf1 redirect=_spf.example.com"], Level::Fine, "another domain's"),
            (&["v=spf1 REDIRECT=_spf.example.com"], Level::Fine, "another domain's"),
            (&["v=spf1 mx -all", "v=spf1 a -all"], Level::Fault, "has 2 SPF records"),
        ] {
            let found = judged_spf(&texts(records), "email from example.com");
            assert!(found.level == level && found.words.contains(words), "{records:?}: {found:?}");
        }
    }

    #[test]
    fn a_dmarc_policy_is_the_one_that_applies_to_the_domain() {
        let (own, above) = (true, false);
        for (records, is_own, level, words) in [
            (&["v=DMARC1; p=reject"][..], own, Level::Fine, "policy is `reject`"),
            (&["v=DMARC1;p=quarantine;pct=50"], own, Level::Fine, "policy is `quarantine`"),
            (&["v=DMARC1; p=none"], own, Level::Warning, "policy is `none`"),
            (&["v=DMARC1; p=None"], own, Level::Warning, "policy is `none`"),
            (&["v=DMARC1; P = REJECT"], own, Level::Fine, "policy is `reject`"),
            (&["v=DMARC1; rua=mailto:dmarc@example.com"], own, Level::Warning, "policy is `none`"),
            (&["v=DMARC1; p=rejct"], own, Level::Warning, "`rejct` is unknown"),
            (&["v=DMARC1; p=reject; sp=none"], own, Level::Fine, "policy is `reject`"),
            (&["v=DMARC1; p=reject; sp=none"], above, Level::Warning, "policy is `none`"),
            (&["v=DMARC1; p=none; sp=quarantine"], above, Level::Fine, "policy is `quarantine`"),
            (&["v=DMARC1; p=reject"], above, Level::Fine, "policy is `reject`"),
            (&["a note", "v=DMARC1; p=reject"], own, Level::Fine, "policy is `reject`"),
            (&["v=DMARC1; p=reject", "v=DMARC1; p=none"], own, Level::Fault, "has 2 DMARC records"),
        ] {
            let found = judged_dmarc(&texts(records), is_own, "email from example.com").unwrap();
            assert!(found.level == level && found.words.contains(words), "{records:?}: {found:?}");
        }
        assert_eq!(judged_dmarc(&texts(&["v=spf1 -all"]), own, "email from example.com"), None);
    }
}
