//! How a command ends: the exit codes, documented here and nowhere else in code.
//!
//! Promises: the numbers never change; `tests/all/commands.rs` pins them and compares them with the table in
//! `docs/commands.md`.

use std::process::ExitCode;

use crate::model::brake::{Brake, BrakeCause};

/// What the exit code says to a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: success.
    Done,
    /// 1: an operation failed: a disk, the network, a provider, a damaged ledger, or a subscriber who was not notified.
    OperationFailed,
    /// 2: invalid command line; nothing was done.
    Usage,
    /// 3: some files have problems; everything that does not depend on them was done.
    Problems,
    /// 4: refused for safety: the brake is on, there is no baseline, or a confirmation is missing.
    Refused,
}

impl Exit {
    /// The process's exit code, as documented in `docs/cli.md`.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::OperationFailed => 1,
            Self::Usage => 2,
            Self::Problems => 3,
            Self::Refused => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command stopped before its end. What it had to say about files is already printed.
#[derive(Debug)]
pub enum Failure {
    /// An operation failed.
    World(anyhow::Error),
    /// The command line made no sense in a way its grammar could not see.
    Usage(String),
    /// Files have problems, already printed.
    Problems,
    /// Refused: why, and what to do about it.
    Refused {
        /// The reason, in one sentence.
        why: String,
        /// The next command or edit for the user.
        hint: String,
    },
}

impl Failure {
    /// The exit code of the failure.
    pub fn exit(&self) -> Exit {
        match self {
            Self::World(_) => Exit::OperationFailed,
            Self::Usage(_) => Exit::Usage,
            Self::Problems => Exit::Problems,
            Self::Refused { .. } => Exit::Refused,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    /// A brake that is on is a refusal, however deep among the causes it stands.
    fn from(error: E) -> Self {
        let error = error.into();
        match error.chain().find_map(|cause| cause.downcast_ref::<Brake>()) {
            Some(brake) => Self::Refused { why: brake.to_string(), hint: before_release(brake).to_owned() },
            None => Self::World(error),
        }
    }
}

/// What to check before the brake is released, and what its release sends.
pub fn before_release(brake: &Brake) -> &'static str {
    match brake.cause {
        BrakeCause::TooManyChanges => {
            "while the brake is on, no message is sent, not even about a new outage. First correct the files until \
             `allclear notify --dry-run` shows only what you intend. Then run `allclear deliver --release-brake`: it approves these \
             changes and sends every queued message that is due. Last, run `allclear notify` to announce them"
        }
        BrakeCause::AcceptedTwice => {
            "a message was sent twice, or almost: `allclear why SUBSCRIBER` shows its history. Stop every worker \
             but one, and make sure that no other copy of this ledger is in use. Then run `allclear deliver \
             --release-brake`: that step counts as accepted and is not sent again, and every other queued message \
             that is due is sent"
        }
    }
}

/// What every command returns.
pub type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brake_is_refused_with_what_its_own_cause_asks_for() {
        let refused = |cause| {
            let brake =
                Brake { reason: "because".to_owned(), cause, since: crate::model::Moment::UNIX_EPOCH };
            match Failure::from(anyhow::Error::from(brake).context("failed to claim")) {
                Failure::Refused { why, hint } => format!("{why}; {hint}"),
                other => panic!("{other:?}"),
            }
        };
        let many = refused(BrakeCause::TooManyChanges);
        assert!(
            many.contains("`allclear notify --dry-run`")
                && many.ends_with("`allclear notify` to announce them"),
            "{many}"
        );
        let twice = refused(BrakeCause::AcceptedTwice);
        assert!(twice.contains("allclear why SUBSCRIBER") && !twice.contains("dry-run"), "{twice}");
        assert!(twice.contains("counts as accepted and is not sent again"), "{twice}");
    }
}
