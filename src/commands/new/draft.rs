//! The text of a draft: front matter and a first update.
//!
//! Promises: the ETA of an incident is in its front matter and its heading; planned work has a window only if its author
//! gave one, and otherwise a comment at its place.

use chrono::Duration;
use toml_edit::{DocumentMut, Item, value};

use crate::model::Moment;
use crate::model::moment::read_from;
use crate::model::phase::{IncidentKind, Severity};

use crate::cli::arguments::New;
use crate::cli::exit::Failure;
use crate::commands::update::past_eta;

use super::template::{MARK, Template, Translation};

/// How soon a new incident promises its next update while nobody knows the ETA.
const NEXT_UPDATE: Duration = Duration::minutes(30);

/// Writes what the options say into the front matter.
pub(super) fn fill_in(
    front: &mut DocumentMut,
    options: &New,
    kind: IncidentKind,
    now: Moment,
) -> Result<(), Failure> {
    refuse_misplaced(options, kind)?;
    if let Some(title) = &options.title {
        front["title"] = value(title.as_str());
    }
    if front.get("title").is_none() {
        front["title"] = value(match kind {
            IncidentKind::Incident => "Something is not working",
            IncidentKind::Maintenance => "Planned maintenance",
        });
    }
    if let Some(severity) = options.severity {
        front["severity"] = value(severity.word());
    }
    if front.get("severity").is_none() && kind == IncidentKind::Incident {
        front["severity"] = value(Severity::Minor.word());
    }
    if !options.affected.is_empty() || front.get("affected").is_none() {
        front["affected"] = value(options.affected.iter().collect::<toml_edit::Array>());
    }
    let mut to_do = match kind {
        IncidentKind::Incident => {
            estimate(front, options, now)?;
            String::new()
        }
        IncidentKind::Maintenance => window(front, options, now)?,
    };
    if front.get("impact").is_none() {
        to_do.push_str("# impact = \"What customers notice, in their words.\"\n");
    }
    let kept = front.trailing().as_str().unwrap_or_default();
    front.set_trailing(format!("{kept}{to_do}"));
    Ok(())
}

/// The keys that the author has still to write. Without `starts` and `ends`, `check` refuses planned work.
pub(super) fn unwritten(front: &DocumentMut, kind: IncidentKind) -> Vec<&'static str> {
    let needed: &[&'static str] = match kind {
        IncidentKind::Incident => &["affected", "impact"],
        IncidentKind::Maintenance => &["starts", "ends", "affected", "impact"],
    };
    let is_blank = |key: &&&'static str| {
        front.get(key).is_none_or(|item| item.as_array().is_some_and(toml_edit::Array::is_empty))
    };
    needed.iter().filter(is_blank).copied().collect()
}

fn refuse_misplaced(options: &New, kind: IncidentKind) -> Result<(), Failure> {
    let (flags, instead): (&[(&str, bool)], &str) = match kind {
        IncidentKind::Incident => (
            &[("--starts", options.starts.is_some()), ("--ends", options.ends.is_some())],
            "an incident has no planned window; for planned work, run `allclear new maintenance`",
        ),
        IncidentKind::Maintenance => {
            (&[("--eta", options.eta.is_some())], "planned work has no ETA; give its end with `--ends`")
        }
    };
    match flags.iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::Usage(format!("{flag}: {instead}"))),
        None => Ok(()),
    }
}

fn estimate(front: &mut DocumentMut, options: &New, now: Moment) -> Result<(), Failure> {
    front["started"] = moment(now);
    match options.eta.as_deref() {
        Some(text) if text != "unknown" => {
            if text.starts_with('-') {
                return Err(past_eta(text));
            }
            let at = when("--eta", text, now)?;
            if at <= now {
                return Err(past_eta(text));
            }
            front["eta"] = moment(at);
        }
        _ => {
            front["eta"] = value("unknown");
            front["next_update"] = moment(now + NEXT_UPDATE);
        }
    }
    Ok(())
}

/// Writes the window that the options give; gives the comments for what they leave open.
fn window(front: &mut DocumentMut, options: &New, now: Moment) -> Result<String, Failure> {
    front["kind"] = value(IncidentKind::Maintenance.word());
    let starts = options.starts.as_deref().map(|text| when("--starts", text, now)).transpose()?;
    if let Some(starts) = starts {
        front["starts"] = moment(starts);
    }
    match options.ends.as_deref() {
        Some("open") => front["ends"] = value("open"),
        Some(text) => {
            let ends = when("--ends", text, starts.unwrap_or(now))?;
            if starts.is_some_and(|starts| ends <= starts) {
                return Err(Failure::Usage("--ends: the end must be later than the start".to_owned()));
            }
            front["ends"] = moment(ends);
        }
        None => {}
    }
    let mut to_do = String::new();
    if front.get("starts").is_none() {
        to_do.push_str("# starts = 2026-11-28T22:00:00Z\n");
    }
    if front.get("ends").is_none() {
        to_do.push_str("# ends = 2026-11-29T02:00:00Z, or \"open\"\n");
    }
    Ok(to_do)
}

fn when(flag: &str, text: &str, from: Moment) -> Result<Moment, Failure> {
    read_from(text, from).map_err(|fault| Failure::Usage(format!("{flag}: {fault}")))
}

/// The main file; `opening` is the first update of an incident of which nothing else is said yet.
pub(super) fn text(template: &Template, kind: IncidentKind, opening: &str, now: Moment) -> String {
    let (phase, opening) = match kind {
        IncidentKind::Incident => ("Investigating", opening),
        IncidentKind::Maintenance => ("Scheduled", ""),
    };
    let body = if template.body.is_empty() { opening } else { &template.body };
    let promised = ["eta", "next_update"].into_iter().filter_map(|key| {
        let said = template.front.get(key)?;
        let said = said.as_str().map(str::to_owned).or_else(|| Some(said.as_datetime()?.to_string()))?;
        Some(format!("{key}={}", said.replace(":00Z", "Z")))
    });
    let promised: Vec<String> = promised.collect();
    let attributes = if promised.is_empty() { String::new() } else { format!(" {{{}}}", promised.join(" ")) };
    entry(&template.front, &format!("{} · {phase}{attributes}", heading_time(now)), body)
}

/// A translation's file.
pub(super) fn translated(translation: &Translation, now: Moment) -> String {
    entry(&translation.front, &heading_time(now), &translation.body)
}

fn entry(front: &DocumentMut, heading: &str, body: &str) -> String {
    let text = format!("{MARK}\n{}\n{MARK}\n\n## {heading}\n\n{body}", front.to_string().trim_end());
    format!("{}\n", text.trim_end())
}

fn heading_time(now: Moment) -> String {
    now.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn moment(moment: Moment) -> Item {
    let text = moment.format("%Y-%m-%dT%H:%M:00Z").to_string();
    text.parse::<toml_edit::Datetime>().map_or_else(|_| value(text), value)
}
