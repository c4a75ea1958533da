//! Text messages: the facts that must be there, in as few segments as they take.

use super::build::{
    at, change, eta_slips, feature, in_three, maintenance, now, outage, over, plan, site, subscriber,
};
use crate::compose::notices;
use crate::config::plan::Plan;
use crate::model::change::What;
use crate::model::incident::{Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::phase::Severity;
use crate::theme::Theme;

fn text(incident: &Incident, what: &[What], tag: &str, plan: &Plan) -> TextMessage {
    let now = if incident.eta.is_none() && incident.window.is_none() { at(11, 20) } else { now() };
    let bo = [subscriber("bo", tag, &["+34600111222"])];
    let changes = [change(incident, what)];
    let told = notices(&changes, &site([incident.clone()]), &bo, plan, &Theme::built_in(), now).unwrap();
    match told.messages.into_iter().next() {
        Some(Message::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_segment_in_three_languages() {
    let moved = [eta_slips()];
    let cases: &[(Incident, &[What], &str, &str)] = &[
        (
            outage(),
            &[What::Opened],
            "en",
            "Nimbus: Refunds and Checkout: Card payments are failing. New problem, expected back by 12:30 CET. \
             https://status.nimbus.example/incidents/2026/card-payments/",
        ),
        (
            outage(),
            &moved,
            "en",
            "Nimbus: Refunds and Checkout: Card payments are failing. Back by 12:30 CET instead of 11:30. \
             https://status.nimbus.example/incidents/2026/card-payments/",
        ),
        (
            outage(),
            &moved,
            "es",
            "Reembolsos y Pago: Fallan los pagos con tarjeta. Vuelta prevista: 12:30 CET en vez de 11:30. \
             https://status.nimbus.example/es/incidents/2026/card-payments/",
        ),
        (
            over(),
            &[What::Resolved],
            "de",
            "Erstattungen und Kasse: Kartenzahlungen schlagen fehl. Behoben, Dauer: 2 Stunden 5 Minuten. \
             https://status.nimbus.example/de/incidents/2026/card-payments/",
        ),
        (
            maintenance(),
            &[What::MaintenanceAnnounced],
            "en",
            "Nimbus: Checkout: Database upgrade. Planned work, 20 Nov 2026, 23:00 - 21 Nov 2026, 03:00 CET. \
             https://status.nimbus.example/incidents/database-upgrade/",
        ),
    ];
    for (incident, what, tag, body) in cases {
        let text = text(incident, what, tag, &plan());
        assert_eq!((text.body.as_str(), text.segments, text.encoding), (*body, 1, Encoding::Gsm7));
    }
}

#[test]
fn another_segment_is_paid_for_before_the_features_are_lost() {
    let text = text(&outage(), &[eta_slips()], "de", &plan());
    let body = "Erstattungen und Kasse: Kartenzahlungen schlagen fehl. Voraussichtlich behoben bis 12:30 CET statt 11:30. \
                https://status.nimbus.example/de/incidents/2026/card-payments/";
    assert_eq!((text.body.as_str(), text.segments), (body, 2));
}

#[test]
fn the_smaller_news_gives_way_before_the_pages_name() {
    let what = [
        What::SeverityMoved { from: Severity::Minor, to: Severity::Major },
        eta_slips(),
        What::FeaturesAdded([feature("refunds")].into()),
    ];
    let text = text(&outage(), &what, "en", &plan());
    assert!(text.body.starts_with(
        "Nimbus: Refunds and Checkout: Card payments are failing. Back by 12:30 CET instead of 11:30. https"
    ));
    let mut brief = outage();
    brief.title = Localized::plain("Down");
    brief.id = IncidentId::new("cards").unwrap();
    let body = self::text(&brief, &what[..2], "en", &plan()).body;
    assert!(body.contains("11:30. Severity is now Major instead of Minor. https"), "{body}");
    brief.title = Localized::plain("Card payments fail in Spain, Portugal, Italy, Greece and Malta");
    let body = self::text(&brief, &what, "es", &plan()).body;
    assert!(
        body.starts_with("Reembolsos y Pago: Card payments fail in Spain"),
        "the name gives way last: {body}"
    );
}

#[test]
fn news_without_a_time_of_its_own_carries_the_estimate() {
    let text = text(&outage(), &[What::UpdatePosted { at: at(10, 5) }], "en", &plan());
    assert!(text.body.contains("There is news. Back by 12:30 CET. https://"), "{}", text.body);
}

#[test]
fn letters_outside_the_alphabet_are_spelt_plainly_only_where_that_saves_a_segment() {
    let spanish = text(&maintenance(), &[What::MaintenanceAnnounced], "es", &plan());
    assert_eq!((spanish.encoding, spanish.segments), (Encoding::Gsm7, 2));
    assert!(spanish.body.contains("Actualizacion de la base de datos"), "{}", spanish.body);
    let mut as_written = plan();
    let channel = as_written.text.as_mut().unwrap();
    (channel.transliterate, channel.segments_max) = (false, 3);
    let spanish = text(&maintenance(), &[What::MaintenanceAnnounced], "es", &as_written);
    assert_eq!(spanish.encoding, Encoding::Ucs2, "{}", spanish.body);
    assert!(spanish.body.contains("Actualización"), "{}", spanish.body);
}

#[test]
fn the_title_gives_way_before_the_estimate_and_the_link() {
    let long =
        Incident { title: Localized::plain("Card payments are failing in Europe ".repeat(30)), ..outage() };
    for segments_max in 1..=3 {
        let mut plan = plan();
        plan.text.as_mut().unwrap().segments_max = segments_max;
        let text = text(&long, &[eta_slips()], "en", &plan);
        assert_eq!(text.segments, segments_max);
        assert!(
            text.body.starts_with("Refunds and Checkout: Card payments") && text.body.contains("... Back"),
            "{}",
            text.body
        );
        assert!(text.body.contains("Back by 12:30 CET instead of 11:30."));
        assert!(text.body.ends_with(" https://status.nimbus.example/incidents/2026/card-payments/"));
    }
}

#[test]
fn the_must_stays_even_where_it_takes_more_than_the_plan_wants() {
    let title = in_three("障害が発生しています", "障害が発生しています", "障害が発生しています");
    let mut plan = plan();
    plan.text.as_mut().unwrap().segments_max = 1;
    let text = text(&Incident { title, ..outage() }, &[eta_slips()], "en", &plan);
    assert_eq!(text.encoding, Encoding::Ucs2);
    assert!(text.segments > 1 && text.body.contains("12:30 CET") && text.body.ends_with("/card-payments/"));
}

#[test]
fn a_title_cannot_break_the_line() {
    let hostile = Incident { title: Localized::plain("Down\r\n\0X\u{2028}Y\u{85}Z"), ..outage() };
    let body = text(&hostile, &[eta_slips()], "en", &plan()).body;
    assert!(!body.contains(|c: char| c.is_control() || c == '\u{2028}'), "{body:?}");
}
