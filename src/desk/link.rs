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
    desk.terms.texts.as_ref().filter(|texts| !texts.countries.is_empty())?;
    let shown = desk.shown();
    let words = shown.theme.words(&visitor.language);
    let mut numbers = record.subscriber.endpoints.iter().map(|(_, one)| one);
    let number = numbers.find(|one| one.channel() == Channel::Text);
    Some(NumberForm {
        action: place(desk, visitor, pass, "/number"),
        typed: typed.to_owned(),
        now: number.map_or_else(String::new, |number| {
            words.say_with("desk.number_now", &[("number", &number.to_string())])
        }),
        remove: place(desk, visitor, pass, "/number/remove"),
    })
}
