//! The report as Markdown: short if there are no problems, and escaped so that no text of a file becomes markup.
//!
//! Promises: few enough rows are written for a git host to accept the report as a comment, and what is left out
//! is counted. Never holds an address.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::model::change::Change;
use crate::model::channel::Channel;
use crate::model::edit::TextEdit;
use crate::model::incident::IncidentId;

use crate::cli::describe;
use crate::cli::markdown::{fence, html, inline, problems};
use crate::cli::print::count;
use crate::cli::unannounced;
use crate::commands::pull_request_report::{Forecast, PendingAnnouncement};
use crate::flow::notify::reach;

/// The most pages and message templates that are written out.
const PAGES_MAX: usize = 30;
const WORDINGS_MAX: usize = 24;

/// The whole report.
pub(super) fn report(forecast: &Forecast) -> String {
    let mut text = "## What this change does to the status page\n\n".to_owned();
    text += &problems(&forecast.problems, &forecast.prefix);
    text += &told(forecast);
    if let Some(pages) = &forecast.pages {
        text += &changed(pages);
    }
    text.trim_end().to_owned()
}

fn told(forecast: &Forecast) -> String {
    let changes = &forecast.words.difference.changes;
    let mut text = "### Who is notified\n\n".to_owned();
    if changes.is_empty() {
        text += "No one: there are no changes to announce.\n\n";
    }
    for change in changes {
        let what = inline(&describe::all(&change.what));
        let who = match &forecast.people {
            Some(people) => reach(change, people),
            None => {
                "to everyone who follows it; the number is in the ledger, which this report does not read"
                    .to_owned()
            }
        };
        let _ = writeln!(text, "- **{}**: {what}, {who}\n", change.incident);
        if let Some(announced) = forecast.words.may_be(&change.incident) {
            let _ = writeln!(text, "  - {}\n", inline(&unannounced::may_be(&change.incident, announced)));
        }
        text += &edits(&forecast.words.edits, &change.incident);
        text += &wordings(change, &forecast.words);
    }
    text + &not_told(&forecast.words)
}

/// What differs and is not told, with its reason.
fn not_told(words: &PendingAnnouncement) -> String {
    if words.untold.is_empty() {
        return String::new();
    }
    let mut text = "### What is not announced\n\n".to_owned();
    for untold in &words.untold {
        let _ =
            writeln!(text, "- **{}**: {}\n", untold.incident, inline(&unannounced::reason(&untold.reason)));
        text += &edits(&words.edits, &untold.incident);
    }
    text
}

/// The edits of an incident's texts, each with both versions.
fn edits(edits: &[TextEdit], incident: &IncidentId) -> String {
    let mut text = String::new();
    for edit in edits.iter().filter(|edit| edit.incident == *incident).take(WORDINGS_MAX) {
        let _ = writeln!(text, "  - {}", inline(&unannounced::head(edit)));
        let _ = writeln!(text, "    - before: {}", inline(&unannounced::cut(&edit.edit.before)));
        let _ = writeln!(text, "    - now: {}\n", inline(&unannounced::cut(&edit.edit.after)));
    }
    text
}

/// `mail-en` as `email in en`.
fn specimen_name(id: &str) -> String {
    let Some((word, language)) = id.split_once('-') else { return id.to_owned() };
    let channel: &str = Channel::from_word(word).map_or(word, |channel| channel.name());
    format!("{channel} in {language}")
}

/// Each message template of a change once, folded away.
fn wordings(change: &Change, words: &PendingAnnouncement) -> String {
    let notices = words.notices.notices.iter().filter(|notice| notice.change == change.id);
    let steps = notices.flat_map(|notice| notice.steps.iter().map(move |step| (&notice.subscriber, step)));
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut text = String::new();
    for (specimen, step) in steps.filter(|(_, step)| seen.insert(step.message)).take(WORDINGS_MAX) {
        let Some(message) = words.notices.message_of(step) else { continue };
        let name = match words.destination(specimen) {
            Some(destination) => destination.name.clone(),
            None => specimen_name(specimen.as_str()),
        };
        let title = message.subject().map_or_else(|| name.clone(), |subject| format!("{name}: {subject}"));
        let body = message.plain_text();
        let fence = fence(body);
        let title = html(&title);
        let _ = writeln!(
            text,
            "  <details><summary>{title}</summary>\n\n{fence}text\n{body}\n{fence}\n\n  </details>\n"
        );
    }
    text
}

fn changed(paths: &BTreeSet<String>) -> String {
    let is_page = |path: &&String| path.ends_with(".html") && !path.starts_with("errors/");
    let (pages, others): (Vec<&String>, Vec<&String>) = paths.iter().partition(is_page);
    let mut text = format!(
        "### What changes on the page\n\n{} and {} for machines and error pages.\n\n",
        count(pages.len(), "page", "pages"),
        count(others.len(), "file", "files")
    );
    for page in pages.iter().take(PAGES_MAX) {
        let _ = writeln!(text, "- {}", inline(page));
    }
    if pages.len() > PAGES_MAX {
        let _ = writeln!(text, "- and {} more", pages.len() - PAGES_MAX);
    }
    text
}
