//! What subscribers write by SMS other than STOP and START: questions that the desk answers, and replies that a person reads.
//!
//! Promises: only numbers on record are heard, and none that nothing may be sent to; a number is answered at most three times within an
//! hour and ten within a day, each question at most once; of other replies the newest are kept. Never sends anything.

use super::Error;
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::localized::Language;

/// The most replies that are kept for a person to read: the newest.
pub const REPLIES_MAX: usize = 200;

/// Characters that are kept of a reply: those of one SMS message.
pub const REPLY_CHARACTERS_MAX: usize = 160;

/// The part of a [`Ledger`](super::Ledger) that keeps what subscribers write by SMS.
pub trait Questions {
    /// Takes questions that wait for an answer, at most `most`, the oldest first, as far as `of_day` permits: the most SMS messages of the desk
    /// within 24 hours. What is taken is never given again; what waited for ten minutes is not given at all.
    fn take_questions(&mut self, most: usize, of_day: u32, now: Moment) -> Result<Vec<TextQuestion>, Error>;

    /// What no keyword was, the newest first, at most [`REPLIES_MAX`].
    fn replies(&mut self) -> Result<Vec<TextReply>, Error>;
}

/// What a subscriber asks by SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Whose messages these are, and how they end: HELP.
    Help,
    /// What the current state is: STATUS.
    Status,
}

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextQuestion {
    /// The provider's id of the text.
    pub reference: String,
    /// The number.
    pub to: Endpoint,
    /// The question: what a reply confirms.
    pub asks: Ask,
    /// The language of the subscriber who has the number; `None` if nobody has it now.
    pub language: Option<Language>,
    /// When it came in.
    pub at: Moment,
}

/// What a subscriber wrote, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextReply {
    /// The number.
    pub from: Endpoint,
    /// What they wrote, on one line and of at most [`REPLY_CHARACTERS_MAX`] characters.
    pub words: String,
    /// When it came in.
    pub at: Moment,
}
