//! The manage link: whose page it opens, where the forms of that page lead, and the form for a phone number.
//!
//! Promises: a link opens the page only of the subscriber who still has the address that it was sent to.

use super::page::NumberForm;
use super::visitor::Visitor;
use super::{Desk, Error};
use crate::ledger::SubscriberRecord;
use crate::model::channel::Channel;
use crate::model::pass::Purpose;

/// The subscriber behind a link.
pub(super) async fn find(desk: &Desk, pass: &str) -> Result<Option<SubscriberRecord>, Error> {
    match desk.bearer(Purpose::Manage, pass) {
        Some(bearer) => desk.subscriber(bearer).await,
        None => Ok(None),
    }
}

/// Where a button or a form of the page leads.
pub(super) fn place(desk: &Desk, visitor: &Visitor, pass: &str, way: &str) -> String {
    format!("{}/manage/{pass}{way}?lang={}", desk.terms.url, visitor.language)
}

/// The form on the manage page, if people may add a number, or have one to give up.
pub(super) fn number_form(
    desk: &Desk,
    visitor: &Visitor,
    (pass, record): (&str, &SubscriberRecord),
    typed: &str,
) -> Option<NumberForm> {
    let may_add = desk.terms.texts.as_ref().is_some_and(|texts| !texts.countries.is_empty());
    let mut numbers = record.subscriber.endpoints.iter().map(|(_, one)| one);
    let number = numbers.find(|one| one.channel() == Channel::Text);
    if !may_add && number.is_none() {
        return None;
    }
    let shown = desk.shown();
    let words = shown.theme.words(&visitor.language);
    let now = if may_add { "desk.number_now" } else { "desk.number_only" };
    let is_last = record.subscriber.endpoints.iter().all(|(_, one)| one.channel() == Channel::Text);
    Some(NumberForm {
        action: may_add.then(|| place(desk, visitor, pass, "/number")),
        typed: typed.to_owned(),
        now: number
            .map_or_else(String::new, |number| words.say_with(now, &[("number", &number.to_string())])),
        remove: (number.is_some() && !is_last).then(|| place(desk, visitor, pass, "/number/remove")),
    })
}
