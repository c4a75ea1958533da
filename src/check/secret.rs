//! The rule against secrets in public text: anyone who reads one can use it.
//!
//! Errs on the side of silence: only shapes that nothing else has. Never repeats a secret.

use super::findings::holding;
use super::inspection::{Finding, Inspection};
use super::passage;
use crate::model::incident::Incident;
use crate::model::problem::SourceSpan;

/// What the tokens of well-known services begin with, and how many letters follow at least.
const TOKENS: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("SG.", 30),
    ("eyJhbGciOi", 30),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("npm_", 30),
    ("rk_live_", 16),
    ("sk_live_", 16),
    ("xoxb-", 16),
    ("xoxp-", 16),
];

/// What comes before the value of a secret.
const NAMES: &[&str] =
    &["password", "passwd", "secret", "api_key", "apikey", "api-key", "access_token", "client_secret"];

/// A value of a secret is not shorter.
const VALUE_MIN: usize = 6;

/// No token is shorter, and no word with a secret: most words of a text need no closer look.
const TOKEN_MIN: usize = 20;
const WORD_MIN: usize = "a://b:c@".len();

pub(super) fn secret(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let hint = "remove it, and replace the secret wherever it is used: a text in git stays readable";
    let mut findings = Vec::new();
    for passage in passage::all(incident) {
        findings.extend(secrets(passage.text).into_iter().map(|(what, words)| {
            let message = format!("this looks like {what}");
            passage.finding(inspection, words, |place| {
                // The problem shows the line unless it has no source.
                let place = place.map(|place| SourceSpan { source: String::new(), ..place });
                holding(inspection, (incident, &passage, words), place, message).hint(hint)
            })
        }));
    }
    findings
}

/// The secrets in a text, and what each is.
fn secrets(text: &str) -> Vec<(&'static str, &str)> {
    let mut found = Vec::new();
    for line in text.lines() {
        if line.contains('-') && line.contains("-----BEGIN ") && line.contains("PRIVATE KEY-----") {
            found.push(("a private key", line));
            continue;
        }
        let is_between =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | ',' | ';');
        let words = line.split(is_between).filter(|word| word.len() >= WORD_MIN);
        found.extend(words.filter_map(|word| Some((of_word(word)?, word))));
    }
    found
}

fn of_word(word: &str) -> Option<&'static str> {
    let is_token = |text: &str| {
        text.len() >= TOKEN_MIN
            && TOKENS.iter().any(|(beginning, more)| {
                text.strip_prefix(beginning)
                    .is_some_and(|rest| rest.bytes().take_while(|c| is_of_token(*c)).count() >= *more)
            })
    };
    if is_token(word) || word.split(['=', ':']).any(is_token) {
        return Some("an access token");
    }
    if let Some((_, rest)) = word.split_once("://")
        && let Some((user, _)) = rest.split('/').next().unwrap_or_default().rsplit_once('@')
        && user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
    {
        return Some("an address with a password");
    }
    let (name, value) = word.split_once('=')?;
    let name = name.rsplit(['&', '?']).next().unwrap_or_default().to_ascii_lowercase();
    let is_named = NAMES.iter().any(|known| name.ends_with(known));
    (is_named && value.len() >= VALUE_MIN).then_some("a password or a key")
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::{NAMES, TOKEN_MIN, TOKENS, VALUE_MIN, WORD_MIN, secrets};

    #[test]
    fn no_token_is_shorter_than_what_is_looked_at() {
        let shortest = TOKENS.iter().map(|(beginning, more)| beginning.len() + more).min();
        assert_eq!(shortest, Some(TOKEN_MIN));
        let named = NAMES.iter().map(|name| name.len() + 1 + VALUE_MIN).min();
        assert!(named >= Some(WORD_MIN));
        assert_eq!(secrets("a://b:c@"), [("an address with a password", "a://b:c@")]);
    }

    #[test]
    fn secrets_are_found_and_words_about_them_are_not() {
        let long = "a1B2".repeat(10);
        for (text, what) in [
            (format!("Use ghp_{long} for now."), Some("an access token")),
            (format!("key=`AKIA{}`", "ABCD".repeat(4)), Some("an access token")),
            (format!("Authorization: eyJhbGciOi{long}.{long}"), Some("an access token")),
            ("-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(), Some("a private key")),
            ("see postgres://app:hunter2@db.example.com/shop".to_owned(), Some("an address with a password")),
            ("call /v1?api_key=1234567890 again".to_owned(), Some("a password or a key")),
            ("PASSWORD=hunter22".to_owned(), Some("a password or a key")),
            ("Reset your password: some access tokens were revoked.".to_owned(), None),
            ("Set password=… in the form, or write to help@example.com.".to_owned(), None),
            ("https://example.com/a:b@c and the AKIA prefix, ghp_ too".to_owned(), None),
        ] {
            let found: Vec<&str> = secrets(&text).into_iter().map(|(what, _)| what).collect();
            assert_eq!(found, what.into_iter().collect::<Vec<_>>(), "{text}");
        }
    }
}
