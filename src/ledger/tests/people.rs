//! Subscribers and addresses.

use super::scene::subscription;
use super::{Scene, Store};
use crate::ledger::Ledger;
use crate::model::endpoint::Endpoint;
use crate::model::phase::Severity;
use crate::model::subscriber::SubscriberId;

pub(crate) fn the_same_person_added_twice_is_one<S: Store>() {
    let mut scene = Scene::<S>::new();
    let first = scene.subscriber(&["ana@example.org"]);
    let mut changed = subscription(&["ana@example.org", "+34600000001", "ana@example.org"]);
    changed.from_severity = Severity::Critical;
    let second = scene.ledger.add_subscribers(&[changed], scene.now).unwrap();
    assert_eq!(second, std::slice::from_ref(&first));
    let people = scene.ledger.subscribers().unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].from_severity, Severity::Critical, "the subscription is updated");
    assert_eq!(people[0].endpoints.len(), 2, "an address given twice counts once");
    assert_ne!(Scene::<S>::new().subscriber(&["ana@example.org"]), first, "ids tell nothing elsewhere");
    assert!(scene.ledger.add_subscribers(&[subscription(&[])], scene.now).is_err());
}

pub(crate) fn leaving_and_coming_back<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    assert!(scene.ledger.remove_subscriber(&ana, scene.now).unwrap());
    assert!(!scene.ledger.remove_subscriber(&ana, scene.now).unwrap(), "left before");
    assert!(!scene.ledger.remove_subscriber(&SubscriberId::from_stored("x"), scene.now).unwrap());
    assert_eq!(scene.ledger.subscribers().unwrap(), []);
    assert_eq!(scene.ledger.list_subscribers().unwrap()[0].removed_at, Some(scene.now));
    assert_eq!(scene.subscriber(&["ana@example.org"]), ana);
    assert_eq!(scene.ledger.subscribers().unwrap().len(), 1);
}

pub(crate) fn a_suppressed_address_stays_suppressed<S: Store>() {
    let mut scene = Scene::<S>::new();
    let mail = Endpoint::read("ana@example.org").unwrap();
    assert!(!scene.ledger.suppress(&mail, "bounced", scene.now).unwrap(), "unknown");
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    assert!(scene.ledger.suppress(&mail, "bounced", scene.now).unwrap());
    assert!(!scene.ledger.suppress(&mail, "again", scene.now).unwrap(), "keeps its first reason");
    scene.subscriber(&["ana@example.org", "+34600000001"]);
    let people = scene.ledger.subscribers().unwrap();
    assert_eq!(people[0].endpoints.len(), 1, "only the phone may be used");
    let listed = scene.ledger.list_subscribers().unwrap();
    assert_eq!(listed[0].subscriber.endpoints.len(), 2);
    assert_eq!(listed[0].suppressed.values().collect::<Vec<_>>(), ["bounced"]);

    scene.ledger.suppress(&Endpoint::read("+34600000001").unwrap(), "STOP", scene.now).unwrap();
    assert_eq!(scene.ledger.subscribers().unwrap(), [], "nobody without a usable address");
    assert!(scene.ledger.lift_suppression(&mail).unwrap());
    assert!(!scene.ledger.lift_suppression(&mail).unwrap());
    assert_eq!(scene.ledger.subscribers().unwrap()[0].id, ana);
}

pub(crate) fn people_are_found_by_any_address<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let ben = scene.subscriber(&["ben@example.org", "+34600000001"]);
    let mut found = |address: &str| {
        let listed = scene.ledger.subscribers_at(&Endpoint::read(address).unwrap()).unwrap();
        assert!(listed.iter().all(|listed| listed.subscriber.endpoints.len() == 2), "whole subscribers");
        listed.into_iter().map(|listed| listed.subscriber.id).collect::<Vec<_>>()
    };
    assert_eq!(found("ana@example.org"), std::slice::from_ref(&ana));
    let mut both = vec![ana, ben];
    both.sort();
    assert_eq!(found("+34600000001"), both);
    assert_eq!(found("nobody@example.org"), []);
}
