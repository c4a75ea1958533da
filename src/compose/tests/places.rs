//! What destinations are sent, and in which form.

use std::time::Duration;

use chrono::TimeDelta;

use super::build::{at, change, eta_slips, feature, language, now, outage, over, site};
use crate::compose::add_places;
use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::channel::Channel;
use crate::model::destination::{Destination, Repeats};
use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::Localized;
use crate::model::message::{BRIEF_MAX, CardMessage, EventMessage, Message, Tone};
use crate::model::notice::{Notices, PlannedStep};
use crate::model::phase::Severity;
use crate::model::sample;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::{EndpointId, FeatureFilter};
use crate::theme::Theme;

fn room() -> Destination {
    sample::destination("ops-room", Channel::Chat, "slack/C01")
}

fn pager() -> Destination {
    sample::destination("pager", Channel::Tool, "pagerduty")
}

fn told(incident: &Incident, what: impl Into<Vec<ChangeKind>>, destinations: &[Destination]) -> Notices {
    told_at(now(), incident, what, destinations)
}

fn told_at(
    now: Moment,
    incident: &Incident,
    what: impl Into<Vec<ChangeKind>>,
    destinations: &[Destination],
) -> Notices {
    let (mut notices, theme) = (Notices::default(), Theme::built_in());
    let changes = [change(incident, what)];
    add_places(&mut notices, &changes, &site([incident.clone()]), destinations, &theme, now).unwrap();
    notices
}

fn card(notices: Notices) -> CardMessage {
    match notices.messages.into_iter().next() {
        Some(Message::Card(card)) => *card,
        other => panic!("{other:?}"),
    }
}

fn event(notices: Notices) -> EventMessage {
    match notices.messages.into_iter().next() {
        Some(Message::Event(event)) => *event,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_destination_gets_one_step_that_waits_for_nothing() {
    let destination =
        Destination { time_to_live: Duration::from_secs(60), repeats: Repeats::Edits, ..room() };
    let notices = told(&outage(), [eta_slips()], std::slice::from_ref(&destination));
    let [notice] = &notices.notices[..] else { panic!("{notices:?}") };
    assert_eq!((&notice.subscriber, notice.severity), (&destination.id(), Severity::Major));
    let [PlannedStep { channel, endpoint, expires_at, try_for, quiet, repeats, .. }] = &notice.steps[..]
    else {
        panic!("{notice:?}")
    };
    assert_eq!((*channel, *endpoint, *repeats), (Channel::Chat, EndpointId::OF_PLACE, Repeats::Edits));
    assert_eq!((*expires_at, *try_for, *quiet), (now() + TimeDelta::minutes(1), None, None));
}

#[test]
fn a_destination_hears_of_what_it_follows_from_the_severity_it_asks_for() {
    let follows = |id: &str| FeatureFilter::Features([feature(id)].into());
    let all = [
        room(),
        Destination { name: "checkout".to_owned(), follows: follows("checkout"), ..room() },
        Destination { name: "shop".to_owned(), follows: follows("shop"), ..room() },
        Destination { name: "search".to_owned(), follows: follows("search"), ..room() },
        Destination { name: "worst".to_owned(), from_severity: Severity::Critical, ..room() },
    ];
    let notices = told(&outage(), [ChangeKind::Opened], &all);
    let names: Vec<&str> = all
        .iter()
        .filter(|one| notices.notices.iter().any(|notice| notice.subscriber == one.id()))
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["ops-room", "checkout", "shop"]);
    assert_eq!(notices.messages.len(), 1, "who reads the same gets the same message");
}

#[test]
fn a_card_says_what_people_have_to_know() {
    let spanish = Destination { language: Some(language("es")), ..room() };
    let card = card(told(&outage(), [eta_slips()], &[spanish]));
    assert_eq!(
        (card.title.as_str(), card.tone),
        ("Fallan los pagos con tarjeta", Tone::Ongoing(Severity::Major))
    );
    for fact in [
        "Pago",
        "Falla cerca de la mitad",
        "Pague por transferencia",
        "12:30",
        "incidents/2026/card-payments/",
    ] {
        assert!(card.text.contains(fact), "{fact}: {}", card.text);
        let is_shown = |text: &str| text.contains(fact);
        let mut parts = card.facts.iter().chain(&card.said).map(|part| part.text.as_str());
        assert!(parts.any(is_shown) || is_shown(&card.headline) || is_shown(&card.url), "{fact}: {card:?}");
    }
    assert_eq!(
        card.said[0].text,
        "El fallo está en nuestro procesador de tarjetas. Cambiamos al segundo antes de las 20 de noviembre de 2026, 12:00 CET."
    );
}

#[test]
fn a_card_says_what_people_have_to_know_in_a_few_words_however_long_its_texts_are() {
    let long = |words: &str| Localized::plain(format!("{words} {}", "and more of it ".repeat(80)));
    let shouted = Localized::plain("\u{1f525}".repeat(600));
    for (title, impact) in [
        (outage().title, outage().impact),
        (long("Payments fail"), outage().impact),
        (outage().title, Some(long("Half of payments fail"))),
        (long("Payments fail"), Some(long("Half of payments fail"))),
        (shouted.clone(), Some(shouted)),
    ] {
        let incident = Incident { title, impact, ..outage() };
        for what in [ChangeKind::Opened, eta_slips()] {
            let card = card(told(&incident, [what], &[room()]));
            assert!(card.brief.chars().count() <= BRIEF_MAX, "{}", card.brief);
            for fact in ["Checkout", "Refunds", "12:30"] {
                assert!(card.brief.contains(fact), "lacks {fact}: {}", card.brief);
            }
        }
    }
    let over = card(told_at(at(11, 18), &over(), [ChangeKind::Resolved], &[room()]));
    assert!(over.brief.starts_with("Resolved"), "{}", over.brief);
}

#[test]
fn a_card_of_the_end_says_so_first_and_keeps_the_name() {
    let opened = card(told(&outage(), [ChangeKind::Opened], &[room()]));
    let resolved = card(told_at(at(11, 18), &over(), [ChangeKind::Resolved], &[room()]));
    assert_eq!((&opened.title, &resolved.name), (&opened.name, &opened.name), "what it is called stays");
    assert!(
        resolved.title.ends_with(&resolved.name) && resolved.title != resolved.name,
        "{}",
        resolved.title
    );
    assert_eq!(opened.thread, resolved.thread, "one entry for an incident");
}

#[test]
fn the_end_is_told_first_and_closes_what_a_tool_has_open() {
    let opened = event(told(&outage(), [ChangeKind::Opened], &[pager()]));
    let resolved = event(told_at(at(11, 18), &over(), [ChangeKind::Resolved], &[pager()]));
    assert_eq!((opened.tone, resolved.tone), (Tone::Ongoing(Severity::Major), Tone::Over));
    assert_eq!((opened.what, resolved.what), (vec!["opened".to_owned()], vec!["resolved".to_owned()]));
    assert!(resolved.summary.starts_with("Resolved"), "{}", resolved.summary);
    let details = opened.details.unwrap();
    assert_eq!((details.phase.as_str(), details.eta), ("identified", Some(at(11, 30))));
    let features: Vec<_> =
        details.features.iter().map(|one| (one.id.as_str(), one.status.as_str())).collect();
    assert_eq!(features, [("refunds", "degraded"), ("checkout", "partial_outage")]);
}

#[test]
fn what_is_too_sensitive_is_reduced_to_the_link() {
    let secret = Incident { sensitivity: Sensitivity::Confidential, ..outage() };
    let (card, event) = (
        card(told(&secret, [ChangeKind::Opened], &[room()])),
        event(told(&secret, [ChangeKind::Opened], &[pager()])),
    );
    assert_eq!((&event.details, event.what.len(), event.tone), (&None, 0, Tone::Ongoing(Severity::Notice)));
    for words in [format!("{card:?}"), format!("{event:?}")] {
        assert!(!words.contains("ard payments") && !words.contains("card-payments"), "{words}");
        assert!(words.contains("https://status.nimbus.example/"), "{words}");
    }
    let trusted = Destination { sensitivity_max: Sensitivity::Confidential, ..pager() };
    assert!(self::event(told(&secret, [ChangeKind::Opened], &[trusted])).details.is_some());
}

#[test]
fn internal_words_are_for_internal_destinations_alone() {
    let mut incident = outage();
    let internal =
        Update { audience: Audience::Internal, ..sample::update(at(10, 6), None, "Disk db-7 is full.") };
    incident.updates.push(internal);
    let ours = Destination { audience: Audience::Internal, name: "ours".to_owned(), ..room() };
    let notices = told(&incident, [ChangeKind::Opened], &[room(), ours]);
    let texts: Vec<bool> =
        notices.messages.iter().map(|message| message.plain_text().contains("db-7")).collect();
    assert_eq!(texts, [false, true]);
}
