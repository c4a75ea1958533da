//! The words of a text message: in one segment where they fit.
//!
//! Promises: which features it is about, what happened, when it will be back if anybody knows, and the link are always
//! there; what gives way first is the page's name and the smaller news, then the end of the title.

use super::Error;
use super::gsm7;
use super::line::{cut, one_line};
use super::phrases::{self, Said};
use super::reader::Reader;
use crate::config::plan::TextChannel;
use crate::model::incident::Incident;
use crate::model::message::{Encoding, TextMessage};
use crate::theme::Theme;
use crate::theme::letter;

/// The shortest a title is cut to.
const TITLE_CHARACTERS_MIN: usize = 12;
/// The most features named; of the others their number stands.
const FEATURES_MAX: usize = 3;

/// Writes the text message of a change: of the versions from the fullest to the shortest, the first that fits
/// one segment, else the shortest, its title cut where it must be to keep to the plan's most segments. Without news
/// it says only that there is some, and where.
pub(super) fn write(
    incident: &Incident,
    said: Option<&Said>,
    channel: &TextChannel,
    reader: &Reader<'_>,
    theme: &Theme,
) -> Result<TextMessage, Error> {
    let fill = |letter: &letter::Text| -> Result<TextMessage, Error> {
        let filled = theme.render_in(reader.language, "text.txt", letter);
        let text = filled.map_err(|source| Error::Template { incident: incident.id.clone(), source })?;
        Ok(encode(&one_line(&text), channel.transliterate))
    };
    let Some(said) = said else { return fill(&reduced(incident, reader)) };
    let mut shortest = None;
    for letter in versions(incident, said, reader) {
        let message = fill(&letter)?;
        if message.segments == 1 {
            return Ok(message);
        }
        shortest = Some((letter, message));
    }
    let Some((mut letter, mut message)) = shortest else { return fill(&letter::Text::default()) };
    let title = one_line(reader.text(&incident.title));
    let mut room = title.chars().count();
    while message.segments > channel.segments_max && room > TITLE_CHARACTERS_MIN {
        room -= 1;
        letter.headline = headline(incident, &cut(&title, room), reader);
        message = fill(&letter)?;
    }
    Ok(message)
}

/// No more than that there is something to read, and where.
fn reduced(incident: &Incident, reader: &Reader<'_>) -> letter::Text {
    letter::Text {
        page_name: one_line(reader.text(&reader.page.name)),
        headline: sentence(reader.words.say("news.only_link")),
        news: String::new(),
        incident_url: reader.incident_url(&incident.id),
    }
}

/// The same news in ever fewer words.
fn versions(incident: &Incident, said: &Said, reader: &Reader<'_>) -> [letter::Text; 3] {
    let must = [Some(&said.headline), said.due.as_ref()];
    let news: Vec<&str> = must.into_iter().flatten().map(String::as_str).collect();
    let all: Vec<&str> = news.iter().copied().chain(said.others.iter().map(String::as_str)).collect();
    let title = one_line(reader.text(&incident.title));
    let short = letter::Text {
        page_name: String::new(),
        headline: headline(incident, &title, reader),
        news: sentences(&news),
        incident_url: reader.incident_url(&incident.id),
    };
    let named = letter::Text { page_name: one_line(reader.text(&reader.page.name)), ..short.clone() };
    [letter::Text { news: sentences(&all), ..named.clone() }, named, short]
}

/// The title as a sentence, after the features that it does not name itself: `Checkout: Cards are refused.`
fn headline(incident: &Incident, title: &str, reader: &Reader<'_>) -> String {
    let names = phrases::affected(incident, reader).into_iter();
    let names: Vec<&str> = names.map(|id| reader.page.feature_name(id, reader.language)).collect();
    let spoken = title.to_lowercase();
    if names.iter().all(|name| spoken.contains(&name.to_lowercase())) {
        return sentence(title);
    }
    let rest = names.len().saturating_sub(FEATURES_MAX);
    let mut shown: Vec<String> = names.into_iter().take(FEATURES_MAX).map(one_line).collect();
    shown.extend((rest > 0).then(|| format!("+{rest}")));
    let features = reader.words.list(&shown);
    reader.words.say_with("incident.status_now", &[("feature", &features), ("status", &sentence(title))])
}

fn sentences(phrases: &[&str]) -> String {
    phrases.iter().map(|phrase| sentence(phrase)).collect::<Vec<_>>().join(" ")
}

/// The phrase with a full stop, unless it ends like a sentence already.
fn sentence(phrase: &str) -> String {
    let stop = if phrase.ends_with(['.', '!', '?', '…', '。']) { "" } else { "." };
    format!("{phrase}{stop}")
}

/// Counts the segments, of the text as it is or in plain letters where the plan wants that and it saves any.
fn encode(text: &str, may_transliterate: bool) -> TextMessage {
    let measured = |body: String| {
        let (encoding, segments) = gsm7::measure(&body);
        TextMessage { body, encoding, segments }
    };
    let as_it_is = measured(gsm7::plain_punctuation(text));
    if !may_transliterate || as_it_is.encoding == Encoding::Gsm7 {
        return as_it_is;
    }
    let plain = measured(gsm7::transliterate(&as_it_is.body));
    if plain.segments < as_it_is.segments { plain } else { as_it_is }
}
