//! The result of a worker's run: numbers, and the exit code.
//!
//! Promises: green, and exit code 0, only if every subscriber who should be notified was; each kind of missing message is
//! reported with its number and a command that explains it.

use std::collections::BTreeMap;

use crate::deliver::WorkerSummary;
use crate::ledger::Wait;
use crate::model::Moment;
use crate::model::notice::StepState;

use crate::cli::describe::{precise, short};
use crate::cli::duration::say_span;
use crate::cli::exit::Exit;
use crate::cli::print::{self, BAD, GOOD, WARN, count, styled};

/// Says what was done, why what is left `waits`, and how it ends.
pub(super) fn exit(delivered: &WorkerSummary, waits: &[Wait], now: Moment) -> Exit {
    let exit = code(delivered);
    let style = if exit == Exit::Done { GOOD } else { WARN };
    print::say(&format!("{} {}", styled(style, "result:"), handed_off(delivered)));
    // Why a command does not end with 0 is said to those who want problems only, too.
    missing(delivered, waits, now).iter().for_each(|line| print::warn(line));
    exit
}

fn code(delivered: &WorkerSummary) -> Exit {
    let unreached: u64 = delivered.unreached.values().chain(delivered.unreached_places.values()).sum();
    if delivered.held.count > 0 {
        Exit::Refused
    } else if delivered.unfinished > 0 || unreached > 0 {
        Exit::OperationFailed
    } else {
        Exit::Done
    }
}

/// The steps that ended, by their end; the accepted ones first.
fn handed_off(delivered: &WorkerSummary) -> String {
    let number = |state: StepState| delivered.ended.get(&state).copied().unwrap_or(0);
    let accepted = number(StepState::Accepted) + number(StepState::Delivered);
    let mut words = vec![format!("{accepted} accepted by a provider")];
    let others = delivered.ended.iter().filter(|(state, number)| !state.is_success() && **number > 0);
    words.extend(others.map(|(state, number)| {
        format!("{number} {}", if *state == StepState::Dead { "failed" } else { state.word() })
    }));
    words.join(", ")
}

/// A line for each kind of what is missing.
fn missing(delivered: &WorkerSummary, waits: &[Wait], now: Moment) -> Vec<String> {
    let mut lines = Vec::new();
    let to_list = "; to list them, run `allclear report --missed`";
    lines.extend(unreached(&delivered.unreached, ["subscriber", "subscribers"], to_list));
    let to_see = "; to see which and why, run `allclear report`";
    lines.extend(unreached(&delivered.unreached_places, ["destination", "destinations"], to_see));
    lines.extend(
        delivered
            .unavailable_channels
            .iter()
            .map(|shut| format!("{} {shut}", styled(BAD, "channel unavailable:"))),
    );
    if delivered.held.count > 0 {
        let held = number_of(delivered.held.count, "SMS message is", "SMS messages are");
        let first = delivered.held.first_expires_at;
        let until = first.map(|at| format!("; the first expires {}", short(at))).unwrap_or_default();
        lines.push(format!(
            "{} {held} on hold because the SMS budget in site/plan.toml is used up{until}: run `allclear deliver \
             --over-budget` to send them",
            styled(WARN, "on hold:")
        ));
    }
    // What is on hold has its own line: `deliver` alone does not send it.
    let queued = delivered.unfinished.saturating_sub(delivered.held.count);
    if queued > 0 {
        let left = number_of(queued, "message is", "messages are");
        let due = delivered.next_due.map(|at| format!(", the next one {}", due(at, now))).unwrap_or_default();
        let then = if delivered.next_due.is_some() { " after that time" } else { "" };
        lines.push(format!(
            "{} {left} still queued{due}; `allclear report` says what failed. To continue, run `allclear deliver`{then}",
            styled(WARN, "incomplete:")
        ));
    }
    for wait in waits {
        lines.push(format!(
            "  {} until {}: {}; `--retry-now` does not change this",
            number_of(wait.count, "message waits", "messages wait"),
            precise(wait.first_due_at),
            wait.reason.trim_start_matches("on hold: ")
        ));
    }
    lines
}

/// `not notified: 3 subscribers (2 rejected, 1 suppressed)`, then where to look.
fn unreached(ends: &BTreeMap<StepState, u64>, [one, many]: [&str; 2], hint: &str) -> Option<String> {
    let parts: Vec<String> =
        ends.iter().map(|(state, number)| format!("{number} {}", said(*state))).collect();
    let all = number_of(ends.values().sum(), one, many);
    let whole = format!("{} {all} ({}){hint}", styled(BAD, "not notified:"), parts.join(", "));
    (!parts.is_empty()).then_some(whole)
}

/// `due at 2026-12-02 02:01:34 UTC, in 14 s`.
fn due(at: Moment, now: Moment) -> String {
    let due = format!("due at {}", precise(at));
    if at > now { format!("{due}, in {}", say_span(at - now)) } else { due }
}

fn said(state: StepState) -> &'static str {
    match state {
        StepState::InDoubt => "in doubt",
        StepState::Dead => "failed",
        StepState::Suppressed => "with a suppressed address",
        other => other.word(),
    }
}

fn number_of(number: u64, one: &str, many: &str) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), one, many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::HeldTexts;
    use chrono::TimeDelta;

    const NOW: Moment = Moment::UNIX_EPOCH;

    fn delivered(unreached: &[(StepState, u64)]) -> WorkerSummary {
        let ended = [(StepState::Accepted, 7)].into_iter().chain(unreached.iter().copied()).collect();
        WorkerSummary { ended, unreached: unreached.iter().copied().collect(), ..WorkerSummary::default() }
    }

    #[test]
    fn it_is_done_only_when_everybody_was_handed_off() {
        assert_eq!(code(&delivered(&[])), Exit::Done);
        for state in [StepState::Rejected, StepState::Suppressed, StepState::InDoubt, StepState::Dead] {
            assert_eq!(code(&delivered(&[(state, 1)])), Exit::OperationFailed, "{state:?}");
        }
        assert_eq!(code(&WorkerSummary { unfinished: 1, ..delivered(&[]) }), Exit::OperationFailed);
        let held = HeldTexts { count: 1, first_expires_at: None };
        assert_eq!(code(&WorkerSummary { held, unfinished: 1, ..delivered(&[]) }), Exit::Refused);
    }

    #[test]
    fn a_step_that_failed_is_no_failure_where_the_next_channel_took_over() {
        let ended = [(StepState::Dead, 3), (StepState::Accepted, 3)].into();
        let delivered = WorkerSummary { ended, ..WorkerSummary::default() };
        assert_eq!((code(&delivered), missing(&delivered, &[], NOW).len()), (Exit::Done, 0));
        assert_eq!(handed_off(&delivered), "3 accepted by a provider, 3 failed");
    }

    #[test]
    fn who_is_missing_is_said_with_numbers() {
        let lines = missing(&delivered(&[(StepState::Rejected, 2), (StepState::InDoubt, 1)]), &[], NOW);
        assert!(lines[0].contains("3 subscribers (2 rejected, 1 in doubt)"), "{lines:?}");
    }

    #[test]
    fn a_destination_is_never_counted_as_a_subscriber() {
        let places = WorkerSummary { unreached_places: [(StepState::Rejected, 1)].into(), ..delivered(&[]) };
        let lines = missing(&places, &[], NOW);
        assert!(lines[0].contains("1 destination (1 rejected)") && lines.len() == 1, "{lines:?}");
        assert_eq!(code(&places), Exit::OperationFailed);
    }

    #[test]
    fn what_waits_is_said_with_its_time_and_its_reason() {
        let next_due = Some(NOW + TimeDelta::seconds(14));
        let left = WorkerSummary { unfinished: 3, next_due, ..WorkerSummary::default() };
        let pace = Wait {
            reason: "on hold: maximum pace of this address is 6 messages an hour".to_owned(),
            count: 2,
            first_due_at: NOW + TimeDelta::hours(1),
        };
        let lines = missing(&left, &[pace], NOW);
        assert!(
            lines[0].contains(
                "3 messages are still queued, the next one due at 1970-01-01 00:00:14 UTC, in 14 s;"
            )
        );
        assert_eq!(
            lines[1],
            "  2 messages wait until 1970-01-01 01:00 UTC: maximum pace of this address is 6 messages an hour; `--retry-now` does \
             not change this"
        );
    }

    #[test]
    fn what_is_due_already_has_no_wait() {
        assert_eq!(due(NOW, NOW), "due at 1970-01-01 00:00 UTC");
        assert_eq!(due(NOW, NOW + TimeDelta::seconds(9)), "due at 1970-01-01 00:00 UTC");
    }
}
