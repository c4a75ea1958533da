//! The texts of mails: every fact in every language, the same in text and HTML, and nothing that breaks out.

use std::collections::BTreeSet;

use super::build::{
    at, change, eta_slips, in_three, maintenance, now, outage, over, plan, site, subscriber, update,
};
use crate::compose::notices;
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::incident::{Audience, Eta, Incident, Update};
use crate::model::localized::{Language, Localized};
use crate::model::message::{MailMessage, Message};
use crate::model::phase::Phase;
use crate::theme::Theme;

fn mail(incident: &Incident, what: &[ChangeKind], tag: &str) -> MailMessage {
    mail_at(now(), &change(incident, what), incident, tag)
}

fn mail_at(now: Moment, change: &Change, incident: &Incident, tag: &str) -> MailMessage {
    let ana = [subscriber("ana", tag, &["ana@example.org"])];
    let changes = std::slice::from_ref(change);
    let told = notices(changes, &site([incident.clone()]), &ana, &plan(), &Theme::built_in(), now).unwrap();
    match told.messages.into_iter().next() {
        Some(Message::Mail(mail)) => mail,
        other => panic!("{other:?}"),
    }
}

/// Asserts that the mail says all of `facts`, both as text and as HTML.
fn assert_says(mail: &MailMessage, facts: &[&str]) {
    for fact in facts {
        assert!(mail.text.contains(fact), "the text lacks `{fact}`:\n{}", mail.text);
        assert!(mail.html.contains(fact), "the HTML lacks `{fact}`:\n{}", mail.html);
    }
}

#[test]
fn every_fact_is_in_every_language() {
    let slipped = [eta_slips(), ChangeKind::UpdatePosted { at: at(10, 5) }];
    assert_says(
        &mail(&outage(), &slipped, "en"),
        &[
            "Card payments are failing",
            "Now expected back to normal by 12:30 CET, not 11:30",
            "Checkout: Not working for some customers",
            "Refunds: Slow or unreliable",
            "About half of card payments in Europe fail.",
            "Pay by bank transfer.",
            "12:30 CET (previously 11:30 CET)",
            "Next update by",
            "Cause found (11:05 CET)",
            "card processor",
            "12:00 CET",
            "https://status.nimbus.example/incidents/2026/card-payments/",
            "because you follow “Nimbus”",
            "unsubscribe",
        ],
    );
    assert_says(
        &mail(&outage(), &slipped, "es"),
        &[
            "Fallan los pagos con tarjeta",
            "Fin previsto: 12:30 CET en vez de 11:30",
            "Pago: Fuera de servicio para algunos clientes",
            "Falla cerca de la mitad",
            "Pague por transferencia bancaria.",
            "procesador de tarjetas",
            "https://status.nimbus.example/es/incidents/2026/card-payments/",
            "baja",
        ],
    );
    assert_says(
        &mail(&outage(), &slipped, "de"),
        &[
            "Kartenzahlungen schlagen fehl",
            "Voraussichtlich bis 12:30 CET statt 11:30",
            "Kasse: Für einen Teil der Kunden gestört",
            "Etwa die Hälfte",
            "Überweisung",
            "https://status.nimbus.example/de/incidents/2026/card-payments/",
            "abbestellen",
        ],
    );
}

#[test]
fn the_headline_says_what_changed() {
    let cases: &[(Incident, &[ChangeKind], &str)] = &[
        (outage(), &[ChangeKind::Opened], "New problem, expected back to normal by 12:30 CET"),
        (Incident { eta: None, ..outage() }, &[ChangeKind::Opened], "New problem"),
        (
            over(),
            &[ChangeKind::Resolved, ChangeKind::UpdatePosted { at: at(11, 17) }],
            "Resolved after 2 hours 5 minutes",
        ),
        (over(), &[ChangeKind::Opened, ChangeKind::Resolved], "Resolved after 2 hours 5 minutes"),
        (
            outage(),
            &[ChangeKind::EtaChanged { from: None, to: Some(Eta::At(at(11, 30))) }],
            "Expected back to normal by 12:30 CET",
        ),
        (
            Incident { eta: Some(Eta::Unknown), ..outage() },
            &[ChangeKind::EtaChanged { from: Some(Eta::At(at(11, 30))), to: Some(Eta::Unknown) }],
            "It will take longer than 12:30 CET; we cannot say yet how long",
        ),
        (
            outage(),
            &[
                ChangeKind::PhaseChanged { from: Phase::Investigating, to: Phase::Identified },
                ChangeKind::UpdatePosted { at: at(10, 5) },
            ],
            "Cause found",
        ),
        (outage(), &[ChangeKind::UpdatePosted { at: at(10, 5) }], "New update"),
        (
            maintenance(),
            &[ChangeKind::MaintenanceAnnounced],
            "Planned work, 20 Nov, 23:00 – 21 Nov, 03:00 CET",
        ),
        (
            maintenance(),
            &[ChangeKind::MaintenanceStarted],
            "Planned work has started and should end by 21 Nov, 03:00 CET",
        ),
        (maintenance(), &[ChangeKind::Reopened], "Planned work has resumed"),
    ];
    for (incident, what, headline) in cases {
        let now =
            if incident.updates.last().is_some_and(|last| last.at > now()) { at(11, 20) } else { now() };
        let mail = mail_at(now, &change(incident, *what), incident, "en");
        let second = mail.text.lines().nth(1).unwrap();
        assert_eq!(second, *headline, "{what:?}");
        assert!(mail.html.contains(headline));
    }
}

#[test]
fn smaller_news_stands_below_the_headline() {
    use crate::model::phase::Severity::{Major, Minor};
    let what = [ChangeKind::SeverityChanged { from: Minor, to: Major }, eta_slips()];
    let text = mail(&outage(), &what, "en").text;
    assert!(
        text.starts_with(
            "Card payments are failing\nNow expected back to normal by 12:30 CET, not 11:30\n- Severity: Major (was Minor)"
        ),
        "{text}"
    );
}

#[test]
fn an_incident_that_is_over_promises_nothing_more() {
    let mail = mail_at(at(11, 20), &change(&over(), [ChangeKind::Resolved]), &over(), "en");
    assert_says(
        &mail,
        &[
            "Resolved: Card payments are failing",
            "Ended",
            "12:17 CET, after 2 hours 5 minutes",
            "Refunds and Checkout",
            "All payments pass again.",
        ],
    );
    for gone in ["Expected back", "Next update", "bank transfer", "Not working"] {
        assert!(!mail.text.contains(gone) && !mail.html.contains(gone), "still says `{gone}`");
    }
}

#[test]
fn an_estimate_that_has_passed_is_not_promised_again() {
    let late = at(11, 45);
    let mail =
        mail_at(late, &change(&outage(), [ChangeKind::UpdatePosted { at: at(10, 5) }]), &outage(), "en");
    assert_says(&mail, &["New update", "This is taking longer than we expected."]);
    assert!(!mail.text.contains("normal by") && !mail.text.contains("Next update"), "{}", mail.text);
    let opened = mail_at(late, &change(&outage(), [ChangeKind::Opened]), &outage(), "en");
    assert!(opened.text.contains("\nNew problem\n"), "{}", opened.text);
}

#[test]
fn text_and_html_say_the_same() {
    for tag in ["en", "es", "de"] {
        for incident in [outage(), over(), maintenance()] {
            let mail = mail(&incident, &[eta_slips()], tag);
            let (text, html) = (words(&mail.text), words(&shown(&mail.html)));
            assert_eq!(html.difference(&text).collect::<Vec<_>>(), Vec::<&String>::new(), "only in the HTML");
            // An address is a link in the HTML, so it is only in the link's target.
            let only_text: Vec<_> =
                text.difference(&html).filter(|word| !mail.html.contains(*word)).collect();
            assert_eq!(only_text, Vec::<&String>::new(), "only in the text");
        }
    }
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What a reader sees of a document's body.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let pieces = body.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect::<Vec<_>>().join(" ").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[test]
fn what_is_internal_or_of_the_future_is_never_told() {
    let mut outage = outage();
    let secret = update(at(10, 0), Phase::Identified, Localized::plain("Do not tell: the keys leaked."));
    outage.updates.push(Update { audience: Audience::Internal, ..secret });
    outage.updates.push(update(at(11, 30), Phase::Resolved, Localized::plain("Written ahead of time.")));
    let mail = mail(&outage, &[ChangeKind::Opened], "en");
    for hidden in ["keys leaked", "ahead of time", "Resolved"] {
        assert!(!mail.text.contains(hidden) && !mail.html.contains(hidden), "tells `{hidden}`");
    }
}

#[test]
fn what_is_not_translated_is_marked_with_its_language() {
    let mut outage = outage();
    outage.updates.pop();
    let mail = mail(&outage, &[ChangeKind::Opened], "es");
    assert!(mail.html.contains("<div class=\"words\" lang=\"en\" dir=\"auto\">"), "{}", mail.html);
}

#[test]
fn names_in_a_sentence_of_the_other_direction_are_isolated() {
    let mail = |tag: &str, feature: &str| {
        let outage = outage();
        let mut site = site([outage.clone()]);
        site.page.languages.push(Language::new("ar").unwrap());
        let mut features = site.page.groups.iter_mut().flat_map(|group| &mut group.features);
        features.find(|named| named.id.as_str() == "checkout").unwrap().name = Localized::plain(feature);
        let ana = [subscriber("ana", tag, &["ana@example.org"])];
        let opened = [change(&outage, &[ChangeKind::Opened])];
        let told = notices(&opened, &site, &ana, &plan(), &Theme::built_in(), now()).unwrap();
        match told.messages.into_iter().next() {
            Some(Message::Mail(mail)) => mail,
            other => panic!("{other:?}"),
        }
    };
    let isolated = |name: &str| format!("\u{2068}{name}\u{2069}");
    assert_says(
        &mail("ar", "Checkout (EU)"),
        &[&isolated("Checkout (EU)"), &isolated("Nimbus"), &isolated("English")],
    );
    assert_says(&mail("en", "الدفع (جديد)"), &[&isolated("الدفع (جديد)")]);
    let arabic = mail("ar", "Checkout (EU)").text;
    assert!(arabic.contains(&isolated("About half of card payments in Europe fail.")), "{arabic}");
    let plain = mail("en", "Checkout (EU)");
    assert!(!plain.text.contains('\u{2068}') && !plain.html.contains('\u{2068}'));
    assert!(!mail("ar", "Checkout (EU)").subject.contains('\u{2068}'));
}

#[test]
fn mails_of_one_incident_thread_and_differ() {
    let opened = mail(&outage(), &[ChangeKind::Opened], "en");
    let slipped = mail(&outage(), &[eta_slips()], "en");
    assert_eq!((&opened.subject, &opened.thread), (&slipped.subject, &slipped.thread));
    assert_eq!(opened.subject, "[Nimbus] Card payments are failing");
    assert_eq!((opened.from.name.as_str(), opened.host.as_str()), ("Nimbus", "status.nimbus.example"));
    assert_ne!(opened, slipped);
    assert_eq!(opened, mail(&outage(), &[ChangeKind::Opened], "en"), "the same input, the same bytes");
    let other = Incident { id: maintenance().id, ..outage() };
    assert_ne!(opened.thread, mail(&other, &[ChangeKind::Opened], "en").thread);
}

#[test]
fn nothing_in_a_title_can_begin_another_header() {
    for hostile in [
        "Down\r\nBcc: x@example.net",
        "Down\nX: 1",
        "Down\0",
        "Down\u{85}X: 1",
        "Down\u{2028}X: 1\u{2029}Y: 2",
        "Down\u{202e}nwoD",
        "END:VCALENDAR ]]><script>alert(1)</script>",
        "{{ 7*7 }} {% include \"/etc/passwd\" %} ${7*7}",
        "</title><img src=x onerror=alert(1)>",
        &"very long ".repeat(400),
    ] {
        let mut site = site([Incident { title: Localized::plain(hostile), ..outage() }]);
        site.page.name = in_three(hostile, hostile, hostile);
        let change = change(&site.incidents[0], [ChangeKind::Opened]);
        let ana = [subscriber("ana", "en", &["ana@example.org"])];
        let told = notices(&[change], &site, &ana, &plan(), &Theme::built_in(), now()).unwrap();
        let Some(Message::Mail(mail)) = told.messages.into_iter().next() else { panic!("no mail") };
        for header in [&mail.subject, &mail.from.name, &mail.host, &mail.thread] {
            let broken = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
            assert!(!header.contains(broken), "{header:?}");
            assert!(header.chars().count() < 200, "{header}");
        }
        for markup in ["<script", "<img", "]]>"] {
            assert!(!mail.html.contains(markup), "{markup} came through");
        }
        assert!(
            !hostile.contains("7*7") || mail.text.contains("{{ 7*7 }}"),
            "a value was taken for a template"
        );
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let mut outage = outage();
    outage.updates[0].body.default =
        "![](https://evil.example/pixel.gif) <img src=https://evil.example/p>".to_owned();
    outage.updates.pop();
    let html = mail(&outage, &[ChangeKind::Opened], "en").html;
    for loads in ["<img", "<link", "<script", "@import", "url("] {
        assert!(!html.contains(loads), "{loads}");
    }
}
