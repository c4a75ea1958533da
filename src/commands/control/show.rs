//! Shows who controls incidents, who asked, what is kept for the next owner, and what happened.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::config::plan::Plan;
use crate::control;
use crate::model::Moment;
use crate::model::control::{Control, Event, EventKind, Request};
use crate::model::incident::Incident;

use crate::cli::arguments::Format;
use crate::cli::describe::{precise, short};
use crate::cli::duration::say_span;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print::{self, FAINT, GOOD, STRONG, WARN, styled};
use crate::gate::control::{actor_name, stored};
use crate::workspace::control_store::{ControlStore, Found};
use crate::workspace::high_water_mark;
use crate::workspace::root::{LoadedSite, Root};

/// How many of the last events are shown to people.
const EVENTS_SHOWN: usize = 10;

/// Shows one incident, or every ongoing one.
pub(super) fn run(root: &Root, opened: &LoadedSite, plan: &Plan, one: Option<&Incident>) -> Outcome {
    let mut ledger = high_water_mark::open_to_read(root)?;
    let now = root.now();
    let ongoing = opened.site.incidents.iter().map(AsRef::as_ref);
    let ongoing = ongoing.filter(|incident: &&Incident| one.is_none() && !incident.phase_at(now).is_over());
    let shown: Vec<&Incident> = one.into_iter().chain(ongoing).collect();
    let mut all = Vec::new();
    for incident in shown {
        let origin = super::origin(&mut ledger, incident)?;
        let text = match ControlStore::of(root, Some(plan), &mut ledger).read(&origin)? {
            Found::Record(text) => text,
            Found::Unreachable { why, own } if own.is_some() => {
                print::warn(&format!("{} {why}; this is what this host recorded", styled(WARN, "warning:")));
                own
            }
            Found::Unreachable { why, .. } => return Err(super::unreachable(&incident.id, &why)),
        };
        let control = stored(&origin, text.as_deref()).map_err(anyhow::Error::new)?;
        all.push((incident, control::settle(&control, &plan.control.rules, now)));
    }
    if root.format == Format::Json {
        let list: Vec<Value> =
            all.iter().map(|(incident, control)| as_json(plan, incident, control, now)).collect();
        let printed = if one.is_some() { list.into_iter().next().unwrap_or_default() } else { list.into() };
        print::data(&printed.to_string());
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        print::say("no incident is ongoing");
    }
    for (incident, control) in &all {
        lines(plan, incident, control, now, one.is_some()).iter().for_each(|line| print::data(line));
    }
    Ok(Exit::Done)
}

/// Shows what a move made of control.
pub(super) fn changed(root: &Root, plan: &Plan, incident: &Incident, control: &Control) {
    let now = root.now();
    if root.format == Format::Json {
        print::data(&as_json(plan, incident, control, now).to_string());
        return;
    }
    print::say(&format!("{} {}: {}", styled(GOOD, "control:"), incident.id, owner(plan, control)));
    for request in &control.queue {
        print::say(&format!("  {}", asked(plan, request, now)));
    }
}

fn lines(plan: &Plan, incident: &Incident, control: &Control, now: Moment, is_whole: bool) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", styled(STRONG, incident.id.as_str()), owner(plan, control))];
    lines.extend(control.queue.iter().map(|request| format!("  {}", asked(plan, request, now))));
    if !is_whole {
        return lines;
    }
    lines.extend(control.metadata.iter().map(|(key, value)| format!("  {key}: {value}")));
    let first = control.events.len().saturating_sub(EVENTS_SHOWN);
    lines.extend(
        control.events[first..].iter().map(|event| styled(FAINT, &format!("  {}", happened(plan, event)))),
    );
    lines
}

/// "Ana Prieto controls it until 2026-03-02 10:10 UTC".
pub(crate) fn owner(plan: &Plan, control: &Control) -> String {
    control
        .hold
        .as_ref()
        .map_or_else(|| "nobody controls it".to_owned(), |hold| crate::gate::control::controls(plan, hold))
}

fn asked(plan: &Plan, request: &Request, now: Moment) -> String {
    let (name, waited) = (actor_name(plan, &request.by), say_span(now - request.at));
    let note = if request.note.is_empty() { String::new() } else { format!(": {}", request.note) };
    let state = if is_overdue(plan, request, now) {
        styled(WARN, ", overdue")
    } else if request.answered_at.is_some() {
        ", told to wait".to_owned()
    } else {
        String::new()
    };
    format!("{name} asked for it {waited} ago{state}{note}")
}

/// Whether the owner should have answered by now.
fn is_overdue(plan: &Plan, request: &Request, now: Moment) -> bool {
    now - request.answered_at.unwrap_or(request.at) > plan.control.answer_within
}

fn happened(plan: &Plan, event: &Event) -> String {
    let name = actor_name(plan, &event.by);
    let what = match &event.what {
        EventKind::Opened => "announced the incident".to_owned(),
        EventKind::Announced => "announced an update".to_owned(),
        EventKind::Took => "took control".to_owned(),
        EventKind::Received => "received control".to_owned(),
        EventKind::Requested => "asked for control".to_owned(),
        EventKind::Answered { to } => format!("told {} to wait", actor_name(plan, to)),
        EventKind::Passed { to } => format!("passed control to {}", actor_name(plan, to)),
        EventKind::Released => "released control".to_owned(),
        EventKind::Extended { until } => format!("keeps control until {}", short(*until)),
        EventKind::Expired => "did nothing for too long and lost control".to_owned(),
        EventKind::Acknowledged => "acknowledged the incident and has control".to_owned(),
        EventKind::BrokeGlass { role } => format!("used break-glass as {} and has control", role.name()),
        EventKind::Noted => "changed what is kept".to_owned(),
    };
    let note = if event.note.is_empty() { String::new() } else { format!(": {}", event.note) };
    format!("{} {name} {what}{note}", precise(event.at))
}

/// The same for scripts.
fn as_json(plan: &Plan, incident: &Incident, control: &Control, now: Moment) -> Value {
    let hold = control.hold.as_ref();
    let requests: Vec<Value> = control
        .queue
        .iter()
        .map(|request| {
            json!({
                "by": request.by.to_string(),
                "at": time(request.at),
                "note": request.note,
                "answered_at": request.answered_at.map(time),
                "overdue": is_overdue(plan, request, now),
            })
        })
        .collect();
    let event = |event: &Event| json!({ "at": time(event.at), "by": event.by.to_string(), "what": event.what.word(), "note": event.note });
    json!({
        "incident": incident.id.as_str(),
        "owner": hold.map(|hold| hold.owner.to_string()),
        "owner_name": hold.map(|hold| actor_name(plan, &hold.owner)),
        "since": hold.map(|hold| time(hold.since)),
        "expires": hold.map(|hold| time(hold.expires)),
        "source": control.source.as_ref().map(ToString::to_string),
        "requests": requests,
        "kept": control.metadata,
        "history": control.events.iter().map(event).collect::<Vec<_>>(),
    })
}

fn time(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}
