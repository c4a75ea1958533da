//! What an approval is of: the text of an incident, as one list of names and values.
//!
//! Promises: every text and fact for readers, in every language and for every audience, is in the list, and so is what decides
//! who hears of it; the place of its file is not, nor is the time. A list of another shape gets another `VERSION`, because the
//! ledger has digests of it.

use std::collections::BTreeMap;

use super::Moment;
use super::audience::{NarrowTexts, Versions};
use super::hash::derive;
use super::incident::{Eta, Incident, TimeRange, Update};
use super::localized::Localized;

/// What digests of this shape are derived for.
const VERSION: &str = "approved text 1";

/// What identifies the text of an incident: 52 letters and digits.
pub fn text_digest(incident: &Incident) -> String {
    derive(VERSION, &List::of(incident).0.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Names and values in turn. What a file does not say is not in it.
#[derive(Default)]
struct List(Vec<String>);

impl List {
    fn of(incident: &Incident) -> Self {
        // Each field is named, so that a new one is a decision here.
        let Incident {
            id,
            file: _,
            kind,
            audience,
            title,
            severity,
            affected,
            started,
            window,
            repeats,
            eta,
            next_update,
            impact,
            workaround,
            narrow: NarrowTexts { title: narrow_title, impact: narrow_impact, workaround: narrow_workaround },
            sensitivity,
            author_mark,
            imported_through,
            day_only,
            accepted,
            updates,
        } = incident;
        let mut list = Self::default();
        list.add("id", id);
        list.add("kind", kind.word());
        list.add("audience", audience.word());
        list.text("title", title);
        list.versions("title", narrow_title);
        list.add("severity", severity.word());
        affected.iter().for_each(|(feature, status)| list.add(&format!("affected {feature}"), status.word()));
        list.time("started", *started);
        if let Some(TimeRange { starts, ends, completes, day_only: days }) = window {
            list.time("starts", *starts);
            ends.iter().for_each(|at| list.time("ends", *at));
            completes.iter().for_each(|completes| list.add("completes", completes.word()));
            let days =
                [("starts", days.starts), ("ends", days.ends)].into_iter().filter(|(_, is_day)| *is_day);
            days.for_each(|(turn, _)| list.add("day", turn));
        }
        if let Some(repeats) = repeats {
            list.add("repeats", &repeats.rule);
            repeats.except.iter().for_each(|day| list.add("except", day));
        }
        eta.iter().for_each(|eta| list.eta(*eta));
        next_update.iter().for_each(|at| list.time("next_update", *at));
        impact.iter().for_each(|text| list.text("impact", text));
        list.versions("impact", narrow_impact);
        workaround.iter().for_each(|text| list.text("workaround", text));
        list.versions("workaround", narrow_workaround);
        list.add("sensitivity", sensitivity.word());
        author_mark.iter().for_each(|mark| list.add("notify", mark.word()));
        imported_through.iter().for_each(|at| list.time("imported_through", *at));
        day_only.times().for_each(|at| list.time("day_only", at));
        accepted.iter().for_each(|(rule, reason)| list.add(&format!("accepted {rule}"), reason));
        updates.iter().for_each(|update| list.update(update));
        list
    }

    fn update(&mut self, update: &Update) {
        let Update { at, phase, audience, eta, next_update, severity, author_mark, statuses, body } = update;
        self.time("update", *at);
        phase.iter().for_each(|phase| self.add("phase", phase.word()));
        self.add("audience", audience.word());
        eta.iter().for_each(|eta| self.eta(*eta));
        next_update.iter().for_each(|at| self.time("next_update", *at));
        severity.iter().for_each(|severity| self.add("severity", severity.word()));
        author_mark.iter().for_each(|mark| self.add("mark", mark.word()));
        statuses.iter().for_each(|(feature, status)| self.add(&format!("status {feature}"), status.word()));
        self.text("body", body);
    }

    fn add(&mut self, name: &str, value: impl ToString) {
        self.0.extend([name.to_owned(), value.to_string()]);
    }

    /// To the second, as files have it; a finer time has its fraction.
    fn time(&mut self, name: &str, at: Moment) {
        self.add(name, at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
    }

    fn eta(&mut self, eta: Eta) {
        match eta {
            Eta::At(at) => self.time("eta", at),
            Eta::Unknown => self.add("eta", "unknown"),
        }
    }

    fn text(&mut self, name: &str, Localized { default, translations }: &Localized) {
        self.add(name, default);
        translations.iter().for_each(|(language, text)| self.add(&format!("{name} in {language}"), text));
    }

    fn versions(&mut self, name: &str, versions: &Versions) {
        let versions: BTreeMap<&str, &Localized> =
            versions.iter().map(|(audience, text)| (audience.word(), text)).collect();
        versions.iter().for_each(|(audience, text)| self.text(&format!("{name} for {audience}"), text));
    }
}

#[cfg(test)]
#[path = "tests/approved_text.rs"]
mod tests;
