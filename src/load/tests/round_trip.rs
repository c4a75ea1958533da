//! What is written is read back, and what is appended is added.

use std::sync::Arc;

use proptest::prelude::*;

use super::any::{incidents, shielded, updates};
use crate::load::{append_update, parse_incident, translation, write_incident, write_translation};
use crate::model::incident::Incident;
use crate::model::localized::Language;
use crate::model::phase::IncidentKind;

proptest! {
    #[test]
    fn what_is_written_is_read_back(incident in incidents()) {
        let incident = shielded(incident);
        let spanish = Language::new("es").unwrap();
        let main = write_incident(&incident);
        let translated = write_translation(&incident, &spanish);
        let parsed = parse_incident(&incident.file, &main);
        let errors: Vec<_> = parsed.problems.iter().filter(|problem| problem.rule != "nothing-affected").collect();
        prop_assert!(errors.is_empty(), "{errors:?}\n{main}");
        let mut read = parsed.incident.unwrap();
        if let Some(text) = translated {
            let parsed = translation::parse("f.es.md", &text, &spanish);
            prop_assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
            let translation = parsed.translation.unwrap();
            prop_assert_eq!(translation.misfits(&read, &parsed.places), vec![]);
            translation.apply(Arc::make_mut(&mut read));
        }
        prop_assert_eq!(&*read, &incident, "{}", main);
        prop_assert_eq!(write_incident(&read), main);
    }

    #[test]
    fn an_appended_update_is_added_and_nothing_else_changes(
        incident in incidents(),
        new in updates(IncidentKind::Incident),
        style in 0..4_u8,
    ) {
        let incident = shielded(incident);
        let mut text = written(&incident, style);
        let mut before = parse_incident(&incident.file, &text).incident.unwrap();
        for update in new {
            let update = crate::model::incident::Update { phase: update.phase.filter(|phase| phase.kind() == incident.kind), ..update };
            let is_refused = before.updates.iter().any(|known| known.at == update.at)
                || incident.kind == IncidentKind::Maintenance && update.eta.is_some();
            let result = append_update(&text, &update, &incident.file);
            prop_assert_eq!(result.is_err(), is_refused, "{:?}\n{}", result, text);
            let Ok(result) = result else { continue };
            let parsed = parse_incident(&incident.file, &result);
            let after = parsed.incident.unwrap();
            prop_assert!(parsed.problems.iter().all(|problem| problem.rule == "nothing-affected"), "{result}");
            prop_assert_eq!(after.updates.len(), before.updates.len() + 1);
            prop_assert!(before.updates.iter().all(|old| after.updates.contains(old)));
            prop_assert!(update.statuses.iter().all(|(id, status)| after.affected.get(id) == Some(status)));
            prop_assert_eq!(after.severity, update.severity.unwrap_or(before.severity));
            prop_assert_eq!((&after.title, &after.impact, after.window), (&before.title, &before.impact, before.window));
            (text, before) = (result, after);
        }
    }
}

/// The incident as TOML or YAML, with LF or CRLF.
fn written(incident: &Incident, style: u8) -> String {
    let toml = write_incident(incident);
    let (front, story) = toml.strip_prefix("+++\n").and_then(|rest| rest.split_once("+++\n")).unwrap();
    let yaml: String = front
        .lines()
        .map(|line| format!("{}\n", line.replacen(" = ", ": ", 1).replace(" = ", ": ")))
        .collect();
    let text = if style.is_multiple_of(2) { toml.clone() } else { format!("---\n{yaml}---\n{story}") };
    if style < 2 { text } else { text.replace('\n', "\r\n") }
}
