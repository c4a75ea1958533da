//! Who hears of a change, by which steps.

use std::cell::Cell;
use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::build::{
    at, change, eta_slips, feature, language, maintenance, now, outage, over, plan, site, subscriber, text_of,
};
use crate::compose::pool::MessagePool;
use crate::compose::reader::Why;
use crate::compose::{Error, notices};
use crate::config::plan::{Plan, Wording};
use crate::model::change::{Change, ChangeKind};
use crate::model::channel::Channel;
use crate::model::incident::{Incident, IncidentId};
use crate::model::message::{Encoding, Message, TextMessage};
use crate::model::notice::Notices;
use crate::model::phase::Severity;
use crate::model::report::Evidence;
use crate::model::subscriber::{EndpointId, FeatureFilter, Subscriber};
use crate::theme::Theme;

fn composed(incident: Incident, what: &[ChangeKind], subscribers: &[Subscriber], plan: &Plan) -> Notices {
    let change = change(&incident, what);
    notices(&[change], &site([incident]), subscribers, plan, &Theme::built_in(), now()).unwrap()
}

/// The channels of each notice's steps, by subscriber.
fn chains(notices: &Notices) -> Vec<(&str, Vec<Channel>)> {
    let chain =
        |notice: &crate::model::notice::Notice| notice.steps.iter().map(|step| step.channel).collect();
    notices.notices.iter().map(|notice| (notice.subscriber.as_str(), chain(notice))).collect()
}

#[test]
fn each_is_told_by_their_own_chain_in_their_own_order() {
    let everybody = [
        subscriber("bo", "en", &["+34600111222", "bo@example.org"]),
        subscriber("ana", "en", &["ana@example.org", "+34600111333", "ana@example.net"]),
    ];
    let told = composed(outage(), &[ChangeKind::Opened], &everybody, &plan());
    let (mail, text) = (Channel::Mail, Channel::Text);
    assert_eq!(chains(&told), [("ana", vec![mail, text, mail]), ("bo", vec![text, mail])]);
    let steps = &told.notices[0].steps;
    assert_eq!(
        steps.iter().map(|step| (step.position, step.endpoint.0)).collect::<Vec<_>>(),
        [(0, 1), (1, 2), (2, 3)]
    );
    assert_eq!(steps[0].expires_at - now(), TimeDelta::hours(24));
    assert_eq!(steps[1].expires_at - now(), TimeDelta::minutes(30));
    let limit = TimeDelta::from_std(plan().chain.step_limit.major).unwrap();
    let tried: Vec<_> = steps.iter().map(|step| step.try_for).collect();
    assert_eq!(tried, [Some(limit); 3], "after the last the first has another turn");
}

#[test]
fn who_follows_a_group_hears_of_each_of_its_features_and_of_no_other() {
    let ana = subscriber("ana", "en", &["ana@example.org"]);
    let bo = subscriber("bo", "en", &["bo@example.org"]);
    let follows = |id: &str| FeatureFilter::Features([feature(id)].into());
    let everybody =
        [Subscriber { follows: follows("shop"), ..ana }, Subscriber { follows: follows("account"), ..bo }];
    let told = composed(outage(), &[ChangeKind::Opened], &everybody, &plan());
    assert_eq!(told.notices.iter().map(|notice| notice.subscriber.as_str()).collect::<Vec<_>>(), ["ana"]);
}

#[test]
fn the_plan_may_say_which_channels_come_in_which_order() {
    let (mail, text) = (Channel::Mail, Channel::Text);
    let everybody = [
        subscriber("ana", "en", &["ana@example.org", "+34600111333", "ana@example.net"]),
        subscriber("bo", "en", &["bo@example.org"]),
        subscriber("cy", "en", &["+34600111222"]),
    ];
    let ordered = |severity, steps: &[Channel]| {
        let mut plan = plan();
        plan.chain.steps.insert(severity, steps.to_vec());
        composed(Incident { severity, ..outage() }, &[ChangeKind::Opened], &everybody, &plan)
    };
    assert_eq!(
        chains(&ordered(Severity::Critical, &[text, mail])),
        [("ana", vec![text, mail, mail]), ("bo", vec![mail]), ("cy", vec![text])]
    );
    assert_eq!(
        chains(&ordered(Severity::Major, &[mail])),
        [("ana", vec![mail, mail]), ("bo", vec![mail]), ("cy", vec![text])],
        "who has none of them is told in their own order"
    );
    assert_eq!(
        chains(&ordered(Severity::Minor, &[text, mail])),
        [("ana", vec![text]), ("bo", vec![mail]), ("cy", vec![text])],
        "one step below the threshold"
    );
}

#[test]
fn every_step_carries_what_it_has_to_reach() {
    let ana = [subscriber("ana", "en", &["ana@example.org", "+34600111222"])];
    let mut plan = plan();
    text_of(&mut plan).success = Evidence::Delivered;
    let told = composed(outage(), &[ChangeKind::Opened], &ana, &plan);
    let success: Vec<_> = told.notices[0].steps.iter().map(|step| step.success).collect();
    assert_eq!(success, [Evidence::Accepted, Evidence::Delivered]);
}

#[test]
fn what_is_not_urgent_has_one_step() {
    let ana = [subscriber("ana", "en", &["ana@example.org", "+34600111333"])];
    let minor = Incident { severity: Severity::Minor, ..outage() };
    assert_eq!(
        chains(&composed(minor.clone(), &[eta_slips()], &ana, &plan())),
        [("ana", vec![Channel::Mail])]
    );

    // The end of what once was major is as urgent as its beginning; what was learnt from it is not.
    let theme = Theme::built_in();
    let ended = Change { peak_severity: Severity::Major, ..change(&minor, [ChangeKind::Resolved]) };
    let told = notices(&[ended], &site([minor]), &ana, &plan(), &theme, now()).unwrap();
    assert_eq!(chains(&told), [("ana", vec![Channel::Mail, Channel::Text])]);
    assert_eq!(told.notices[0].severity, Severity::Major);
    let learnt = composed(over(), &[ChangeKind::PostmortemPublished], &ana, &plan());
    assert_eq!(chains(&learnt), [("ana", vec![Channel::Mail])]);
}

#[test]
fn channels_the_plan_lacks_are_left_out() {
    let mut no_text = plan();
    no_text.channels.remove(&Channel::Text);
    let some = [
        subscriber("ana", "en", &["+34600111333", "ana@example.org"]),
        subscriber("bo", "en", &["+34600111222"]),
    ];
    let told = composed(outage(), &[ChangeKind::Opened], &some, &no_text);
    assert_eq!(chains(&told), [("ana", vec![Channel::Mail])]);
    assert_eq!(told.notices[0].steps[0].position, 0);
    assert_eq!(told.messages.len(), 1);
}

#[test]
fn who_reads_another_language_gets_the_pages_first() {
    let told =
        composed(outage(), &[ChangeKind::Opened], &[subscriber("ana", "fr", &["ana@example.org"])], &plan());
    let Some(Message::Mail(mail)) = told.messages.first() else { panic!("no mail") };
    assert_eq!(mail.language, language("en"));
}

#[test]
fn all_who_read_alike_share_one_message() {
    let (tags, zones) = (["en", "es", "de", "fr"], ["Europe/Madrid", "America/New_York", "Mars/Olympus"]);
    let everybody: Vec<Subscriber> = (0..600)
        .map(|number| Subscriber {
            time_zone: zones[number / 4 % 3].to_owned(),
            ..subscriber(&format!("s{number}"), tags[number % 4], &["ana@example.org", "+34600111333"])
        })
        .collect();
    let told = composed(outage(), &[ChangeKind::Opened], &everybody, &plan());
    assert_eq!(told.notices.len(), 600);
    // French is not built and Mars has no zone: both fall together with the page's own.
    assert_eq!(told.messages.len(), 2 * 3 * 2);
    let named: BTreeSet<_> =
        told.notices.iter().flat_map(|notice| &notice.steps).map(|step| step.message).collect();
    assert!(named.into_iter().eq(0..told.messages.len()), "every message named is there, and no other");
}

#[test]
fn a_message_is_written_once_for_all_its_readers() {
    let (calls, english, spanish) = (Cell::new(0), language("en"), language("es"));
    let (mut pool, mut all) = (MessagePool::default(), Notices::default());
    for language in [&english, &spanish, &english, &english, &spanish] {
        let write = || {
            calls.set(calls.get() + 1);
            let body = language.to_string();
            Ok(Message::Text(TextMessage { body, encoding: Encoding::Gsm7, segments: 1 }))
        };
        pool.message((Channel::Text, language, "UTC", Why::Subscribed), &mut all, write).unwrap();
    }
    assert_eq!((calls.get(), all.messages.len()), (2, 2));
}

#[test]
fn a_change_of_an_unknown_incident_is_an_error() {
    let mut lost = change(&outage(), [ChangeKind::Opened]);
    lost.incident = IncidentId::new("lost").unwrap();
    let told = notices(&[lost], &site([outage()]), &[], &plan(), &Theme::built_in(), now());
    assert_eq!(told.unwrap_err(), Error::NoIncident(IncidentId::new("lost").unwrap()));
}

fn any_subscriber() -> impl Strategy<Value = Subscriber> {
    let follows = prop_oneof![
        Just(FeatureFilter::Everything),
        btree_set(prop::sample::select(vec!["checkout", "refunds", "search"]), 0..3)
            .prop_map(|ids| FeatureFilter::Features(ids.into_iter().map(feature).collect())),
    ];
    let addresses = vec(prop::sample::select(vec!["a@example.org", "b@example.org", "+34600111222"]), 0..4);
    let tags = prop::sample::select(vec!["en", "es", "de", "fr"]);
    (follows, prop::sample::select(Severity::ALL.to_vec()), tags, addresses, 0..1_000_u32).prop_map(
        |(follows, from_severity, tag, addresses, number)| {
            let subscriber = subscriber(&format!("s{number}"), tag, &addresses);
            Subscriber { follows, from_severity, ..subscriber }
        },
    )
}

/// Everything that may be announced of three incidents, with any features and peak.
fn any_change() -> impl Strategy<Value = Change> {
    let ids = btree_set(prop::sample::select(vec!["checkout", "refunds", "search"]), 0..3);
    let what = prop::sample::select(vec![
        ChangeKind::Opened,
        ChangeKind::Resolved,
        eta_slips(),
        ChangeKind::PostmortemPublished,
    ]);
    (any::<bool>(), what, ids, prop::sample::select(Severity::ALL.to_vec())).prop_map(
        |(planned, what, ids, peak)| {
            let incident = if planned { maintenance() } else { outage() };
            let touched = ids.into_iter().map(feature).collect();
            Change { touched, peak_severity: peak, ..change(&incident, [what]) }
        },
    )
}

/// Who is notified, worked out from what they asked for and nothing else.
fn naive(change: &Change, subscriber: &Subscriber, plan: &Plan) -> Option<Vec<(Channel, EndpointId)>> {
    let follows = match &subscriber.follows {
        FeatureFilter::Everything => true,
        FeatureFilter::Features(ids) => {
            !ids.is_empty() && change.touched.is_empty() || ids.iter().any(|id| change.touched.contains(id))
        }
    };
    if !follows || subscriber.from_severity > change.peak_severity {
        return None;
    }
    let severity = match change.what[0] {
        ChangeKind::Resolved => change.peak_severity,
        ChangeKind::PostmortemPublished => Severity::Notice,
        _ if change.incident == maintenance().id => maintenance().severity,
        _ => outage().severity,
    };
    let mut places = Vec::new();
    for (id, endpoint) in &subscriber.endpoints {
        if plan.channels.contains_key(&endpoint.channel()) {
            places.push((endpoint.channel(), *id));
        }
    }
    if severity < plan.chain.from_severity {
        places.truncate(1);
    }
    (!places.is_empty()).then_some(places)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn exactly_those_who_asked_are_told(
        changes in vec(any_change(), 0..4),
        mut subscribers in vec(any_subscriber(), 0..12),
        (mail, text) in any::<(bool, bool)>(),
        chain_from in prop::sample::select(Severity::ALL.to_vec()),
    ) {
        subscribers.sort_by(|one, other| one.id.cmp(&other.id));
        subscribers.dedup_by(|one, other| one.id == other.id);
        let mut plan = plan();
        plan.chain.from_severity = chain_from;
        plan.channels.retain(|channel, _| if *channel == Channel::Mail { mail } else { text });
        let (site, theme) = (site([outage(), maintenance()]), Theme::built_in());
        let told = notices(&changes, &site, &subscribers, &plan, &theme, at(10, 6)).unwrap();

        let everybody = changes.iter().flat_map(|change| subscribers.iter().map(move |subscriber| (change, subscriber)));
        let expected: Vec<_> = everybody
            .filter_map(|(change, subscriber)| {
                Some((&change.id, &subscriber.id, naive(change, subscriber, &plan)?))
            })
            .collect();
        let places = |notice: &crate::model::notice::Notice| {
            notice.steps.iter().map(|step| (step.channel, step.endpoint)).collect::<Vec<_>>()
        };
        let told_places: Vec<_> =
            told.notices.iter().map(|notice| (&notice.change, &notice.subscriber, places(notice))).collect();
        prop_assert_eq!(told_places, expected);

        subscribers.reverse();
        let again = notices(&changes, &site, &subscribers, &plan, &theme, at(10, 6)).unwrap();
        prop_assert_eq!(told, again, "the order of the subscribers showed");
    }
}

#[test]
fn no_sms_goes_to_a_country_or_a_kind_of_number_that_the_plan_does_not_allow() {
    for (countries, number, is_reached) in [
        (&[][..], "+34600000001", true),
        (&["+34"], "+34600000001", true),
        (&["+44", "+34"], "+34600000001", true),
        (&["+44"], "+34600000001", false),
        (&["+1"], "+18095550123", true),
        (&["+1202"], "+18095550123", false),
        // A number that earns from each message gets none, whatever the countries.
        (&[], "+34803123456", false),
        (&["+34"], "+34803123456", false),
        (&[], "+18005550123", false),
    ] {
        let mut plan = plan();
        let Wording::Text(text) = &mut text_of(&mut plan).wording else { panic!("text") };
        text.countries = countries.iter().map(|country| (*country).to_owned()).collect();
        let people =
            [subscriber("both", "en", &[number, "ana@example.org"]), subscriber("sms", "en", &[number])];
        let told = composed(outage(), &[ChangeKind::Opened], &people, &plan);
        let (mail, text) = (Channel::Mail, Channel::Text);
        let expected = match is_reached {
            true => vec![("both", vec![text, mail]), ("sms", vec![text])],
            false => vec![("both", vec![mail])],
        };
        assert_eq!(chains(&told), expected, "{countries:?} {number}");
    }
}
