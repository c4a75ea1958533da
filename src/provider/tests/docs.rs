//! What is written from the rows: the providers in `plan.default.toml`, `docs/configuration.md` and `docs/replies.md`.
//!
//! Each is held to what the rows give. `BLESS=1 cargo test --lib provider::` writes them again.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use super::replies;
use super::{file, read};
use crate::model::channel::Channel;
use crate::provider::{COMMON, Idempotence, KINDS, Key, Kind, Need, Shape};

/// Compares the part of a file between its two marks with what it should be, or writes it.
pub(crate) fn hold(path: &str, (from, to): (&str, &str), expected: &str) {
    let text = read(path);
    let (before, rest) = text.split_once(from).unwrap_or_else(|| panic!("{path} has no {from}"));
    let (now, after) = if to.is_empty() { (rest, "") } else { rest.split_once(to).unwrap() };
    if std::env::var_os("BLESS").is_some() {
        fs::write(file(path), format!("{before}{from}{expected}{to}{after}")).unwrap();
    } else {
        assert_eq!(
            now, expected,
            "{path} is not up to date: run `BLESS=1 cargo test --lib -- provider:: cdn::`"
        );
    }
}

#[test]
fn the_answers_in_the_documentation_are_those_of_the_tests() {
    let mut text = "\n".to_owned();
    for kind in KINDS {
        let title = capital(kind.title);
        let _ = write!(text, "\n## {title} (`{}`)\n\n", kind.word);
        let _ = write!(text, "| response | class |\n|---|---|\n");
        for answers in replies::of(kind).answers {
            let _ = writeln!(text, "| {} | `{}` |", answers.says, answers.class);
        }
        let reports = replies::of(kind).reports;
        if !reports.is_empty() {
            let _ = write!(text, "\n| delivery receipt | status |\n|---|---|\n");
        }
        for reports in reports {
            let _ = writeln!(text, "| {} | `{}` |", reports.says, reports.status);
        }
    }
    hold("docs/replies.md", ("<!-- answers -->", "\n<!-- /answers -->"), &text);
}

#[test]
fn the_keys_in_the_documentation_are_those_of_the_rows() {
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("`{}`", kind.word)).collect();
    let mut text = format!("\n{HEAD}| `providers.NAME.kind` | required | {} |\n", kinds.join(", "));
    COMMON.iter().for_each(|key| row(&mut text, key));
    for kind in KINDS {
        let channels: Vec<&str> = kind.channels.iter().map(|channel| channel_text(*channel)).collect();
        let _ = write!(
            text,
            "\n`kind = \"{}\"` is {}. It sends {}. {}\n\n{HEAD}",
            kind.word,
            kind.title,
            channels.join(" and "),
            proof(kind)
        );
        kind.keys.iter().for_each(|key| row(&mut text, key));
        if let Some(key) = &kind.room {
            let _ = writeln!(text, "| `destinations.address` | required | {} |", key.help);
        }
    }
    hold("docs/configuration.md", ("<!-- providers -->", "<!-- /providers -->"), &text);
}

pub(crate) const HEAD: &str = "| key | default | meaning |\n|---|---|---|\n";

fn row(text: &mut String, key: &Key) {
    let _ = writeln!(text, "| `providers.NAME.{}` | {} | {} |", key.name, default(key), key.help);
}

/// The cell of a key's default.
pub(crate) fn default(key: &Key) -> String {
    match (key.need, key.shape) {
        (Need::Required, _) => "required".to_owned(),
        (Need::Default(word), Shape::Plan) => format!("`{word}`"),
        (Need::Default(word), _) => format!("`\"{word}\"`"),
        (Need::Optional | Need::With(_), _) => "–".to_owned(),
        (Need::Account { variable, .. }, _) => format!("`{{ env = \"{variable}\" }}`"),
    }
}

/// What goes out by a channel, as the end of a sentence.
fn channel_text(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => "email",
        Channel::Text => "SMS",
        Channel::Chat => "messages to a chat room",
        Channel::Tool => "events to an incident tool",
        Channel::Webhook => "events to a program",
    }
}

fn proof(kind: &Kind) -> String {
    let owner = kind.owner.map(|owner| format!("Its owner is `{owner}`. ")).unwrap_or_default();
    let more = kind.proof.with.map(|(key, evidence)| {
        format!("; with `{key}`, delivery receipts prove that it was {}", evidence.word())
    });
    let again = match kind.idempotence {
        Idempotence::Always => " It drops duplicates: a message sent twice appears once.",
        Idempotence::Edits => " A first message sent twice appears twice; an edit sent twice is made once.",
        Idempotence::None => "",
    };
    format!(
        "{owner}Its responses prove that a message was {}{}.{again}",
        kind.proof.always.word(),
        more.unwrap_or_default()
    )
}

#[test]
fn the_commented_defaults_are_those_of_the_rows() {
    let mut text = String::new();
    let mut shown = BTreeSet::new();
    for kind in KINDS {
        // One provider for each channel, so that the whole file is one plan; the others can be copied from comments.
        let is_first = kind.channels.iter().any(|channel| shown.insert(*channel));
        let table = defaults(kind);
        text.push('\n');
        match is_first {
            true => text.push_str(&table),
            false => table.lines().for_each(|line| writeln!(text, "# {line}").unwrap()),
        }
    }
    let mark = "absolute or from the site's root. It is read when a message is to be sent.\n";
    hold("src/config/plan.default.toml", (mark, ""), &text);
}

fn defaults(kind: &Kind) -> String {
    let mut text =
        format!("# {}.\n[providers.{}]\nkind = \"{}\"\n", capital(kind.title), kind.example, kind.word);
    let network = kind.channels[0].facts().network.word();
    for key in kind.keys.iter().chain(COMMON) {
        let required = if key.need == Need::Required { " Required." } else { "" };
        for line in wrapped(&format!("{}{required}", key.help.replace('`', ""))) {
            let _ = writeln!(text, "# {line}");
        }
        let value = match key.name {
            "network" => format!("\"{network}\""),
            "owner" => format!("\"{}\"", kind.owner.unwrap_or(kind.example)),
            _ => key.example.to_owned(),
        };
        let _ = match (key.need, key.shape) {
            (Need::Default(word), Shape::Plan) => writeln!(text, "{} = {word}", key.name),
            (Need::Default(word), _) => writeln!(text, "{} = \"{word}\"", key.name),
            _ => writeln!(text, "#{} = {value}", key.name),
        };
    }
    text
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + word.chars().count() < 112 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

#[test]
fn every_row_is_complete() {
    for kind in KINDS {
        assert!(!kind.channels.is_empty() && !kind.keys.is_empty(), "{}", kind.word);
        let names: BTreeSet<&str> = kind.keys.iter().chain(COMMON).map(|key| key.name).collect();
        assert_eq!(names.len(), kind.keys.len() + COMMON.len(), "{} has a key twice", kind.word);
        for key in kind.keys.iter().chain(COMMON) {
            assert!(key.help.ends_with('.') && !key.help.contains('|'), "{}.{}", kind.word, key.name);
        }
        for channel in kind.channels {
            let proven = kind.proof.with.map_or(kind.proof.always, |(_, evidence)| evidence);
            assert!(proven <= channel.facts().evidence_max, "{} proves more than its channel can", kind.word);
        }
        if let Some((key, _)) = kind.proof.with {
            assert!(names.contains(key), "{} has no key {key}", kind.word);
        }
    }
}
