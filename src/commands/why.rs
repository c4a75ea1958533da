//! `allclear why`: the story of somebody's notices, step by step, in plain words.

use serde_json::json;

use crate::ledger::{Attempt, Enrolled, Explained, ExplainedStep, Ledger, Listed, ReportRecord, Story};
use crate::model::Moment;
use crate::model::clearance::Forced;
use crate::model::destination;
use crate::model::endpoint::Endpoint;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

use crate::cli::arguments::{Format, Why};
use crate::cli::describe::{all, clock, short};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, WARN, styled};
use crate::commands::subscribers;
use crate::workspace::root::Root;

/// Prints what became of everything planned for one person.
pub(crate) fn run(root: &Root, options: &Why) -> Outcome {
    let mut ledger = root.ledger()?;
    let who = find(&mut ledger, &options.who)?;
    let incident = options.what.as_deref().map(|name| named::id(&root.within, name)).transpose()?;
    let stories = ledger.explain(&who.id(), incident.as_ref())?;
    match root.format {
        Format::Json => print::exact(&as_json(&who, &stories)),
        _ => {
            print::data(&who.heading());
            for story in &stories {
                print::data(&as_text(story));
            }
            if stories.is_empty() {
                print::data(&who.nothing(options.what.as_deref()));
            }
        }
    }
    Ok(Exit::Done)
}

/// Whose notices are explained.
enum Who {
    Person(Box<Listed>),
    Destination(Enrolled),
}

/// The destination of that name, or the subscriber of that address or id.
fn find(ledger: &mut dyn Ledger, who: &str) -> Result<Who, Failure> {
    match ledger.destinations()?.into_iter().find(|one| one.name == who) {
        Some(destination) => Ok(Who::Destination(destination)),
        None => subscribers::find(ledger, who).map(|listed| Who::Person(Box::new(listed))),
    }
}

impl Who {
    fn id(&self) -> SubscriberId {
        match self {
            Self::Person(listed) => listed.subscriber.id.clone(),
            Self::Destination(destination) => destination::id_of(&destination.name),
        }
    }

    fn heading(&self) -> String {
        match self {
            Self::Person(listed) => person(listed),
            Self::Destination(destination) => place(destination),
        }
    }

    fn nothing(&self, what: Option<&str>) -> String {
        match self {
            Self::Person(listed) => nothing(listed, what),
            Self::Destination(_) => {
                let of = what.map(|what| format!(" of {what}")).unwrap_or_default();
                format!("nothing{of} was planned for this destination")
            }
        }
    }
}

fn place(destination: &Enrolled) -> String {
    let place = destination.place.as_ref();
    let place = place.map(|place| way(place, destination.suppressed.as_deref()));
    let gone = if destination.is_in_plan { "" } else { ", not in the plan any more" };
    let name = styled(STRONG, &destination.name);
    format!("{name}  {}{gone}", place.unwrap_or_else(|| "unreadable place".to_owned()))
}

/// One change for one person: a line for what changed, one for each step and each attempt.
pub(crate) fn as_text(story: &Explained) -> String {
    let change = &story.change;
    let mut lines = vec![format!(
        "\n{}  {}  {}",
        styled(STRONG, change.incident.as_str()),
        all(&change.what),
        styled(FAINT, &format!("planned {}", short(change.planned_at)))
    )];
    lines.extend(change.forced.as_ref().map(|forced| format!("  {}", forced_words(forced))));
    for step in &story.steps {
        lines.push(format!("  {:<4}  {}  {}", step.channel.word(), address(step), outcome(step)));
        lines
            .extend(step.attempts.iter().map(|attempt| format!("        {}", styled(FAINT, &line(attempt)))));
        lines.extend(step.reports.iter().map(|report| format!("        {}", styled(FAINT, &said(report)))));
    }
    lines.join("\n")
}

/// Who sent a change that no public page showed.
pub(crate) fn forced_words(forced: &Forced) -> String {
    format!("{} by {}, before any public page showed it", styled(WARN, "forced"), forced.who)
}

/// The masked address.
fn address(step: &ExplainedStep) -> String {
    step.endpoint.as_ref().map_or_else(|| "unreadable address".to_owned(), ToString::to_string)
}

fn outcome(step: &ExplainedStep) -> String {
    let style = match step.state {
        StepState::Accepted | StepState::Delivered => GOOD,
        StepState::Rejected | StepState::Expired | StepState::Dead => BAD,
        StepState::InDoubt | StepState::Claimed | StepState::Watching => WARN,
        StepState::Waiting | StepState::Pending | StepState::Suppressed | StepState::Superseded => FAINT,
    };
    let words = match &step.reason {
        Some(reason) => format!("{}: {reason}", meaning(step)),
        None => meaning(step),
    };
    format!("{}  {words}", styled(style, step.state.word()))
}

fn meaning(step: &ExplainedStep) -> String {
    let ended = step.ended_at.map(short).unwrap_or_default();
    match step.state {
        StepState::Waiting => "its turn comes when the step before it fails".to_owned(),
        StepState::Pending => match step.held_until {
            Some(until) => format!("held until {}, quiet hours", short(until)),
            None => format!("due {}", short(step.due_at)),
        },
        StepState::Claimed => {
            format!("being handed off by {}", step.worker.as_deref().unwrap_or("a worker"))
        }
        StepState::Accepted => format!("the provider took it {ended}"),
        StepState::Delivered => format!("it arrived {ended}"),
        StepState::Rejected => format!("the provider refused it for good {ended}"),
        StepState::Suppressed => "it was not sent".to_owned(),
        StepState::Superseded => "a newer change took its place".to_owned(),
        StepState::Expired => format!("too late to be of use {ended}"),
        StepState::Dead => format!("every try failed by {ended}"),
        StepState::Watching => "the provider has it, and a report that it arrived is awaited".to_owned(),
        StepState::InDoubt => "it may have been sent, and is not sent twice".to_owned(),
    }
}

fn said(report: &ReportRecord) -> String {
    let words = if report.words.is_empty() { String::new() } else { format!(": {}", report.words) };
    format!("{} {} reported {}{words}", clock(report.at), report.provider, report.status.word())
}

fn line(attempt: &Attempt) -> String {
    let reply = &attempt.reply;
    let verb = match reply.class {
        ReplyClass::Accepted => "took it",
        ReplyClass::Retryable => "said not now",
        ReplyClass::Recipient => "refused the address",
        ReplyClass::Content => "refused the words",
        ReplyClass::Account => "refused our account",
        ReplyClass::Ambiguous => "gave no answer",
    };
    let words = format!("{} {}", reply.code, reply.words);
    format!("{} {} {verb}: {}", clock(attempt.ended_at), attempt.provider, words.trim())
}

fn person(listed: &Listed) -> String {
    let subscriber = &listed.subscriber;
    let ways: Vec<String> = subscriber
        .endpoints
        .iter()
        .map(|(id, endpoint)| way(endpoint, listed.suppressed.get(id).map(String::as_str)))
        .collect();
    let left = listed.removed_at.map(|at: Moment| format!(", left {}", short(at))).unwrap_or_default();
    format!("{}  {}{left}", styled(STRONG, subscriber.id.as_str()), ways.join(", then "))
}

fn way(endpoint: &Endpoint, stopped: Option<&str>) -> String {
    let channel = endpoint.channel().word();
    match stopped {
        Some(reason) => format!("{channel} {endpoint} (not used: {reason})"),
        None => format!("{channel} {endpoint}"),
    }
}

fn nothing(listed: &Listed, what: Option<&str>) -> String {
    let of = what.map(|what| format!(" of {what}")).unwrap_or_default();
    let subscriber = &listed.subscriber;
    format!(
        "nothing{of} was planned for them: they hear of {} from severity {} on, since {}",
        subscribers::follows(&subscriber.follows),
        subscriber.from_severity.word(),
        short(listed.added_at)
    )
}

fn as_json(who: &Who, stories: &[Explained]) -> String {
    let stories: Vec<_> = stories
        .iter()
        .map(|story| {
            json!({
                "change": story.change.id.as_str(),
                "incident": story.change.incident.as_str(),
                "what": story.change.what.iter().map(|what| what.word()).collect::<Vec<_>>(),
                "planned_at": story.change.planned_at.to_rfc3339(),
                "forced_by": story.change.forced.as_ref().map(|forced| forced.who.as_str()),
                "severity": story.severity.word(),
                "steps": story.steps.iter().map(step_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut document = json!({ "subscriber": who.id().as_str(), "notices": stories });
    if let Who::Destination(destination) = who {
        document["destination"] = json!(destination.name);
    }
    format!("{document:#}")
}

fn report_json(report: &ReportRecord) -> serde_json::Value {
    json!({
        "provider": report.provider,
        "status": report.status.word(),
        "words": report.words,
        "at": report.at.to_rfc3339(),
    })
}

fn step_json(step: &ExplainedStep) -> serde_json::Value {
    let attempts: Vec<_> = step
        .attempts
        .iter()
        .map(|attempt| {
            json!({
                "provider": attempt.provider,
                "class": attempt.reply.class.word(),
                "code": attempt.reply.code,
                "words": attempt.reply.words,
                "ended_at": attempt.ended_at.to_rfc3339(),
            })
        })
        .collect();
    json!({
        "step": step.id.as_str(),
        "channel": step.channel.word(),
        "address": address(step),
        "state": step.state.word(),
        "reason": step.reason,
        "due_at": step.due_at.to_rfc3339(),
        "held_until": step.held_until.map(|at| at.to_rfc3339()),
        "success": step.success.word(),
        "expires_at": step.expires_at.to_rfc3339(),
        "ended_at": step.ended_at.map(|at| at.to_rfc3339()),
        "attempts": attempts,
        "reports": step.reports.iter().map(report_json).collect::<Vec<_>>(),
    })
}
