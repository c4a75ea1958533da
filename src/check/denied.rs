//! The rule against words that the operator's plan denies, such as the names of vendors.
//!
//! Promises: a word is found only as a whole word, in upper and lower case alike.

use std::collections::BTreeSet;

use super::findings::holding;
use super::inspection::{Finding, Inspection};
use super::passage;
use crate::located::quoted;
use crate::model::incident::Incident;

pub(super) fn denied_word(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if inspection.denied.is_empty() {
        return Vec::new();
    }
    let hint = "say what it means for customers, or accept it: `accepted.denied-word = \"why\"`";
    let mut findings = Vec::new();
    for passage in passage::all(incident) {
        let found: BTreeSet<&str> =
            inspection.denied.iter().filter_map(|word| find(passage.text, word)).collect();
        findings.extend(found.into_iter().map(|words| {
            let message = format!("{} is a word that the plan denies", quoted(words));
            let part = (incident, &passage, words);
            passage.finding(inspection, words, |place| holding(inspection, part, place, message).hint(hint))
        }));
    }
    findings
}

/// The first place of a word, which is in lower case, in a text.
fn find<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let starts = text.char_indices().map(|(at, _)| at);
    starts.filter(|at| !is_part(text[..*at].chars().next_back())).find_map(|at| {
        let rest = &text[at..];
        let length = length(rest, word)?;
        (!is_part(rest[length..].chars().next())).then(|| &rest[..length])
    })
}

/// How many bytes of a text are the word, if it begins with it.
fn length(text: &str, word: &str) -> Option<usize> {
    let mut wanted = word.chars();
    let mut next = wanted.next();
    for (at, letter) in text.char_indices() {
        if next.is_none() {
            return Some(at);
        }
        for lower in letter.to_lowercase() {
            if next != Some(lower) {
                return None;
            }
            next = wanted.next();
        }
    }
    next.is_none().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_word_is_found_as_a_whole_word_in_any_case() {
        for (text, word, found) in [
            ("Our vendor Globex has an outage.", "globex", Some("Globex")),
            ("GLOBEX", "globex", Some("GLOBEX")),
            ("(project\u{a0}falcon, Project Falcon)", "project falcon", Some("Project Falcon")),
            ("Ärger bei ÄRZTE", "ärzte", Some("ÄRZTE")),
            ("Globexes and aglobex", "globex", None),
            ("", "globex", None),
            ("glob", "globex", None),
        ] {
            assert_eq!(find(text, word), found, "{text}");
        }
    }
}
