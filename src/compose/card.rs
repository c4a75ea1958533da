//! The text of a card: the state of an incident, and the change.
//!
//! Promises: a card has the content of the email about the same change, each text cut to a length that rooms show; the
//! plain text has the content of the parts. A text that is more sensitive than the place may get is reduced to the link.

use super::phrases::ChangePhrase;
use super::reader::Recipient;
use super::{line, mail, text};
use crate::model::change::{Change, ChangeKind};
use crate::model::hash::derive;
use crate::model::incident::Incident;
use crate::model::message::{BRIEF_MAX, CardFact, CardMessage, Tone};
use crate::model::phase::Severity;
use crate::theme::message_view;

/// The most bytes of each text; the page has the whole.
const TEXT_BYTES_MAX: usize = 1_200;

/// Writes the card of a change; without news it says no more than that there is something to read, and where.
pub(super) fn write(
    change: &Change,
    incident: &Incident,
    said: Option<&ChangePhrase>,
    reader: &Recipient<'_>,
) -> CardMessage {
    let letter = match said {
        Some(said) => mail::letter(change, incident, said, TEXT_BYTES_MAX, reader),
        None => mail::reduced(reader),
    };
    let name = said.map_or_else(|| letter.title.clone(), |_| line::one_line(reader.text(&incident.title)));
    let brief = match said {
        Some(said) => text::brief(incident, said, reader, BRIEF_MAX),
        None => letter.title.clone(),
    };
    CardMessage {
        name,
        brief,
        text: plain_text(&letter, reader),
        tone: tone(incident, said, reader),
        facts: letter.facts.into_iter().map(|fact| CardFact { label: fact.label, text: fact.text }).collect(),
        said: letter.said.into_iter().map(|said| CardFact { label: said.heading, text: said.text }).collect(),
        title: letter.title,
        headline: letter.headline,
        news: letter.news,
        read_more: letter.read_more,
        url: letter.incident_url,
        page_name: letter.page_name,
        thread: thread(change, reader),
        language: reader.language.clone(),
    }
}

/// What names an incident of this page to others; says nothing of its content.
pub(super) fn thread(change: &Change, reader: &Recipient<'_>) -> String {
    derive("place thread", &[reader.page.host(), change.origin.as_str()])
}

/// How the incident stands. Without news no more than whether it is over.
pub(super) fn tone(incident: &Incident, said: Option<&ChangePhrase>, reader: &Recipient<'_>) -> Tone {
    if incident.phase_at(reader.now).is_over() {
        return Tone::Over;
    }
    match said {
        None => Tone::Ongoing(Severity::Notice),
        Some(said) if said.first == ChangeKind::PostmortemPublished => Tone::Over,
        Some(_) if incident.window.is_some() => Tone::Planned,
        Some(_) => Tone::Ongoing(incident.severity),
    }
}

/// Everything as lines, for what shows no parts and for those who are read to.
pub(super) fn plain_text(letter: &message_view::Mail, reader: &Recipient<'_>) -> String {
    let mut lines = vec![letter.title.clone(), letter.headline.clone()];
    lines.extend(letter.news.iter().cloned());
    lines.extend(Some(letter.original.clone()).filter(|line| !line.is_empty()));
    lines.extend(letter.facts.iter().map(|fact| fact.line.clone()));
    for said in &letter.said {
        lines.extend([said.heading.clone(), said.text.clone()]);
    }
    lines.push(reader.words.labelled(&letter.read_more, &letter.incident_url));
    lines.join("\n")
}
