//! What no channel may lose in any language, and what a channel that is not trusted with it may never say.

use super::build::{
    at, change, eta_slips, feature, in_three, now, outage, plan, site, subscriber, text_of, text_wording,
};
use crate::compose::notices;
use crate::config::plan::{Plan, Wording};
use crate::model::change::ChangeKind;
use crate::model::channel::Channel;
use crate::model::feature::Status;
use crate::model::incident::Incident;
use crate::model::localized::{Language, Localized};
use crate::model::message::Message;
use crate::model::sensitivity::Sensitivity;
use crate::theme::Theme;

/// Every language with words of its own.
const LANGUAGES: [&str; 8] = ["en", "ar", "de", "es", "fr", "it", "ja", "pt"];

/// What a change says to someone who reads that language, by channel. A mail is its subject, its text and its HTML.
fn said(incident: &Incident, what: &[ChangeKind], tag: &str, plan: &Plan) -> Vec<(Channel, String)> {
    let mut site = site([incident.clone()]);
    site.page.languages = LANGUAGES.iter().filter_map(|tag| Language::new(tag)).collect();
    let mut site_plan = plan.clone();
    text_of(&mut site_plan).wording = Wording::Text(text_wording(10, false));
    let ana = [subscriber("ana", tag, &["ana@example.org", "+34600111222"])];
    let told =
        notices(&[change(incident, what)], &site, &ana, &site_plan, &Theme::built_in(), now()).unwrap();
    let words = |message: &Message| match message {
        Message::Mail(mail) => {
            vec![
                (Channel::Mail, format!("{}\n{}", mail.subject, mail.text)),
                (Channel::Mail, mail.html.clone()),
            ]
        }
        Message::Text(text) => vec![(Channel::Text, text.body.clone())],
        Message::Card(_) | Message::Event(_) => panic!("there is no destination"),
    };
    told.messages.iter().flat_map(words).collect()
}

#[test]
fn feature_impact_estimate_and_link_survive_on_every_channel_in_every_language() {
    let changes: [&[ChangeKind]; 5] = [
        &[ChangeKind::Opened],
        &[eta_slips()],
        &[ChangeKind::UpdatePosted { at: at(10, 5) }],
        &[ChangeKind::FeaturesAdded([feature("refunds")].into())],
        &[ChangeKind::StatusChanged {
            feature: feature("checkout"),
            from: Status::Degraded,
            to: Status::PartialOutage,
        }],
    ];
    let plan = plan();
    for tag in LANGUAGES {
        let language = Language::new(tag).unwrap();
        for what in changes {
            let incident = outage();
            let told = said(&incident, what, tag, &plan);
            assert_eq!(told.len(), 3, "a mail in two shapes and a text message");
            for (channel, words) in told {
                let page = site([]).page;
                let names =
                    ["checkout", "refunds"].map(|id| page.feature_name(&feature(id), &language).into_owned());
                let impact = incident.impact.as_ref().unwrap().in_language(&language);
                // A text message may hold only the beginning of it.
                let impact = match channel {
                    Channel::Text => impact.chars().take(15).collect(),
                    _ => impact.to_owned(),
                };
                let link = "incidents/2026/card-payments/".to_owned();
                for fact in names.into_iter().chain([impact, "12:30".to_owned(), link]) {
                    assert!(words.contains(&fact), "{tag} {channel:?} {what:?} lacks `{fact}`:\n{words}");
                }
            }
        }
    }
}

#[test]
fn a_channel_that_is_not_trusted_with_it_carries_the_link_alone() {
    let secret = Incident { sensitivity: Sensitivity::Confidential, ..outage() };
    for tag in LANGUAGES {
        let language = Language::new(tag).unwrap();
        let theme = Theme::built_in();
        let notice = theme.words(&language).say("news.only_link");
        for (channel, words) in said(&secret, &[eta_slips()], tag, &plan()) {
            assert!(words.contains(notice), "{tag} {channel:?}: {words}");
            assert!(words.contains("https://status.nimbus.example/"), "{tag} {channel:?}: {words}");
            let (page, checkout) = (site([]).page, feature("checkout"));
            let hidden = [
                secret.title.in_language(&language),
                secret.impact.as_ref().unwrap().in_language(&language),
                &page.feature_name(&checkout, &language),
                "card-payments",
                "12:30",
                "11:05",
            ];
            for fact in hidden {
                assert!(!words.contains(fact), "{tag} {channel:?} says `{fact}`:\n{words}");
            }
        }
    }
}

#[test]
fn each_channel_has_a_ceiling_of_its_own() {
    let customers = Incident { sensitivity: Sensitivity::Customer, ..outage() };
    let mut plan = plan();
    text_of(&mut plan).sensitivity_max = Sensitivity::Public;
    for (channel, words) in said(&customers, &[eta_slips()], "en", &plan) {
        assert_eq!(words.contains("Card payments are failing"), channel == Channel::Mail, "{words}");
    }
    text_of(&mut plan).sensitivity_max = Sensitivity::Confidential;
    assert!(said(&customers, &[eta_slips()], "en", &plan).iter().all(|(_, words)| words.contains("12:30")));
}

#[test]
fn a_text_message_names_its_features_unless_the_title_does() {
    let text = |incident: &Incident| {
        let told = said(incident, &[ChangeKind::Opened], "en", &plan());
        told.into_iter().find(|(channel, _)| *channel == Channel::Text).unwrap().1
    };
    let mut named = outage();
    named.title = Localized::plain("Checkout and refunds are down");
    assert!(
        text(&named).starts_with("Nimbus: Checkout and refunds are down. New problem"),
        "{}",
        text(&named)
    );
    let mut many = outage();
    many.title = in_three("Down", "Caído", "Gestört");
    for id in ["search", "basket", "login"] {
        many.affected.insert(feature(id), Status::Degraded);
    }
    assert!(text(&many).contains(" and +2: Down. "), "{}", text(&many));
}
