//! Writes an incident as the text of a file.
//!
//! Promises: what is written is read back as the same incident, in the shape that the documentation shows: TOML front
//! matter, updates newest first. Texts that would begin an update or hide one are escaped (`escape.rs`), so that the file
//! keeps its updates whatever they contain.

use std::fmt::Write;

use chrono::{NaiveDate, Timelike};

use crate::model::Moment;
use crate::model::audience::{Audience, Versions};
use crate::model::incident::{Eta, Incident, Update};
use crate::model::line::{has_no_width, is_unprintable};
use crate::model::localized::{Language, Localized};
use crate::model::phase::{IncidentKind, Phase};
use crate::model::sensitivity::Sensitivity;

use super::attributes::NAMES;
use super::escape::{shield, shield_tokens};
use super::incident::id_of;
use super::window::OPEN;

/// Writes an incident's main file. The `id` is written where the file's path does not give it.
pub fn write_incident(incident: &Incident) -> String {
    let mut text = String::from("+++\n");
    let mut key = |name: &str, value: String| {
        let _ = writeln!(text, "{name} = {value}");
    };
    if id_of(&incident.file).as_ref() != Some(&incident.id) {
        key("id", quoted(incident.id.as_str()));
    }
    if incident.kind == IncidentKind::Maintenance {
        key("kind", quoted(incident.kind.word()));
    }
    let titles = versions(Some(&incident.title), &incident.narrow.title, title_line, whole);
    key("title", titles.unwrap_or_default());
    key("severity", quoted(incident.severity.word()));
    if !incident.affected.is_empty() {
        key("affected", affected(incident));
    }
    match incident.window {
        Some(window) => {
            key("starts", toml_time(window.starts));
            key("ends", window.ends.map_or_else(|| quoted(OPEN), toml_time));
            if let Some(completes) = window.completes {
                key("completes", quoted(completes.word()));
            }
            if let Some(repeats) = &incident.repeats {
                key("repeats", quoted(&repeats.rule.to_string()));
                let except: Vec<String> = repeats.except.iter().map(NaiveDate::to_string).collect();
                if !except.is_empty() {
                    key("except", format!("[{}]", except.join(", ")));
                }
            }
        }
        None => key("started", toml_time(incident.started)),
    }
    match incident.eta {
        Some(Eta::At(at)) => key("eta", toml_time(at)),
        Some(Eta::Unknown) => key("eta", quoted("unknown")),
        None => {}
    }
    if let Some(next_update) = incident.next_update {
        key("next_update", toml_time(next_update));
    }
    for (name, prose, narrow) in explanations(incident) {
        if let Some(value) = versions(prose, narrow, lines, whole) {
            key(name, value);
        }
    }
    if incident.audience != Audience::Public {
        key("audience", quoted(incident.audience.word()));
    }
    if incident.sensitivity != Sensitivity::Public {
        key("sensitivity", quoted(incident.sensitivity.word()));
    }
    if let Some(author_mark) = incident.author_mark {
        key("notify", quoted(author_mark.word()));
    }
    if let Some(through) = incident.imported_through {
        key("imported_through", toml_time(through));
    }
    for (name, value) in notes(incident) {
        key(name, value);
    }
    text.push_str("+++\n");
    for update in incident.updates.iter().rev() {
        let _ = write!(text, "\n{}", entry(&heading(update), &update.body.default));
    }
    text
}

/// What only `check` and imports use.
fn notes(incident: &Incident) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if !incident.day_only.is_empty() {
        let times: Vec<String> = incident.day_only.times().map(toml_time).collect();
        notes.push(("day_only", format!("[{}]", times.join(", "))));
    }
    if !incident.accepted.is_empty() {
        let rules = incident.accepted.iter().map(|(rule, reason)| format!("{rule} = {}", quoted(reason)));
        notes.push(("accepted", format!("{{ {} }}", rules.collect::<Vec<_>>().join(", "))));
    }
    notes
}

/// The texts that narrower audiences may read in a version of their own, by key.
fn explanations(incident: &Incident) -> [(&'static str, Option<&Localized>, &Versions); 2] {
    [
        ("impact", incident.impact.as_ref(), &incident.narrow.impact),
        ("workaround", incident.workaround.as_ref(), &incident.narrow.workaround),
    ]
}

/// The value of a text: a table of its versions by audience, or one text where everyone reads the same. `None` where none of them
/// says anything.
fn versions(
    public: Option<&Localized>,
    narrow: &Versions,
    cleaned: fn(&str) -> String,
    said: impl Fn(&Localized) -> Option<String>,
) -> Option<String> {
    let public = public.and_then(&said);
    if narrow.is_empty() {
        return public.map(|text| quoted(&cleaned(&text)));
    }
    let own = narrow.iter().filter_map(|(audience, text)| Some((audience.word(), said(text)?)));
    let all = public.map(|text| (Audience::Public.word(), text)).into_iter().chain(own);
    let pairs: Vec<String> =
        all.map(|(word, text)| format!("{word} = {}", quoted(&cleaned(&text)))).collect();
    (!pairs.is_empty()).then(|| format!("{{ {} }}", pairs.join(", ")))
}

/// A text in the language of the file.
fn whole(text: &Localized) -> Option<String> {
    Some(text.default.clone())
}

/// Writes an incident's words in one language; `None` if it has none in it.
pub fn write_translation(incident: &Incident, language: &Language) -> Option<String> {
    let said = |localized: &Localized| localized.translations.get(language).cloned();
    let mut keys = String::new();
    if let Some(title) = versions(Some(&incident.title), &incident.narrow.title, title_line, said) {
        let _ = writeln!(keys, "title = {title}");
    }
    for (name, prose, narrow) in explanations(incident) {
        if let Some(value) = versions(prose, narrow, lines, said) {
            let _ = writeln!(keys, "{name} = {value}");
        }
    }
    let entries = incident.updates.iter().rev().filter_map(|update| {
        let body = said(&update.body)?;
        Some(entry(&format!("## {}", heading_time(update.at)), &body))
    });
    let entries: Vec<String> = entries.collect();
    match (keys.is_empty(), entries.is_empty()) {
        (true, true) => None,
        (true, false) => Some(entries.join("\n")),
        (false, true) => Some(format!("+++\n{keys}+++\n")),
        (false, false) => Some(format!("+++\n{keys}+++\n\n{}", entries.join("\n"))),
    }
}

/// The heading of an update with its attributes, without a line end.
pub(super) fn heading(update: &Update) -> String {
    let mut heading = format!("## {}", heading_time(update.at));
    if let Some(phase) = update.phase {
        let _ = write!(heading, " · {}", spoken(phase));
    }
    let attributes = attributes(update);
    if !attributes.is_empty() {
        let _ = write!(heading, " {{{}}}", attributes.join(" "));
    }
    heading
}

/// A heading with the text below it, each line ended.
pub(super) fn entry(heading: &str, body: &str) -> String {
    let body = shield(body);
    if body.is_empty() { format!("{heading}\n") } else { format!("{heading}\n\n{body}\n") }
}

/// A moment as headings write it: `2026-11-20 10:05 UTC`.
pub(super) fn heading_time(at: Moment) -> String {
    at.format(if at.second() == 0 { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S UTC" }).to_string()
}

/// A moment as TOML and YAML write it: `2026-11-20T10:05:00Z`.
pub(super) fn toml_time(at: Moment) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Text as a TOML string on one line, which is a YAML string as well.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A phase as readers see it: `In progress`.
fn spoken(phase: Phase) -> String {
    let words = phase.word().replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn attributes(update: &Update) -> Vec<String> {
    let short = |at: Moment| {
        at.format(if at.second() == 0 { "%Y-%m-%dT%H:%MZ" } else { "%Y-%m-%dT%H:%M:%SZ" }).to_string()
    };
    let mut attributes = Vec::new();
    match update.eta {
        Some(Eta::At(at)) => attributes.push(format!("eta={}", short(at))),
        Some(Eta::Unknown) => attributes.push("eta=unknown".to_owned()),
        None => {}
    }
    attributes.extend(update.next_update.map(|at| format!("next_update={}", short(at))));
    attributes.extend(update.severity.map(|severity| format!("severity={}", severity.word())));
    let statuses = update.statuses.iter().filter(|(feature, _)| !NAMES.contains(&feature.as_str()));
    attributes.extend(statuses.map(|(feature, status)| format!("{feature}={}", status.word())));
    if update.audience != Audience::Public {
        attributes.push(format!("audience={}", update.audience.word()));
    }
    attributes.extend(update.author_mark.map(|author_mark| author_mark.word().to_owned()));
    attributes
}

/// The affected features as TOML: a list where the severity says how they are, else a table.
pub(super) fn affected(incident: &Incident) -> String {
    let implied = incident.implied_status();
    if incident.affected.values().all(|status| *status == implied) {
        let ids: Vec<String> = incident.affected.keys().map(|id| quoted(id.as_str())).collect();
        return format!("[{}]", ids.join(", "));
    }
    let statuses = incident.affected.iter().map(|(id, status)| format!("{id} = \"{}\"", status.word()));
    format!("{{ {} }}", statuses.collect::<Vec<_>>().join(", "))
}

/// Text for a title: on one line.
fn title_line(text: &str) -> String {
    let flat = text.replace(has_no_width, "").replace(is_unprintable, " ");
    shield_tokens(flat.trim())
}

/// Text of several lines for the front matter.
fn lines(text: &str) -> String {
    let refused = |c: &char| is_unprintable(*c) && !matches!(c, '\n' | '\t') || has_no_width(*c);
    let kept: String = text.chars().filter(|c| !refused(c)).collect();
    shield_tokens(kept.trim())
}
