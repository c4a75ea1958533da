//! Named rules over a loaded site; each finds problems and changes nothing.
//!
//! Promises: every rule runs on every incident, and what one finds hides nothing of another; the problems come in
//! the order of the files; the same site at the same moment gives the same problems. What can be seen in one file
//! alone (its syntax, its keys, the shape of its values) is `load`'s to report; here stands what needs the page,
//! the whole story or the clock, which is an argument.

mod estimate;
mod feature;
mod inspection;
mod markup;
mod sample;
mod story;
mod technical;
mod times;
mod wording;

#[cfg(test)]
mod tests;

use crate::model::Moment;
use crate::model::incident::Incident;
use crate::model::problem::{Places, Problem};
use crate::model::site::Site;
use inspection::{Finding, Inspection};

/// A rule: what holds for every incident of a good site.
pub struct Rule {
    /// The name that problems carry.
    pub name: &'static str,
    /// What the rule ensures, in one sentence.
    pub ensures: &'static str,
    find: fn(&Inspection<'_>, &Incident) -> Vec<Finding>,
}

/// Every rule, by name.
pub const RULES: &[Rule] = &[
    Rule {
        name: "costly-text",
        ensures: "The text of a file is shown within a moment, whatever its markup.",
        find: markup::costly_text,
    },
    Rule {
        name: "deep-nesting",
        ensures: "Quotes and lists nest at most 100 levels deep.",
        find: markup::deep_nesting,
    },
    Rule {
        name: "empty-update",
        ensures: "Every public update says something, if only that it is over.",
        find: wording::empty_update,
    },
    Rule {
        name: "end-before-news",
        ensures: "No story begins with its end where it goes on after it.",
        find: times::end_before_news,
    },
    Rule {
        name: "end-before-start",
        ensures: "No incident ends before it starts.",
        find: times::end_before_start,
    },
    Rule {
        name: "eta-passed",
        ensures: "The estimate of an incident that goes on lies ahead.",
        find: estimate::eta_passed,
    },
    Rule {
        name: "eta-too-far",
        ensures: "The estimate of an incident lies at most 30 days ahead.",
        find: estimate::eta_too_far,
    },
    Rule {
        name: "front-matter-behind-story",
        ensures: "The front matter says what the newest update says.",
        find: story::front_matter_behind_story,
    },
    Rule {
        name: "in-the-future",
        ensures: "Only maintenance lies ahead: no incident and no update does, because it would not be shown.",
        find: times::in_the_future,
    },
    Rule { name: "long-window", ensures: "Planned work takes at most 31 days.", find: times::long_window },
    Rule {
        name: "missing-eta",
        ensures: "An incident that goes on has an estimate, if only the word that there is none yet.",
        find: estimate::missing_eta,
    },
    Rule {
        name: "missing-impact",
        ensures: "Whatever goes on or is planned says what it means for customers.",
        find: wording::missing_impact,
    },
    Rule {
        name: "next-update-overdue",
        ensures: "The promise to speak again is kept or renewed.",
        find: estimate::next_update_overdue,
    },
    Rule {
        name: "overlong-title",
        ensures: "A title fits into a subject line: 120 characters at most.",
        find: wording::overlong_title,
    },
    Rule {
        name: "sample-incident",
        ensures: "No incident of the sample is left in a site of your own.",
        find: sample::sample_incident,
    },
    Rule {
        name: "start-after-update",
        ensures: "No incident starts after its first update.",
        find: times::start_after_update,
    },
    Rule { name: "story-order", ensures: "The updates tell a story in its order.", find: story::story_order },
    Rule {
        name: "technical-detail",
        ensures: "No public text names hosts, addresses of machines, files of ours or stack traces.",
        find: technical::technical_detail,
    },
    Rule { name: "time-in-title", ensures: "No title holds a time token.", find: wording::time_in_title },
    Rule {
        name: "unfilled-blank",
        ensures: "No blank of an approved wording is left in what customers read.",
        find: wording::unfilled_blank,
    },
    Rule {
        name: "unfinished-translation",
        ensures: "A language that has the title has every public text.",
        find: wording::unfinished_translation,
    },
    Rule {
        name: "unknown-eta-needs-next-update",
        ensures: "Where the estimate is unknown, the time of the next update is promised.",
        find: estimate::unknown_eta_needs_next_update,
    },
    Rule {
        name: "unknown-feature",
        ensures: "Every feature named is one of the page.",
        find: feature::unknown_feature,
    },
    Rule {
        name: "work-overdue",
        ensures: "Planned work that goes on past its end is completed by an update, or gets a new end.",
        find: estimate::work_overdue,
    },
    Rule {
        name: "year-slip",
        ensures: "The times of one story do not differ by a year alone.",
        find: times::year_slip,
    },
];

/// Applies every rule to every incident as of `now`. `places` says where the facts of the site stand.
pub fn run(site: &Site, places: &Places, now: Moment) -> Vec<Problem> {
    let inspection = Inspection::new(site, places, now);
    let mut problems = Vec::new();
    for incident in &site.incidents {
        for rule in RULES {
            let found = (rule.find)(&inspection, incident).into_iter();
            problems.extend(found.map(|finding| finding.into_problem(rule.name, &incident.file)));
        }
    }
    problems.sort();
    problems.dedup();
    problems
}
