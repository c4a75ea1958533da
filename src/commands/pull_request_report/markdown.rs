//! The report as Markdown: short if there are no problems, and escaped so that no text of a file becomes markup.
//!
//! Promises: at most 60,000 bytes, so that a git host accepts the report as a comment (GitHub: 65,536 characters), and what is
//! left out is counted. Every change is named before any message is shown. Never holds an address.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::model::change::Change;
use crate::model::channel::Channel;
use crate::model::edit::TextEdit;
use crate::model::incident::IncidentId;

use crate::cli::describe;
use crate::cli::markdown::{fence, fitting, html, inline, problems};
use crate::cli::print::count;
use crate::cli::unannounced;
use crate::commands::pull_request_report::{Forecast, PendingAnnouncement};
use crate::flow::notify::reach;

/// The most pages and message templates that are written out.
const PAGES_MAX: usize = 30;
const WORDINGS_MAX: usize = 24;

/// The most bytes of each part: the changes with their messages, what is not announced, and the pages.
const CHANGES_BYTES_MAX: usize = 30_000;
const UNANNOUNCED_BYTES_MAX: usize = 9_000;
const PAGES_BYTES_MAX: usize = 4_000;

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
    let heads: Vec<String> = changes.iter().map(|change| head(change, forecast)).collect();
    let named: usize = heads.iter().map(String::len).sum();
    let mut room = CHANGES_BYTES_MAX.saturating_sub(text.len() + named);
    let (mut changes_left, mut messages_left) = (0, 0);
    for (change, head) in changes.iter().zip(heads) {
        if text.len() + head.len() > CHANGES_BYTES_MAX {
            changes_left += 1;
            continue;
        }
        let (messages, left) = fitting(wordings(change, &forecast.words), WORDINGS_MAX, room);
        room -= messages.len();
        messages_left += left;
        text = text + &head + &messages;
    }
    for (left, what) in
        [(changes_left, ["change is", "changes are"]), (messages_left, ["message is", "messages are"])]
    {
        if left > 0 {
            let left = count(left, what[0], what[1]);
            let _ = writeln!(
                text,
                "{left} not shown here; `allclear notify --dry-run --verbose` shows everything.\n"
            );
        }
    }
    text + &not_told(&forecast.words)
}

/// A change with the subscribers that it reaches and the edits that it consists of.
fn head(change: &Change, forecast: &Forecast) -> String {
    let what = inline(&describe::all(&change.what));
    let who = match &forecast.people {
        Some(people) => reach(change, people),
        None => "to everyone who follows it; the number is in the ledger, which this report does not read"
            .to_owned(),
    };
    let mut text = format!("- **{}**: {what}, {who}\n\n", change.incident);
    if let Some(by) = forecast.approvals.get(&change.id).filter(|by| !by.is_empty()) {
        let _ = writeln!(
            text,
            "  - before it is sent, it needs the approval of {}\n",
            inline(&by.join(", and of "))
        );
    }
    if let Some(announced) = forecast.words.may_be(&change.incident) {
        let _ = writeln!(text, "  - {}\n", inline(&unannounced::may_be(&change.incident, announced)));
    }
    text + &edits(&forecast.words.edits, &change.incident)
}

/// What differs and is not told, with its reason.
fn not_told(words: &PendingAnnouncement) -> String {
    if words.unannounced.is_empty() {
        return String::new();
    }
    let entries = words.unannounced.iter().map(|unannounced| {
        let reason = inline(&unannounced::reason(&unannounced.reason));
        format!("- **{}**: {reason}\n\n", unannounced.incident) + &edits(&words.edits, &unannounced.incident)
    });
    let (entries, left_out) = fitting(entries, usize::MAX, UNANNOUNCED_BYTES_MAX);
    let more = if left_out > 0 { format!("- and {left_out} more\n\n") } else { String::new() };
    format!("### What is not announced\n\n{entries}{more}")
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
fn wordings(change: &Change, words: &PendingAnnouncement) -> impl Iterator<Item = String> {
    let notices = words.notices.notices.iter().filter(|notice| notice.change == change.id);
    let steps = notices.flat_map(|notice| notice.steps.iter().map(move |step| (&notice.subscriber, step)));
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let steps = steps.filter(move |(_, step)| seen.insert(step.message));
    steps.filter_map(|(specimen, step)| {
        let message = words.notices.message_of(step)?;
        let name = match words.destination(specimen) {
            Some(destination) => destination.name.clone(),
            None => specimen_name(specimen.as_str()),
        };
        let title = message.subject().map_or_else(|| name.clone(), |subject| format!("{name}: {subject}"));
        let body = message.plain_text();
        let fence = fence(body);
        let title = html(&title);
        Some(format!(
            "  <details><summary>{title}</summary>\n\n{fence}text\n{body}\n{fence}\n\n  </details>\n\n"
        ))
    })
}

fn changed(paths: &BTreeSet<String>) -> String {
    let is_page = |path: &&String| path.ends_with(".html") && !path.starts_with("errors/");
    let (pages, others): (Vec<&String>, Vec<&String>) = paths.iter().partition(is_page);
    let rows = pages.iter().map(|page| format!("- {}\n", inline(page)));
    let (rows, left_out) = fitting(rows, PAGES_MAX, PAGES_BYTES_MAX);
    let more = if left_out > 0 { format!("- and {left_out} more\n") } else { String::new() };
    format!(
        "### What changes on the page\n\n{} and {} for machines and error pages.\n\n{rows}{more}",
        count(pages.len(), "page", "pages"),
        count(others.len(), "file", "files")
    )
}
