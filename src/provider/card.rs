//! Code that providers of chat rooms share: the marks and colors of a card, and texts cut to the limits of a service.
//!
//! Promises: a text that was cut fits and ends with an ellipsis. Never escapes a service's own markup: the service's file
//! does.

use serde_json::Value;

use crate::model::message::{CardFact, CardMessage, Tone};
use crate::model::phase::Severity;

/// The mark before a title, for those who do not see the color.
pub(super) fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Ongoing(Severity::Critical) => "🔴",
        Tone::Ongoing(Severity::Major) => "🟠",
        Tone::Ongoing(Severity::Minor) => "🟡",
        Tone::Ongoing(Severity::Notice) => "🔵",
        Tone::Planned => "🔧",
        Tone::Over => "✅",
    }
}

/// The color of a card, as 24 bits of red, green and blue.
pub(super) fn color(tone: Tone) -> u32 {
    match tone {
        Tone::Ongoing(Severity::Critical) => 0xc62828,
        Tone::Ongoing(Severity::Major) => 0xe65100,
        Tone::Ongoing(Severity::Minor) => 0xf9a825,
        Tone::Ongoing(Severity::Notice) => 0x1565c0,
        Tone::Planned => 0x455a64,
        Tone::Over => 0x2e7d32,
    }
}

/// The mark and the title.
pub(super) fn title(card: &CardMessage) -> String {
    format!("{} {}", mark(card.tone), card.title)
}

/// The headline, and what else is different, each on a line.
pub(super) fn news(card: &CardMessage) -> String {
    std::iter::once(&card.headline).chain(&card.news).cloned().collect::<Vec<_>>().join("\n")
}

/// The text with at most a number of characters, the last of them `…` where something is missing.
pub(super) fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The longest title, the longest name of a part and of a link, the longest line of news and the longest of the other texts, in
/// characters.
const TITLE_MAX: usize = 150;
const LABEL_MAX: usize = 80;
const LINE_MAX: usize = 200;
const TEXT_MAX: usize = 1_000;
/// The most lines of news, and the most facts.
const NEWS_MAX: usize = 4;
const FACTS_MAX: usize = 10;

/// The card with no text and no list that is longer than a room shows well.
pub(super) fn bounded(card: &CardMessage) -> CardMessage {
    let part =
        |part: &CardFact| CardFact { label: cut(&part.label, LABEL_MAX), text: cut(&part.text, TEXT_MAX) };
    CardMessage {
        title: cut(&card.title, TITLE_MAX),
        headline: cut(&card.headline, LINE_MAX),
        news: card.news.iter().take(NEWS_MAX).map(|line| cut(line, LINE_MAX)).collect(),
        facts: card.facts.iter().take(FACTS_MAX).map(part).collect(),
        said: card.said.iter().map(part).collect(),
        read_more: cut(&card.read_more, LABEL_MAX),
        page_name: cut(&card.page_name, LABEL_MAX),
        text: cut(&card.text, TEXT_MAX),
        ..card.clone()
    }
}

/// The document of a card that fits into a number of bytes: what was said gives way first, the oldest first, and then facts.
pub(super) fn fitted(
    card: &CardMessage,
    bytes_max: usize,
    document: impl Fn(&CardMessage) -> Value,
) -> Value {
    let mut card = bounded(card);
    loop {
        let written = document(&card);
        let fits = written.to_string().len() <= bytes_max;
        if fits || card.said.pop().or_else(|| card.facts.pop()).is_none() {
            return written;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_cut_text_fits_and_shows_it() {
        assert_eq!((cut("abc", 3).as_str(), cut("abcd", 3).as_str()), ("abc", "ab…"));
        assert_eq!((cut("añ d", 3).as_str(), cut("", 0).as_str()), ("añ…", ""));
    }
}
