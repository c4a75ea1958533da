//! A good story, and the changes to it: those that break a rule and those that nearly do.

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::author_mark::AuthorMark;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Audience, Eta, Incident, IncidentId, TimeRange};
use crate::model::localized::{Language, Localized};
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::sample;
pub(super) use crate::model::sample::update;

pub(super) const FILE: &str = "incidents/card.md";

/// A moment of 20 November 2026; the rules run at 11:00.
pub(super) fn at(hour: i64, minute: i64) -> Moment {
    let midnight: Moment = "2026-11-20T00:00:00Z".parse().expect("a moment");
    midnight + TimeDelta::hours(hour) + TimeDelta::minutes(minute)
}

pub(super) fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).expect("an id")
}

pub(super) fn language(tag: &str) -> Language {
    Language::new(tag).expect("a tag")
}

pub(super) fn spanish(text: &str) -> (Language, String) {
    (language("es"), text.to_owned())
}

/// An open incident and keeps every rule: started at 9:12, an estimate of 12:30, two updates.
pub(super) fn incident() -> Incident {
    let mut identified = update(at(10, 5), Some(Phase::Identified), "The fault is at our card processor.");
    identified.eta = Some(Eta::At(at(12, 30)));
    Incident {
        file: FILE.into(),
        affected: [(feature("checkout"), Status::PartialOutage)].into(),
        eta: Some(Eta::At(at(12, 30))),
        next_update: Some(at(11, 30)),
        impact: Some(Localized::plain("About half of card payments fail.")),
        updates: vec![update(at(9, 20), Some(Phase::Investigating), "We are looking into it."), identified],
        ..sample::incident("card", at(9, 12))
    }
}

/// Turns it into maintenance that is planned for tomorrow.
pub(super) fn plan(incident: &mut Incident) {
    incident.kind = IncidentKind::Maintenance;
    incident.started = at(30, 0);
    incident.window = Some(TimeRange::between(at(30, 0), at(32, 0)));
    (incident.eta, incident.next_update) = (None, None);
    incident.updates = vec![update(at(9, 0), Some(Phase::Scheduled), "We move to a new card processor.")];
}

pub(super) fn resolve(incident: &mut Incident) {
    incident.updates.push(update(at(10, 30), Some(Phase::Resolved), "Cards work again."));
}

/// What is done to the good story.
pub(super) type Change = fn(&mut Incident);

/// A rule, what breaks it, and every problem that gives.
pub(super) const BROKEN: &[(&str, Change, &[&str])] = &[
    (
        "costly-text",
        |incident| incident.updates[1].body = Localized::plain(">".repeat(100) + &"b\n".repeat(50_000)),
        &["12 error costly-text: the text takes too long to show: its markup costs more than 4000000 steps \
             (shorten its quotes, lists and tables, or show them as code)"],
    ),
    (
        "deep-nesting",
        |incident| incident.updates[0].body = Localized::plain(format!("{}Cards fail.", "> ".repeat(101))),
        &[
            "11 warning deep-nesting: quotes and lists nest deeper than 100 levels; deeper levels are shown flat \
             (remove the superfluous `>`, `-` or numbers at the beginning of the line)",
        ],
    ),
    (
        "missing-eta",
        |incident| {
            incident.eta = None;
            incident.updates.pop();
        },
        &["3 error missing-eta: the incident is open and has no ETA (add `eta = …`, or `eta = \"unknown\"` \
             and `next_update = …` while it is unknown)"],
    ),
    (
        "work-overdue",
        |incident| {
            plan(incident);
            incident.window = Some(TimeRange::between(at(8, 0), at(9, 0)));
            incident.started = at(8, 0);
            incident.updates[0].at = at(8, 30);
        },
        &[
            "2 warning work-overdue: the work was planned to end at 2026-11-20T09:00:00Z, 2 h ago (post an update that \
         completes it, or move `ends`)",
        ],
    ),
    (
        "unknown-eta-needs-next-update",
        |incident| {
            incident.updates.pop();
            (incident.eta, incident.next_update) = (Some(Eta::Unknown), None);
        },
        &["6 error unknown-eta-needs-next-update: the ETA is unknown and no next update is promised (add \
           `next_update = …` with a time that you can keep)"],
    ),
    (
        "unknown-eta-needs-next-update",
        |incident| {
            incident.updates.pop();
            (incident.eta, incident.next_update) = (Some(Eta::Unknown), None);
            incident.imported_through = Some(at(9, 20));
        },
        &[
            "6 warning unknown-eta-needs-next-update: the ETA is unknown and no next update is promised in the source \
           of the import (add `next_update = …` with a time that you can keep)",
        ],
    ),
    (
        "unknown-eta-needs-next-update",
        |incident| {
            incident.updates[1].eta = Some(Eta::Unknown);
            (incident.eta, incident.next_update) = (Some(Eta::Unknown), None);
            incident.imported_through = Some(at(9, 20));
        },
        &["6 error unknown-eta-needs-next-update: the ETA is unknown and no next update is promised (add \
           `next_update = …` with a time that you can keep)"],
    ),
    (
        "missing-impact",
        |incident| incident.impact = None,
        &[
            "2 warning missing-impact: the file has no `impact`: customers do not learn what this means for them \
             (add `impact = …`: who notices what, in the customers' words)",
        ],
    ),
    (
        "missing-impact",
        |incident| {
            plan(incident);
            incident.impact = None;
        },
        &[
            "2 warning missing-impact: the file has no `impact`: customers do not learn what this means for them \
             (add `impact = …`: who notices what, in the customers' words)",
        ],
    ),
    (
        "eta-passed",
        |incident| {
            incident.updates.pop();
            incident.eta = Some(Eta::At(at(9, 29)));
        },
        &[
            "6 warning eta-passed: the ETA 2026-11-20T09:29:00Z passed 1 h ago (post an update with a new `eta`, or \
         resolve it)",
        ],
    ),
    (
        "eta-passed",
        |incident| {
            incident.updates.pop();
            incident.eta = Some(Eta::At(at(8, 59)));
        },
        &[
            "6 error eta-passed: the ETA 2026-11-20T08:59:00Z is before the incident starts, 2026-11-20T09:12:00Z \
             (check the date and the zone: subscribers would read that it takes longer)",
        ],
    ),
    (
        "eta-too-far",
        |incident| {
            incident.updates.pop();
            incident.eta = Some(Eta::At(at(12, 0) + TimeDelta::days(365)));
        },
        &[
            "6 warning eta-too-far: the ETA 2027-11-20T12:00:00Z is 365 days ahead, more than 30 (check the year and \
           the month)",
        ],
    ),
    (
        "next-update-overdue",
        |incident| incident.next_update = Some(at(10, 30)),
        &[
            "7 warning next-update-overdue: an update was promised for 2026-11-20T10:30:00Z, 30 min ago (post it, \
             with a new `next_update`)",
        ],
    ),
    (
        "unknown-audience",
        |it| it.updates[0].audience = Audience::from_word("intenral").unwrap(),
        &["11 error unknown-audience: the page has no audience `intenral` (did you mean `internal`?)"],
    ),
    (
        "unknown-feature",
        |incident| {
            incident.affected = [(feature("chekout"), Status::Degraded)].into();
            incident.updates[0].statuses = [(feature("search"), Status::Degraded)].into();
        },
        &[
            "- error unknown-feature: the page has no feature `chekout` (did you mean `checkout`?)",
            "11 error unknown-feature: the page has no feature `search`, which the update of 2026-11-20T09:20:00Z \
             names (one of `checkout`, `refunds`)",
        ],
    ),
    (
        "unknown-feature",
        |incident| {
            incident.affected = [(feature("fax"), Status::Degraded)].into();
            resolve(incident);
        },
        &["- warning unknown-feature: the page has no feature `fax` (one of `checkout`, `refunds`)"],
    ),
    (
        "start-after-update",
        |incident| incident.started = at(36, 0),
        &[
            "5 error in-the-future: the incident starts at 2026-11-21T12:00:00Z, in the future (check the date and \
             the zone)",
            "5 warning start-after-update: the incident starts at 2026-11-21T12:00:00Z, after its first update, \
         2026-11-20T09:20:00Z (write `started = 2026-11-20T09:20:00Z` or earlier, or correct the heading)",
        ],
    ),
    (
        "end-before-start",
        |incident| incident.updates.push(update(at(6, 30), Some(Phase::Resolved), "Cards work again.")),
        &["13 error end-before-start: the incident ends at 2026-11-20T06:30:00Z, before it starts, \
             2026-11-20T09:12:00Z (correct the heading or `started`)"],
    ),
    (
        "end-before-news",
        |incident| incident.updates.insert(0, update(at(9, 15), Some(Phase::Resolved), "Cards work again.")),
        &[
            "11 error end-before-news: the first update says `resolved`, before the news of 2026-11-20T09:20:00Z \
             (correct its time, or say first what was wrong)",
        ],
    ),
    (
        "long-window",
        |incident| {
            plan(incident);
            incident.window = Some(TimeRange::between(at(30, 0), at(30, 0) + TimeDelta::days(61)));
        },
        &[
            "2 warning long-window: the planned work takes 61 days, more than 31 (check the months and the years)",
        ],
    ),
    (
        "year-slip",
        |incident| {
            incident.started -= TimeDelta::days(365);
        },
        &[
            "11 error year-slip: 2025-11-20T09:12:00Z and 2026-11-20T09:20:00Z of one incident differ only by the \
             year (check both years)",
        ],
    ),
    (
        "in-the-future",
        |incident| {
            (incident.started, incident.updates[0].at) = (at(12, 0), at(12, 0));
            incident.updates.pop();
        },
        &[
            "5 error in-the-future: the incident starts at 2026-11-20T12:00:00Z, in the future (check the date and \
             the zone)",
            "11 warning in-the-future: the update of 2026-11-20T12:00:00Z is in the future, so it is not \
             shown (check the date and the zone)",
        ],
    ),
    (
        "silent-incident",
        |incident| incident.author_mark = Some(AuthorMark::Silent),
        &[
            "2 warning silent-incident: `notify = \"silent\"`: subscribers are notified of nothing in this incident, except that it \
             ended if they were notified of it before (remove the line, unless that is what you intend; what a `notify` finds while it is there is never announced)",
        ],
    ),
    (
        "story-order",
        |incident| {
            incident.updates.push(update(at(10, 30), Some(Phase::Postmortem), "What we learned."));
            incident.updates.push(update(at(10, 40), Some(Phase::Resolved), "Cards work again."));
        },
        &[
            "13 warning story-order: the post-mortem comes before `resolved`",
            "14 warning story-order: `resolved` comes after the post-mortem",
        ],
    ),
    (
        "story-order",
        |incident| {
            plan(incident);
            incident.updates.push(update(at(9, 30), Some(Phase::Cancelled), "It will not happen."));
            incident.updates.push(update(at(9, 40), Some(Phase::Verifying), "We check."));
        },
        &["13 warning story-order: `verifying` comes after `cancelled`"],
    ),
    (
        "in-the-future",
        |incident| incident.updates[1].at = at(11, 6),
        &["12 warning in-the-future: the update of 2026-11-20T11:06:00Z is in the future, so it is not \
             shown (check the date and the zone)"],
    ),
    (
        "unfinished-translation",
        |incident| {
            incident.title.translations.extend([spanish("Fallan los pagos")]);
            incident.updates[0].body.translations.extend([spanish("Lo estamos investigando.")]);
        },
        &[
            "8 warning unfinished-translation: the title has a translation in `es`, `impact` has none (readers of that \
         language get it in the page's first language)",
            "12 warning unfinished-translation: the title has a translation in `es`, the update of \
             2026-11-20T10:05:00Z has none (readers of that language get it in the page's first language)",
        ],
    ),
    (
        "front-matter-behind-story",
        |incident| {
            incident.updates[1].eta = Some(Eta::At(at(13, 0)));
            incident.updates[1].severity = Some(Severity::Critical);
            incident.updates[0].statuses = [(feature("checkout"), Status::MajorOutage)].into();
        },
        &[
            "3 warning front-matter-behind-story: the front matter says `severity` is major, but the newest \
             update that sets it (2026-11-20T10:05:00Z) says critical (set the key to the current value)",
            "4 warning front-matter-behind-story: the front matter says `affected.checkout` is \
             partial_outage, but the newest update that sets it (2026-11-20T09:20:00Z) says major_outage \
             (set the key to the current value)",
            "6 warning front-matter-behind-story: the front matter says `eta` is 2026-11-20T12:30:00Z, but \
             the newest update that sets it (2026-11-20T10:05:00Z) says 2026-11-20T13:00:00Z (set the key to the current value)",
        ],
    ),
    (
        "empty-update",
        |incident| incident.updates[1].body = Localized::plain(" \n"),
        &[
            "12 warning empty-update: the update has no text (write what is new, even if only that the work continues)",
        ],
    ),
    (
        "unfilled-blank",
        |incident| {
            incident.title = Localized::plain("{method} payments are failing");
            incident.updates[1].body = Localized::plain("Pay by {other method}.");
        },
        &[
            "2 error unfilled-blank: the placeholder `{method}` is not filled in (replace it with its value; for \
             literal braces, write `\\{`)",
            "12 error unfilled-blank: the placeholder `{other method}` is not filled in (replace it with its \
             value; for literal braces, write `\\{`)",
        ],
    ),
    (
        "time-in-title",
        |incident| incident.title = Localized::plain("Down until {time 2026-11-20T11:30Z}"),
        &[
            "2 error time-in-title: the title holds `{time 2026-11-20T11:30Z}`, which is filled in only in texts \
             (write the time in `eta`, in `impact` or in an update; a title names what is wrong)",
        ],
    ),
    (
        "sample-incident",
        |incident| {
            incident.id = IncidentId::new("2026/slow-search").expect("an id");
            incident.title = Localized::plain("Search is slow");
        },
        &["2 error sample-incident: this incident is the sample's, not yours (delete its files)"],
    ),
    (
        "overlong-title",
        |incident| {
            incident.title = Localized::plain("é".repeat(121));
        },
        &[
            "2 warning overlong-title: the title has 121 characters, more than 120 (shorten it; the rest fits into \
             the first update)",
        ],
    ),
];
