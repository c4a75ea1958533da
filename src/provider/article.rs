//! A card as one text, in the markup of a service that shows no cards.
//!
//! Promises: the link is always there and whole. What does not fit is left out part by part, the oldest words first, and no
//! part is cut within its markup. Text is escaped before anything is put around it.

use super::card;
use crate::model::message::{CardFact, CardMessage};

/// The longest news, in characters before they are escaped, so that the first part always fits.
const NEWS_MAX: usize = 400;

/// How a service writes what stands out.
pub(super) struct Markup {
    /// The text as plain words, that mention no one.
    pub(super) escaped: fn(&str) -> String,
    /// An escaped text that stands out.
    pub(super) bold: fn(&str) -> String,
    /// An escaped text that leads to a URL.
    pub(super) link: fn(&str, &str) -> String,
    /// What ends a line within a paragraph, and what ends a paragraph.
    pub(super) breaks: (&'static str, &'static str),
}

/// The card as text of at most a number of UTF-16 units; of less than the whole neither title nor facts, which the first
/// message has.
pub(super) fn write(card: &CardMessage, is_whole: bool, markup: &Markup, units_max: usize) -> String {
    let card = &card::bounded(card);
    let (line, paragraph) = markup.breaks;
    let lines = |text: &str| (markup.escaped)(text.trim()).replace('\n', line);
    let mut parts = vec![lines(&card::cut(&card::news(card), NEWS_MAX))];
    if is_whole {
        let title = (markup.bold)(&lines(&card::title(card)));
        parts[0] = format!("{title}{line}{}", parts[0]);
    }
    let facts = card.facts.iter().filter(|_| is_whole);
    parts.extend(
        facts
            .chain(&card.said)
            .map(|CardFact { label, text }| format!("{}{line}{}", (markup.bold)(&lines(label)), lines(text))),
    );
    let link = (markup.link)(&card.url, &lines(&card.read_more));
    let last = format!("{link} · {}", lines(&card.page_name));
    let units = |text: &str| text.encode_utf16().count();
    let mut room = units_max.saturating_sub(units(&last));
    let fits = |part: &String| match room.checked_sub(units(part) + units(paragraph)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let mut kept: Vec<String> = parts.into_iter().take_while(fits).collect();
    kept.push(last);
    kept.join(paragraph)
}

/// The text without what HTML takes for markup.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text for a Markdown without escapes: a character without width parts what would be a mention, a link to a URL of its
/// own or a block of code.
pub(super) fn parted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        shown.push(c);
        if matches!(c, '@' | '#' | '`' | ']' | '<') {
            shown.push('\u{200b}');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    const MARKUP: Markup = Markup {
        escaped: html,
        bold: |text| format!("<b>{text}</b>"),
        link: |url, text| format!("<a href=\"{}\">{text}</a>", html(url)),
        breaks: ("\n", "\n\n"),
    };

    #[test]
    fn the_whole_has_every_part_and_a_reply_only_what_is_new() {
        let link = "<a href=\"https://status.example.com/incidents/card/\">Read more</a> · Example Shop";
        let news = "Now expected back by 12:30 CET, not 11:30\nRefunds are affected too";
        let said = "<b>Cause found (11:05 CET)</b>\nThe fault is at our card processor. @everyone";
        let reply = write(&sample::card(), false, &MARKUP, 4_096);
        assert_eq!(reply, format!("{news}\n\n{said}\n\n{link}"));
        let whole = write(&sample::card(), true, &MARKUP, 4_096);
        let facts = "<b>Affected</b>\nCheckout: partial outage\nRefunds: degraded\n\n\
                     <b>What it means</b>\nAbout half of &lt;card&gt; payments &amp; refunds fail.";
        let title = "<b>\u{1f7e0} Card payments are failing</b>";
        assert_eq!(whole, format!("{title}\n{news}\n\n{facts}\n\n{said}\n\n{link}"));
    }

    #[test]
    fn whatever_the_length_the_link_and_the_news_are_there_and_no_tag_is_cut() {
        let long = |sign: &str| CardMessage {
            title: sign.repeat(5_000),
            headline: sign.repeat(5_000),
            facts: vec![CardFact { label: "Affected".to_owned(), text: sign.repeat(5_000) }; 9],
            said: vec![CardFact { label: "Said".to_owned(), text: sign.repeat(5_000) }; 9],
            ..sample::card()
        };
        for sign in ["x", "&", "\"", "\u{1f7e0}", "é\n"] {
            let text = write(&long(sign), true, &MARKUP, 4_096);
            assert!(text.encode_utf16().count() <= 4_096, "{sign}: {}", text.encode_utf16().count());
            assert!(
                text.starts_with("<b>\u{1f7e0}") && text.ends_with("Read more</a> · Example Shop"),
                "{sign}"
            );
            assert_eq!(text.matches("<b>").count(), text.matches("</b>").count(), "{sign}");
        }
    }

    #[test]
    fn no_sign_is_markup_and_no_at_sign_mentions() {
        assert_eq!(parted("@all [x](y) ```"), "@\u{200b}all [x]\u{200b}(y) `\u{200b}`\u{200b}`\u{200b}");
        assert_eq!(html("<a href=\"x\"> & b"), "&lt;a href=&quot;x&quot;&gt; &amp; b");
    }
}
