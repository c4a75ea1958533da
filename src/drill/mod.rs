//! `allclear drill`: tries the plan out from a file to the last message, and keeps the score.
//!
//! Promises: plays on a copy whose plan leads to this machine only (`sandbox`), for stand-ins with addresses that belong to
//! nobody, so no subscriber can be reached. Everything is marked as an exercise. The commands are the program's own. In the real
//! site only `site/drills.toml` is written, and only at the end.

mod given;
mod history;
mod sandbox;
mod scenario;
mod score;
mod script;
mod servers;
mod stand_ins;
mod toml_file;

use serde_json::json;

use crate::cli::arguments::{Drill, Format};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, count, styled};
use crate::workspace::root::Root;

use given::Given;
pub(crate) use history::{FILE as RECORD_FILE, last_passed};
use scenario::Scenario;
use score::Score;

/// Plays a drill, or says what there is.
pub(crate) fn run(root: &Root, options: &Drill) -> Outcome {
    if options.list {
        return Ok(list(root));
    }
    if options.status {
        return status(root);
    }
    let scenario = Scenario::read(root, &options.scenario)?;
    if !options.no_record {
        // A record that cannot be read is not written to.
        last_passed(root)?;
    }
    if root.format == Format::Text {
        let words = format!("drill {}: {}", options.scenario, scenario.about);
        print::say(&styled(STRONG, &words));
        print::say(&styled(FAINT, "  on a copy of the site; no subscriber is reached"));
    }
    let given = options.servers.as_deref().map(Given::read).transpose()?.unwrap_or_default();
    let score = script::play(root, &scenario, &given)?;
    let (right, steps) = (score.right(), score.steps.len());
    if !options.no_record {
        history::add(root, &score.for_record(&options.scenario, root.now()))?;
    }
    match root.format {
        Format::Json => print::exact(&format!("{:#}", score.as_json(&options.scenario))),
        _ => say(&score, !options.no_record),
    }
    Ok(if right == steps { Exit::Done } else { Exit::OperationFailed })
}

fn list(root: &Root) -> Exit {
    let names = scenario::names(root);
    match root.format {
        Format::Json => {
            let all: Vec<_> =
                names.iter().map(|(name, about)| json!({ "name": name, "about": about })).collect();
            print::exact(&format!("{:#}", json!({ "scenarios": all })));
        }
        _ => names.iter().for_each(|(name, about)| print::data(&format!("{name:<12} {about}"))),
    }
    Exit::Done
}

fn status(root: &Root) -> Outcome {
    let all = history::all(root)?;
    let every = root.read_plan().0.map(|plan| plan.upkeep.drill_every);
    let last = last_passed(root)?;
    let due = last.zip(every).map(|(last, every)| last + every);
    match root.format {
        Format::Json => {
            let moment = |at: Option<crate::model::Moment>| at.map(|at| at.to_rfc3339());
            let status = json!({ "last_passed": moment(last), "due": moment(due), "drills": all });
            print::exact(&format!("{status:#}"));
        }
        _ => {
            for drill in &all {
                let verdict = if drill.passed { styled(GOOD, "passed") } else { styled(BAD, "failed") };
                print::data(&format!(
                    "{}  {:<12} {verdict} {} of {}",
                    drill.at, drill.scenario, drill.right, drill.steps
                ));
            }
            let words = match (last, due) {
                (None, _) => "no drill has passed yet".to_owned(),
                (_, Some(due)) => format!("the next drill is due by {}", due.format("%Y-%m-%d")),
                _ => "there is no plan that says when the next drill is due".to_owned(),
            };
            print::say(&words);
        }
    }
    Ok(Exit::Done)
}

fn say(score: &Score, is_recorded: bool) {
    for step in &score.steps {
        let verdict = if step.is_right { styled(GOOD, "right") } else { styled(BAD, "wrong") };
        print::data(&format!(
            "  {verdict}  {:<44} {:>6} ms  {}",
            step.what,
            step.took.as_millis(),
            step.note
        ));
    }
    let (right, steps) = (score.right(), score.steps.len());
    let style = if right == steps { GOOD } else { BAD };
    print::say(&format!(
        "{} {right} of {steps} right; {}, {} and {}; the opening took {} ms",
        styled(style, if right == steps { "passed:" } else { "failed:" }),
        count(score.people, "stand-in", "stand-ins"),
        count(score.mails, "email", "emails"),
        count(score.texts, "SMS", "SMS"),
        score.opening.as_millis()
    ));
    if is_recorded {
        print::say(&styled(FAINT, &format!("added to {}; commit it with the plan", history::FILE)));
    }
}
