//! Whether a text says that something is over.
//!
//! An end that is still to come is none: `until resolved`, `to be fixed soon`. Knows words only, neither times nor phases.

use super::words::{WORDS, has, spaced, speaks};

/// How many words before an end `until` makes it one that is to come.
const AHEAD_WORDS: usize = 4;

/// Whether a text says that something is over.
pub(super) fn says_over(text: &str) -> bool {
    starts_over(text) || speaks(&without_ends_ahead(text), &WORDS.endings.over)
}

/// Whether the first words say no more than that: `Complete. No interruption was seen.`
fn starts_over(text: &str) -> bool {
    let first = text.split(['.', '!', ',', ';', ':', '(', '\n']).next().unwrap_or_default();
    has(&WORDS.endings.alone, spaced(first).trim())
}

/// The text in spaced words without the ends that are to come.
fn without_ends_ahead(text: &str) -> String {
    let spaced = spaced(text);
    let mut kept: Vec<&str> = Vec::new();
    for word in spaced.split_whitespace() {
        let from = kept.len().saturating_sub(AHEAD_WORDS);
        let is_end = || speaks(&format!(" {word} "), &WORDS.endings.over);
        let is_ahead = || {
            let before = kept.get(from..).unwrap_or_default();
            let is_next = |list: &[String]| before.last().is_some_and(|last| has(list, last));
            is_next(&WORDS.endings.ahead) || before.iter().any(|word| has(&WORDS.endings.until, word))
        };
        if !is_end() || !is_ahead() {
            kept.push(word);
        }
    }
    format!(" {} ", kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_is_to_come_is_none() {
        for text in [
            "We keep the routes pulled until resolved.",
            "The shop stays closed until the fault is resolved.",
            "Mails will be restored soon.",
            "The error is to be fixed tonight.",
            "Wir melden uns, sobald die Störung behoben ist.",
            "La panne sera résolue ce soir.",
            "Le avisaremos cuando quede resuelto.",
            "We tell you once resolved.",
            "A complete list follows.",
            "Work continues.",
        ] {
            assert!(!says_over(text), "{text}");
        }
    }

    #[test]
    fn an_end_that_came_is_one() {
        for text in [
            "Complete. No interruption was seen.",
            "All is resolved.",
            "Once restarted, it was fixed.",
            "It has been fixed until we replace the disk.",
            "Erledigt!",
            "Die Störung ist behoben.",
            "C'est fait, tout fonctionne.",
            "Listo: ya está.",
        ] {
            assert!(says_over(text), "{text}");
        }
    }
}
