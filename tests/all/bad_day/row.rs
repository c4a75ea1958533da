//! What a row of the table says.

use crate::fixtures::silent::Phase;

/// One case.
pub(super) struct Row {
    /// What breaks, in words.
    pub(super) name: &'static str,
    pub(super) breaks: Breaks,
    /// What `allclear why` says of a person in the end.
    pub(super) why: &'static [(&'static str, &'static str)],
    /// What `allclear report` says of the incident `payments` in the end.
    pub(super) report: &'static [&'static str],
    /// The parts of `allclear run` that the health check names as failing, by name; without any it is healthy.
    pub(super) failing: &'static [&'static str],
    /// How many steps the metrics count as unfinished.
    pub(super) unfinished: u32,
    /// Whether the metrics say that the brake is on.
    pub(super) braked: bool,
}

/// A row in which nothing is left to be said.
pub(super) const ROW: Row = Row {
    name: "",
    breaks: Breaks::Script(&[]),
    why: &[],
    report: &[],
    failing: &[],
    unfinished: 0,
    braked: false,
};

/// What happens.
pub(super) enum Breaks {
    /// These things, one after the other, from 10:00 on.
    Script(&'static [Step]),
    /// The machine's clock is set by that many seconds.
    Clock { by: i64, at: ClockMoment },
    /// A provider is silent from one phase on, and everyone is to be reached by another way.
    Silence { kind: Kind, phase: Phase, way: Way },
}

/// When the clock is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockMoment {
    /// While `run` has nothing to do; something breaks afterwards.
    AtRest,
    /// While an email waits for its next try.
    WhileWaiting,
    /// Between two commands.
    BetweenRuns,
}

/// The provider that is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Smtp,
    Mailgun,
    Kannel,
}

/// How subscribers are reached instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    NextProvider,
    NextChannel,
}

/// One thing that happens.
pub(super) enum Step {
    /// The clock shows that time in UTC; without a date, of 1 March 2026.
    At(&'static str),
    /// A command with its arguments, quoted by `'`; its exit code; and what it prints.
    Do(&'static str, i32, &'static [&'static str]),
    /// A major incident of checkout opens: a file of that name.
    Open(&'static str),
    /// A text in a file is replaced by another one; an empty text is the end of the file.
    Edit(&'static str, &'static str, &'static str),
    /// A list is imported; the exit code, and what is printed.
    Import(&'static str, i32, &'static [&'static str]),
    /// That many people subscribe by email: `p0@example.org` and so on.
    Crowd(u32),
    /// The mail server turns every client away, or no longer.
    MailDown(bool),
    /// The mail server refuses every address that contains this; the empty text ends that.
    MailRefuses(&'static str),
    /// The relay of the plan is a server that falls silent, or hangs up, at that phase.
    Relay(Phase),
    /// The gateway of the plan is such a server.
    Gateway(Phase),
    /// By now an address has exactly the messages that hold these words, in this order.
    Got(&'static str, &'static [&'static str]),
    /// By now that many emails arrived.
    Emails(usize),
    /// By now that many SMS messages arrived.
    Texts(usize),
    /// By now no address has a message that no `Got` named.
    NothingElse,
}
