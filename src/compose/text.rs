//! The body of an SMS message: one segment if possible.
//!
//! Promises: it names the features, the change, the impact, the ETA (or the next update, if the ETA is unknown) and the
//! link, in at most as many segments as the plan allows. What does not fit is dropped in this order: less important
//! changes, the page's name, the end of the impact, the end of the title, the link.

use super::Error;
use super::gsm7;
use super::line::{cut, one_line};
use super::phrases::{self, ChangePhrase};
use super::reader::Recipient;
use crate::config::plan::TextWording;
use crate::model::incident::Incident;
use crate::model::message::TextMessage;
use crate::theme::Theme;
use crate::theme::message_view;

/// The shortest a title is cut to, before and after the link has gone.
const TITLE_CHARACTERS_MIN: [usize; 2] = [30, 12];
/// The shortest that what it means is cut to, before and after the link has gone.
const MEANING_CHARACTERS_MIN: [usize; 2] = [40, 0];
/// More than this of a title or of what it means fits into no message.
const CHARACTERS_MAX: usize = 600;
/// The longest message in bytes that is sent; providers take a tenth of it.
const BYTES_MAX: usize = 16 << 10;
/// How much is taken away at once.
const STEP: usize = 4;
/// The most features named; of the others their number stands.
const FEATURES_MAX: usize = 3;

/// Writes the text message of a change: of what must be there in as few segments as it takes, and with it as much of
/// the rest as costs none. Without news it says only that there is some, and where.
pub(super) fn write(
    incident: &Incident,
    said: Option<&ChangePhrase>,
    channel: &TextWording,
    reader: &Recipient<'_>,
    theme: &Theme,
) -> Result<TextMessage, Error> {
    let fill = |letter: &message_view::Text| -> Result<TextMessage, Error> {
        let filled = theme.render_in(reader.language, "text.txt", letter);
        let text = filled.map_err(|source| Error::Template { incident: incident.id.clone(), source })?;
        if text.len() > BYTES_MAX {
            return Err(Error::too_long(&incident.id, "text.txt", "SMS message", text.len(), BYTES_MAX));
        }
        Ok(gsm7::message(&one_line(&text), channel.transliterate))
    };
    let Some(said) = said else { return fill(&reduced(reader)) };
    let mut draft = Draft::new(incident, said, reader);
    let mut message = fill(&draft.letter())?;
    if message.segments > channel.segments_max {
        while message.segments > channel.segments_max && draft.give_way() {
            message = fill(&draft.letter())?;
        }
        return Ok(message);
    }
    let page_name = one_line(reader.text(&reader.page.name));
    let named = message_view::Text { page_name, ..draft.letter() };
    let full = message_view::Text { news: draft.news(&said.others), ..named.clone() };
    for letter in [full, named] {
        let fuller = fill(&letter)?;
        if fuller.segments <= message.segments {
            return Ok(fuller);
        }
    }
    Ok(message)
}

/// The same words in at most a number of characters, without the link. What is worth least goes first: of the meaning and the
/// title only a beginning may stay, and features, what is different and when it is expected back always do, while they fit.
pub(super) fn brief(
    incident: &Incident,
    said: &ChangePhrase,
    reader: &Recipient<'_>,
    characters_max: usize,
) -> String {
    let mut draft = Draft::new(incident, said, reader);
    let written = |draft: &Draft<'_>| one_line(&format!("{} {}", draft.headline(), draft.news(&[])));
    while written(&draft).chars().count() > characters_max && draft.give_way() {}
    cut(&written(&draft), characters_max)
}

/// No more than that there is something to read, and where: not even by the name of a page.
fn reduced(reader: &Recipient<'_>) -> message_view::Text {
    message_view::Text {
        page_name: one_line(reader.text(&reader.page.name)),
        headline: reader.words.sentence(reader.words.say("news.only_link")),
        news: String::new(),
        incident_url: reader.page_url(),
    }
}

/// What a text message must say, and how much of it is left.
struct Draft<'a> {
    incident: &'a Incident,
    said: &'a ChangePhrase,
    reader: &'a Recipient<'a>,
    title: String,
    title_room: usize,
    meaning: String,
    meaning_room: usize,
    url: String,
}

impl<'a> Draft<'a> {
    fn new(incident: &'a Incident, said: &'a ChangePhrase, reader: &'a Recipient<'a>) -> Self {
        let is_over = incident.phase_at(reader.now).is_over();
        let impact = incident.impact.as_ref().filter(|_| !is_over);
        let title = cut(&one_line(reader.text(&incident.title)), CHARACTERS_MAX);
        let meaning = impact.map_or(String::new(), |impact| one_line(&reader.plain(impact)));
        let meaning = cut(&meaning, CHARACTERS_MAX);
        Self {
            incident,
            said,
            reader,
            title_room: title.chars().count(),
            title,
            meaning_room: meaning.chars().count(),
            meaning,
            url: reader.incident_url(&incident.id),
        }
    }

    /// Takes something away, what is worth least first; `false` if nothing can go any more.
    fn give_way(&mut self) -> bool {
        let first_sentence = first_sentence(&self.meaning);
        let has_link = !self.url.is_empty();
        let least = |[with_link, without]: [usize; 2]| if has_link { with_link } else { without };
        if first_sentence.len() < self.meaning.len() {
            self.meaning = first_sentence.to_owned();
            self.meaning_room = self.meaning.chars().count();
        } else if self.meaning_room > least(MEANING_CHARACTERS_MIN) {
            self.meaning_room = self.meaning_room.saturating_sub(STEP).max(least(MEANING_CHARACTERS_MIN));
        } else if self.title_room > least(TITLE_CHARACTERS_MIN) {
            self.title_room = self.title_room.saturating_sub(STEP).max(least(TITLE_CHARACTERS_MIN));
        } else {
            self.url = String::new();
            return has_link;
        }
        true
    }

    fn letter(&self) -> message_view::Text {
        message_view::Text {
            page_name: String::new(),
            headline: self.headline(),
            news: self.news(&[]),
            incident_url: self.url.clone(),
        }
    }

    /// What is different, what it means and when it will be back, then `others`.
    fn news(&self, others: &[String]) -> String {
        let meaning =
            if self.meaning_room == 0 { String::new() } else { cut(&self.meaning, self.meaning_room) };
        let headline = (!self.said.is_end()).then_some(&self.said.headline);
        let phrases = headline.into_iter().chain([&meaning]).chain(&self.said.due).chain(others);
        let phrases: Vec<&str> = phrases.map(String::as_str).filter(|phrase| !phrase.is_empty()).collect();
        self.reader.words.sentences(&phrases)
    }

    /// The title as a sentence, after the features that it does not name itself: `Checkout: Cards are refused.` That
    /// it is over stands before both.
    fn headline(&self) -> String {
        let words = self.reader.words;
        let title = words.sentence(&cut(&self.title, self.title_room));
        let headline = match self.features() {
            Some(features) => words.labelled(&features, &title),
            None => title,
        };
        if self.said.is_end() { words.labelled(&self.said.headline, &headline) } else { headline }
    }

    fn features(&self) -> Option<String> {
        let reader = self.reader;
        let ids = phrases::affected(self.incident, reader).into_iter();
        let names: Vec<_> = ids.map(|id| reader.page.feature_name(id, reader.language)).collect();
        let spoken = self.title.to_lowercase();
        if names.iter().all(|name| spoken.contains(&name.to_lowercase())) {
            return None;
        }
        let rest = names.len().saturating_sub(FEATURES_MAX);
        let mut shown: Vec<String> = names.iter().take(FEATURES_MAX).map(|name| one_line(name)).collect();
        shown.extend((rest > 0).then(|| format!("+{rest}")));
        Some(reader.words.list(&shown))
    }
}

fn first_sentence(text: &str) -> &str {
    let ends = text.match_indices(['.', '!', '?', '。']).map(|(at, mark)| at + mark.len());
    let is_end =
        |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with(' ') || text[..*at].ends_with('。'));
    ends.into_iter().find(is_end).and_then(|at| text.get(..at)).unwrap_or(text)
}
