//! An outage of a shop with a page in three languages, and those who follow it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::config::plan::{
    self, BrakeLimits, Budget, Chain, ChannelPlan, LedgerPlace, MailWording, Plan, Retry, StepLimit,
    TextWording, Wording,
};
use crate::model::Moment;
use crate::model::address::EmailAddress;
use crate::model::change::{Change, ChangeKind};
use crate::model::channel::Channel;
use crate::model::days::Days;
use crate::model::endpoint::Endpoint;
use crate::model::feature::{Feature, FeatureId, Group, Status};
use crate::model::incident::{Audience, Eta, Incident, IncidentId, TimeRange, Update};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::phase::{IncidentKind, Phase, Severity};
use crate::model::report::Evidence;
use crate::model::sample;
use crate::model::sensitivity::Sensitivity;
use crate::model::site::Site;
use crate::model::subscriber::{EndpointId, FeatureFilter, Subscriber, SubscriberId};

/// A moment of the day of the outage, by its UTC clock.
pub(super) fn at(hour: u32, minute: u32) -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, hour, minute, 0).unwrap()
}

pub(super) fn language(tag: &str) -> Language {
    Language::new(tag).unwrap()
}

pub(super) fn feature(id: &str) -> FeatureId {
    FeatureId::new(id).unwrap()
}

/// A text in English, Spanish and German.
pub(super) fn in_three(english: &str, spanish: &str, german: &str) -> Localized {
    let translations = [(language("es"), spanish.to_owned()), (language("de"), german.to_owned())];
    Localized { default: english.to_owned(), translations: translations.into() }
}

pub(super) fn update(at: Moment, phase: Phase, body: Localized) -> Update {
    Update { body, ..sample::update(at, phase, "") }
}

/// Card payments fail since 09:12 UTC, expected back at 11:30 UTC.
pub(super) fn outage() -> Incident {
    Incident {
        id: IncidentId::new("2026/card-payments").unwrap(),
        file: "incidents/2026/card-payments.md".to_owned(),
        kind: IncidentKind::Incident,
        title: in_three(
            "Card payments are failing",
            "Fallan los pagos con tarjeta",
            "Kartenzahlungen schlagen fehl",
        ),
        severity: Severity::Major,
        affected: BTreeMap::from([
            (feature("checkout"), Status::PartialOutage),
            (feature("refunds"), Status::Degraded),
        ]),
        started: at(9, 12),
        window: None,
        eta: Some(Eta::At(at(11, 30))),
        next_update: Some(at(10, 30)),
        impact: Some(in_three(
            "About half of card payments in Europe fail.",
            "Falla cerca de la mitad de los pagos con tarjeta en Europa.",
            "Etwa die Hälfte der Kartenzahlungen in Europa schlägt fehl.",
        )),
        audience: Audience::Public,
        sensitivity: Sensitivity::Public,
        author_mark: None,
        narrow: Default::default(),
        imported_through: None,
        day_only: Days::default(),
        accepted: Default::default(),
        repeats: None,
        workaround: Some(in_three(
            "Pay by bank transfer.",
            "Pague por transferencia bancaria.",
            "Zahlen Sie per Überweisung.",
        )),
        updates: vec![
            update(
                at(9, 20),
                Phase::Investigating,
                Localized::plain("Some card payments fail. We are looking into it."),
            ),
            update(
                at(10, 5),
                Phase::Identified,
                in_three(
                    "The fault is at our **card processor**. We switch to the second one by {time 2026-11-20T11:00Z}.",
                    "El fallo está en nuestro **procesador de tarjetas**. Cambiamos al segundo antes de las {time 2026-11-20T11:00Z}.",
                    "Der Fehler liegt bei unserem **Kartendienst**. Bis {time 2026-11-20T11:00Z} wechseln wir zum zweiten.",
                ),
            ),
        ],
    }
}

/// The outage, over at 11:17 UTC.
pub(super) fn over() -> Incident {
    let mut outage = outage();
    let words = in_three(
        "All payments pass again.",
        "Todos los pagos vuelven a funcionar.",
        "Alle Zahlungen gehen wieder durch.",
    );
    outage.updates.push(update(at(11, 17), Phase::Resolved, words));
    outage.eta = None;
    outage
}

/// Work planned for the night after the outage.
pub(super) fn maintenance() -> Incident {
    let window = TimeRange::between(at(22, 0), at(22, 0) + TimeDelta::hours(4));
    Incident {
        id: IncidentId::new("database-upgrade").unwrap(),
        kind: IncidentKind::Maintenance,
        title: in_three("Database upgrade", "Actualización de la base de datos", "Datenbank-Umstellung"),
        severity: Severity::Minor,
        affected: BTreeMap::from([(feature("checkout"), Status::Maintenance)]),
        started: window.starts,
        window: Some(window),
        eta: None,
        next_update: None,
        impact: Some(Localized::plain("Orders placed meanwhile are confirmed later.")),
        workaround: None,
        audience: Audience::Public,
        sensitivity: Sensitivity::Public,
        author_mark: None,
        narrow: Default::default(),
        imported_through: None,
        day_only: Days::default(),
        accepted: Default::default(),
        repeats: None,
        updates: Vec::new(),
        ..outage()
    }
}

pub(super) fn site(incidents: impl IntoIterator<Item = Incident>) -> Site {
    let feature = |id: &str, name: Localized| Feature::named(feature(id), name);
    Site {
        page: Page {
            name: Localized::plain("Nimbus"),
            description: None,
            url: "https://status.nimbus.example".to_owned(),
            languages: vec![language("en"), language("es"), language("de")],
            time_zone: "Europe/Madrid".to_owned(),
            support_url: Some("https://nimbus.example/help".to_owned()),
            subscribe_url: None,
            desk: None,
            looks: crate::model::looks::Branding::default(),
            audiences: Vec::new(),
            read_by: None,
            theme: "default".to_owned(),
            groups: vec![Group {
                id: Some(self::feature("shop")),
                name: Localized::plain("Shop"),
                features: vec![
                    feature("refunds", in_three("Refunds", "Reembolsos", "Erstattungen")),
                    feature("checkout", in_three("Checkout", "Pago", "Kasse")),
                    feature("search", in_three("Search", "Búsqueda", "Suche")),
                ],
            }],
            history_days: 90,
            links: Default::default(),
        },
        incidents: incidents.into_iter().map(Arc::new).collect(),
    }
}

/// A change of an incident that was announced at its worst.
pub(super) fn change(incident: &Incident, what: impl Into<Vec<ChangeKind>>) -> Change {
    let what = what.into();
    Change {
        id: Change::derive_id(&incident.id, 1, &what),
        incident: incident.id.clone(),
        origin: incident.id.clone(),
        revision: 1,
        what,
        touched: incident.affected.keys().cloned().collect(),
        peak_severity: incident.severity,
    }
}

pub(super) fn eta_slips() -> ChangeKind {
    ChangeKind::EtaChanged { from: Some(Eta::At(at(10, 30))), to: Some(Eta::At(at(11, 30))) }
}

/// Follows everything, in that language, in Madrid, by these addresses.
pub(super) fn subscriber(name: &str, tag: &str, endpoints: &[&str]) -> Subscriber {
    let numbered =
        endpoints.iter().zip(1..).map(|(address, id)| (EndpointId(id), Endpoint::read(address).unwrap()));
    Subscriber {
        id: SubscriberId::from_stored(name),
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: language(tag),
        time_zone: "Europe/Madrid".to_owned(),
        endpoints: numbered.collect(),
    }
}

fn mail_plan(time_to_live: Duration) -> ChannelPlan {
    ChannelPlan {
        providers: vec!["relay".to_owned()],
        time_to_live,
        success: Evidence::Accepted,
        sensitivity_max: Sensitivity::Customer,
        wording: Wording::Mail(MailWording {
            from: plan::Mailbox { name: None, address: EmailAddress::new("status@nimbus.example").unwrap() },
            reply_to: None,
            dkim: None,
        }),
    }
}

fn text_plan(time_to_live: Duration) -> ChannelPlan {
    ChannelPlan {
        providers: vec!["gateway".to_owned()],
        time_to_live,
        success: Evidence::Accepted,
        sensitivity_max: Sensitivity::Customer,
        wording: Wording::Text(text_wording(2, true)),
    }
}

/// How text messages are written.
pub(super) fn text_wording(segments_max: u8, transliterate: bool) -> TextWording {
    TextWording { sender: "Nimbus".to_owned(), segments_max, transliterate, countries: vec![], price: None }
}

/// The plan of the text channel, to change it.
pub(super) fn text_of(plan: &mut Plan) -> &mut ChannelPlan {
    plan.channels.get_mut(&Channel::Text).unwrap()
}

/// Mail and text, a chain from major on.
pub(super) fn plan() -> Plan {
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
    Plan {
        ledger: LedgerPlace::Folder,
        brake: BrakeLimits { changes_per_run: 3, messages_per_address_per_hour: 6 },
        channels: [(Channel::Mail, mail_plan(24 * hour)), (Channel::Text, text_plan(30 * minute))].into(),
        chain: Chain {
            from_severity: Severity::Major,
            step_limit: StepLimit {
                critical: minute,
                major: 5 * minute,
                minor: 30 * minute,
                notice: 24 * hour,
            },
            steps: BTreeMap::new(),
            runs_on: BTreeSet::new(),
        },
        quiet_hours: None,
        reminders: Vec::new(),
        budget: Budget::default(),
        retry: Retry { attempts_max: 8, first: minute, longest: hour },
        providers: BTreeMap::new(),
        alarm: Default::default(),
        destinations: Vec::new(),
        desk: None,
        segments: BTreeMap::new(),
        denied_words: Vec::new(),
        people: Default::default(),
        roles: Default::default(),
        approval: Default::default(),
        upkeep: Default::default(),
        control: crate::config::plan::parse_plan("").0.unwrap().control,
    }
}

/// What has been said when no other moment matters.
pub(super) fn now() -> DateTime<Utc> {
    at(10, 6)
}
