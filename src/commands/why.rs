//! `allclear why`: explains the history of a subscriber's notices, step by step.

use std::collections::BTreeSet;

use serde_json::json;

use crate::ledger::{
    Attempt, Enrolled, ExplainedStep, Ledger, NoticeHistory, ReportRecord, Story, SubscriberRecord,
};
use crate::model::Moment;
use crate::model::author_mark::AuthorMark;
use crate::model::clearance::PublishOverride;
use crate::model::destination;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::StepState;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

use crate::cli::arguments::{Format, Why};
use crate::cli::describe::{all, clock, precise, short};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, WARN, styled};
use crate::commands::person;
use crate::commands::record::{incidents, require, say_what_stops};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Prints what happened to everything planned for one person.
pub(crate) fn run(root: &Root, options: &Why) -> Outcome {
    let mut ledger = high_water_mark::open_to_read(root)?;
    say_what_stops(&mut ledger, root.now())?;
    let who = find(&mut ledger, &person::typed_one(&options.who)?)?;
    let incident = options.what.as_deref().map(|name| named::id(&root.within, name)).transpose()?;
    let stories = ledger.explain(&who.id(), incident.as_ref())?;
    if let (true, Some(incident)) = (stories.is_empty(), &incident) {
        require(root, &mut ledger, incident)?;
    }
    match root.format {
        Format::Json => print::exact(&as_json(&who, &stories)),
        _ => {
            print::data(&who.heading());
            for story in &stories {
                print::data(&as_text(story));
            }
            say_silent(root, incident.as_ref(), &stories);
            if stories.is_empty() {
                print::data(&who.nothing(options.what.as_deref()));
            }
        }
    }
    Ok(Exit::Done)
}

/// Says which of the incidents are marked silent in their files: what changed of them since then has no message.
fn say_silent(root: &Root, asked: Option<&IncidentId>, stories: &[NoticeHistory]) {
    let named: BTreeSet<&IncidentId> =
        stories.iter().map(|story| &story.change.incident).chain(asked).collect();
    for incident in incidents(root) {
        if incident.author_mark == Some(AuthorMark::Silent) && named.contains(&incident.id) {
            print::say(&format!(
                "{} {} says `notify = \"silent\"`: of what a `notify` finds while it does, only the end of what was \
                 announced is announced",
                styled(WARN, "not announced:"),
                incident.file
            ));
        }
    }
}

/// Whose notices are explained.
enum Who {
    Person(Box<SubscriberRecord>),
    Destination(Enrolled),
}

/// The destination of that name, or the subscriber of that address or id.
fn find(ledger: &mut dyn Ledger, who: &str) -> Result<Who, Failure> {
    match ledger.destinations()?.into_iter().find(|one| one.name == who) {
        Some(destination) => Ok(Who::Destination(destination)),
        None => person::find(ledger, who).map(|listed| Who::Person(Box::new(listed))),
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
    let place = place.map(|place| address_label(place, destination.suppressed.as_deref()));
    let gone = match &destination.renamed_to {
        _ if destination.is_in_plan => String::new(),
        Some(name) => format!(", renamed; for what is sent there now, run `allclear why {name}`"),
        None => ", no longer in the plan".to_owned(),
    };
    let name = styled(STRONG, &destination.name);
    format!("{name}  {}{gone}", place.unwrap_or_else(|| "unreadable place".to_owned()))
}

/// One change for one person: a line for what changed, one for each step and each attempt.
pub(crate) fn as_text(story: &NoticeHistory) -> String {
    let change = &story.change;
    let mut lines = vec![format!(
        "\n{}  {}  {}",
        styled(STRONG, change.incident.as_str()),
        all(&change.what),
        styled(FAINT, &format!("queued {}", precise(change.planned_at)))
    )];
    lines.extend(change.forced.as_ref().map(|forced| format!("  {}", forced_words(forced))));
    for step in &story.steps {
        lines.push(format!("  {:<5}  {}  {}", step.channel.name(), address(step), outcome(step)));
        lines
            .extend(step.attempts.iter().map(|attempt| format!("        {}", styled(FAINT, &line(attempt)))));
        lines.extend(
            step.reports.iter().map(|report| format!("        {}", styled(FAINT, &receipt_line(report)))),
        );
    }
    lines.join("\n")
}

/// Who sent a change that no public page showed.
pub(crate) fn forced_words(forced: &PublishOverride) -> String {
    format!("{} by {}: queued before any public page showed it", styled(WARN, "override"), forced.who)
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
        StepState::Waiting
        | StepState::Pending
        | StepState::Suppressed
        | StepState::Superseded
        | StepState::Withdrawn => FAINT,
    };
    let words = match &step.reason {
        // On hold: the due time is only when the hold is checked again.
        Some(reason) if step.state == StepState::Pending && step.held_until.is_none() => {
            let reason = reason.replacen("held: ", "on hold: ", 1);
            format!("{reason}; checked again at {}", precise(step.due_at))
        }
        Some(reason) => format!("{}: {reason}", meaning(step)),
        None => meaning(step),
    };
    format!("{}  {words}", styled(style, step.state.word()))
}

fn meaning(step: &ExplainedStep) -> String {
    let ended = step.ended_at.map(short).unwrap_or_default();
    match step.state {
        StepState::Waiting if step.reason.is_some() || !step.attempts.is_empty() => {
            "waiting: another channel is tried now, and this one again when it is due".to_owned()
        }
        StepState::Waiting => "waiting: used only if the previous channel fails".to_owned(),
        StepState::Pending => match step.held_until {
            Some(until) => format!("on hold until {} (quiet hours)", short(until)),
            None => format!("queued, due at {}", precise(step.due_at)),
        },
        StepState::Claimed => {
            format!("being sent by {}", step.worker.as_deref().unwrap_or("a worker"))
        }
        StepState::Accepted => format!("accepted by the provider {ended}; arrival not confirmed"),
        StepState::Delivered => format!("confirmed delivered {ended}"),
        StepState::Rejected => format!("rejected permanently by the provider {ended}"),
        StepState::Suppressed | StepState::Withdrawn => "not sent".to_owned(),
        StepState::Superseded => "superseded by a newer change".to_owned(),
        StepState::Expired => format!("expired {ended}"),
        StepState::Dead if !was_tried(step) => format!("given up without an attempt {ended}"),
        StepState::Dead => format!("failed, given up {ended}"),
        StepState::Watching => "accepted by the provider, waiting for a delivery receipt".to_owned(),
        StepState::InDoubt => "may have been sent; not retried, to avoid a duplicate".to_owned(),
    }
}

/// Whether a provider was called. A step that no provider of the plan can carry ends with an attempt that names none.
fn was_tried(step: &ExplainedStep) -> bool {
    let calls_none =
        |attempt: &Attempt| attempt.provider.is_empty() && attempt.reply.class != ReplyClass::Ambiguous;
    !step.attempts.iter().all(calls_none)
}

fn receipt_line(report: &ReportRecord) -> String {
    let words = if report.words.is_empty() { String::new() } else { format!(": {}", report.words) };
    format!("{} {} reported {}{words}", clock(report.at), report.provider, report.status.word())
}

fn line(attempt: &Attempt) -> String {
    let reply = &attempt.reply;
    let verb = match reply.class {
        ReplyClass::Accepted => "accepted it",
        ReplyClass::Retryable if is_unreached(&reply.words) => "was not reached",
        ReplyClass::Retryable => "deferred it",
        ReplyClass::AddressRejected => "rejected the address",
        ReplyClass::ContentRejected => "rejected the content",
        ReplyClass::AccountRejected => "rejected our account",
        ReplyClass::Ambiguous => "did not answer; it may have been sent",
    };
    let words = format!("{} {}", reply.code, reply.words);
    let what = match (attempt.provider.as_str(), reply.class) {
        ("", ReplyClass::Ambiguous) => "no answer, because the worker died; it may have been sent".to_owned(),
        ("", _) => "no provider was called".to_owned(),
        (provider, _) => format!("{provider} {verb}"),
    };
    format!("{} {what}: {}", clock(attempt.ended_at), words.trim())
}

/// Whether there was no connection: nothing was deferred by anyone.
fn is_unreached(words: &str) -> bool {
    ["while connecting", "failed to connect"].iter().any(|one| words.contains(one))
}

fn person(listed: &SubscriberRecord) -> String {
    let subscriber = &listed.subscriber;
    let ways: Vec<String> = subscriber
        .endpoints
        .iter()
        .map(|(id, endpoint)| address_label(endpoint, listed.suppressed.get(id).map(String::as_str)))
        .collect();
    let left = listed.removed_at.map(|at: Moment| format!(", removed {}", short(at))).unwrap_or_default();
    let back = person::brought_back(listed).map(|back| format!("\n  {back}")).unwrap_or_default();
    format!("{}  {}{left}{back}", styled(STRONG, subscriber.id.as_str()), ways.join(", then "))
}

fn address_label(endpoint: &Endpoint, stopped: Option<&str>) -> String {
    let channel = endpoint.channel().name();
    match stopped {
        Some(reason) => format!("{channel} {endpoint} (on the suppression list: {reason})"),
        None => format!("{channel} {endpoint}"),
    }
}

fn nothing(listed: &SubscriberRecord, what: Option<&str>) -> String {
    let of = what.map(|what| format!(" of {what}")).unwrap_or_default();
    let subscriber = &listed.subscriber;
    if let Some(at) = listed.removed_at {
        return format!(
            "no messages{of} for this subscriber: they were removed on {}, and nothing is sent to them since",
            short(at)
        );
    }
    let incidents = match person::incidents(listed) {
        incidents if incidents.is_empty() => String::new(),
        incidents => format!(", and {incidents}"),
    };
    format!(
        "no messages{of} for this subscriber: they follow {} from severity {} up{incidents}, since {}",
        person::follows(&subscriber.follows),
        subscriber.from_severity.word(),
        short(listed.added_at)
    )
}

fn as_json(who: &Who, stories: &[NoticeHistory]) -> String {
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
