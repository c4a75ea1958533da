//! `allclear notify --dry-run --format markdown`: what a change to the files would do, as a report for a pull request.
//!
//! Promises: sends and plans nothing, and writes only to a temporary folder; holds no address; if the ledger cannot be
//! read, as in a pull request from a fork, it states that instead of a number.

mod before;
mod markdown;

use std::collections::{BTreeMap, BTreeSet};

use crate::check;
use crate::config::plan::Plan;
use crate::diff;
use crate::ledger::{Planner, SqlLedger};
use crate::model::change::{Change, ChangeId};
use crate::model::channel::Channel;
use crate::model::edit::Reason;
use crate::model::endpoint::Endpoint;
use crate::model::incident::{Audience, IncidentId};
use crate::model::phase::Severity;
use crate::model::problem::Problem;
use crate::model::site::Site;
use crate::model::subscriber::{EndpointId, FeatureFilter, Subscriber, SubscriberId};

use crate::cli::arguments::Notify;
use crate::cli::choice::Choice;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::commands::pull_request_report::before::Before;
use crate::flow::notify::{self, PendingAnnouncement};
use crate::flow::readers::Readers;
use crate::gate::approval;
use crate::workspace::git;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::tree;

/// What a change to the files would do.
pub(super) struct Forecast {
    /// The way from the top of the repository to the site.
    prefix: String,
    problems: Vec<Problem>,
    /// What changes, and its message in each language on each channel.
    words: PendingAnnouncement,
    /// The same for those on record, where the ledger can be asked.
    people: Option<PendingAnnouncement>,
    /// Whose approval each change needs before it is sent.
    approvals: BTreeMap<ChangeId, Vec<String>>,
    /// The files of the page that differ from those of the commit compared with, if there is one.
    pages: Option<BTreeSet<String>>,
}

/// Works it out and prints it.
pub(crate) fn run(root: &Root, options: &Notify) -> Outcome {
    if !options.dry_run {
        return Err(Failure::Usage("a report in Markdown sends nothing: add --dry-run".to_owned()));
    }
    let opened = root.open()?;
    let choice = options.choice.parse(&opened.site, &root.within)?;
    let forecast = pull_request_report(root, &opened, options.since.as_deref(), &choice)?;
    print::exact(&markdown::report(&forecast));
    Ok(if crate::cli::problems::has_errors(&forecast.problems) { Exit::Problems } else { Exit::Done })
}

fn pull_request_report(
    root: &Root,
    opened: &LoadedSite,
    since: Option<&str>,
    choice: &Choice,
) -> Result<Forecast, Failure> {
    let before = since.map(|commit| Before::of(root, commit)).transpose()?;
    let mut ledger = root.ledger_if_any()?;
    let told = match (&before, &mut ledger) {
        (Some(before), _) => diff::baseline(&before.opened.site, root.now()),
        (None, Some(ledger)) => ledger.announced()?.ok_or_else(notify::no_baseline)?,
        (None, None) => return Err(nothing_to_compare()),
    };
    let specimens = opened.plan.as_ref().map(|plan| specimens(&opened.site, plan)).unwrap_or_default();
    let mut words = notify::compare(root, opened, told.clone(), choice, Readers::Specimens(&specimens))?;
    if let Some(before) = &before {
        leave_out_earlier(&mut words, &before.opened.whole(), &opened.whole());
    }
    let compare =
        |ledger: &mut SqlLedger| notify::compare(root, opened, told, choice, Readers::Known(ledger));
    let people = ledger.as_mut().map(compare).transpose()?;
    let mut problems = opened.problems.clone();
    problems.extend(check::run(&opened.site, &opened.places, opened.denied_words(), root.now()));
    problems.sort();
    let pages = before.map(|before| changed_files(root, opened, &before)).transpose()?;
    let approvals = opened.plan.as_ref().map(|plan| approvals(plan, &words)).unwrap_or_default();
    Ok(Forecast { prefix: git::prefix(&root.path), problems, words, people, approvals, pages })
}

/// Leaves out what is for a narrower audience and was written before this change: the earlier files have it as well.
fn leave_out_earlier(words: &mut PendingAnnouncement, before: &Site, now: &Site) {
    let is_as_before =
        |id: &IncidentId| before.incident(id).is_some_and(|then| now.incident(id) == Some(then));
    words
        .unannounced
        .retain(|one| !(matches!(one.reason, Reason::Internal { .. }) && is_as_before(&one.incident)));
}

/// Whose approval each change needs before it is sent.
fn approvals(plan: &Plan, words: &PendingAnnouncement) -> BTreeMap<ChangeId, Vec<String>> {
    let of_change = |change: &Change| {
        let notices = words.notices.notices.iter().filter(|notice| notice.change == change.id);
        approval::needs(plan, notices).into_iter().map(|role| approval::who_may(plan, role)).collect()
    };
    words.difference.changes.iter().map(|change| (change.id.clone(), of_change(change))).collect()
}

/// The files of the page that one of both builds has and the other has not, or not so.
fn changed_files(root: &Root, opened: &LoadedSite, before: &Before) -> Result<BTreeSet<String>, Failure> {
    let now = tree::tree(root, opened, Audience::Public)?;
    let then = tree::tree(&before.root, &before.opened, Audience::Public)?;
    let paths = now.files.keys().chain(then.files.keys());
    Ok(paths.filter(|path| now.files.get(*path) != then.files.get(*path)).cloned().collect())
}

fn nothing_to_compare() -> Failure {
    Failure::Refused {
        why: "no ledger here, so what was announced is unknown".to_owned(),
        hint: "name a commit whose files count as announced, for example --since origin/main".to_owned(),
    }
}

/// A reader for each language and each channel of the plan, at addresses that no person has. The messages are
/// composed for them.
fn specimens(site: &Site, plan: &Plan) -> Vec<Subscriber> {
    let channels = Channel::FOR_PEOPLE.into_iter().filter(|channel| plan.has(*channel));
    let endpoints = channels.filter_map(|channel| Endpoint::new(channel, channel.facts().address.specimen()));
    let mut specimens = Vec::new();
    for endpoint in endpoints {
        for language in &site.page.languages {
            specimens.push(Subscriber {
                id: SubscriberId::from_stored(format!("{}-{language}", endpoint.channel().word())),
                follows: FeatureFilter::Everything,
                from_severity: Severity::Notice,
                language: language.clone(),
                time_zone: site.page.time_zone.clone(),
                endpoints: vec![(EndpointId(0), endpoint.clone())],
            });
        }
    }
    specimens
}
