//! The content of an entry: the facts and every update, as self-contained HTML.

use crate::model::incident::{Incident, Update};
use crate::model::localized::Localized;
use crate::render::changes::changes_html;
use crate::render::edition::LanguageEdition;
use crate::render::key::phase_key;
use crate::render::known::announced_updates;
use crate::render::machine::value::one_line;
use crate::theme::markdown::{MarkdownContext, escape, to_html};

/// Writes what an incident means, what helps meanwhile, and its updates, newest first.
pub(super) fn write(edition: &LanguageEdition<'_>, incident: &Incident) -> String {
    let mut html = String::new();
    for (key, text) in [("incident.impact", &incident.impact), ("incident.workaround", &incident.workaround)]
    {
        if let Some(text) = text {
            let heading = escape(edition.words.say(key));
            html.push_str(&format!("<p><strong>{heading}</strong></p>\n{}", body(edition, text)));
        }
    }
    for update in announced_updates(incident, edition.snapshot.now) {
        let phase = edition.words.say(phase_key(incident.phase_at(update.at)));
        let time = edition.stated_time(incident, update.at);
        html.push_str(&format!(
            "<p><small><time datetime=\"{}\">{}</time></small><br><strong>{}</strong></p>\n{}{}",
            time.machine,
            escape(&time.human),
            escape(phase),
            changes(edition, update),
            body(edition, &update.body)
        ));
    }
    // Readers drop blanks at the end; without them every format carries the same text.
    html.truncate(html.trim_end().len());
    html
}

/// What an update changed in addition to its words: the estimate above all.
fn changes(edition: &LanguageEdition<'_>, update: &Update) -> String {
    let changes = changes_html(edition, update);
    if changes.is_empty() { String::new() } else { format!("<p>{}</p>\n", one_line(&changes.join("<br>"))) }
}

fn body(edition: &LanguageEdition<'_>, text: &Localized) -> String {
    let base = format!("{}/", edition.page.url);
    let first = edition.page.first_language();
    let is_translated = text.is_translated(edition.language, first);
    let words = if is_translated { edition.words } else { edition.theme.words(first) };
    let reader = MarkdownContext { words, zone: edition.zone, base: &base };
    let html = to_html(text.in_language(edition.language), &reader);
    if is_translated { html } else { format!("<div lang=\"{first}\">{html}</div>\n") }
}
