//! A phone number for SMS: a subscriber adds one on their manage page, proves it by a code, and gives it up.
//!
//! Promises: only the owner of a confirmed email address asks for a code, within limits for the number, its range, the
//! subscriber, the network and the day; the answer is the same whether a number is known, new, suppressed or was entered
//! too often; a code has six digits, lives for ten minutes and may be tried five times. Never sends a code anywhere but to
//! the number, which it has to prove.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq;

use super::answer::Answer;
use super::fields::Fields;
use super::page::{CodeForm, Sheet};
use super::visitor::Visitor;
use super::{Desk, Error, Texts, link, manage, sign_up};
use crate::ledger::{Asked, SignUp, SignUpLimit, SubscriberRecord};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::pass::{PassKey, Purpose};
use crate::model::subscriber::{SubscriberState, Subscription};

/// How long a code works.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

const CODE_DIGITS: u32 = 6;

/// The most requests of one network within an hour.
const OF_NETWORK: u32 = 5;

/// The most codes that one subscriber asks for, to whatever numbers.
const OF_SUBSCRIBER: [(TimeDelta, u32); 2] = [(TimeDelta::hours(24), 5), (TimeDelta::days(30), 10)];

/// The most codes to one number.
const TO_NUMBER: [(TimeDelta, u32); 3] =
    [(CODE_LIFE, 1), (TimeDelta::hours(24), 3), (TimeDelta::days(30), 6)];

/// The most codes within 24 hours to the numbers that differ only in their last four digits: anyone who earns from messages
/// rents such a range.
const TO_RANGE: u32 = 10;

const RANGE_DIGITS: usize = 4;

impl Texts {
    /// Whether people may add that number.
    fn permits(&self, number: &Endpoint) -> bool {
        let digits = number.expose();
        number.special_number().is_none()
            && self.countries.iter().any(|country| digits.starts_with(country))
            && self.wording.allows(digits)
    }
}

/// The code that proves a number: it follows from the secret, so it is stored nowhere.
pub(super) fn code(key: &PassKey, id: &str) -> String {
    key.digits("number", id, CODE_DIGITS)
}

/// Sends a code to a number, as far as the limits allow.
pub(super) async fn ask(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    pass: &str,
    body: &str,
) -> Result<Answer, Error> {
    let Some((record, texts)) = open(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let (shown, fields) = (desk.shown(), Fields::read(body));
    let words = shown.theme.words(&visitor.language);
    let typed = fields.one("number");
    let number = Endpoint::new(Channel::Text, typed).filter(|number| texts.permits(number));
    let Some(number) = number else {
        let countries = [("countries", words.list(&texts.countries))];
        let countries = countries.each_ref().map(|(name, value)| (*name, value.as_str()));
        let sheet = Sheet {
            problem: words.say_with("desk.wrong_number", &countries),
            ..manage::sheet(desk, visitor, pass, &record).await?
        };
        let sheet = Sheet { number: link::number_form(desk, visitor, (pass, &record), typed), ..sheet };
        return Ok(Answer::with(StatusCode::UNPROCESSABLE_ENTITY, sheet));
    };
    let (id, now) = (BASE32_NOPAD.encode(&desk.draw()?).to_ascii_lowercase(), desk.now());
    let limits = limits(desk, visitor, &record, &number, texts.per_day);
    let wanted = SignUp {
        id: id.clone(),
        subscription: Subscription { endpoints: vec![number], ..record.subscription() },
        incident: None,
        joins: Some(record.subscriber.id),
        source: format!("{}/", desk.terms.url),
        asked_at: now,
        expires_at: now + CODE_LIFE,
    };
    match desk.ledger(move |ledger| ledger.ask(&wanted, &limits, now)).await? {
        Asked::Kept | Asked::Silent => {}
        Asked::Network | Asked::Busy => return Ok(sign_up::busy(&shown, visitor)),
    }
    desk.due.notify_one();
    let proof = desk.terms.key.issue(Purpose::Number, &id, Some(now + CODE_LIFE));
    Ok(Answer::ok(code_sheet(desk, visitor, pass, proof)))
}

/// Every limit that a request for a code has to keep.
fn limits(
    desk: &Desk,
    visitor: &Visitor,
    record: &SubscriberRecord,
    number: &Endpoint,
    per_day: u32,
) -> Vec<SignUpLimit> {
    let key = &desk.terms.key;
    let digits = number.canonical();
    let range = digits.get(..digits.len().saturating_sub(RANGE_DIGITS)).unwrap_or_default();
    let limit = |subject: &str, (within, most): (TimeDelta, u32), beyond| SignUpLimit {
        subject: subject.to_owned(),
        within,
        most,
        beyond,
    };
    let network = format!("network:{}", key.name("network of a number", &visitor.network));
    let subscriber = format!("subscriber:{}", key.name("subscriber", record.subscriber.id.as_str()));
    let range = format!("range:{}", key.name("range", range));
    let number = format!("number:{}", key.name("number", &digits));
    let day = TimeDelta::hours(24);
    let mut limits = vec![limit(&network, (TimeDelta::hours(1), OF_NETWORK), Asked::Network)];
    limits.extend(OF_SUBSCRIBER.map(|most| limit(&subscriber, most, Asked::Busy)));
    limits.push(limit("texts", (day, per_day), Asked::Busy));
    limits.push(limit(&range, (day, TO_RANGE), Asked::Silent));
    limits.extend(TO_NUMBER.map(|most| limit(&number, most, Asked::Silent)));
    limits
}

/// Adds the number whose code was typed.
pub(super) async fn by_code(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    pass: &str,
    body: &str,
) -> Result<Answer, Error> {
    let Some((record, _)) = open(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let (shown, fields) = (desk.shown(), Fields::read(body));
    let wrong = shown.theme.words(&visitor.language).say("desk.wrong_code").to_owned();
    let (proof, now) = (fields.one("pass"), desk.now());
    let Ok(id) = desk.terms.key.check(Purpose::Number, proof, now) else {
        let sheet = Sheet { problem: wrong, ..manage::sheet(desk, visitor, pass, &record).await? };
        return Ok(Answer::with(StatusCode::UNPROCESSABLE_ENTITY, sheet));
    };
    let typed: String = fields.one("code").chars().filter(char::is_ascii_digit).collect();
    let is_right = bool::from(code(&desk.terms.key, &id).as_bytes().ct_eq(typed.as_bytes()));
    let (drawn, who) = (desk.draw()?, record.subscriber.id.clone());
    let added = desk
        .ledger(move |ledger| {
            let is_theirs = ledger.sign_up(&id)?.is_some_and(|sign_up| sign_up.joins == Some(who));
            if !ledger.may_guess(&id, now)? || !is_right || !is_theirs {
                return Ok(None);
            }
            ledger.confirm_sign_up(&id, &mut || drawn, now)
        })
        .await?;
    match added {
        Some(_) => manage::said(desk, visitor, pass, "desk.number_added").await,
        None => {
            let sheet = Sheet { problem: wrong, ..code_sheet(desk, visitor, pass, proof.to_owned()) };
            Ok(Answer::with(StatusCode::UNPROCESSABLE_ENTITY, sheet))
        }
    }
}

/// Gives up the number, also if no number can be added.
pub(super) async fn remove(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let (id, now) = (record.subscriber.id.clone(), desk.now());
    if desk.ledger(move |ledger| ledger.give_up(&id, Channel::Text, now)).await? {
        return manage::said(desk, visitor, pass, "desk.number_removed").await;
    }
    Ok(Answer::ok(manage::sheet(desk, visitor, pass, &record).await?))
}

/// That a code is on its way, if it can be, with the field for it.
fn code_sheet(desk: &Desk, visitor: &Visitor, pass: &str, proof: String) -> Sheet {
    let shown = desk.shown();
    let label = shown.theme.words(&visitor.language).say("desk.number_code").to_owned();
    let action = link::place(desk, visitor, pass, "/number/code");
    let sheet =
        Sheet::saying(&shown.theme, &visitor.language, "desk.number_sent", &["desk.number_sent_text"]);
    Sheet { code: Some(CodeForm { action, pass: proof, label }), ..sheet }
}

/// The notified subscriber behind a link, if the desk sends SMS messages.
async fn open<'d>(desk: &'d Desk, pass: &str) -> Result<Option<(SubscriberRecord, &'d Texts)>, Error> {
    let Some(texts) = &desk.terms.texts else { return Ok(None) };
    let record = link::find(desk, pass).await?;
    Ok(record.filter(|record| record.state() == SubscriberState::Confirmed).map(|record| (record, texts)))
}
