//! Sends due confirmation emails, codes for numbers, and answers to questions by SMS, while the desk runs.
//!
//! Promises: a confirmation that was not sent when the desk stopped is sent by the next desk; one that no provider accepts
//! is retried for an hour, and a code for a minute, with backoff; an email whose result is unknown is tried at most twice, an SMS
//! once; an answer is tried once, and a subscriber who misses it asks again.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::letter::{self, tried_for};
use super::{Desk, Error, reply};
use crate::deliver::{Courier, Unsent};
use crate::ledger::{SignUp, TextQuestion};

/// How many are taken at once.
const AT_ONCE: usize = 16;

/// How often is looked without being asked: another desk on the same ledger may have left some.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The wait before the second try; it doubles with each.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(10);

/// Sends what is due until the desk ends.
pub(super) async fn post(desk: Arc<Desk>, courier: Courier) {
    loop {
        let sent = match send_due(&desk, &courier).await {
            Ok(sent) => answer_due(&desk, &courier).await.map(|answered| sent + answered),
            failed => failed,
        };
        match sent {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => desk.say(&format!("confirmations are delayed: {error}")),
        }
        tokio::select! {
            () = desk.due.notified() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Sends some, side by side; how many there were.
async fn send_due(desk: &Arc<Desk>, courier: &Courier) -> Result<usize, Error> {
    let now = desk.now();
    let due = desk.ledger(move |ledger| ledger.due_confirmations(AT_ONCE, now)).await?;
    let count = due.len();
    let sent = due.into_iter().map(|(sign_up, tries)| send(desk, courier, sign_up, tries));
    futures_util::future::join_all(sent).await.into_iter().collect::<Result<Vec<()>, Error>>()?;
    Ok(count)
}

/// Answers some questions that came by SMS; how many there were.
async fn answer_due(desk: &Arc<Desk>, courier: &Courier) -> Result<usize, Error> {
    let Some(per_day) = desk.terms.texts.as_ref().map(|texts| texts.per_day) else { return Ok(0) };
    let now = desk.now();
    let due = desk.ledger(move |ledger| ledger.take_questions(AT_ONCE, per_day, now)).await?;
    let count = due.len();
    let answered = due.into_iter().map(|question| answer(desk, courier, question));
    futures_util::future::join_all(answered).await;
    Ok(count)
}

async fn answer(desk: &Desk, courier: &Courier, question: TextQuestion) {
    let Some(letter) = reply::write(desk, &desk.shown(), &question) else { return };
    if let Err(Unsent::Later(why) | Unsent::Unknown(why) | Unsent::Never(why)) = courier.send(&letter).await {
        desk.say(&format!("an answer to an SMS was not sent: {why}"));
    }
}

async fn send(desk: &Arc<Desk>, courier: &Courier, sign_up: SignUp, tries: u32) -> Result<(), Error> {
    let shown = desk.shown();
    let until = sign_up.asked_at + tried_for(&sign_up);
    let sent = match letter::write(desk, &shown, &sign_up, tries)? {
        _ if desk.now() >= until => Err(Unsent::Never("its time is over".to_owned())),
        Some(letter) => courier.send(&letter).await,
        None => Err(Unsent::Never("there is no channel for it".to_owned())),
    };
    let now = desk.now();
    // In doubt, an SMS is not sent again.
    let sent = match sent {
        Err(Unsent::Unknown(why)) if sign_up.joins.is_some() => Err(Unsent::Never(why)),
        sent => sent,
    };
    let again = match sent {
        Ok(()) => None,
        Err(Unsent::Never(why)) => {
            desk.say(&format!("a confirmation was not sent: {why}"));
            None
        }
        Err(Unsent::Later(why) | Unsent::Unknown(why)) => {
            let at = now + FIRST_WAIT * i32::try_from(2_u32.saturating_pow(tries.min(8))).unwrap_or(i32::MAX);
            let is_over = at >= until;
            let then = if is_over { "it is not tried again" } else { "it is tried again" };
            desk.say(&format!("a confirmation was not sent, {then}: {why}"));
            (!is_over).then_some(at)
        }
    };
    let id = sign_up.id;
    desk.ledger(move |ledger| ledger.confirmation_tried(&id, again)).await
}
