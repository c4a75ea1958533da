//! Named rules over a loaded site; each finds problems and changes nothing.
//!
//! Promises: every rule runs on every incident, and no finding hides another; the problems come in the order of the files;
//! the same site at the same time gives the same problems. `load` reports what one file alone shows (its syntax, its keys,
//! the shape of its values); the rules here need the page, all updates or the time, which is an argument.

mod audience;
mod days;
mod denied;
mod estimate;
mod feature;
mod findings;
mod inspection;
mod markup;
mod passage;
mod sample;
mod secret;
mod story;
mod technical;
mod times;
mod twins;
mod wording;

#[cfg(test)]
mod tests;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;

use crate::model::Moment;
use crate::model::announced::Baseline;
use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel, SourceMap};
use crate::model::site::Site;
use inspection::{Finding, Inspection};

pub use wording::blanks;

/// How many incidents one thread is worth starting for.
const INCIDENTS_PER_THREAD: usize = 256;

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
        ensures: "The text of a file is rendered within a second, whatever its markup.",
        find: markup::costly_text,
    },
    Rule {
        name: "deep-nesting",
        ensures: "Quotes and lists nest at most 100 levels deep.",
        find: markup::deep_nesting,
    },
    Rule {
        name: "denied-word",
        ensures: "Public text contains no word that `words.deny` of the plan names.",
        find: denied::denied_word,
    },
    Rule { name: "empty-update", ensures: "Every public update has text.", find: wording::empty_update },
    Rule {
        name: "end-before-news",
        ensures: "An update that ends the incident is not the oldest one if others follow it.",
        find: times::end_before_news,
    },
    Rule {
        name: "end-before-start",
        ensures: "An incident ends after it starts, and planned work is not completed before it begins.",
        find: times::end_before_start,
    },
    Rule {
        name: "eta-passed",
        ensures: "The ETA of an open incident is in the future.",
        find: estimate::eta_passed,
    },
    Rule {
        name: "eta-too-far",
        ensures: "The ETA of an incident is at most 30 days ahead.",
        find: estimate::eta_too_far,
    },
    Rule {
        name: "front-matter-behind-story",
        ensures: "The front matter matches the newest update.",
        find: story::front_matter_behind_story,
    },
    Rule {
        name: "in-the-future",
        ensures: "Only maintenance is dated in the future, and its announcement before its start; a future incident or update is not shown, except an end at most half an hour ahead or of an import, which counts at once.",
        find: times::in_the_future,
    },
    Rule {
        name: "long-window",
        ensures: "Scheduled maintenance takes at most 31 days.",
        find: times::long_window,
    },
    Rule {
        name: "missing-eta",
        ensures: "An open incident has an ETA, or says `eta = \"unknown\"`.",
        find: estimate::missing_eta,
    },
    Rule {
        name: "missing-impact",
        ensures: "Open incidents and scheduled maintenance say what they mean for customers.",
        find: wording::missing_impact,
    },
    Rule {
        name: "next-update-overdue",
        ensures: "The next update is not overdue.",
        find: estimate::next_update_overdue,
    },
    Rule {
        name: "overlong-title",
        ensures: "A title fits into a subject line: 120 characters at most.",
        find: wording::overlong_title,
    },
    Rule {
        name: "same-story",
        ensures: "No two files describe the same incident: same title, start and features.",
        find: twins::same_story,
    },
    Rule {
        name: "sample-incident",
        ensures: "No incident of the sample is left in a site of your own.",
        find: sample::sample_incident,
    },
    Rule {
        name: "secret",
        ensures: "Public text contains no passwords, keys or access tokens.",
        find: secret::secret,
    },
    Rule {
        name: "silent-incident",
        ensures: "Subscribers are notified of open incidents and scheduled maintenance: no file of one says `notify = \"silent\"`.",
        find: story::silent_incident,
    },
    Rule {
        name: "start-after-update",
        ensures: "An incident starts before its first update.",
        find: times::start_after_update,
    },
    Rule {
        name: "story-order",
        ensures: "Updates follow the order of the phases.",
        find: story::story_order,
    },
    Rule {
        name: "technical-detail",
        ensures: "Public text contains no host names, IP addresses, file paths or stack traces.",
        find: technical::technical_detail,
    },
    Rule { name: "time-in-title", ensures: "No title holds a time token.", find: wording::time_in_title },
    Rule {
        name: "unfilled-blank",
        ensures: "No placeholder of a message template is left in public text.",
        find: wording::unfilled_blank,
    },
    Rule {
        name: "unfinished-translation",
        ensures: "A translation with a title translates all public text.",
        find: wording::unfinished_translation,
    },
    Rule {
        name: "unknown-acceptance",
        ensures: "Every rule that `accepted` names is one whose findings can be accepted.",
        find: findings::unknown_acceptance,
    },
    Rule {
        name: "unknown-audience",
        ensures: "Every audience that an update or a text names exists in site/page.toml.",
        find: audience::unknown_audience,
    },
    Rule {
        name: "unknown-day",
        ensures: "Every time in `day_only` is a time of the file.",
        find: days::unknown_day,
    },
    Rule {
        name: "unknown-eta-needs-next-update",
        ensures: "An unknown ETA comes with the time of the next update.",
        find: estimate::unknown_eta_needs_next_update,
    },
    Rule {
        name: "unknown-feature",
        ensures: "Every feature named exists in site/page.toml.",
        find: feature::unknown_feature,
    },
    Rule {
        name: "work-overdue",
        ensures: "Scheduled maintenance that continues past its end is completed by an update, or gets a new end.",
        find: estimate::work_overdue,
    },
    Rule {
        name: "year-slip",
        ensures: "No two times of an incident differ by exactly one year.",
        find: times::year_slip,
    },
];

/// Applies every rule to every incident as of `now`. `places` says where the facts of the site stand; `denied` are
/// the terms of the plan that no public text may hold.
pub fn run(site: &Site, places: &SourceMap, denied: &[String], now: Moment) -> Vec<Problem> {
    run_knowing(site, places, (denied, None), now)
}

/// The same before an announcement: denied words, secrets and technical detail that were announced already, in the same part
/// of an incident, are warnings.
pub fn run_after(
    base: &Baseline,
    site: &Site,
    places: &SourceMap,
    denied: &[String],
    now: Moment,
) -> Vec<Problem> {
    run_knowing(site, places, (denied, Some(base)), now)
}

fn run_knowing(
    site: &Site,
    places: &SourceMap,
    terms: (&[String], Option<&Baseline>),
    now: Moment,
) -> Vec<Problem> {
    let inspection = &Inspection::new(site, places, terms, now);
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = site.incidents.len().div_ceil(processors).max(INCIDENTS_PER_THREAD);
    let mut problems: Vec<Problem> = std::thread::scope(|scope| {
        let shares = site.incidents.chunks(share);
        let threads: Vec<_> =
            shares.map(|share| scope.spawn(move || problems_of(inspection, share))).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    });
    problems.sort();
    problems.dedup();
    problems
}

/// What holds the text of one incident back as of `now`: secrets, technical detail and denied terms in it that are not
/// accepted. Without places, for a text that is not in a file yet.
pub fn holding(page: &Page, incident: &Incident, denied: &[String], now: Moment) -> Vec<Problem> {
    let site = Site::of(page.clone(), [incident.clone()]);
    let mut found = run(&site, &SourceMap::default(), denied, now);
    found.retain(|problem| {
        problem.level == ProblemLevel::Error && findings::ACCEPTABLE.contains(&problem.rule)
    });
    found
}

fn problems_of(inspection: &Inspection<'_>, incidents: &[Arc<Incident>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for incident in incidents {
        for rule in RULES {
            if findings::ACCEPTABLE.contains(&rule.name) && incident.accepted.contains_key(rule.name) {
                continue;
            }
            let found = (rule.find)(inspection, incident).into_iter();
            problems.extend(found.map(|finding| finding.into_problem(rule.name, &incident.file)));
        }
    }
    problems
}
