//! Sign-ups at the desk: limits, confirmations, and what they become.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::scene::{next_change, subscription};
use super::{Scene, Store};
use crate::ledger::{
    Asked, InboundText, OptOut, People, Planner, Planning, Preferences, Receipts as _, SignUp, SignUpLimit,
    SignUps,
};
use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::keyword::Keyword;
use crate::model::localized::Language;
use crate::model::notice::Notices;
use crate::model::phase::{Phase, Severity};
use crate::model::subscriber::{
    ConsentMethod, FeatureFilter, FollowedIncident, SubscriberId, SubscriberState,
};

/// The limits of a desk: ten an hour of a network, a number in all, one a day and three a month to an address.
fn limits(network: &str, address: &str, in_all: u32) -> Vec<SignUpLimit> {
    let limit = |subject: String, within, most, beyond| SignUpLimit { subject, within, most, beyond };
    vec![
        limit(format!("network:{network}"), TimeDelta::hours(1), 10, Asked::Network),
        limit("all".to_owned(), TimeDelta::hours(1), in_all, Asked::Busy),
        limit(format!("address:{address}"), TimeDelta::hours(24), 1, Asked::Silent),
        limit(format!("address:{address}"), TimeDelta::days(30), 3, Asked::Silent),
    ]
}

fn sign_up(id: &str, address: &str, now: Moment) -> SignUp {
    let mut wanted = subscription(&[address]);
    wanted.from_severity = Severity::Major;
    SignUp {
        id: id.to_owned(),
        subscription: wanted,
        incident: None,
        joins: None,
        source: "https://desk.example.org/".to_owned(),
        asked_at: now,
        expires_at: now + TimeDelta::hours(48),
    }
}

/// Asks for an address from a network.
fn ask(ledger: &mut impl SignUps, number: usize, (network, address): (&str, &str), now: Moment) -> Asked {
    let limits = limits(network, address, 1_000);
    ledger.ask(&sign_up(&format!("s{number}"), address, now), &limits, now).unwrap()
}

fn confirm<S: Store>(scene: &mut Scene<S>, id: &str) -> Option<SubscriberId> {
    let now = scene.now;
    scene.ledger.confirm_sign_up(id, &mut || [7; 16], now).unwrap()
}

/// Spamhaus saw nine addresses entered nine thousand times each within two weeks, from everywhere.
pub(crate) fn nine_addresses_entered_81_000_times_get_27_confirmations(
    ledger: &mut impl SignUps,
    start: Moment,
) {
    let mut kept = 0;
    for number in 0..81_000 {
        let now =
            start + TimeDelta::milliseconds(14 * 24 * 3_600_000 / 81_000 * i64::try_from(number).unwrap());
        let network = format!("n{}", number / 5);
        let address = format!("victim{}@example.org", number % 9);
        kept += usize::from(ask(ledger, number, (&network, &address), now) == Asked::Kept);
    }
    assert_eq!(kept, 27);
}

pub(crate) fn an_address_a_network_and_the_whole_have_limits<S: Store>() {
    let mut scene = Scene::<S>::new();
    let start = scene.now;
    let ledger = &mut scene.ledger;
    assert_eq!(ask(ledger, 0, ("n", "ana@example.org"), start), Asked::Kept);
    assert_eq!(ask(ledger, 1, ("m", "ana@example.org"), start + TimeDelta::hours(23)), Asked::Silent);
    assert_eq!(ask(ledger, 2, ("m", "ana@example.org"), start + TimeDelta::hours(25)), Asked::Kept);
    assert_eq!(ask(ledger, 3, ("m", "ana@example.org"), start + TimeDelta::hours(50)), Asked::Kept);
    assert_eq!(ask(ledger, 4, ("m", "ana@example.org"), start + TimeDelta::days(29)), Asked::Silent);
    let later = start + TimeDelta::days(40);
    for number in 10..20 {
        let address = format!("p{number}@example.org");
        assert_eq!(ask(ledger, number, ("crowd", &address), later), Asked::Kept);
    }
    assert_eq!(ask(ledger, 20, ("crowd", "q@example.org"), later), Asked::Network);
    assert_eq!(ask(ledger, 21, ("crowd", "q@example.org"), later + TimeDelta::minutes(61)), Asked::Kept);
    let limits = limits("x", "y", 1);
    let now = later + TimeDelta::minutes(62);
    assert_eq!(ledger.ask(&sign_up("s22", "y@example.org", now), &limits, now).unwrap(), Asked::Busy);
}

pub(crate) fn a_confirmed_sign_up_is_a_subscription_with_its_consent<S: Store>() {
    let mut scene = Scene::<S>::new();
    let now = scene.now;
    ask(&mut scene.ledger, 1, ("n", "ana@example.org"), now);
    assert_eq!(scene.ledger.list_subscribers().unwrap(), []);
    scene.pass(TimeDelta::hours(1));
    let ana = confirm(&mut scene, "s1").unwrap();
    assert_eq!(confirm(&mut scene, "s1"), Some(ana.clone()), "twice is once");
    let listed = scene.ledger.subscriber(&ana).unwrap().unwrap();
    assert_eq!((listed.state(), listed.version), (SubscriberState::Confirmed, 2));
    let consent = listed.consent.unwrap();
    assert_eq!((consent.method, consent.at), (ConsentMethod::SignedUp, scene.now));
    assert_eq!(consent.source, "https://desk.example.org/");
    assert_eq!(listed.subscriber.from_severity, Severity::Major);
    assert_eq!(scene.ledger.active_subscribers().unwrap().len(), 1);
    assert_eq!(confirm(&mut scene, "unknown"), None);

    ask(&mut scene.ledger, 2, ("n", "ben@example.org"), now);
    scene.now = now + TimeDelta::hours(48);
    assert_eq!(confirm(&mut scene, "s2"), None, "its time is over");
}

pub(crate) fn someone_on_record_changes_only_by_confirming<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", "+34600000001"]);
    let now = scene.now;
    ask(&mut scene.ledger, 1, ("n", "ana@example.org"), now);
    assert_eq!(scene.ledger.subscriber(&ana).unwrap().unwrap().version, 1);
    assert_eq!(confirm(&mut scene, "s1"), Some(ana.clone()));
    let told = scene.ledger.subscriber(&ana).unwrap().unwrap();
    assert_eq!(told.subscriber.from_severity, Severity::Major);
    assert_eq!(told.subscriber.endpoints.len(), 2, "their other addresses stay");
    assert_eq!(told.consent.unwrap().method, ConsentMethod::Added, "and the consent they gave first");

    scene.ledger.remove_subscriber(&ana, now).unwrap();
    scene.pass(TimeDelta::days(2));
    let now = scene.now;
    ask(&mut scene.ledger, 2, ("n", "ana@example.org"), now);
    assert_eq!(
        confirm(&mut scene, "s2"),
        Some(ana.clone()),
        "anyone who left comes back by a wish of their own"
    );
    let back = scene.ledger.subscriber(&ana).unwrap().unwrap();
    assert_eq!((back.state(), back.subscriber.endpoints.len()), (SubscriberState::Confirmed, 1));
    let list = scene.add(ConsentMethod::Imported, &[subscription(&["ana@example.org"])]);
    assert!(list[0].id().is_some(), "that the address was left is forgotten: {list:?}");
}

pub(crate) fn a_confirmation_is_due_until_it_was_sent<S: Store>() {
    let mut scene = Scene::<S>::new();
    let now = scene.now;
    for (number, address) in [(1, "ana@example.org"), (2, "ben@example.org"), (3, "cleo@example.org")] {
        ask(
            &mut scene.ledger,
            number,
            ("n", address),
            now + TimeDelta::seconds(i64::try_from(number).unwrap()),
        );
    }
    scene.subscriber(&["ben@example.org"]);
    scene.ledger.suppress(&Endpoint::read("BEN@example.org").unwrap(), "bounced", now).unwrap();
    let soon = now + TimeDelta::minutes(1);
    let due = |scene: &mut Scene<S>, now| -> Vec<(String, u32)> {
        let due = scene.ledger.due_confirmations(10, now).unwrap();
        due.into_iter().map(|(sign_up, tries)| (sign_up.id, tries)).collect()
    };
    let first = |id: &str| (id.to_owned(), 0);
    assert_eq!(due(&mut scene, soon), [first("s1"), first("s3")], "a suppressed address is not written to");
    assert_eq!(due(&mut scene, soon), [], "another desk leaves them alone for the length of a lease");
    let later = soon + TimeDelta::minutes(2);
    assert_eq!(due(&mut scene, later), [first("s1"), first("s3")], "a desk that died holds them no longer");
    scene.ledger.confirmation_tried("s1", None).unwrap();
    scene.ledger.confirmation_tried("s3", Some(soon + TimeDelta::minutes(5))).unwrap();
    assert_eq!(due(&mut scene, soon), []);
    assert_eq!(due(&mut scene, soon + TimeDelta::minutes(5)), [("s3".to_owned(), 1)]);
    assert!(scene.ledger.sign_up("s1").unwrap().is_some());
    due(&mut scene, now + TimeDelta::days(8));
    assert_eq!(scene.ledger.sign_up("s1").unwrap(), None, "a week later nothing is kept of it");
}

pub(crate) fn guesses_are_counted_and_preferences_change<S: Store>() {
    let mut scene = Scene::<S>::new();
    let now = scene.now;
    ask(&mut scene.ledger, 1, ("n", "ana@example.org"), now);
    for _ in 0..5 {
        assert!(scene.ledger.may_guess("s1", now).unwrap());
    }
    assert!(!scene.ledger.may_guess("s1", now).unwrap());
    assert!(!scene.ledger.may_guess("s2", now).unwrap());

    let ana = scene.subscriber(&["ana@example.org"]);
    let to = Preferences {
        follows: FeatureFilter::Features(Default::default()),
        from_severity: Severity::Critical,
        language: Language::new("es").unwrap(),
        time_zone: "Europe/Madrid".to_owned(),
    };
    assert!(scene.ledger.change_subscription(&ana, &to).unwrap());
    let listed = scene.ledger.subscriber(&ana).unwrap().unwrap();
    assert_eq!(
        (listed.subscriber.language, listed.subscriber.follows),
        (to.language.clone(), to.follows.clone())
    );
    scene.ledger.remove_subscriber(&ana, now).unwrap();
    assert!(!scene.ledger.change_subscription(&ana, &to).unwrap(), "not for anyone who left");
}

pub(crate) fn who_asks_about_one_incident_follows_it_until_its_end<S: Store>() {
    let mut scene = Scene::<S>::new();
    let origin = IncidentId::new("payments").unwrap();
    let bo = scene.subscriber(&["bo@example.org"]);
    for (id, address) in [("a", "ana@example.org"), ("b", "bo@example.org")] {
        let mut wanted = sign_up(id, address, scene.now);
        wanted.incident = Some(origin.clone());
        wanted.subscription.follows = FeatureFilter::nothing();
        let limits = limits(id, address, 1_000);
        assert_eq!(scene.ledger.ask(&wanted, &limits, scene.now).unwrap(), Asked::Kept);
        let stored = scene.ledger.sign_up(id).unwrap().unwrap();
        assert_eq!(stored, wanted);
    }
    let ana = confirm(&mut scene, "a").unwrap();
    assert_eq!(confirm(&mut scene, "b"), Some(bo.clone()));
    let known = scene.ledger.subscriber(&bo).unwrap().unwrap();
    assert_eq!(known.subscriber.follows, FeatureFilter::Everything, "what they follow stays");
    let origins = [origin.clone()].into();
    let now = scene.now;
    let ended = |scene: &mut Scene<S>| {
        let all = scene.ledger.followers(&origins).unwrap().remove(&origin).unwrap();
        assert_eq!(all.keys().collect::<BTreeSet<_>>(), [&ana, &bo].into());
        all[&ana]
    };
    assert_eq!(ended(&mut scene), None);
    scene.change("payments", Severity::Major);
    assert_eq!(ended(&mut scene), None, "an update ends nothing");
    for (phase, what, end) in [
        (Phase::Resolved, ChangeKind::Resolved, Some(now)),
        (Phase::Investigating, ChangeKind::Reopened, None),
        (Phase::Resolved, ChangeKind::Resolved, Some(now)),
    ] {
        let base = scene.ledger.announced().unwrap().unwrap();
        let mut difference = next_change(&base, "payments", Severity::Major);
        difference.changes.iter_mut().for_each(|change| change.what = vec![what.clone()]);
        difference.announced.incidents.get_mut(&origin).unwrap().phase = phase;
        assert!(matches!(scene.plan(&base, &difference, &Notices::default()), Planning::Planned(_)));
        assert_eq!(ended(&mut scene), end);
    }
    let record = scene.ledger.subscriber(&ana).unwrap().unwrap();
    assert_eq!(
        record.incidents,
        [FollowedIncident { origin: origin.clone(), since: now, ended_at: Some(now) }]
    );
    scene.ledger.remove_subscriber(&ana, now).unwrap();
    assert!(!scene.ledger.followers(&origins).unwrap()[&origin].contains_key(&ana), "who left is not told");
    scene.ledger.erase_subscriber(&bo, now).unwrap();
    assert!(scene.ledger.subscriber(&bo).unwrap().unwrap().incidents.is_empty());
}

/// Asks for a number that joins a subscriber.
fn join<S: Store>(scene: &mut Scene<S>, id: &str, number: &str, who: &SubscriberId) {
    let mut wanted = sign_up(id, number, scene.now);
    wanted.joins = Some(who.clone());
    let kept = scene.ledger.ask(&wanted, &limits(id, id, 1_000), scene.now).unwrap();
    assert_eq!(kept, Asked::Kept);
    assert_eq!(scene.ledger.sign_up(id).unwrap().unwrap(), wanted);
}

pub(crate) fn a_proven_number_is_a_further_address_of_its_subscriber<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org"]);
    let bo = scene.subscriber(&["+34600000001"]);
    let addresses = |scene: &mut Scene<S>, who: &SubscriberId| -> Vec<String> {
        let record = scene.ledger.subscriber(who).unwrap().unwrap();
        record.subscriber.endpoints.iter().map(|(_, one)| one.expose().to_owned()).collect()
    };
    join(&mut scene, "a", "+34600000001", &ana);
    assert_eq!(addresses(&mut scene, &ana), ["ana@example.org"], "nothing changes before it is proven");
    assert_eq!(confirm(&mut scene, "a"), Some(ana.clone()));
    assert_eq!(confirm(&mut scene, "a"), Some(ana.clone()), "twice is once");
    assert_eq!(addresses(&mut scene, &ana), ["ana@example.org", "+34600000001"]);
    let settings = scene.ledger.subscriber(&ana).unwrap().unwrap().subscriber;
    assert_eq!(settings.from_severity, Severity::Notice, "what they asked for stays");
    let before = scene.ledger.subscriber(&bo).unwrap().unwrap();
    assert_eq!(before.state(), SubscriberState::Left, "who has no address left is notified no more");

    join(&mut scene, "b", "+34600000002", &ana);
    assert!(confirm(&mut scene, "b").is_some());
    assert_eq!(addresses(&mut scene, &ana), ["ana@example.org", "+34600000002"], "in place of the first");

    let now = scene.now;
    join(&mut scene, "c", "+34600000003", &ana);
    scene.subscriber(&["cleo@example.org", "+34600000003"]);
    scene.ledger.suppress(&Endpoint::read("+34600000003").unwrap(), "its owner replied STOP", now).unwrap();
    assert_eq!(confirm(&mut scene, "c"), None, "STOP came while the code was on its way");
    assert_eq!(addresses(&mut scene, &ana), ["ana@example.org", "+34600000002"]);

    assert!(scene.ledger.give_up(&ana, Channel::Text, now).unwrap());
    assert_eq!(confirm(&mut scene, "b"), None, "the code is used up");
    assert!(!scene.ledger.give_up(&ana, Channel::Text, now).unwrap(), "there is none any more");
    assert!(!scene.ledger.give_up(&ana, Channel::Mail, now).unwrap(), "the last one stays");
    assert_eq!(addresses(&mut scene, &ana), ["ana@example.org"]);
    let list = scene.add(ConsentMethod::Imported, &[subscription(&["+34600000002"])]);
    assert!(list[0].id().is_none(), "a list does not bring the number back: {list:?}");

    join(&mut scene, "d", "+34600000004", &ana);
    scene.ledger.remove_subscriber(&ana, now).unwrap();
    assert_eq!(confirm(&mut scene, "d"), None, "who left gets no number");
}

pub(crate) fn a_stop_to_a_code_holds_though_the_number_is_nobodys<S: Store>() {
    let mut scene = Scene::<S>::new();
    let (ana, now) = (scene.subscriber(&["ana@example.org"]), scene.now);
    // A stranger replies STOP to a code that they did not ask for: they are sent no more of them.
    let stop = |scene: &mut Scene<S>, reference: &str, keyword| {
        let from = Endpoint::read("+34600000005").unwrap();
        let (provider, reference, at) = ("gateway".to_owned(), reference.to_owned(), scene.now);
        scene
            .ledger
            .receive_text(&InboundText {
                provider,
                reference,
                from,
                keyword: Some(keyword),
                words: String::new(),
                at,
            })
            .unwrap()
    };
    assert_eq!(stop(&mut scene, "0", Keyword::Stop), OptOut::Stopped, "though nothing was ever sent to it");
    assert_eq!(stop(&mut scene, "1", Keyword::Stop), OptOut::Unchanged);
    join(&mut scene, "e", "+34600000005", &ana);
    let due = scene.ledger.due_confirmations(16, now).unwrap();
    assert!(due.iter().all(|(one, _)| one.id != "e"), "{due:?}");
    assert_eq!(confirm(&mut scene, "e"), None);
    assert_eq!(stop(&mut scene, "2", Keyword::Start), OptOut::Started);
    join(&mut scene, "f", "+34600000005", &ana);
    assert!(confirm(&mut scene, "f").is_some());
}
