//! `allclear check`: applies every rule to every file and reports all problems at once.

use crate::check;
use crate::compose;
use crate::config::plan::{DRILL_OVERDUE, other_gaps, unexplained_gaps};
use crate::drill;
use crate::model::Moment;
use crate::model::audience::{Audience, NamedAudience};
use crate::model::incident::Incident;
use crate::model::localized::{Language, Localized};
use crate::model::problem::{Problem, ProblemLevel};
use crate::model::site::Site;
use crate::render;

use crate::cli::arguments::Format;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, BAD, GOOD, WARN, count, styled};
use crate::flow::notify::{gone, refuse_gone};
use crate::workspace::root::{LoadedSite, Root};

/// Checks everything; exits with 3 when a file cannot be used.
pub(crate) fn run(root: &Root) -> Outcome {
    let mut opened = root.open()?;
    let whole = opened.whole();
    opened.problems.extend(check::run(&whole, &opened.places, opened.denied_words(), root.now()));
    opened.problems.extend(gaps(root, &opened));
    opened.problems.extend(of_theme(root, &opened));
    opened.problems.extend(of_other_plans(root, &opened));
    let failed = root.show(&mut opened.problems);
    let missing = if failed { Ok(()) } else { gone(root, &opened).and_then(|gone| refuse_gone(&gone)) };
    // A verdict of "ok" and a refusal would say the opposite of each other.
    if root.format != Format::Json && missing.is_ok() {
        say_unexplained_gaps(&opened);
        say_untranslated(&whole, root.now());
        print::say(&verdict(&opened.problems, whole.incidents.len()));
    }
    // The process ends: freeing each of ten thousand incidents would take a tenth of the time of a check.
    std::mem::forget((opened, whole));
    missing?;
    Ok(if failed { Exit::Problems } else { Exit::Done })
}

/// What the plan lacks and a message does not wait for.
fn gaps(root: &Root, opened: &LoadedSite) -> Vec<Problem> {
    let (last_drill, unread) = match drill::last_passed(root) {
        Ok(last) => (last, None),
        Err(error) => (None, Some(unread_drills(&error))),
    };
    let found = |plan| other_gaps(plan, &opened.places, root.now(), last_drill);
    let mut gaps = opened.plan.as_ref().map(found).unwrap_or_default();
    // Nobody knows whether a drill is due if its record cannot be read.
    gaps.retain(|gap| unread.is_none() || gap.rule != DRILL_OVERDUE);
    root.with_plan_named(gaps.into_iter().chain(unread).collect())
}

fn unread_drills(error: &anyhow::Error) -> Problem {
    Problem {
        file: drill::RECORD_FILE.to_owned(),
        place: None,
        level: ProblemLevel::Error,
        rule: "bad-record",
        message: format!("{error:#}"),
        hint: Some("restore the file from git; until then it is unknown when a drill is due".to_owned()),
    }
}

/// Names the gaps of a plan that says nothing about itself: one note.
fn say_unexplained_gaps(opened: &LoadedSite) {
    let gaps = opened.plan.as_ref().map(|plan| unexplained_gaps(plan, &opened.places)).unwrap_or_default();
    if !gaps.is_empty() {
        print::say(&format!(
            "{} the plan has gaps: {} (docs/plan.md)",
            styled(WARN, "note:"),
            gaps.join(", ")
        ));
    }
}

/// What is wrong with the plans of the page's audiences, where the check is not for one of them.
fn of_other_plans(root: &Root, opened: &LoadedSite) -> Vec<Problem> {
    let audiences = opened.site.page.audiences.iter().filter(|_| root.audience_name().is_none());
    let problems = |audience: &NamedAudience| {
        let of_audience = root.of_audience(audience.name);
        [of_audience.read_plan().1, of_audience.read_ledger_place().1].concat()
    };
    let mut found: Vec<Problem> = audiences.flat_map(problems).collect();
    found.sort();
    found.dedup();
    found
}

/// What is wrong with the operator's own templates, where the site can be filled into them: pages, then messages.
fn of_theme(root: &Root, opened: &LoadedSite) -> Option<Problem> {
    let folder = format!("themes/{}", opened.site.page.theme);
    if !root.below(&folder).is_dir() {
        return None;
    }
    let (site, theme, now) = (&opened.site, &opened.theme, root.now());
    let pages = render::site(site, theme, now, Audience::Internal);
    let pages = pages.err().map(|failed| (whole(failed), "until then no page can be built"));
    let messages = || {
        let failed = compose::rehearse(site, opened.plan.as_ref()?, theme, now).err()?;
        Some((failed.to_string(), "until then nobody can be notified"))
    };
    let (message, until_then) = pages.or_else(messages)?;
    Some(Problem {
        file: folder,
        place: None,
        level: ProblemLevel::Error,
        rule: "bad-template",
        message,
        hint: Some(format!("fix the template: {until_then}")),
    })
}

/// What failed and why, in one sentence.
fn whole(failed: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(failed))
}

/// Names the open and planned incidents that have no translation: a note for each language, and none of what is over.
fn say_untranslated(site: &Site, now: Moment) {
    let first = site.page.first_language();
    for language in site.page.languages.iter().skip(1) {
        let lacks = |incident: &&Incident| {
            let is_current = incident.is_active_at(now) || incident.is_upcoming_at(now);
            is_current && incident.public_updates().next().is_some() && !is_translated(incident, language)
        };
        let names: Vec<&str> =
            site.incidents.iter().map(AsRef::as_ref).filter(lacks).map(|one| one.id.as_str()).collect();
        if !names.is_empty() {
            print::say(&format!(
                "{} not translated into {language}: {}. Its readers get the text in {first}; to translate, write \
                 incidents/ID.{language}.md",
                styled(WARN, "note:"),
                names.join(", ")
            ));
        }
    }
}

fn is_translated(incident: &Incident, language: &Language) -> bool {
    let has = |text: &Localized| text.translations.contains_key(language);
    has(&incident.title) || incident.updates.iter().any(|update| has(&update.body))
}

fn verdict(found: &[Problem], incidents: usize) -> String {
    let errors = found.iter().filter(|p| p.level == ProblemLevel::Error).count();
    let warnings = found.len() - errors;
    let read = count(incidents, "incident", "incidents");
    match (errors, warnings) {
        (0, 0) => format!("{} {read}, no problems", styled(GOOD, "ok:")),
        (0, _) => format!("{} {read}, {}", styled(WARN, "ok:"), count(warnings, "warning", "warnings")),
        _ => format!(
            "{} {}, {}, {read} readable",
            styled(BAD, "failed:"),
            count(errors, "error", "errors"),
            count(warnings, "warning", "warnings")
        ),
    }
}
