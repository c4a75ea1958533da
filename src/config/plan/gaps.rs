//! Rules that find gaps in a plan by which messages are sent: what it needs and does not have.
//!
//! Promises: each gap is named and explained, and can be accepted with a reason. With `strict = true` a gap is an error; one
//! that only time opens (a drill or a review that is due) never keeps a message from leaving, because it is found by `check` alone.
//! A plan that says nothing about itself is no problem: its gaps are only named, so that `check` is silent about a small site.

use chrono::{DateTime, TimeDelta};

use super::{PLAN_FILE, Plan};
use crate::model::Moment;
use crate::model::approval::Role;
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};

/// A rule: what every plan has by which messages are sent.
pub struct Gap {
    /// The name that problems carry.
    pub name: &'static str,
    /// What the rule ensures, in one sentence.
    pub ensures: &'static str,
    /// Whether the gap opens by time alone.
    is_dated: bool,
    find: fn(&Plan, Seen) -> Option<(String, String)>,
}

/// What a dated gap depends on.
#[derive(Clone, Copy)]
struct Seen {
    now: Moment,
    last_drill: Option<Moment>,
}

/// The gap of a plan that was not tried out in time.
pub const DRILL_OVERDUE: &str = "drill-overdue";

/// Every gap, by name.
pub const GAPS: &[Gap] = &[
    Gap {
        name: DRILL_OVERDUE,
        ensures: "The plan was tried out by a drill within `plan.drill_every`.",
        is_dated: true,
        find: drill_overdue,
    },
    Gap {
        name: "no-approval-rule",
        ensures: "Some message needs the approval of a second person before it leaves.",
        is_dated: false,
        find: no_approval_rule,
    },
    Gap {
        name: "no-roles",
        ensures: "Someone has each role: incident manager, communications manager, support manager.",
        is_dated: false,
        find: no_roles,
    },
    Gap {
        name: "no-runbook",
        ensures: "The plan links the instructions for those who respond to an incident.",
        is_dated: false,
        find: no_runbook,
    },
    Gap {
        name: "plan-review-overdue",
        ensures: "The whole plan was read within `plan.review_every`.",
        is_dated: true,
        find: plan_review_overdue,
    },
];

/// The gaps that hold messages back: those of a strict plan that do not depend on the time.
pub(super) fn holding(plan: &Plan, places: &SourceMap) -> Vec<Problem> {
    let seen = Seen { now: DateTime::UNIX_EPOCH, last_drill: None };
    found(plan, places, seen, |gap| plan.upkeep.strict && !gap.is_dated)
}

/// The other gaps as of `now`; `last_drill` is when the plan was last tried out. Errors in a strict plan, else warnings; none in
/// a plan that says nothing about itself.
pub fn others(plan: &Plan, places: &SourceMap, now: Moment, last_drill: Option<Moment>) -> Vec<Problem> {
    if !is_kept(places) {
        return Vec::new();
    }
    found(plan, places, Seen { now, last_drill }, |gap| !plan.upkeep.strict || gap.is_dated)
}

/// The names of the gaps of a plan that says nothing about itself.
pub fn unexplained(plan: &Plan, places: &SourceMap) -> Vec<&'static str> {
    if is_kept(places) {
        return Vec::new();
    }
    let seen = Seen { now: DateTime::UNIX_EPOCH, last_drill: None };
    found(plan, places, seen, |_| true).into_iter().map(|problem| problem.rule).collect()
}

/// Whether people keep this file as their plan: it has `[plan]`, `[people]` or `[roles]`.
fn is_kept(places: &SourceMap) -> bool {
    let about_itself = |key: &str| ["plan.", "people.", "roles."].iter().any(|table| key.starts_with(table));
    places.of(PLAN_FILE).any(|(key, _)| matches!(key, SourceKey::Key(key) if about_itself(key)))
}

fn found(plan: &Plan, places: &SourceMap, seen: Seen, is_asked: impl Fn(&Gap) -> bool) -> Vec<Problem> {
    let notifies = !plan.channels.is_empty() || !plan.destinations.is_empty();
    let is_open = |gap: &&Gap| notifies && is_asked(gap) && !plan.upkeep.accepted.contains_key(gap.name);
    let problem = |gap: &Gap| {
        let (message, hint) = (gap.find)(plan, seen)?;
        // What is missing stands nowhere; only what asks for it has a place.
        let place = |key: &&str| places.find(PLAN_FILE, SourceKey::Key((*key).to_owned()));
        Some(Problem {
            file: PLAN_FILE.to_owned(),
            place: ["plan.strict", "plan.reviewed"].iter().find_map(place),
            level: if plan.upkeep.strict { ProblemLevel::Error } else { ProblemLevel::Warning },
            rule: gap.name,
            message,
            hint: Some(hint),
        })
    };
    GAPS.iter().filter(is_open).filter_map(problem).collect()
}

fn drill_overdue(plan: &Plan, seen: Seen) -> Option<(String, String)> {
    let hint = "run `allclear drill` and commit site/drills.toml; it reaches no subscriber".to_owned();
    // A plan that was just written is not overdue.
    let reviewed = plan.upkeep.reviewed.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|day| day.and_utc());
    let Some(last) = seen.last_drill.or(reviewed) else {
        return Some((
            "no drill of this plan is on record, so no one knows whether it works".to_owned(),
            hint,
        ));
    };
    let (every, past) = (plan.upkeep.drill_every, seen.now - last);
    let what =
        if seen.last_drill.is_some() { "the last drill was" } else { "no drill since the plan was reviewed" };
    (past > every).then(|| (format!("{what} {} ago; one is due every {}", days(past), days(every)), hint))
}

fn plan_review_overdue(plan: &Plan, seen: Seen) -> Option<(String, String)> {
    let hint = "read the plan and site/messages/ together, then set `plan.reviewed` to that day".to_owned();
    let Some(day) = plan.upkeep.reviewed else {
        return Some(("the plan does not say when people last read it".to_owned(), hint));
    };
    let past = seen.now.date_naive() - day;
    let every = plan.upkeep.review_every;
    (past > every).then(|| {
        (format!("the plan was last read {} ago; a review is due every {}", days(past), days(every)), hint)
    })
}

fn no_approval_rule(plan: &Plan, _: Seen) -> Option<(String, String)> {
    plan.approval.rules.is_empty().then(|| {
        (
            "one person alone can send any message, because no approval is asked for".to_owned(),
            "add `[[approval.rules]]` (docs/approval.md)".to_owned(),
        )
    })
}

fn no_roles(plan: &Plan, _: Seen) -> Option<(String, String)> {
    let missing: Vec<Role> = Role::ALL.into_iter().filter(|role| !plan.roles.contains_key(role)).collect();
    let names: Vec<&str> = missing.iter().map(|role| role.name()).collect();
    let words: Vec<String> = missing.iter().map(|role| format!("`{} = [\"NAME\"]`", role.word())).collect();
    (!missing.is_empty()).then(|| {
        (
            format!("nobody is {}, so in an incident nobody knows who decides", names.join(" or ")),
            format!("add {} to `[roles]`; one person may have several", words.join(", ")),
        )
    })
}

fn no_runbook(plan: &Plan, _: Seen) -> Option<(String, String)> {
    plan.upkeep.runbook.is_none().then(|| {
        (
            "the plan links no runbook, so those who respond have to search for it".to_owned(),
            "set `plan.runbook` to its URL".to_owned(),
        )
    })
}

fn days(span: TimeDelta) -> String {
    match span.num_days() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
