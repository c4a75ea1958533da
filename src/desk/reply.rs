//! The answers to HELP and STATUS by SMS.
//!
//! Promises: one message, in the language of the subscriber who has the number, of at most as many segments as the plan
//! permits; it contains nothing that the sender wrote. Never tells more than the public page.

use super::{Desk, Shown, Texts};
use crate::compose::gsm7;
use crate::deliver::Letter;
use crate::ledger::{Ask, TextQuestion};
use crate::model::line::one_line;
use crate::model::localized::Language;
use crate::model::message::{Message, TextMessage};
use crate::model::phase::Phase;
use crate::theme::words::Translations;

/// Writes the answer; `None` if nothing is sent by SMS, or not to that number.
pub(super) fn write(desk: &Desk, shown: &Shown, question: &TextQuestion) -> Option<Letter> {
    let texts = desk.terms.texts.as_ref().filter(|texts| texts.wording.allows(question.to.expose()))?;
    let languages = &shown.page.languages;
    let wanted = question.language.as_ref().filter(|wanted| languages.contains(wanted));
    let language = wanted.unwrap_or_else(|| shown.page.first_language());
    let words = shown.theme.words(language);
    let message = match question.asks {
        Ask::Help => help(shown, (words, language), texts),
        Ask::Status => status(shown, (words, language), texts),
    };
    Some(Letter {
        id: format!("answer {}", question.reference),
        to: question.to.clone(),
        message: std::sync::Arc::new(Message::Text(message)),
        tries: 0,
        expires_at: question.at + ANSWERED_WITHIN,
    })
}

fn encoded(text: &str, texts: &Texts) -> TextMessage {
    gsm7::message(text, texts.wording.transliterate)
}

/// What the page is, and how to ask for the state and to leave. If that is too long: without accents, else only the page.
fn help(shown: &Shown, (words, language): (&Translations, &Language), texts: &Texts) -> TextMessage {
    let (page, url) = (one_line(shown.page.name.in_language(language)), address(shown));
    let text = words.say_with("desk.text_help", &[("page", &page), ("url", &url)]);
    let fits = |message: &TextMessage| message.segments <= texts.wording.segments_max;
    let whole = Some(encoded(&text, texts)).filter(fits);
    let bare = || Some(gsm7::message(&text, true)).filter(fits);
    whole.or_else(bare).unwrap_or_else(|| encoded(&words.labelled(&page, &url), texts))
}

/// The state: what continues, each with its phase, as many as there is room for.
fn status(shown: &Shown, (words, language): (&Translations, &Language), texts: &Texts) -> TextMessage {
    let page = one_line(shown.page.name.in_language(language));
    let told = |state: &[&str]| {
        let state = words.sentences(state);
        encoded(
            &words.say_with(
                "desk.text_status",
                &[("page", &page), ("state", &state), ("url", &address(shown))],
            ),
            texts,
        )
    };
    let going = shown.open.iter().filter(|one| one.phase != Phase::Scheduled);
    let lines: Vec<String> = going
        .map(|one| {
            let phase = words.say(&format!("phase.{}", one.phase.word())).to_owned();
            words.labelled(&one_line(one.title.in_language(language)), &phase)
        })
        .collect();
    if lines.is_empty() {
        return told(&[words.say("overall.operational")]);
    }
    // What does not fit is on the page. Where not even the first does, the state is that something is wrong.
    let fits = |count: &usize| {
        let lines: Vec<&str> = lines.iter().take(*count).map(String::as_str).collect();
        let message = told(&lines);
        (message.segments <= texts.wording.segments_max).then_some(message)
    };
    let most = (1..=lines.len().min(TITLES_MAX)).rev().find_map(|count| fits(&count));
    most.unwrap_or_else(|| told(&[words.say("desk.text_ongoing")]))
}

/// An answer that was not sent by then is of no use.
const ANSWERED_WITHIN: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// More titles are never tried.
const TITLES_MAX: usize = 10;

fn address(shown: &Shown) -> String {
    shown.page.address("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::message::Encoding;
    use crate::theme::Theme;

    #[test]
    fn help_has_no_letter_that_makes_a_text_of_a_latin_script_longer() {
        let theme = Theme::built_in();
        for language in ["en", "es", "de", "fr", "it", "pt"] {
            let words = theme.words(&Language::new(language).unwrap());
            let place = [("page", "Acme"), ("url", "https://status.acme.test/")];
            let message = gsm7::message(&words.say_with("desk.text_help", &place), false);
            assert_eq!((message.encoding, message.segments), (Encoding::Gsm7, 1), "{}", message.body);
        }
    }
}
