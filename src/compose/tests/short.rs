//! Text messages: the facts that must be there, in as few segments as they take.

use super::build::{
    at, change, eta_slips, feature, in_three, maintenance, now, outage, over, plan, site, subscriber,
    text_of, text_wording,
};
use crate::compose::notices;
use crate::config::plan::{Plan, Wording};
use crate::model::change::ChangeKind;
use crate::model::feature::Feature;
use crate::model::incident::{Eta, Incident, IncidentId};
use crate::model::localized::Localized;
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::phase::Severity;
use crate::theme::Theme;

fn text(incident: &Incident, what: &[ChangeKind], tag: &str, plan: &Plan) -> TextMessage {
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
fn feature_news_meaning_estimate_and_link_in_three_languages() {
    let moved = [eta_slips()];
    let cases: &[(Incident, &[ChangeKind], &str, &str)] = &[
        (
            outage(),
            &[ChangeKind::Opened],
            "en",
            "Nimbus: Refunds and Checkout: Card payments are failing. New problem, expected back to normal by 12:30 CET. \
             About half of card payments in Europe fail. https://status.nimbus.example/incidents/2026/card-payments/",
        ),
        (
            outage(),
            &moved,
            "en",
            "Nimbus: Refunds and Checkout: Card payments are failing. Now expected back to normal by 12:30 CET, not 11:30. \
             About half of card payments in Europe fail. https://status.nimbus.example/incidents/2026/card-payments/",
        ),
        (
            outage(),
            &moved,
            "es",
            "Nimbus: Reembolsos y Pago: Fallan los pagos con tarjeta. Fin previsto: 12:30 CET en vez de 11:30. \
             Falla cerca de la mitad de los pagos con tarjeta en Europa. \
             https://status.nimbus.example/es/incidents/2026/card-payments/",
        ),
        (
            over(),
            &[ChangeKind::Resolved],
            "de",
            "Behoben (Dauer: 2 Stunden und 5 Minuten): Erstattungen und Kasse: Kartenzahlungen schlagen fehl. \
             https://status.nimbus.example/de/incidents/2026/card-payments/",
        ),
        (
            maintenance(),
            &[ChangeKind::MaintenanceAnnounced],
            "en",
            "Nimbus: Checkout: Database upgrade. Planned work, 20 Nov, 23:00 - 21 Nov, 03:00 CET. Orders placed meanwhile are \
             confirmed later. https://status.nimbus.example/incidents/database-upgrade/",
        ),
    ];
    for (incident, what, tag, body) in cases {
        let text = text(incident, what, tag, &plan());
        assert_eq!((text.body.as_str(), text.encoding), (*body, Encoding::Gsm7));
        assert!(text.segments <= 2, "{}", text.body);
    }
}

#[test]
fn what_costs_another_segment_is_left_out_unless_it_must_be_there() {
    let what = [
        ChangeKind::SeverityChanged { from: Severity::Minor, to: Severity::Major },
        eta_slips(),
        ChangeKind::FeaturesAdded([feature("refunds")].into()),
    ];
    let full = text(&outage(), &what, "en", &plan());
    assert_eq!(full.segments, 2);
    assert!(
        full.body.contains("in Europe fail. Severity: Major (was Minor). Now also affected: Refunds. https"),
        "{}",
        full.body
    );
    let brief = Incident { impact: None, id: IncidentId::new("c").unwrap(), ..outage() };
    let brief = text(&brief, &what, "en", &plan());
    assert_eq!(
        (brief.body.as_str(), brief.segments),
        (
            "Nimbus: Refunds and Checkout: Card payments are failing. Now expected back to normal by 12:30 CET, not \
             11:30. https://status.nimbus.example/incidents/c/",
            1
        )
    );
}

#[test]
fn news_without_a_time_of_its_own_carries_the_estimate() {
    let text = text(&outage(), &[ChangeKind::UpdatePosted { at: at(10, 5) }], "en", &plan());
    assert!(
        text.body.contains(
            "New update. About half of card payments in Europe fail. Expected back to normal by 12:30 CET. h"
        ),
        "{}",
        text.body
    );
}

#[test]
fn an_unknown_estimate_is_said_with_the_time_of_the_next_word() {
    let posted = [ChangeKind::UpdatePosted { at: at(10, 5) }];
    let unknown = Incident { eta: Some(Eta::Unknown), next_update: Some(at(12, 0)), ..outage() };
    for (tag, said) in [
        ("en", "No estimate yet. Next update by 13:00 CET. h"),
        ("es", "Sin hora prevista por ahora. Siguiente aviso, como tarde: 13:00 CET. h"),
        ("de", "Noch keine Prognose. Nächste Meldung bis 13:00 CET. h"),
    ] {
        for what in [&posted[..], &[ChangeKind::Opened]] {
            let text = text(&unknown, what, tag, &plan());
            assert!(text.body.contains(said), "{}", text.body);
        }
    }
    let gone = ChangeKind::EtaChanged { from: Some(Eta::At(at(11, 30))), to: Some(Eta::Unknown) };
    let text = text(&unknown, &[gone], "en", &plan());
    assert!(
        text.body.contains("we cannot say yet how long.") && !text.body.contains("No estimate"),
        "{}",
        text.body
    );
    assert!(text.body.contains("Next update by 13:00 CET."), "{}", text.body);
}

#[test]
fn features_of_one_name_are_told_apart_by_their_group() {
    let mut site = site([outage()]);
    let mut second = site.page.groups[0].clone();
    second.name = in_three("Wholesale", "Mayoristas", "Großhandel");
    second.features = vec![Feature { id: feature("bulk"), ..second.features[1].clone() }];
    site.page.groups.push(second);
    let bo = [subscriber("bo", "en", &["+34600111222"])];
    let changes = [change(&outage(), [ChangeKind::Opened])];
    let told = notices(&changes, &site, &bo, &plan(), &Theme::built_in(), now()).unwrap();
    let Some(Message::Text(text)) = told.messages.into_iter().next() else { panic!("no text") };
    assert!(text.body.contains("Refunds and Checkout (Shop): Card payments"), "{}", text.body);
}

#[test]
fn letters_outside_the_alphabet_are_spelt_plainly_only_where_that_saves_a_segment() {
    let spanish = text(&maintenance(), &[ChangeKind::MaintenanceAnnounced], "es", &plan());
    assert_eq!((spanish.encoding, spanish.segments), (Encoding::Gsm7, 2));
    assert!(spanish.body.contains("Actualizacion de la base de datos"), "{}", spanish.body);
    let mut as_written = plan();
    text_of(&mut as_written).wording = Wording::Text(text_wording(3, false));
    let spanish = text(&maintenance(), &[ChangeKind::MaintenanceAnnounced], "es", &as_written);
    assert_eq!(spanish.encoding, Encoding::Ucs2, "{}", spanish.body);
    assert!(spanish.body.contains("Actualización"), "{}", spanish.body);
}

#[test]
fn the_meaning_and_the_title_are_cut_before_the_link_goes() {
    let long =
        Incident { title: Localized::plain("Card payments are failing in Europe ".repeat(30)), ..outage() };
    for segments_max in 1..=3 {
        let mut plan = plan();
        text_of(&mut plan).wording = Wording::Text(text_wording(segments_max, true));
        let text = text(&long, &[eta_slips()], "en", &plan);
        assert!(text.segments <= segments_max, "{}", text.body);
        assert!(text.body.starts_with("Refunds and Checkout: Card payments are failing"), "{}", text.body);
        assert!(text.body.contains("... Now expected back to normal by 12:30 CET, not 11:30. About half"));
        let link = " https://status.nimbus.example/incidents/2026/card-payments/";
        assert_eq!(text.body.ends_with(link), segments_max > 1, "{}", text.body);
    }
}

#[test]
fn a_message_stays_within_the_plans_segments_in_any_alphabet() {
    let title = in_three("障害が発生しています", "障害が発生しています", "障害が発生しています");
    let impact = Some(Localized::plain("カードでのお支払いができません。".repeat(20)));
    let mut plan = plan();
    for segments_max in 1..=4 {
        text_of(&mut plan).wording = Wording::Text(text_wording(segments_max, true));
        let incident = Incident { title: title.clone(), impact: impact.clone(), ..outage() };
        let text = text(&incident, &[eta_slips()], "en", &plan);
        assert_eq!(text.encoding, Encoding::Ucs2);
        assert!(text.body.contains("障害") && text.body.contains("12:30 CET"), "{}", text.body);
        assert!(segments_max == 1 || text.segments <= segments_max, "{}", text.body);
    }
}

#[test]
fn a_title_cannot_break_the_line() {
    let hostile = Incident { title: Localized::plain("Down\r\n\0X\u{2028}Y\u{85}Z"), ..outage() };
    let body = text(&hostile, &[eta_slips()], "en", &plan()).body;
    assert!(!body.contains(|c: char| c.is_control() || c == '\u{2028}'), "{body:?}");
}
