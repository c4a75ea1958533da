//! Changes to the good story that nearly break a rule and do not.

use chrono::TimeDelta;

use super::stories::{Change, at, feature, plan, resolve, spanish, update};
use crate::model::author_mark::AuthorMark;
use crate::model::feature::Status;
use crate::model::incident::{Audience, Eta, IncidentId, TimeRange};
use crate::model::localized::Localized;
use crate::model::phase::{Phase, Severity};

/// A rule, and what it has to pass.
pub(super) const FINE: &[(&str, Change)] = &[
    ("costly-text", |incident| {
        incident.updates[0].body = Localized::plain(format!("|a|\n|-|\n{}", "|b|\n".repeat(8_000)));
    }),
    ("deep-nesting", |incident| {
        incident.updates[0].body = Localized::plain(format!("{}Cards fail.", "> ".repeat(100)));
    }),
    ("missing-eta", |incident| {
        incident.eta = None;
        incident.updates.pop();
        resolve(incident);
    }),
    ("missing-eta", plan),
    ("unfilled-blank", |incident| {
        incident.updates[1].body =
            Localized::plain("`GET /orders/{id}` fails:\n\n```json\n{\"order\": {id}}\n```");
    }),
    ("unknown-eta-needs-next-update", |incident| {
        incident.updates.pop();
        incident.eta = Some(Eta::Unknown);
    }),
    ("unknown-eta-needs-next-update", |incident| {
        incident.updates[1].eta = Some(Eta::Unknown);
        (incident.eta, incident.next_update) = (Some(Eta::Unknown), Some(at(11, 30)));
    }),
    ("missing-impact", |incident| {
        incident.impact = None;
        resolve(incident);
    }),
    ("eta-passed", |incident| {
        incident.updates[1].eta = Some(Eta::At(at(11, 0)));
        incident.eta = Some(Eta::At(at(11, 0)));
    }),
    ("eta-passed", |incident| {
        incident.eta = Some(Eta::At(at(8, 0)));
        resolve(incident);
    }),
    ("eta-too-far", |incident| {
        incident.updates.pop();
        incident.eta = Some(Eta::At(at(11, 0) + TimeDelta::days(30)));
    }),
    ("next-update-overdue", |incident| incident.next_update = Some(at(11, 0))),
    ("next-update-overdue", |incident| {
        incident.next_update = Some(at(10, 0));
        resolve(incident);
    }),
    ("unknown-audience", |incident| incident.updates[0].audience = Audience::Internal),
    ("unknown-feature", |incident| {
        incident.updates[0].statuses = [(feature("refunds"), Status::Degraded)].into();
    }),
    ("silent-incident", |incident| {
        resolve(incident);
        incident.author_mark = Some(AuthorMark::Silent);
    }),
    ("silent-incident", |incident| incident.author_mark = Some(AuthorMark::Tell)),
    ("silent-incident", |incident| {
        incident.author_mark = Some(AuthorMark::Silent);
        incident.updates.iter_mut().for_each(|update| update.audience = Audience::Internal);
    }),
    ("story-order", |incident| {
        resolve(incident);
        incident.updates.push(update(at(10, 40), Some(Phase::Investigating), "It is back."));
        incident.updates.push(update(at(10, 50), Some(Phase::Resolved), "Cards work."));
        incident.updates.push(update(at(10, 55), Some(Phase::Postmortem), "What we learned."));
        incident.updates.push(update(at(10, 58), Some(Phase::Postmortem), "A word more."));
    }),
    ("story-order", |incident| {
        plan(incident);
        incident.updates[0].at = at(-100, 0);
    }),
    ("in-the-future", |incident| incident.updates[1].at = at(11, 5)),
    ("start-after-update", |incident| incident.started = at(9, 25)),
    ("end-before-start", resolve),
    ("end-before-news", |incident| {
        incident.updates.truncate(1);
        incident.updates[0].phase = Some(Phase::Resolved);
    }),
    ("long-window", |incident| {
        plan(incident);
        incident.window = Some(TimeRange::between(at(30, 0), at(30, 0) + TimeDelta::days(31)));
    }),
    ("year-slip", |incident| incident.started -= TimeDelta::days(180)),
    ("unfinished-translation", |incident| {
        incident.title.translations.extend([spanish("Fallan los pagos")]);
        incident.impact.iter_mut().for_each(|text| text.translations.extend([spanish("La mitad falla.")]));
        incident
            .updates
            .iter_mut()
            .for_each(|update| update.body.translations.extend([spanish("Seguimos.")]));
        incident.updates.push(update(at(10, 10), None, "Only for us."));
        incident.updates[2].audience = Audience::Internal;
    }),
    ("unfinished-translation", |incident| {
        incident.updates[0].body.translations.extend([spanish("Lo estamos investigando.")]);
    }),
    ("front-matter-behind-story", |incident| {
        incident.updates[0].severity = Some(Severity::Minor);
        incident.updates[1].severity = Some(Severity::Major);
        incident.updates[0].statuses = [(feature("checkout"), Status::PartialOutage)].into();
    }),
    ("front-matter-behind-story", |incident| {
        incident.updates[1].eta = Some(Eta::At(at(13, 0)));
        resolve(incident);
    }),
    ("technical-detail", |incident| {
        incident.updates[0].body = Localized::plain("We restart 10.0.3.7.");
        incident.updates[0].audience = Audience::Internal;
    }),
    ("denied-word", |incident| {
        incident.title = Localized::plain("Globex is down");
        incident.accepted = [("denied-word".to_owned(), "customers log in there".to_owned())].into();
    }),
    ("secret", |incident| {
        incident.updates[0].body = Localized::plain("Use PASSWORD=hunter22 until then.");
        incident.accepted = [("secret".to_owned(), "the password of the demo".to_owned())].into();
    }),
    ("unknown-day", |incident| {
        incident.day_only = [incident.started, incident.updates[0].at].into_iter().collect()
    }),
    ("unknown-acceptance", |incident| {
        incident.updates[0].body = Localized::plain("We restart 10.0.3.7.");
        incident.accepted = [("technical-detail".to_owned(), "its address is public".to_owned())].into();
    }),
    ("empty-update", |incident| {
        incident.updates[1].body = Localized::plain("");
        incident.updates[1].audience = Audience::Internal;
    }),
    ("unfilled-blank", |incident| {
        incident.updates[1].body =
            Localized::plain("By {time 2026-11-20T11:30Z}; send `{id}`, \\{name} or {\"id\": 1} {A} {}.");
    }),
    ("time-in-title", |incident| incident.title = Localized::plain("The {timetable} and the time are wrong")),
    ("sample-incident", |incident| {
        incident.id = IncidentId::new("2026/slow-search").expect("an id");
        incident.title = Localized::plain("Search takes longer than usual");
    }),
    ("overlong-title", |incident| incident.title = Localized::plain("é".repeat(120))),
    ("work-overdue", |incident| {
        plan(incident);
        incident.window = Some(TimeRange::between(at(8, 0), at(9, 0)));
        incident.started = at(8, 0);
    }),
];
