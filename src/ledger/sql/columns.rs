//! The encoding of small values in columns: times as milliseconds since 1970, closed sets as numbers.
//!
//! Promises: the number of a state, channel, severity or class never changes, because files hold it; a test
//! pins them. An unknown number is a damaged file.

use chrono::DateTime;
use data_encoding::BASE32_NOPAD;

use super::fault::LedgerFault;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::destination::Repeats;
use crate::model::endpoint::Endpoint;
use crate::model::notice::{StepId, StepState};
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};

/// Numbers of states for the text of statements: a partial index is only used where the text names the state. Whatever
/// still has to be handed off is at most [`CLAIMED`].
pub(in crate::ledger) const WAITING: i64 = 0;
pub(in crate::ledger) const PENDING: i64 = 1;
pub(in crate::ledger) const CLAIMED: i64 = 2;
pub(in crate::ledger) const WATCHING: i64 = 11;

/// The number of [`ReplyClass::Accepted`], as the index of handoffs names it.
pub(in crate::ledger) const TAKEN: i64 = 0;

/// The class of an attempt that left nobody knowing whether the provider took the message.
pub(in crate::ledger) const IN_DOUBT: i64 = 5;

/// The number of [`ReplyClass::Recipient`].
pub(in crate::ledger) const REFUSED: i64 = 2;

/// The condition that a row of `step` may have been sent.
pub(in crate::ledger) fn doubted() -> String {
    format!(
        "attempts > 0 AND EXISTS (SELECT 1 FROM attempt a WHERE a.step = step.number AND a.class = {IN_DOUBT})"
    )
}

/// Length of an id's beginning that holds ten bytes of its hash, in letters.
const KEY_LETTERS: usize = 16;

pub(in crate::ledger) fn milliseconds(moment: Moment) -> i64 {
    moment.timestamp_millis()
}

pub(in crate::ledger) fn moment(milliseconds: i64) -> Result<Moment, LedgerFault> {
    DateTime::from_timestamp_millis(milliseconds).ok_or(LedgerFault::Unreadable("time"))
}

pub(in crate::ledger) fn state_number(state: StepState) -> i64 {
    number_in(&StepState::ALL, state)
}

/// The numbers of these states, for `IN (…)`.
pub(in crate::ledger) fn state_list(states: &[StepState]) -> String {
    let numbers: Vec<String> = states.iter().map(|state| state_number(*state).to_string()).collect();
    numbers.join(", ")
}

pub(in crate::ledger) fn state(number: i64) -> Result<StepState, LedgerFault> {
    value_in(&StepState::ALL, number, "state")
}

pub(in crate::ledger) fn channel_number(channel: Channel) -> i64 {
    channel.facts().number
}

/// The numbers of these channels, for `IN (…)`.
pub(in crate::ledger) fn channel_list(channels: &[Channel]) -> String {
    let numbers: Vec<String> = channels.iter().map(|channel| channel_number(*channel).to_string()).collect();
    numbers.join(", ")
}

pub(in crate::ledger) fn channel(number: i64) -> Result<Channel, LedgerFault> {
    Channel::from_number(number).ok_or(LedgerFault::Unreadable("channel"))
}

pub(in crate::ledger) fn severity_number(severity: Severity) -> i64 {
    number_in(&Severity::ALL, severity)
}

pub(in crate::ledger) fn severity(number: i64) -> Result<Severity, LedgerFault> {
    value_in(&Severity::ALL, number, "severity")
}

pub(in crate::ledger) fn class_number(class: ReplyClass) -> i64 {
    number_in(&ReplyClass::ALL, class)
}

pub(in crate::ledger) fn class(number: i64) -> Result<ReplyClass, LedgerFault> {
    value_in(&ReplyClass::ALL, number, "class")
}

pub(in crate::ledger) fn evidence_number(evidence: Evidence) -> i64 {
    number_in(&Evidence::ALL, evidence)
}

pub(in crate::ledger) fn evidence(number: i64) -> Result<Evidence, LedgerFault> {
    value_in(&Evidence::ALL, number, "evidence")
}

pub(in crate::ledger) fn repeats_number(repeats: Repeats) -> i64 {
    number_in(&Repeats::ALL, repeats)
}

pub(in crate::ledger) fn repeats(number: i64) -> Result<Repeats, LedgerFault> {
    value_in(&Repeats::ALL, number, "repeats")
}

pub(in crate::ledger) fn report_status_number(status: ReceiptStatus) -> i64 {
    number_in(&ReceiptStatus::ALL, status)
}

pub(in crate::ledger) fn report_status(number: i64) -> Result<ReceiptStatus, LedgerFault> {
    value_in(&ReceiptStatus::ALL, number, "report")
}

/// A small number that was written as one, such as a position or an epoch.
pub(in crate::ledger) fn small<T: TryFrom<i64>>(number: i64) -> Result<T, LedgerFault> {
    T::try_from(number).map_err(|_| LedgerFault::Unreadable("number"))
}

pub(in crate::ledger) fn count(number: i64) -> Result<u64, LedgerFault> {
    u64::try_from(number).map_err(|_| LedgerFault::Unreadable("count"))
}

/// The address of an endpoint's row, of the kind its channel needs.
pub(in crate::ledger) fn endpoint(channel_number: i64, address: &str) -> Result<Endpoint, LedgerFault> {
    Endpoint::new(channel(channel_number)?, address).ok_or(LedgerFault::Unreadable("address"))
}

/// What was read, or `None` if it is there and cannot be: for rows that must not stop others.
pub(in crate::ledger) fn readable<T>(read: Result<T, LedgerFault>) -> Result<Option<T>, LedgerFault> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(LedgerFault::Unreadable(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// What the ledger finds a step by, given its id: the first 64 bits of the hash behind it. Two steps may
/// share it, in theory; the rest of the id tells them apart.
pub(in crate::ledger) fn step_key(id: &StepId) -> i64 {
    let beginning = id.as_str().as_bytes().get(..KEY_LETTERS).unwrap_or_default();
    let hash = BASE32_NOPAD.decode(&beginning.to_ascii_uppercase()).unwrap_or_default();
    hash.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}

/// Numbers as a list in a statement's text; both databases read that faster than a parameter each.
pub(in crate::ledger) fn listed(numbers: impl IntoIterator<Item = i64>) -> String {
    numbers.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

fn number_in<T: Copy + PartialEq>(all: &[T], value: T) -> i64 {
    let position = all.iter().position(|other| *other == value);
    position.and_then(|position| i64::try_from(position).ok()).unwrap_or(-1)
}

fn value_in<T: Copy>(all: &[T], number: i64, what: &'static str) -> Result<T, LedgerFault> {
    let position = usize::try_from(number).ok();
    position.and_then(|position| all.get(position)).copied().ok_or(LedgerFault::Unreadable(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_in_files_never_change() {
        let states = "waiting pending claimed accepted delivered rejected suppressed superseded expired dead in_doubt \
             watching withdrawn";
        for (number, word) in (0..).zip(states.split(' ')) {
            assert_eq!(StepState::from_word(word).map(state_number), Some(number), "{word}");
        }
        for (number, word) in (0..).zip(["notice", "minor", "major", "critical"]) {
            assert_eq!(Severity::from_word(word).map(severity_number), Some(number), "{word}");
        }
        for (number, word) in
            (0..).zip(["accepted", "retryable", "recipient", "content", "account", "ambiguous"])
        {
            assert_eq!(ReplyClass::from_word(word).map(class_number), Some(number), "{word}");
        }
        for (number, word) in (0..).zip(["accepted", "sent", "delivered", "read"]) {
            assert_eq!(Evidence::from_word(word).map(evidence_number), Some(number), "{word}");
        }
        for (number, word) in (0..).zip("buffered sent delivered read failed undeliverable".split(' ')) {
            assert_eq!(ReceiptStatus::from_word(word).map(report_status_number), Some(number), "{word}");
        }
        let repeats = [Repeats::ByChannel, Repeats::Always, Repeats::Never, Repeats::Edits];
        assert_eq!(repeats.map(repeats_number), [0, 1, 2, 3]);
        let named = [StepState::Waiting, StepState::Pending, StepState::Claimed, StepState::Watching];
        assert_eq!(named.map(state_number), [WAITING, PENDING, CLAIMED, WATCHING]);
        assert_eq!(class_number(ReplyClass::Accepted), TAKEN);
        assert_eq!(class_number(ReplyClass::Ambiguous), IN_DOUBT);
        assert_eq!(class_number(ReplyClass::AddressRejected), REFUSED);
        assert_eq!(state_list(&named), "0, 1, 2, 11");
    }

    #[test]
    fn a_key_is_how_an_id_begins_and_no_id_of_another_shape_has_one() {
        let id = |bytes: &[u8; 32]| StepId::from_stored(BASE32_NOPAD.encode(bytes).to_ascii_lowercase());
        let mut hash = [0xA5; 32];
        hash[..8].copy_from_slice(&i64::MIN.to_be_bytes());
        assert_eq!(step_key(&id(&hash)), i64::MIN);
        hash[8..].fill(0);
        assert_eq!(step_key(&id(&hash)), i64::MIN, "only the first eight bytes count");
        for other in ["", "abc", "0123456789abcdefgh", "ñandúñandúñandú"] {
            assert_eq!(step_key(&StepId::from_stored(other)), 0, "{other}");
        }
    }

    #[test]
    fn an_unknown_number_is_damage() {
        assert!(state(13).is_err() && channel(-1).is_err() && severity(4).is_err() && class(6).is_err());
        assert!(evidence(4).is_err() && report_status(6).is_err() && repeats(4).is_err());
    }
}
