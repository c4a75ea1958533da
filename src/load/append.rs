//! Inserts a new update into an incident's text.
//!
//! Promises: the result is read back as the same incident with the update added and the front matter set to its values, or
//! there is no result; no other byte of the text changes, comments included. Text in, text out.

use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};

use super::escape::shield;
use super::facts::FrontMatterEdit;
use super::front_matter::{self, FrontMatter};
use super::incident::{parse_incident, take_promises};
use super::outline::{Outline, outline};
use super::split::{Parts, split};
use super::write::{entry, heading, heading_time};

/// Puts `update` into the text of the main file `file`: above the others where the newest stand first, else
/// below. If the update sets them, `eta`, `next_update`, `severity` and `affected` in the front matter change
/// too; an internal update moves neither `eta` nor `next_update`, which customers read. Only the text in the
/// page's first language is written.
///
/// # Errors
/// The problems of the text as it is, or why the update cannot be in it.
pub fn append_update(text: &str, update: &Update, file: &str) -> Result<String, Vec<Problem>> {
    let parsed = parse_incident(file, text);
    let Some(incident) = parsed.incident else { return Err(parsed.problems) };
    let refusals = refusals(&incident, update, &parsed.places);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let parts = split(text).map_err(|_| vec![cannot_append(&incident)])?;
    let front = front_matter::read(&front_matter::document(file, text, &parts), false);
    let expected = expected(&incident, update, &front);
    let is_right = |result: &String| parse_incident(file, result).incident.as_deref() == Some(&expected);
    let oldest_first = stands_oldest_first(&incident, &parsed.places);
    let mut written = [oldest_first, !oldest_first].into_iter().filter_map(|below| {
        let front = FrontMatterEdit { before: &incident, after: &expected }.put_into(file, text, &parts)?;
        let story = story(text, &parts, &incident, update, below);
        Some(format!("{}{front}{story}", text.get(..parts.block.start)?))
    });
    written.find(is_right).ok_or_else(|| vec![cannot_append(&incident)])
}

/// What the text should say afterwards.
fn expected(incident: &Incident, update: &Update, front: &FrontMatter) -> Incident {
    let mut expected = incident.clone();
    let body = Localized::plain(shield(&update.body.default));
    expected.updates.push(Update { body, ..update.clone() });
    expected.updates.sort_by_key(|update| update.at);
    if front.started.is_none() && front.window.is_none() {
        expected.started = expected.started.min(update.at);
    }
    (expected.eta, expected.next_update) = (front.eta, front.next_update);
    if update.audience == Audience::Public {
        expected.eta = update.eta.or(front.eta);
        expected.next_update = update.next_update.or(front.next_update);
    }
    take_promises(&mut expected);
    expected.severity = update.severity.unwrap_or(incident.severity);
    let implied = expected.implied_status();
    let affected =
        front.affected.iter().map(|(feature, status)| (feature.clone(), status.unwrap_or(implied)));
    expected.affected = affected.collect();
    expected.affected.extend(update.statuses.clone());
    expected
}

fn refusals(incident: &Incident, update: &Update, places: &SourceMap) -> Vec<Problem> {
    let mut refusals = Vec::new();
    let mut refuse = |place, rule, message: String, hint: &str| {
        let (file, hint) = (incident.file.clone(), Some(hint.to_owned()));
        refusals.push(Problem { file, place, level: ProblemLevel::Error, rule, message, hint });
    };
    if incident.updates.iter().any(|known| known.at == update.at) {
        let place = places.find(&incident.file, SourceKey::Update(update.at));
        let message = format!("there is already an update at {}", heading_time(update.at));
        refuse(place, "duplicate-time", message, "choose another minute, or edit that update");
    }
    if let Some(phase) = update.phase.filter(|phase| phase.kind() != incident.kind) {
        let whose = match incident.kind {
            IncidentKind::Incident => "an incident",
            IncidentKind::Maintenance => "a maintenance",
        };
        // `withdraw` writes the phase that has a command of its own.
        let of_kind = Phase::ALL
            .into_iter()
            .filter(|phase| phase.kind() == incident.kind && *phase != Phase::Withdrawn);
        let words: Vec<&str> = of_kind.map(Phase::word).collect();
        let message = format!("`{}` is not a phase of {whose}", phase.word());
        refuse(None, "wrong-phase", message, &format!("one of `{}`", words.join("`, `")));
    }
    if update.eta.is_some() && incident.kind == IncidentKind::Maintenance {
        let hint = "move `ends` in the front matter: it says when the work ends";
        refuse(None, "misplaced-key", "maintenance has no ETA".to_owned(), hint);
    }
    refusals
}

fn cannot_append(incident: &Incident) -> Problem {
    Problem {
        file: incident.file.clone(),
        place: None,
        level: ProblemLevel::Error,
        rule: "cannot-append",
        message: "cannot add the update without changing other text in the file".to_owned(),
        hint: Some("edit the file by hand".to_owned()),
    }
}

fn stands_oldest_first(incident: &Incident, places: &SourceMap) -> bool {
    let line = |update: Option<&Update>| {
        let place = places.find(&incident.file, SourceKey::Update(update?.at));
        place.map(|place| place.line)
    };
    line(incident.updates.first()) < line(incident.updates.last())
}

/// Everything from the end of the front matter's block on, with the update in it.
fn story(text: &str, parts: &Parts, incident: &Incident, update: &Update, below: bool) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let new = entry(&heading(update), &update.body.default).replace('\n', line_end);
    let body = text.get(parts.block.end..).unwrap_or_default();
    let outline = outline(text, parts.body.clone());
    let (above, older) =
        body.split_at_checked(first_update(text, &outline) - parts.block.end).unwrap_or((body, ""));
    let older = with_headings(text, &outline, incident, older, line_end);
    let ended = |text: &str| match text.is_empty() || text.ends_with('\n') {
        true => text.to_owned(),
        false => format!("{text}{line_end}"),
    };
    match (older.trim().is_empty(), below) {
        (true, _) => {
            let above = ended(above);
            let blank = if above.ends_with(&line_end.repeat(2)) { "" } else { line_end };
            format!("{above}{blank}{new}")
        }
        (false, false) => format!("{}{new}{line_end}{older}", ended(above)),
        (false, true) => format!("{}{}{line_end}{new}", ended(above), ended(&older)),
    }
}

/// Where the text of the story begins: at its first heading, or at the text above it.
fn first_update(text: &str, outline: &Outline) -> usize {
    let preface = text.get(outline.preface.clone()).unwrap_or_default();
    let blank: usize =
        preface.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    outline.preface.start + blank
}

/// The story so far, with its text above the first heading moved below the heading it counts for.
fn with_headings(text: &str, outline: &Outline, incident: &Incident, older: &str, line_end: &str) -> String {
    let preface = text.get(outline.preface.clone()).unwrap_or_default();
    if preface.trim().is_empty() {
        return older.to_owned();
    }
    let preface = preface.get(first_update(text, outline) - outline.preface.start..).unwrap_or_default();
    let (first, below) = match outline.sections.first() {
        Some(section) => (
            text.get(section.heading.clone()).unwrap_or_default().to_owned(),
            text.get(section.body.start..).unwrap_or_default(),
        ),
        None => (incident.updates.first().map(heading).unwrap_or_default(), ""),
    };
    let below = below.trim_start_matches(['\r', '\n']);
    let blank = if below.is_empty() { "" } else { line_end };
    format!("{first}{line_end}{line_end}{}{line_end}{blank}{below}", preface.trim_end())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::model::feature::{FeatureId, Status};
    use crate::model::incident::Eta;
    use crate::model::phase::{Phase, Severity};

    fn update(hour: u32, body: &str) -> Update {
        Update {
            at: Utc.with_ymd_and_hms(2026, 11, 20, hour, 0, 0).unwrap(),
            phase: Some(Phase::Identified),
            audience: Audience::Public,
            author_mark: None,
            eta: None,
            next_update: None,
            severity: None,
            statuses: BTreeMap::new(),
            body: Localized::plain(body),
        }
    }

    fn moving(hour: u32) -> Update {
        let at = |hour| Utc.with_ymd_and_hms(2026, 11, 20, hour, 30, 0).unwrap();
        Update {
            eta: Some(Eta::At(at(15))),
            next_update: Some(at(13)),
            severity: Some(Severity::Critical),
            statuses: BTreeMap::from([(FeatureId::new("refunds").unwrap(), Status::Degraded)]),
            ..update(hour, "Worse.")
        }
    }

    fn appended(text: &str, update: &Update) -> String {
        append_update(text, update, "incidents/x.md").unwrap()
    }

    const FRONT: &str =
        "+++\ntitle = \"x\"\nseverity = \"minor\"\naffected = [\"a\"]\nstarted = 2026-11-20T09:00:00Z\n+++\n";

    #[test]
    fn the_newest_stands_where_the_newest_stand() {
        let newest_first = "\n## 2026-11-20 10:00 UTC\n\nb\n\n## 2026-11-20 09:00 UTC\n\na\n";
        let result = appended(&format!("{FRONT}{newest_first}"), &update(11, "c"));
        assert_eq!(result, format!("{FRONT}\n## 2026-11-20 11:00 UTC · Identified\n\nc\n{newest_first}"));
        let oldest_first = "\n## 2026-11-20 09:00 UTC\n\na\n\n## 2026-11-20 10:00 UTC\n\nb";
        let result = appended(&format!("{FRONT}{oldest_first}"), &update(11, "c"));
        assert_eq!(result, format!("{FRONT}{oldest_first}\n\n## 2026-11-20 11:00 UTC · Identified\n\nc\n"));
    }

    #[test]
    fn a_first_update_stands_below_a_blank_line() {
        let new = "\n## 2026-11-20 11:00 UTC · Identified\n\nc\n";
        assert_eq!(appended(FRONT, &update(11, "c")), format!("{FRONT}{new}"));
        assert_eq!(appended(FRONT.trim_end(), &update(11, "c")), format!("{FRONT}{new}"));
        assert_eq!(appended(&format!("{FRONT}\n"), &update(11, "c")), format!("{FRONT}{new}"));
    }

    #[test]
    fn text_without_a_heading_gets_the_one_it_counts_for() {
        let result = appended(&format!("{FRONT}\nOne text.\n"), &update(11, "c"));
        let older = "## 2026-11-20 09:00 UTC · Investigating\n\nOne text.\n";
        assert_eq!(result, format!("{FRONT}\n## 2026-11-20 11:00 UTC · Identified\n\nc\n\n{older}"));
        let result =
            appended(&format!("{FRONT}above\n\n## 2026-11-20 10:00 UTC\n\nbelow\n"), &update(11, "c"));
        let older = "## 2026-11-20 10:00 UTC\n\nabove\n\nbelow\n";
        assert_eq!(result, format!("{FRONT}## 2026-11-20 11:00 UTC · Identified\n\nc\n\n{older}"));
    }

    #[test]
    fn toml_keeps_its_comments_and_spacing() {
        let text = "+++\n# why\ntitle = \"x\"\nseverity  =  'minor' # for now\naffected = [ \"a\" ] # one\n\
                    started = 2026-11-20T09:00:00Z\neta = \"unknown\"\n\n# the end\n+++\n";
        let expected = "+++\n# why\ntitle = \"x\"\nseverity  =  \"critical\" # for now\n\
                        affected = { a = \"major_outage\", refunds = \"degraded\" } # one\n\
                        started = 2026-11-20T09:00:00Z\neta = 2026-11-20T15:30:00Z\nnext_update = 2026-11-20T13:30:00Z\n\n\
                        # the end\n+++\n";
        assert!(appended(text, &moving(12)).starts_with(expected), "{}", appended(text, &moving(12)));
    }

    #[test]
    fn tables_and_line_ends_stay() {
        let text = "+++\r\ntitle = \"x\"\r\nseverity = \"minor\"\r\nstarted = 2026-11-20T09:00:00Z\r\n\r\n\
                    [affected]\r\na = \"degraded\" # some\r\n+++\r\n";
        let expected = "+++\r\ntitle = \"x\"\r\nseverity = \"critical\"\r\nstarted = 2026-11-20T09:00:00Z\r\n\
                        eta = 2026-11-20T15:30:00Z\r\nnext_update = 2026-11-20T13:30:00Z\r\n\r\n\
                        [affected]\r\na = \"degraded\" # some\r\nrefunds = \"degraded\"\r\n+++\r\n\r\n\
                        ## 2026-11-20 12:00 UTC · Identified {eta=2026-11-20T15:30Z next_update=2026-11-20T13:30Z \
                        severity=critical refunds=degraded}\r\n\r\nWorse.\r\n";
        assert_eq!(appended(text, &moving(12)), expected);
    }

    #[test]
    fn yaml_is_edited_where_it_differs() {
        let text = "---\ntitle: x # why\nseverity: minor   # for now\naffected:\n  - a\n  - b\n\n# when\n\
                    started: 2026-11-20T09:00:00Z\neta: 'unknown'\n---\nOne.\n";
        let expected = "---\ntitle: x # why\nseverity: \"critical\"   # for now\n\
                        affected: {a: major_outage, b: major_outage, refunds: degraded}\n\n# when\n\
                        started: 2026-11-20T09:00:00Z\neta: 2026-11-20T15:30:00Z\nnext_update: 2026-11-20T13:30:00Z\n---\n";
        assert!(appended(text, &moving(12)).starts_with(expected), "{}", appended(text, &moving(12)));
    }

    #[test]
    fn empty_keys_of_yaml_are_filled() {
        let text = "---\n  title: x\n  severity: minor\n  affected:\n  started: 2026-11-20T09:00:00Z\n  eta: # not \
                    yet\n---\n";
        let expected = "---\n  title: x\n  severity: \"critical\"\n  affected: {refunds: degraded}\n\
                        \x20 started: 2026-11-20T09:00:00Z\n  eta: 2026-11-20T15:30:00Z # not yet\n\
                        \x20 next_update: 2026-11-20T13:30:00Z\n---\n";
        assert!(appended(text, &moving(12)).starts_with(expected), "{}", appended(text, &moving(12)));
    }

    #[test]
    fn an_internal_update_moves_nothing_customers_read() {
        let internal = Update { audience: Audience::Internal, ..moving(12) };
        let result = appended(FRONT, &internal);
        let front = result.split("\n##").next().unwrap();
        assert!(!front.contains("eta") && !front.contains("next_update"), "{front}");
        assert!(front.contains("severity = \"critical\""));
    }

    #[test]
    fn what_cannot_stand_there_is_refused() {
        let rule =
            |text: &str, update: &Update| append_update(text, update, "incidents/x.md").unwrap_err()[0].rule;
        let text = format!("{FRONT}## 2026-11-20 11:00 UTC\na\n");
        assert_eq!(rule(&text, &update(11, "c")), "duplicate-time");
        assert_eq!(rule(&text, &Update { phase: Some(Phase::Scheduled), ..update(12, "c") }), "wrong-phase");
        assert_eq!(rule("+++\n", &update(11, "c")), "unclosed-front-matter");
    }

    #[test]
    fn code_without_an_end_hides_no_update() {
        let text = format!("{FRONT}## 2026-11-20 08:00 UTC\na\n## 2026-11-20 09:00 UTC\n```\nlog\n");
        let result = appended(&text, &update(11, "c"));
        assert!(
            result.find("11:00") < result.find("08:00"),
            "it stands above, where no code hides it: {result}"
        );
    }
}
