//! A finding of `doctor`, as a line and as JSON.
//!
//! Promises: a fault is distinguished from what could not be determined; every format shows every finding; no fault is without a
//! hint. Never decides
//! what is a fault: the checks do.

use serde_json::{Value, json};

use crate::cli::arguments::Format;
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, WARN, count, styled};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// The check passed.
    Fine,
    /// It could not be determined.
    Unknown,
    /// It works, and may fail people one day.
    Warning,
    /// It does not work.
    Fault,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// How bad it is.
    pub(super) level: Level,
    /// What it is about: `target here`.
    pub(super) about: String,
    /// What was looked for, in words that never change: `name-servers`.
    pub(super) check: &'static str,
    /// What was found, in a sentence.
    pub(super) words: String,
    /// What to do about a fault; empty for everything else.
    pub(super) hint: String,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

impl Finding {
    /// A check that passed.
    pub(super) fn fine(about: &str, check: &'static str, words: String) -> Self {
        Self { level: Level::Fine, about: about.to_owned(), check, words, hint: String::new() }
    }

    /// Something that could not be determined.
    pub(super) fn unknown(about: &str, check: &'static str, words: String) -> Self {
        Self { level: Level::Unknown, about: about.to_owned(), check, words, hint: String::new() }
    }

    /// Something that may fail people one day.
    pub(super) fn warning(about: &str, check: &'static str, words: String) -> Self {
        Self { level: Level::Warning, about: about.to_owned(), check, words, hint: String::new() }
    }

    /// Something that does not work, and what to do about it.
    pub(super) fn fault(about: &str, check: &'static str, words: String, hint: impl Into<String>) -> Self {
        Self { level: Level::Fault, about: about.to_owned(), check, words, hint: hint.into() }
    }
}

/// Prints everything, under what it is about, and a sum.
pub(super) fn show(findings: &[Finding], format: Format) {
    if format == Format::Json {
        let list: Vec<Value> = findings.iter().map(as_json).collect();
        print::exact(&format!("{:#}", json!({ "findings": list })));
        return;
    }
    let mut abouts: Vec<&str> = Vec::new();
    for finding in findings {
        if !abouts.contains(&finding.about.as_str()) {
            abouts.push(&finding.about);
        }
    }
    for about in abouts {
        print::data(&styled(STRONG, about));
        findings.iter().filter(|finding| finding.about == about).for_each(line);
    }
    let number = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    print::say(&format!(
        "{}, {}, {} unknown",
        count(number(Level::Fault), "fault", "faults"),
        count(number(Level::Warning), "warning", "warnings"),
        number(Level::Unknown)
    ));
}

fn line(finding: &Finding) {
    let style = match finding.level {
        Level::Fine => GOOD,
        Level::Unknown => FAINT,
        Level::Warning => WARN,
        Level::Fault => BAD,
    };
    print::data(&format!("  {}  {}", styled(style, &format!("{:<7}", finding.level.word())), finding.words));
    if !finding.hint.is_empty() {
        print::data(&format!("           {} {}", styled(STRONG, "help:"), finding.hint));
    }
}

fn as_json(finding: &Finding) -> Value {
    json!({
        "about": finding.about,
        "check": finding.check,
        "level": finding.level.word(),
        "words": finding.words,
        "hint": (!finding.hint.is_empty()).then_some(&finding.hint),
    })
}
