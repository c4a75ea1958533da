//! The email that asks to confirm a sign-up, and the SMS with the code for a number.
//!
//! Promises: it contains nothing that a visitor typed, so no one can send text of their own to a stranger. It is in the
//! language that the visitor chose.

use chrono::TimeDelta;

use super::confirm::code;
use super::{Desk, Shown, number};
use crate::compose::gsm7;
use crate::deliver::Letter;
use crate::ledger::SignUp;
use crate::model::hash::derive;
use crate::model::line::one_line;
use crate::model::message::{MailMessage, Mailbox, Message};
use crate::model::pass::Purpose;
use crate::theme::{self, looks, message_view};

/// How long it is tried to send it: the one who asked waits for it, with a code for a number on a page that is open.
pub(super) fn tried_for(sign_up: &SignUp) -> TimeDelta {
    match sign_up.joins {
        Some(_) => TimeDelta::seconds(60),
        None => TimeDelta::hours(1),
    }
}

/// Writes it; `None` for a sign-up without an address, or one for a number if nothing is sent by SMS.
pub(super) fn write(
    desk: &Desk,
    shown: &Shown,
    sign_up: &SignUp,
    tries: u32,
) -> Result<Option<Letter>, theme::Error> {
    let Some(to) = sign_up.subscription.endpoints.first() else { return Ok(None) };
    let message = match sign_up.joins {
        Some(_) => text(desk, shown, sign_up),
        None => Some(Message::Mail(mail(desk, shown, sign_up)?)),
    };
    Ok(message.map(|message| Letter {
        id: sign_up.id.clone(),
        to: to.clone(),
        message: std::sync::Arc::new(message),
        tries,
        expires_at: sign_up.asked_at + tried_for(sign_up),
    }))
}

fn text(desk: &Desk, shown: &Shown, sign_up: &SignUp) -> Option<Message> {
    let language = &sign_up.subscription.language;
    let page = one_line(shown.page.name.in_language(language));
    let values = [("page", page.as_str()), ("code", &number::code(&desk.terms.key, &sign_up.id))];
    let body = shown.theme.words(language).say_with("desk.text_code", &values);
    Some(Message::Text(gsm7::message(&body, desk.terms.texts.as_ref()?.wording.transliterate)))
}

fn mail(desk: &Desk, shown: &Shown, sign_up: &SignUp) -> Result<MailMessage, theme::Error> {
    let (page, language) = (&shown.page, &sign_up.subscription.language);
    let words = shown.theme.words(language);
    let name = one_line(page.name.in_language(language));
    let named = [("page", name.as_str())];
    let pass = desk.terms.key.issue(Purpose::Confirm, &sign_up.id, Some(sign_up.expires_at));
    let digits = code(&desk.terms.key, &sign_up.id);
    let subject = one_line(&words.say_with("desk.mail_subject", &named));
    let view = message_view::Mail {
        language: language.to_string(),
        direction: words.direction().to_owned(),
        subject: subject.clone(),
        page_name: name.clone(),
        page_url: page.url.clone(),
        title: words.say("desk.confirm").to_owned(),
        headline: words.say_with("desk.mail_code", &[("code", &digits)]),
        tone: "notice".to_owned(),
        news: vec![words.say("desk.mail_text").to_owned()],
        incident_url: format!("{}/confirm/{pass}?lang={language}", desk.terms.url),
        read_more: words.say("desk.confirm_send").to_owned(),
        footer: vec![
            words.say_with("desk.mail_reason", &[("page", &words.isolated(&name))]),
            words.say("desk.confirm_not").to_owned(),
        ],
        colors: looks::of_mail(&page.looks),
        ..message_view::Mail::default()
    };
    let sender = &desk.terms.sender;
    Ok(MailMessage {
        from: Mailbox {
            name: sender.from.name.as_deref().map_or(name, one_line),
            address: sender.from.address.clone(),
        },
        reply_to: sender.reply_to.as_ref().map(|mailbox| mailbox.address.clone()),
        subject,
        text: shown.theme.render_in(language, "mail.txt", &view)?,
        html: shown.theme.render_in(language, "mail.html", &view)?,
        language: language.clone(),
        date: sign_up.asked_at,
        host: page.host().to_owned(),
        thread: derive("desk", &[&sign_up.id]),
        leave: None,
    })
}
