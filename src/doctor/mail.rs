//! The DNS records of the sender's domain that allow us to send: SPF, DKIM, DMARC.
//!
//! Promises: only reads public records; the DKIM record is compared with the plan's key, and no part of the private key is
//! shown.

use crate::config::plan::MailWording;
use crate::deliver::{self, DkimRecord};
use crate::workspace::root::Root;

use crate::doctor::ask::Ask;
use crate::doctor::finding::Finding;

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
    let texts = match ask.texts(domain) {
        Ok(texts) => texts,
        Err(why) => return Finding::unknown(about, "spf", format!("its SPF record: {why}")),
    };
    let is_spf = |text: &&String| {
        let text = text.to_ascii_lowercase();
        text == "v=spf1" || text.starts_with("v=spf1 ")
    };
    let records: Vec<&String> = texts.iter().filter(is_spf).collect();
    match records.as_slice() {
        [] => {
            Finding::fault(about, "spf", "has no SPF record; large providers may reject its email".to_owned())
        }
        [record] if record.split_whitespace().any(|term| matches!(term, "+all" | "all")) => {
            Finding::warning(about, "spf", "its SPF record allows anyone to send (`+all`)".to_owned())
        }
        [record] if record.split_whitespace().any(|term| matches!(term, "-all" | "~all")) => Finding::fine(
            about,
            "spf",
            "has an SPF record; send a test email to confirm that it covers your relay".to_owned(),
        ),
        [record] if record.contains("redirect=") => {
            Finding::fine(about, "spf", "has an SPF record that points to another domain's".to_owned())
        }
        [_] => Finding::warning(about, "spf", "its SPF record ends without `-all` or `~all`".to_owned()),
        several => {
            let words =
                format!("has {} SPF records; with more than one, receivers ignore them all", several.len());
            Finding::fault(about, "spf", words)
        }
    }
}

fn dkim(ask: &Ask, root: &Root, channel: &MailWording, about: &str) -> Vec<Finding> {
    let Some(dkim) = &channel.dkim else {
        let words = "not signed by allclear; fine if your relay signs it".to_owned();
        return vec![Finding::unknown(about, "dkim", words)];
    };
    let records = match deliver::dkim_records(dkim, &root.path) {
        Ok(records) => records,
        Err(error) => return vec![Finding::fault(about, "dkim", format!("failed to {error}"))],
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
        [] => Finding::fault(about, "dkim", format!("there is no DKIM key at {}", record.name)),
        keys if keys.iter().any(|key| record.is_published_as(key)) => {
            Finding::fine(about, "dkim", format!("the DKIM key at {} is the plan's", record.name))
        }
        [key] if key.is_empty() => {
            Finding::fault(about, "dkim", format!("the DKIM key at {} has been revoked", record.name))
        }
        _ => Finding::fault(
            about,
            "dkim",
            format!("the DKIM key at {} does not match the one in site/plan.toml", record.name),
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
        let record = texts.iter().find(|text| text.to_ascii_uppercase().starts_with("V=DMARC1"));
        if let Some(record) = record {
            let mut tags = record.split(';').filter_map(|tag| tag.trim().split_once('='));
            let policy = tags.find(|(tag, _)| tag.trim() == "p").map_or("none", |(_, policy)| policy.trim());
            return match policy {
                "none" => {
                    let words = "its DMARC policy is `none`: receivers are not asked to reject forged email \
                         from this domain"
                        .to_owned();
                    Finding::warning(about, "dmarc", words)
                }
                other => Finding::fine(about, "dmarc", format!("its DMARC policy is `{other}`")),
            };
        }
        match name.split_once('.') {
            Some((_, above)) if above.contains('.') => name = above,
            _ => {
                let words = "has no DMARC record; large providers require one".to_owned();
                return Finding::fault(about, "dmarc", words);
            }
        }
    }
}
