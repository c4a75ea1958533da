//! Parts: what `run` consists of, each in a thread of its own and looked after.
//!
//! Promises: a part that fails is told of once, tried again after a while that grows, and told of when it is well again;
//! it never takes another one with it, even when it fails by a defect.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::json;

use crate::cli::exit::Failure;
use crate::host::Host;
use crate::host::bell::Bell;

/// How long a part rests after it failed: at first, and at most.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(60);

/// One of the things that continue at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Sees when a file is saved.
    Files,
    /// Pulls a branch.
    Pull,
    /// Builds the page and puts it where readers see it.
    Page,
    /// Determines what changed and plans who is notified.
    Notify,
    /// Hands off what is planned.
    Deliver,
    /// Answers how all this is doing.
    Health,
}

impl Part {
    /// The word for it in logs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Pull => "pull",
            Self::Page => "page",
            Self::Notify => "notify",
            Self::Deliver => "deliver",
            Self::Health => "health",
        }
    }
}

/// Keeps a part at work until the host stops. `work` says how long to rest afterwards; the bell ends any rest.
pub(super) fn keep(
    host: &Host,
    part: Part,
    bell: &Bell,
    mut work: impl FnMut() -> Result<Duration, Failure>,
) {
    let mut failures = 0;
    while !host.is_stopped() {
        host.board.begins(part, host.now());
        let rest = match catch_unwind(AssertUnwindSafe(&mut work)).unwrap_or_else(|_| Err(defect())) {
            Ok(rest) => {
                failures = 0;
                is_well(host, part);
                rest
            }
            Err(failure) => {
                failures += 1;
                fails(host, part, &failure);
                pause(failures)
            }
        };
        if !host.is_stopped() {
            bell.rest(rest);
        }
    }
}

/// Says that a part cannot do its work, unless that was said already, and keeps it for anyone who asks.
pub(super) fn fails(host: &Host, part: Part, failure: &Failure) {
    let why = words(failure);
    if host.board.fails(part, &why, host.now()) {
        host.log.trouble(host.now(), "failing", part, &why, json!({ "why": why }));
    }
}

/// Says that a part does its work again, where it did not.
pub(super) fn is_well(host: &Host, part: Part) {
    if host.board.is_well(part, host.now()) {
        host.log.say(host.now(), "recovered", part, "works again", json!({}));
    }
}

/// What a failure comes to, in one line.
fn words(failure: &Failure) -> String {
    match failure {
        Failure::World(error) => format!("{error:#}"),
        Failure::Usage(why) => why.clone(),
        Failure::Problems => "files have problems".to_owned(),
        Failure::Refused { why, hint } => format!("{why}; {hint}"),
    }
}

fn defect() -> Failure {
    anyhow::anyhow!("stopped by an internal error (please report this bug)").into()
}

fn pause(failures: u32) -> Duration {
    AGAIN.saturating_mul(1 << (failures - 1).min(16)).min(AGAIN_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_limit() {
        let pauses: Vec<u64> = [1, 2, 3, 7, 100].map(|failures| pause(failures).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 60, 60]);
    }
}
