//! The rule against technical detail in public text: it helps attackers, and no customer.
//!
//! Errs on the side of silence: links and names under public domains pass, because customers know them.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::findings::holding;
use super::inspection::{Finding, Inspection};
use super::passage;
use crate::located::quoted;
use crate::model::incident::Incident;

/// Domains that no customer can reach.
const INNER_DOMAINS: &[&str] = &["internal", "intranet", "local", "localdomain", "lan", "corp", "svc"];

/// What machines are called, before a number.
const MACHINE_WORDS: &[&str] = &[
    "app", "cache", "db", "haproxy", "host", "kafka", "lb", "mongo", "mysql", "nginx", "node", "pg", "pod",
    "postgres", "proxy", "rabbitmq", "redis", "server", "srv", "vm", "web", "worker",
];

/// Where the files of machines lie.
const FOLDERS: &[&str] = &["/etc/", "/home/", "/opt/", "/proc/", "/root/", "/srv/", "/usr/", "/var/"];

/// What a line of a stack trace or of a crash begins with.
const TRACE_BEGINNINGS: &[&str] =
    &["Traceback (most recent call last)", "Exception in thread ", "goroutine ", "Caused by: ", "panic: "];

pub(super) fn technical_detail(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let hint = "use the customers' words, move it to an update with `audience=internal`, or accept it: \
                `accepted.technical-detail = \"why\"`";
    let mut findings = Vec::new();
    for passage in passage::all(incident) {
        let details: BTreeSet<Detail<'_>> = details(passage.text).into_iter().collect();
        findings.extend(details.into_iter().map(|(what, words)| {
            let message = format!("{} looks like {what}", quoted(words));
            let part = (incident, &passage, words);
            passage.finding(inspection, words, |place| holding(inspection, part, place, message).hint(hint))
        }));
    }
    findings
}

/// The kind of a technical detail, and the text that reveals it.
type Detail<'t> = (&'static str, &'t str);

fn details(text: &str) -> Vec<Detail<'_>> {
    let mut details = Vec::new();
    for line in text.lines().map(str::trim) {
        if is_trace(line) {
            details.push(("a stack trace", line));
        } else if may_hold_detail(line) {
            details.extend(line.split_whitespace().filter_map(detail));
        }
    }
    details
}

/// Whether a word of the line can be a detail, by its bytes: most lines are prose and need no closer look.
fn may_hold_detail(line: &str) -> bool {
    let bytes = line.as_bytes();
    let is_special = |(at, byte): (usize, &u8)| match byte {
        b'0'..=b'9' | b':' | b'/' => true,
        b'.' => bytes.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace()),
        _ => false,
    };
    bytes.iter().enumerate().any(is_special) || line.contains("Exception")
}

fn is_trace(line: &str) -> bool {
    let frame = line.strip_prefix("at ").and_then(|frame| frame.strip_suffix(')'));
    let frame = frame.and_then(|frame| frame.rsplit_once(':')).is_some_and(|(_, number)| is_number(number));
    let python = line.starts_with("File \"") && line.contains("\", line ");
    let rust = line.starts_with("thread '") && line.contains("panicked at");
    frame || python || rust || TRACE_BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

fn detail(word: &str) -> Option<Detail<'_>> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | ':'));
    let word = word.trim_end_matches([':', '/']);
    let last = word.rsplit('.').next().unwrap_or_default();
    if last.len() > "Exception".len() && last.ends_with("Exception") {
        return Some(("a program's error message", word));
    }
    // Nearly every word ends here.
    let is_special = |c: char| c.is_ascii_digit() || matches!(c, '.' | ':' | '/');
    if !word.contains(is_special) || word.contains("://") {
        return None;
    }
    let address = word.split('/').next().unwrap_or_default();
    let host = address.rsplit_once(':').filter(|(_, port)| is_number(port)).map_or(address, |(host, _)| host);
    if host.parse::<Ipv4Addr>().is_ok() || (word.len() > 3 && address.parse::<Ipv6Addr>().is_ok()) {
        return Some(("an IP address", word));
    }
    if is_host(host) {
        return Some(("a host name", word));
    }
    FOLDERS.iter().any(|folder| word.starts_with(folder)).then_some(("a file path", word))
}

/// Whether a word is a host name: under one of our domains, or like `db-03` or `db3.eu.example.com`.
fn is_host(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let label_ok =
        |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let (Some(first), Some(last)) = (labels.first(), labels.last()) else { return false };
    labels.iter().all(label_ok)
        && ((labels.len() > 1 && INNER_DOMAINS.contains(last)) || is_numbered_machine(first))
}

fn is_numbered_machine(label: &str) -> bool {
    let name = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let words = name.strip_suffix('-').unwrap_or(name);
    name.len() < label.len()
        && words
            .rsplit('-')
            .next()
            .is_some_and(|word| MACHINE_WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{detail, details, may_hold_detail};

    proptest! {
        #[test]
        fn no_line_with_a_detail_is_passed_over(
            line in "([a-z.:/0-9]{0,8}|db-03|db3\\.eu\\.example\\.com|::1|10\\.0\\.0\\.7|/etc/x|a\\.bException|IoException|[ (),;é-]{1,2}){0,8}",
        ) {
            let holds_one = line.split_whitespace().any(|word| detail(word).is_some());
            prop_assert!(!holds_one || may_hold_detail(&line), "{line:?}");
        }
    }

    #[test]
    fn technical_words_are_found() {
        for (text, what, words) in [
            ("Packets to 10.0.3.7 are lost.", "an IP address", "10.0.3.7"),
            ("(10.0.3.7:5432)", "an IP address", "10.0.3.7:5432"),
            ("All of 10.0.0.0/8", "an IP address", "10.0.0.0/8"),
            ("Routes for 2001:db8::7 are gone", "an IP address", "2001:db8::7"),
            ("We restarted `db-03`.", "a host name", "db-03"),
            ("eu-web2 is slow", "a host name", "eu-web2"),
            ("redis1.eu.example.com:6379 failed", "a host name", "redis1.eu.example.com:6379"),
            ("orders.svc is down", "a host name", "orders.svc"),
            ("The disk with /var/lib/postgresql is full", "a file path", "/var/lib/postgresql"),
            (
                "a java.lang.NullPointerException",
                "a program's error message",
                "java.lang.NullPointerException",
            ),
            ("  at shop.Cart.pay(Cart.java:42)", "a stack trace", "at shop.Cart.pay(Cart.java:42)"),
            ("Traceback (most recent call last):", "a stack trace", "Traceback (most recent call last):"),
            (
                "thread 'main' panicked at src/main.rs",
                "a stack trace",
                "thread 'main' panicked at src/main.rs",
            ),
        ] {
            assert_eq!(details(text), [(what, words)], "{text}");
        }
    }

    #[test]
    fn words_that_customers_know_are_not() {
        for text in [
            "Pay at https://shop.example.com or in the app 2.1.",
            "Write to help@example.com, or see status.example.com.",
            "Between 10:05 and 10:30:15 UTC, at about 12:00:",
            "Version 3.2.1 of the web shop, HTTP/2, and/or the API.",
            "The node in Paris works; see page 42, section 1.2.",
            "Everybody at the office (since 9:30) :: noted",
            "An Exception was made for orders/returns.",
            "…",
            "",
        ] {
            assert_eq!(details(text), [], "{text}");
        }
    }
}
