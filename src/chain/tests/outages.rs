//! Channels that fail for a while, at random: nobody is worse off for having more of them.

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use super::story::{LEASE, Story, start};
use crate::chain::{AttemptResult, Event, FailoverChain, NoticeState};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::report::Evidence;

/// Longer than any message of these tests lives, in seconds.
const END: i64 = 6 * 3_600;

/// Stretches of time in seconds from the start, each by its beginning and its length.
type Stretches = Vec<(i64, i64)>;

/// One channel of a person.
#[derive(Clone, Debug)]
struct Route {
    /// How long its messages live, in seconds.
    life: i64,
    /// The first wait for a retry, in seconds; it doubles with each.
    first: i64,
    /// When its provider refuses everything for now.
    outages: Stretches,
    /// When its circuit is open as well.
    open: bool,
}

fn stretches() -> impl Strategy<Value = Stretches> {
    vec((0..9_000_i64, prop_oneof![1..120_i64, 60..4_000_i64]), 0..5)
}

fn way() -> impl Strategy<Value = Route> {
    (prop_oneof![120..3_000_i64, 3_000..15_000_i64], 1..60_i64, stretches(), any::<bool>())
        .prop_map(|(life, first, outages, open)| Route { life, first, outages, open })
}

fn holds(stretches: &Stretches, second: i64) -> bool {
    stretches.iter().any(|(from, length)| (*from..from + length).contains(&second))
}

/// How a chain of these ways fares.
struct Told {
    /// When the person was notified, in seconds from the start.
    at: Option<i64>,
    /// When each step had its first try.
    tried: Vec<Option<i64>>,
}

/// Plays a chain second by second. Its first step may be tried from the second `from` on.
fn play(ways: &[&Route], limit: i64, away: &Stretches, from: i64) -> Told {
    let mut chain = chain(ways, limit, from);
    let mut told = Told { at: None, tried: vec![None; ways.len()] };
    for second in from..END {
        let now = start() + TimeDelta::seconds(second);
        // A worker claims what is due, ends what is too late, and continues chains that wait for a failing provider.
        for _ in 0..2 * ways.len() {
            let Some(at) = chain.live().filter(|_| !holds(away, second)) else { break };
            let fails = holds(&ways[at].outages, second);
            let shut = fails && ways[at].open;
            if shut && chain.apply(at, &Event::ChannelUnavailable, now).applied {
                continue;
            }
            let step = &chain.steps[at];
            if step.due_at > now || (shut && step.expires_at > now) {
                break;
            } else if step.expires_at <= now {
                chain.apply(at, &Event::DeadlineReached, now);
            } else {
                told.tried[at].get_or_insert(second);
                hand_off(&mut chain, at, now, (ways[at], fails));
            }
        }
        if chain.state() != NoticeState::Open {
            told.at = (chain.state() == NoticeState::Reached).then_some(second);
            break;
        }
    }
    told
}

fn chain(ways: &[&Route], limit: i64, from: i64) -> FailoverChain {
    let steps: Vec<_> = ways.iter().map(|_| (Channel::Mail, Evidence::Accepted)).collect();
    let mut chain = Story::of(&steps).chain;
    for (step, way) in chain.steps.iter_mut().zip(ways) {
        step.expires_at = start() + TimeDelta::seconds(way.life);
        step.try_for = step.try_for.map(|_| TimeDelta::seconds(limit));
        step.due_at = start() + TimeDelta::seconds(from);
    }
    chain
}

fn hand_off(chain: &mut FailoverChain, at: usize, now: Moment, (way, fails): (&Route, bool)) {
    let lease_until = now + LEASE;
    assert!(chain.apply(at, &Event::Claimed { lease_until }, now).applied, "{chain:?}");
    let epoch = chain.steps[at].epoch;
    assert!(chain.apply(at, &Event::Started { epoch, lease_until }, now).applied);
    let wait = TimeDelta::seconds((way.first << chain.steps[at].attempts.min(12)).min(3_600));
    let due = now + wait;
    let (class, verdict) = match fails {
        false => (ReplyClass::Accepted, AttemptResult::Accepted),
        true if due < chain.steps[at].expires_at => (ReplyClass::Retryable, AttemptResult::Retry { at: due }),
        true => (ReplyClass::Retryable, AttemptResult::Expired { at: due }),
    };
    chain.apply(at, &Event::Answered { epoch, class, verdict }, now);
    assert!(chain.steps.iter().filter(|step| step.state == StepState::Claimed).count() == 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_worse_off_for_having_more_channels(
        ways in vec(way(), 2..4),
        limit in prop_oneof![10..90_i64, 60..900_i64],
        away in stretches(),
    ) {
        let all: Vec<&Route> = ways.iter().collect();
        let told = play(&all, limit, &away, 0);
        for (place, way) in ways.iter().enumerate() {
            // Its first try comes later than it would alone, by the limits of the steps before it and no more. From
            // then on it is as if it was alone.
            let begun = told.tried[place].or(told.at);
            if let (Some(begun), true) = (begun, away.is_empty()) {
                let limits = limit * i64::try_from(place).unwrap();
                prop_assert!(told.at <= Some(begun) || begun <= limits, "step {place} began at {begun}");
            }
            let alone = play(&[way], limit, &away, begun.unwrap_or(0));
            let Some(alone_at) = alone.at else { continue };
            prop_assert!(told.at.is_some(), "step {place} alone would have told them at {alone_at}");
            let told_at = told.at.unwrap_or(END);
            prop_assert!(told_at <= alone_at, "told at {told_at}, alone at {alone_at} by step {place}");
        }
    }
}
