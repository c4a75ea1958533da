//! The parts of `run`, each in a supervised thread of its own.
//!
//! Promises: a failure of a part is reported once and retried with backoff, and its recovery is reported; a part that fails
//! never stops another, even if it panics.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use crate::cli::exit::Failure;
use crate::host::Host;
use crate::host::wake_signal::WakeSignal;
use crate::model::Moment;
use crate::model::channel::Channel;

/// How long a part rests after it failed: at first, and at most.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_MAX: Duration = Duration::from_secs(60);

/// The same for the ledger, because no host leads until its server answers, and for the alarm.
const AGAIN_SOON_MAX: Duration = Duration::from_secs(4);

/// A rest that is longer is interrupted to look at the clock.
const LOOK: Duration = Duration::from_secs(5);

/// One of the things that continue at the same time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Sees when a file is saved.
    Files,
    /// Pulls the branch from its remote.
    Pull,
    /// Builds and publishes the page.
    Page,
    /// Keeps the target of that name up to date.
    Target(Arc<str>),
    /// Determines what changed and plans who is notified.
    Notify,
    /// Hands off what is planned.
    Deliver,
    /// Asks the server of the ledger for signs of life.
    Ledger,
    /// Hears that something was pushed.
    Hook,
    /// Answers how all this is doing.
    Health,
    /// Pages people when it does not.
    Alarm,
    /// A channel on which no message is accepted: shown while it fails, and at no other time.
    Channel(Channel),
}

impl Part {
    /// The word for it in logs.
    pub(super) fn word(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Files => "files",
            Self::Pull => "pull",
            Self::Page => "page",
            Self::Target(name) => return Cow::Owned(format!("target {name}")),
            Self::Notify => "notify",
            Self::Deliver => "deliver",
            Self::Ledger => "ledger",
            Self::Hook => "hook",
            Self::Health => "health",
            Self::Alarm => "alarm",
            Self::Channel(channel) => channel.name(),
        })
    }

    /// How long it rests at most after it failed.
    fn pause_max(&self) -> Duration {
        if matches!(self, Self::Ledger | Self::Alarm) { AGAIN_SOON_MAX } else { AGAIN_MAX }
    }

    /// How long it may give no sign of life while it is at work. Work that ends by itself has a limit of its own, which is
    /// shorter.
    pub(super) fn silence_max(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Ledger => 30,
            Self::Files | Self::Hook | Self::Health | Self::Channel(_) => 60,
            Self::Page => 120,
            Self::Pull | Self::Notify | Self::Deliver | Self::Alarm => 180,
            // A program of the operator's has ten minutes.
            Self::Target(_) => 11 * 60,
        })
    }
}

/// Keeps a part at work until `is_over`. `work` says how long to rest afterwards; the bell ends any rest.
pub(super) fn supervise(
    host: &Host,
    part: &Part,
    bell: &WakeSignal,
    is_over: &dyn Fn() -> bool,
    mut work: impl FnMut() -> Result<Duration, Failure>,
) {
    let mut failures = 0;
    while !is_over() {
        host.health_state.begins(part, host.now());
        let worked = catch_unwind(AssertUnwindSafe(&mut work)).unwrap_or_else(|_| Err(defect()));
        if is_over() {
            // Nobody asks about it any more.
            break;
        }
        let rest = match worked {
            Ok(rest) => {
                failures = 0;
                is_well(host, part);
                rest
            }
            Err(failure) => {
                failures += 1;
                fails(host, part, &failure);
                pause(failures).min(part.pause_max())
            }
        };
        host.health_state.rests(part, host.now(), rest);
        sleep(host, bell, rest);
    }
}

/// Rests until the bell rings or the time has passed, by this machine's uptime or by the clock on its wall: a machine that
/// slept, or whose clock was set, must not rest on.
fn sleep(host: &Host, bell: &WakeSignal, rest: Duration) {
    let began = Instant::now();
    sleep_by(rest, &|| (began.elapsed(), host.now()), &mut |pause| bell.rest(pause));
}

/// The same by any clocks, which show the uptime and the time, and with any `pause`, which says whether to end the rest.
fn sleep_by(
    rest: Duration,
    clocks: &dyn Fn() -> (Duration, Moment),
    pause: &mut dyn FnMut(Duration) -> bool,
) {
    let (began, at) = clocks();
    let end = at + TimeDelta::from_std(rest).unwrap_or(TimeDelta::zero());
    loop {
        let left = rest.saturating_sub(clocks().0.saturating_sub(began));
        if pause(left.min(LOOK)) || left.is_zero() || clocks().1 >= end {
            return;
        }
    }
}

/// Says that a part cannot do its work, unless that was said already, and keeps it for anyone who asks.
pub(super) fn fails(host: &Host, part: &Part, failure: &Failure) {
    let why = words(failure);
    host.metrics.failed(part);
    if host.health_state.fails(part, &why, host.now()) {
        host.log.trouble(host.now(), "failing", part, &why, json!({ "why": why }));
    }
}

/// Says that a part does its work again, where it did not; whether that is so.
pub(super) fn is_well(host: &Host, part: &Part) -> bool {
    let is_news = host.health_state.is_well(part, host.now());
    if is_news {
        host.log.say(host.now(), "recovered", part, "works again", json!({}));
    }
    is_news
}

/// What a failure comes to, in one line.
pub(super) fn words(failure: &Failure) -> String {
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
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_pause_grows_to_its_limit() {
        let pauses: Vec<u64> = [1, 2, 3, 7, 100].map(|failures| pause(failures).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 60, 60]);
    }

    /// Rests by a clock that is set by `jump` after 20 seconds; how long the rest is by the uptime, in seconds.
    fn rested(rest: Duration, jump: TimeDelta) -> u64 {
        let (uptime, set) = (Cell::new(Duration::ZERO), Cell::new(TimeDelta::zero()));
        let clocks =
            || (uptime.get(), Moment::UNIX_EPOCH + TimeDelta::from_std(uptime.get()).unwrap() + set.get());
        sleep_by(rest, &clocks, &mut |pause| {
            assert!(pause <= Duration::from_secs(30), "nobody looks at the clock for {pause:?}");
            uptime.set(uptime.get() + pause);
            if uptime.get() >= Duration::from_secs(20) {
                set.set(jump);
            }
            false
        });
        uptime.get().as_secs()
    }

    #[test]
    fn a_rest_of_any_length_ends_soon_after_the_clock_was_set_past_its_end() {
        for rest in [1, 29, 31, 900, 3_600, 86_400].map(Duration::from_secs) {
            assert_eq!(rested(rest, TimeDelta::zero()), rest.as_secs(), "the clock is right");
            assert_eq!(rested(rest, TimeDelta::days(-1)), rest.as_secs(), "it was set back");
            assert!(rested(rest, TimeDelta::days(1)) <= 25, "it was set forward in a rest of {rest:?}");
        }
        assert_eq!(rested(Duration::ZERO, TimeDelta::zero()), 0);
    }
}
