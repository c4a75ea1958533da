//! Confirms a sign-up: by the button behind the emailed link, or by the emailed code.
//!
//! Promises: opening the link shows a page and changes nothing; only the button, or the right code, subscribes; a code may
//! be tried five times.

use std::sync::Arc;

use axum::http::StatusCode;
use subtle::ConstantTimeEq;

use super::answer::Answer;
use super::fields::Fields;
use super::page::{Button, CodeForm, Sheet};
use super::visitor::Visitor;
use super::{Desk, Error, Shown, manage, only};
use crate::ledger::SignUp;
use crate::model::pass::{PassKey, Purpose};

const CODE_DIGITS: u32 = 8;

/// The code of a sign-up: it follows from the secret, so it is stored nowhere.
pub(super) fn code(key: &PassKey, id: &str) -> String {
    key.digits("code", id, CODE_DIGITS)
}

/// The page behind the mailed link.
pub(super) async fn look(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    let Some(sign_up) = find(desk, Purpose::Confirm, pass).await? else {
        return Ok(Answer::gone(desk, visitor));
    };
    let shown = desk.shown();
    let Some(title) = asked_about(desk, &shown, visitor, &sign_up).await? else {
        return Ok(only::gone(&shown, visitor));
    };
    let words = shown.theme.words(&visitor.language);
    let address = sign_up.subscription.endpoints.first().map(ToString::to_string).unwrap_or_default();
    let page = shown.page.name.in_language(&visitor.language);
    let button = Button {
        action: format!("{}/confirm/{pass}?lang={}", desk.terms.url, visitor.language),
        label: words.say("desk.confirm_send").to_owned(),
        main: true,
    };
    let lead = vec![match title {
        Some(title) => words
            .say_with("desk.only_confirm_text", &[("title", &words.isolated(&title)), ("address", &address)]),
        None => {
            words.say_with("desk.confirm_text", &[("page", &words.isolated(page)), ("address", &address)])
        }
    }];
    let notes = vec![words.say("desk.confirm_not").to_owned()];
    let title = words.say("desk.confirm").to_owned();
    Ok(Answer::ok(Sheet { title, lead, notes, buttons: vec![button], ..Sheet::default() }))
}

/// Confirms what the link of the mail offers; called by POST alone.
pub(super) async fn act(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    match find(desk, Purpose::Confirm, pass).await? {
        Some(sign_up) => confirm(desk, visitor, sign_up).await,
        None => Ok(Answer::gone(desk, visitor)),
    }
}

pub(super) async fn by_code(desk: &Arc<Desk>, visitor: &Visitor, body: &str) -> Result<Answer, Error> {
    let fields = Fields::read(body);
    let pass = fields.one("pass");
    let Ok(id) = desk.terms.key.check(Purpose::Code, pass, desk.now()) else {
        return Ok(Answer::gone(desk, visitor));
    };
    let typed: String = fields.one("code").chars().filter(char::is_ascii_digit).collect();
    let (now, guessed) = (desk.now(), id.clone());
    let may_guess = desk.ledger(move |ledger| ledger.may_guess(&guessed, now)).await?;
    let is_right = bool::from(code(&desk.terms.key, &id).as_bytes().ct_eq(typed.as_bytes()));
    if may_guess && is_right {
        let sign_up = desk.ledger(move |ledger| ledger.sign_up(&id)).await?;
        return match sign_up {
            Some(sign_up) => confirm(desk, visitor, sign_up).await,
            None => Ok(Answer::gone(desk, visitor)),
        };
    }
    let shown = desk.shown();
    let words = shown.theme.words(&visitor.language);
    let action = format!("{}/code", desk.terms.url);
    let again = CodeForm { action, pass: pass.to_owned(), label: words.say("desk.code").to_owned() };
    let problem = words.say("desk.wrong_code").to_owned();
    let sheet = Sheet::saying(&shown.theme, &visitor.language, "desk.sent", &["desk.sent_text"]);
    let sheet = Sheet { code: Some(again), problem, ..sheet };
    Ok(Answer::with(StatusCode::UNPROCESSABLE_ENTITY, sheet))
}

async fn confirm(desk: &Arc<Desk>, visitor: &Visitor, sign_up: SignUp) -> Result<Answer, Error> {
    let shown = desk.shown();
    if asked_about(desk, &shown, visitor, &sign_up).await?.is_none() {
        return Ok(only::gone(&shown, visitor));
    }
    let (now, drawn, id) = (desk.now(), desk.draw()?, sign_up.id);
    let confirmed = desk.ledger(move |ledger| ledger.confirm_sign_up(&id, &mut || drawn, now)).await?;
    match confirmed {
        Some(subscriber) => manage::welcome(desk, visitor, &subscriber).await,
        None => Ok(Answer::gone(desk, visitor)),
    }
}

/// The title of the only incident that a sign-up is for: `Some(None)` if it is for features, `None` if the incident is
/// over.
async fn asked_about(
    desk: &Desk,
    shown: &Shown,
    visitor: &Visitor,
    sign_up: &SignUp,
) -> Result<Option<Option<String>>, Error> {
    let Some(origin) = &sign_up.incident else { return Ok(Some(None)) };
    let title = only::titles(desk, shown, visitor, vec![origin.clone()]).await?.pop();
    Ok(title.map(Some))
}

/// The sign-up of a pass that is good.
async fn find(desk: &Desk, purpose: Purpose, pass: &str) -> Result<Option<SignUp>, Error> {
    let Ok(id) = desk.terms.key.check(purpose, pass, desk.now()) else { return Ok(None) };
    desk.ledger(move |ledger| ledger.sign_up(&id)).await
}
