//! What a drill found: each step with its verdict and its time, and the sums.

use std::time::Duration;

use serde_json::{Value, json};

use crate::drill::history::Drill;
use crate::model::Moment;

/// A step of a drill.
pub(super) struct Step {
    pub(super) what: String,
    pub(super) is_right: bool,
    pub(super) took: Duration,
    /// What was wrong, or how it went; may be empty.
    pub(super) note: String,
}

/// What a drill found.
#[derive(Default)]
pub(super) struct Score {
    pub(super) steps: Vec<Step>,
    /// How many stand-ins there were.
    pub(super) people: usize,
    /// How many messages the built-in servers took, by channel.
    pub(super) mails: usize,
    pub(super) texts: usize,
    /// From the incident's file to the last message of its opening.
    pub(super) opening: Duration,
}

impl Score {
    /// How many steps were right.
    pub(super) fn right(&self) -> usize {
        self.steps.iter().filter(|step| step.is_right).count()
    }

    pub(super) fn for_record(&self, scenario: &str, at: Moment) -> Drill {
        Drill {
            at: at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            scenario: scenario.to_owned(),
            passed: self.right() == self.steps.len(),
            right: self.right(),
            steps: self.steps.len(),
            people: self.people,
            opening_ms: milliseconds(self.opening),
        }
    }

    /// The score as scripts read it.
    pub(super) fn as_json(&self, scenario: &str) -> Value {
        let step = |step: &Step| {
            json!({
                "step": step.what,
                "right": step.is_right,
                "milliseconds": milliseconds(step.took),
                "note": step.note,
            })
        };
        json!({
            "scenario": scenario,
            "passed": self.right() == self.steps.len(),
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
            "people": self.people,
            "messages": { "mail": self.mails, "text": self.texts },
            "opening_milliseconds": milliseconds(self.opening),
        })
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
