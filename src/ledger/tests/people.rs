//! Subscribers and addresses.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::scene::subscription;
use super::{Scene, Store};
use crate::ledger::{Added, People, SubscriberRecord};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::listed::{ListedSubscriber, SubscriberList};
use crate::model::phase::Severity;
use crate::model::subscriber::{Consent, ConsentMethod, SubscriberId, SubscriberState, Subscription};

fn endpoint(text: &str) -> Endpoint {
    Endpoint::read(text).unwrap()
}

/// The one subscriber on record with that address.
fn at<S: Store>(scene: &mut Scene<S>, address: &str) -> SubscriberRecord {
    let found = scene.ledger.subscribers_at(&endpoint(address)).unwrap();
    assert_eq!(found.len(), 1, "{address}");
    found.into_iter().next().unwrap()
}

pub(crate) fn the_same_person_added_twice_is_one<S: Store>() {
    let mut scene = Scene::<S>::new();
    let first = scene.subscriber(&["ana@example.org"]);
    let mut changed = subscription(&["ana@example.org", "+34600000001", "Ana@EXAMPLE.org"]);
    changed.from_severity = Severity::Critical;
    assert_eq!(scene.add(ConsentMethod::Added, &[changed]), [Added::Updated(first.clone())]);
    let people = scene.ledger.active_subscribers().unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].from_severity, Severity::Critical, "the subscription is updated");
    assert_eq!(people[0].endpoints.len(), 2, "an address given twice counts once, however it is spelled");
    assert_eq!(scene.subscriber(&["+34600000001", "ana@example.org"]), first, "in another order");
    assert_eq!(
        scene.subscriber(&["ana.new@example.org", "+34600000001", "ana@example.org"]),
        first,
        "and more"
    );
    assert_eq!(scene.subscriber(&["ana.new@example.org"]), first, "the others are given up");
    assert_eq!(scene.ledger.subscribers_at(&endpoint("ana@example.org")).unwrap(), []);
    assert_eq!(at(&mut scene, "ana.new@example.org").version, 5, "every write counts");
    let nothing = scene.ledger.add_subscribers(&[subscription(&[])], &scene.consent(), &mut || [0; 16]);
    assert!(nothing.is_err());
}

pub(crate) fn two_spellings_are_one_address_and_the_last_is_sent_to<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    assert_eq!(scene.subscriber(&["Ana@Example.ORG"]), ana);
    assert_eq!(at(&mut scene, "ANA@example.org").subscriber.endpoints[0].1.expose(), "Ana@example.org");
    assert!(scene.ledger.suppress(&endpoint("aNa@example.org"), "bounced", scene.now).unwrap());
    assert_eq!(scene.ledger.silenced().unwrap(), [ana].into());
    let books = scene.subscriber(&["josé@bücher.example"]);
    assert_eq!(scene.subscriber(&["JOSÉ@xn--bcher-kva.example"]), books);
}

pub(crate) fn an_address_belongs_to_one_subscriber<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let taken = Added::Taken { endpoint: endpoint("+34600000001"), owner: ana.clone() };
    let both = subscription(&["ben@example.org", "+34600000001"]);
    assert_eq!(scene.add(ConsentMethod::Added, std::slice::from_ref(&both)), std::slice::from_ref(&taken));
    let more = [both.clone(), subscription(&["cleo@example.org"])];
    let added = scene.add(ConsentMethod::Imported, &more);
    assert_eq!((&added[0], added[1].id().is_some()), (&taken, true), "the others of a list are added");
    assert_eq!(scene.ledger.active_subscribers().unwrap().len(), 2);

    let ben = scene.subscriber(&["ben@example.org"]);
    let merged = scene.add(ConsentMethod::Added, &[subscription(&["ana@example.org", "ben@example.org"])]);
    assert_eq!(merged, [Added::Taken { endpoint: endpoint("ben@example.org"), owner: ben }]);
    scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
    assert!(scene.add(ConsentMethod::Added, &[both])[0].id().is_some(), "whoever left gives the address up");
    assert_eq!(at(&mut scene, "+34600000001").subscriber.endpoints.len(), 2);
}

pub(crate) fn pages_of_any_size_hold_each_subscriber_once<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ids: Vec<_> = (0..10).map(|n| scene.subscriber(&[&format!("p{n}@example.org")])).collect();
    scene.ledger.remove_subscriber(&ids[4], scene.now).unwrap();
    scene.ledger.suppress(&endpoint("p7@example.org"), "bounced", scene.now).unwrap();
    let all = scene.ledger.active_subscribers().unwrap();
    assert_eq!(all.len(), 9, "without the one who left");
    for number_max in 1..=11 {
        let (mut paged, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = scene.ledger.subscribers_after(after.as_ref(), number_max).unwrap();
            assert!(page.subscribers.len() <= number_max);
            paged.extend(page.subscribers);
            after = page.last;
            pages += 1;
            if after.is_none() {
                break;
            }
        }
        assert_eq!((paged, pages), (all.clone(), 9 / number_max + 1), "{number_max} at once");
    }
}

pub(crate) fn leaving_and_coming_back<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    assert!(scene.ledger.remove_subscriber(&ana, scene.now).unwrap());
    assert!(!scene.ledger.remove_subscriber(&ana, scene.now).unwrap(), "left before");
    assert!(!scene.ledger.remove_subscriber(&SubscriberId::from_stored("x"), scene.now).unwrap());
    assert_eq!(scene.ledger.active_subscribers().unwrap(), []);
    assert_eq!(scene.ledger.list_subscribers().unwrap()[0].removed_at, Some(scene.now));
    assert_eq!(at(&mut scene, "ana@example.org").state(), SubscriberState::Left);
    scene.pass(TimeDelta::days(1));
    assert_eq!(scene.subscriber(&["ana@example.org"]), ana);
    assert_eq!(scene.ledger.active_subscribers().unwrap().len(), 1);
    let listed = at(&mut scene, "ana@example.org");
    assert_eq!(listed.consent.map(|consent| consent.at), Some(scene.now), "by a new consent");
}

pub(crate) fn whoever_is_brought_back_had_left<S: Store>() {
    let mut scene = Scene::<S>::new();
    let wish = [subscription(&["ana@example.org"])];
    assert_eq!(scene.add(ConsentMethod::BroughtBack, &wish), [Added::NeverLeft], "unknown");
    assert_eq!(scene.ledger.list_subscribers().unwrap(), []);
    let ana = scene.subscriber(&["ana@example.org"]);
    assert_eq!(scene.add(ConsentMethod::BroughtBack, &wish), [Added::NeverLeft], "still there");
    assert_eq!(at(&mut scene, "ana@example.org").version, 1);
    for way in [ConsentMethod::BroughtBack, ConsentMethod::Added] {
        scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
        assert!(matches!(&scene.add(ConsentMethod::Imported, &wish)[..], [Added::Left(_)]));
        assert_eq!(scene.add(way, &wish), [Added::Back(ana.clone())]);
        let listed = at(&mut scene, "ana@example.org");
        assert_eq!((listed.state(), listed.consent.unwrap().method), (SubscriberState::Confirmed, way));
        assert!(scene.add(ConsentMethod::Imported, &wish)[0].id().is_some(), "a list may name her again");
    }
    scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
    let passed_on = [subscription(&["ana@example.org", "ben@example.org"])];
    assert_eq!(scene.add(ConsentMethod::BroughtBack, &passed_on), [Added::NeverLeft], "Ben never was here");
    assert!(matches!(&scene.add(ConsentMethod::Added, &passed_on)[..], [Added::New(_)]));
}

pub(crate) fn an_address_that_is_passed_on_brings_no_history<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
    let ben = scene.subscriber(&["+34600000001", "ben@example.org"]);
    assert_ne!(ben, ana, "a number that Ana had is no reason to give Ben what was hers");
    assert_eq!(at(&mut scene, "ana@example.org").subscriber.id, ana);
    assert_eq!(scene.subscriber(&["ana@example.org"]), ana, "she comes back with what is still hers");
}

pub(crate) fn a_list_brings_nobody_back<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
    for addresses in [&["ANA@example.org"][..], &["other@example.org", "+34600000001"]] {
        let added = scene.add(ConsentMethod::Imported, &[subscription(addresses)]);
        assert!(matches!(&added[..], [Added::Left(_)]), "{added:?}");
    }
    assert_eq!(scene.ledger.active_subscribers().unwrap(), []);
    assert_eq!(scene.subscriber(&["ana@example.org"]), ana, "their own wish does");
    assert!(scene.add(ConsentMethod::Imported, &[subscription(&["ana@example.org"])])[0].id().is_some());
    let added = scene.add(ConsentMethod::Imported, &[subscription(&["+34600000001"])]);
    assert!(
        matches!(&added[..], [Added::Left(_)]),
        "with the address they gave, not with the others: {added:?}"
    );
}

pub(crate) fn a_sign_up_is_told_once_it_is_confirmed<S: Store>() {
    let mut scene = Scene::<S>::new();
    let people = [subscription(&["ana@example.org"])];
    let ana = scene.add(ConsentMethod::SignedUp, &people)[0].id().unwrap().clone();
    assert_eq!(scene.ledger.active_subscribers().unwrap(), []);
    assert_eq!(at(&mut scene, "ana@example.org").state(), SubscriberState::Pending);
    scene.pass(TimeDelta::minutes(5));
    assert!(scene.ledger.confirm_subscriber(&ana, scene.now).unwrap());
    assert!(!scene.ledger.confirm_subscriber(&ana, scene.now).unwrap());
    assert_eq!(scene.ledger.active_subscribers().unwrap()[0].id, ana);
    let listed = at(&mut scene, "ana@example.org");
    assert_eq!((listed.confirmed_at, listed.state()), (Some(scene.now), SubscriberState::Confirmed));
    assert_eq!(listed.consent.unwrap().method, ConsentMethod::SignedUp);

    let strange = Subscription { from_severity: Severity::Critical, ..people[0].clone() };
    let added = scene.add(ConsentMethod::SignedUp, &[strange]);
    assert!(
        matches!(&added[..], [Added::Taken { .. }]),
        "anybody can type an address into a form: {added:?}"
    );
    assert_eq!(scene.ledger.active_subscribers().unwrap()[0].from_severity, Severity::Notice);

    scene.ledger.remove_subscriber(&ana, scene.now).unwrap();
    assert_eq!(scene.add(ConsentMethod::SignedUp, &people), [Added::Updated(ana.clone())]);
    assert_eq!(scene.ledger.active_subscribers().unwrap(), [], "back only once that is confirmed");
    assert!(matches!(&scene.add(ConsentMethod::Imported, &people)[..], [Added::Left(_)]));
    scene.ledger.confirm_subscriber(&ana, scene.now).unwrap();
    assert_eq!(scene.ledger.active_subscribers().unwrap().len(), 1);
}

pub(crate) fn what_is_kept_about_somebody_reads_back_equal<S: Store>() {
    let mut scene = Scene::<S>::new();
    let fields: BTreeMap<String, String> =
        [("plan", "pro"), ("país", "España \"norte\"")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    scene.add(
        ConsentMethod::Imported,
        &[Subscription { fields: fields.clone(), ..subscription(&["ana@example.org"]) }],
    );
    let listed = at(&mut scene, "ana@example.org");
    assert_eq!((listed.fields, listed.version), (fields, 1));
    let consent = listed.consent.unwrap();
    assert_eq!(
        (consent.method, consent.source.as_str(), consent.at),
        (ConsentMethod::Imported, "a test", scene.now)
    );
}

pub(crate) fn a_list_changes_what_it_says_and_nothing_else<S: Store>() {
    let mut scene = Scene::<S>::new();
    let mut wanted = subscription(&["ana@example.org", "+34600000001"]);
    wanted.from_severity = Severity::Critical;
    wanted.fields = [("plan".to_owned(), "pro".to_owned())].into();
    let ana = scene.add(ConsentMethod::Added, &[wanted.clone()])[0].id().unwrap().clone();
    let defaults = subscription(&[]);
    let mut import = |address: &str, severity, replaces_addresses| {
        let endpoints = vec![endpoint(address)];
        let row = ListedSubscriber { endpoints, from_severity: severity, ..ListedSubscriber::default() };
        let list = SubscriberList { rows: vec![row], defaults: defaults.clone(), replaces_addresses };
        let consent = Consent { method: ConsentMethod::Imported, ..scene.consent() };
        let added = scene.ledger.import_subscribers(&list, &consent, &mut || [7; 16]).unwrap().remove(0);
        let record = added.id().map(|_| at(&mut scene, address));
        (added, record.map(|record| (record.version, record.subscription())))
    };
    assert_eq!(
        import("ana@example.org", None, false),
        (Added::Unchanged(ana.clone()), Some((1, wanted.clone())))
    );
    wanted.from_severity = Severity::Major;
    let (added, record) = import("ana@example.org", Some(Severity::Major), false);
    assert_eq!((added, record), (Added::Updated(ana.clone()), Some((2, wanted.clone()))));
    wanted.endpoints.truncate(1);
    let (added, record) = import("ana@example.org", None, true);
    assert_eq!((added, record), (Added::Updated(ana), Some((3, wanted))), "the number is not in the list");
    let (added, record) = import("ben@example.org", None, false);
    assert!(matches!(added, Added::New(_)), "{added:?}");
    assert_eq!(record, Some((1, subscription(&["ben@example.org"]))));
}

pub(crate) fn a_suppressed_address_stays_suppressed<S: Store>() {
    let mut scene = Scene::<S>::new();
    let mail = endpoint("ana@example.org");
    assert!(!scene.ledger.suppress(&mail, "bounced", scene.now).unwrap(), "unknown");
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    assert!(scene.ledger.suppress(&mail, "bounced", scene.now).unwrap());
    assert!(!scene.ledger.suppress(&mail, "again", scene.now).unwrap(), "keeps its first reason");
    scene.subscriber(&["ana@example.org", "+34600000001"]);
    let people = scene.ledger.active_subscribers().unwrap();
    assert_eq!(people[0].endpoints.len(), 1, "only the phone may be used");
    let listed = scene.ledger.list_subscribers().unwrap();
    assert_eq!(listed[0].subscriber.endpoints.len(), 2);
    assert_eq!(listed[0].suppressed.values().collect::<Vec<_>>(), ["bounced"]);

    scene.ledger.suppress(&endpoint("+34600000001"), "STOP", scene.now).unwrap();
    assert_eq!(scene.ledger.silenced().unwrap(), [ana.clone()].into(), "no address of theirs may be used");
    assert!(scene.ledger.lift_suppression(&mail).unwrap());
    assert!(!scene.ledger.lift_suppression(&mail).unwrap());
    assert_eq!(scene.ledger.active_subscribers().unwrap()[0].id, ana);
    assert!(scene.ledger.silenced().unwrap().is_empty());
}

pub(crate) fn people_are_found_by_any_address<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let ben = scene.subscriber(&["ben@example.org", "+34600000002"]);
    for (address, who) in [("ana@example.org", &ana), ("+34600000001", &ana), ("+34600000002", &ben)] {
        let listed = at(&mut scene, address);
        assert_eq!((&listed.subscriber.id, listed.subscriber.endpoints.len()), (who, 2), "whole subscribers");
    }
    assert_eq!(scene.ledger.subscribers_at(&endpoint("nobody@example.org")).unwrap(), []);
}

pub(crate) fn whatever_is_accepted_goes_in_and_comes_out<S: Store>() {
    let text = prop_oneof![
        "[+a-z0-9._é用-]{1,12}@[a-z0-9ü例.-]{1,20}",
        "\\+[0-9 ()-]{5,18}",
        Just("+ana@example.org".to_owned()),
        Just("+34600000001@example.org".to_owned()),
    ];
    let mut scene = Scene::<S>::new();
    let mut runner =
        TestRunner::new(Config { cases: S::STORIES * 4, failure_persistence: None, ..Config::default() });
    let scene = std::cell::RefCell::new(&mut scene);
    runner
        .run(&text, |text| {
            let scene = &mut *scene.borrow_mut();
            for endpoint in Channel::ALL.into_iter().filter_map(|channel| Endpoint::new(channel, &text)) {
                let person = Subscription { endpoints: vec![endpoint.clone()], ..subscription(&[]) };
                let id = scene.add(ConsentMethod::Added, &[person])[0].id().unwrap().clone();
                let listed = scene.ledger.subscribers_at(&endpoint).unwrap().remove(0);
                prop_assert_eq!(&listed.subscriber.id, &id);
                prop_assert_eq!(&listed.subscriber.endpoints[0].1, &endpoint);
                prop_assert_eq!(scene.ledger.unreadable_subscribers().unwrap(), []);
            }
            Ok(())
        })
        .unwrap();
    let scene = scene.into_inner();
    scene.change("payments", Severity::Major);
    let people = scene.ledger.active_subscribers().unwrap();
    let claimed = scene.claim();
    assert_eq!(claimed.len(), people.len(), "everybody is told");
}
