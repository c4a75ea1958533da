//! Each rule, and the cases of the conversations that it comes from.

use super::super::{overdue, read, survey_may_be_sent, write};
use super::*;
use crate::model::control::EventKind;

fn to(name: &str) -> Option<Actor> {
    Some(Actor::from_word(name))
}

#[test]
fn the_source_of_an_incident_is_its_first_owner() {
    for source in ["automation", "ana", "dan"] {
        let opened = told(&fresh(), source, 0).unwrap();
        assert_eq!((owner(&opened).as_deref(), &opened.source), (Some(source), &to(source)));
    }
}

#[test]
fn only_the_owner_announces() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    assert_eq!(told(&opened, "bo", 1), Err("ana".to_owned()));
    assert_eq!(told(&opened, "automation", 1), Err("ana".to_owned()));
    assert_eq!(owner(&told(&opened, "ana", 1).unwrap()).as_deref(), Some("ana"));
}

#[test]
fn a_role_owns_by_each_of_its_people() {
    let manager = Actor::Role(Role::CommunicationsManager);
    let idle = done(&told(&fresh(), "ana", 0).unwrap(), "ana", Action::Release, 0).unwrap();
    let held = announce(&idle, &asker("ana"), &rules(Some(&manager)), at(1)).unwrap_err();
    assert_eq!((held.hold.owner, held.hold.expires), (manager.clone(), at(25)));
    let said = announce(&idle, &asker("bo"), &rules(Some(&manager)), at(1)).unwrap();
    assert_eq!(said.hold.unwrap().owner, manager);
}

#[test]
fn the_default_owner_takes_from_anyone_and_people_ask() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    let Err(Refusal::Owned(hold)) = done(&opened, "bo", TAKE, 1) else { panic!("taken") };
    assert_eq!((hold.owner.to_string().as_str(), hold.expires), ("ana", at(24)));
    let taken = done(&opened, "automation", TAKE, 1).unwrap();
    assert_eq!(owner(&taken).as_deref(), Some("automation"));
    let manager = Actor::Role(Role::CommunicationsManager);
    let taken = apply(&opened, &asker("bo"), &plain(TAKE), &rules(Some(&manager)), at(1)).unwrap();
    assert_eq!(owner(&taken).as_deref(), Some("bo"));
    assert!(apply(&opened, &asker("automation"), &plain(TAKE), &rules(Some(&manager)), at(1)).is_err());
}

#[test]
fn urgency_lets_people_take() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    let taken = done(&opened, "dan", Action::Take { is_urgent: true }, 1).unwrap();
    assert_eq!(owner(&taken).as_deref(), Some("dan"));
}

#[test]
fn taking_or_passing_to_oneself_extends_nothing() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    assert_eq!(done(&opened, "ana", TAKE, 20), Err(Refusal::OwnedAlready(Actor::from_word("ana"))));
    let own = Action::Pass { to: to("ana") };
    assert_eq!(done(&opened, "ana", own, 20), Err(Refusal::OwnedAlready(Actor::from_word("ana"))));
}

#[test]
fn a_day_without_an_update_ends_it_and_an_update_does_not() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    let updated = told(&opened, "ana", 20).unwrap();
    assert!(settled(&updated, at(43)).hold.is_some());
    let idle = settled(&updated, at(44));
    assert_eq!((owner(&idle), events(&idle).last().unwrap().as_str()), (None, "ana expired"));
    // An idle incident that is updated by automation has automation as its owner, and so has a person who updates it.
    assert_eq!(owner(&told(&updated, "automation", 44).unwrap()).as_deref(), Some("automation"));
    let by_person = told(&updated, "bo", 44).unwrap();
    let last = events(&by_person);
    assert_eq!(
        last[last.len() - 4..],
        ["automation received", "bo requested", "bo received", "bo announced"]
    );
}

#[test]
fn an_owner_extends_for_seven_days_at_most() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    let extend = |days| Action::Extend { length: TimeDelta::days(days) };
    assert_eq!(done(&opened, "ana", extend(8), 1), Err(Refusal::TooLong(TimeDelta::days(7))));
    assert_eq!(done(&opened, "ana", extend(0), 1), Err(Refusal::TooLong(TimeDelta::days(7))));
    assert!(matches!(done(&opened, "bo", extend(2), 1), Err(Refusal::Owned(_))));
    let kept = done(&opened, "ana", extend(7), 1).unwrap();
    assert_eq!(kept.hold.as_ref().unwrap().expires, at(1 + 7 * 24));
    assert_eq!(done(&kept, "ana", extend(2), 2), Err(Refusal::NotLonger(at(1 + 7 * 24))));
    // An update shortens nothing.
    assert_eq!(told(&kept, "ana", 2).unwrap().hold.unwrap().expires, at(1 + 7 * 24));
    assert_eq!(done(&fresh(), "ana", extend(2), 1), Err(Refusal::Idle));
}

#[test]
fn requests_are_granted_in_their_order_on_release_and_on_expiry() {
    let mut control = told(&fresh(), "ana", 0).unwrap();
    for name in ["bo", "cy"] {
        control = done(&control, name, Action::Request, 1).unwrap();
    }
    assert!(matches!(done(&control, "bo", Action::Request, 2), Err(Refusal::RequestedAlready(_))));
    let released = done(&control, "ana", Action::Release, 2).unwrap();
    assert_eq!(owner(&released).as_deref(), Some("bo"));
    assert_eq!(owner(&settled(&released, at(26))).as_deref(), Some("cy"));
    assert_eq!(owner(&settled(&released, at(50))), None);
    assert_eq!(owner(&settled(&control, at(24))).as_deref(), Some("bo"));
    let passed = done(&control, "ana", Action::Pass { to: None }, 2).unwrap();
    assert_eq!(owner(&passed).as_deref(), Some("bo"));
}

#[test]
fn a_request_that_nobody_answers_is_overdue() {
    let limit = TimeDelta::hours(1);
    let control = done(&told(&fresh(), "ana", 0).unwrap(), "bo", Action::Request, 1).unwrap();
    assert_eq!(overdue(&control, limit, at(2)).count(), 0);
    assert_eq!(overdue(&control, limit, at(3)).count(), 1);
    let answer = || Action::Answer { to: Actor::from_word("bo") };
    let answered = done(&control, "ana", answer(), 3).unwrap();
    assert_eq!((overdue(&answered, limit, at(3)).count(), answered.queue.len()), (0, 1));
    assert_eq!(overdue(&answered, limit, at(5)).count(), 1);
    let unasked = Action::Answer { to: Actor::from_word("cy") };
    assert_eq!(done(&control, "ana", unasked, 3), Err(Refusal::NoRequest(Actor::from_word("cy"))));
}

#[test]
fn automation_and_an_idle_incident_keep_nobody_waiting() {
    let opened = told(&fresh(), "automation", 0).unwrap();
    assert_eq!(owner(&done(&opened, "dan", Action::Request, 1).unwrap()).as_deref(), Some("dan"));
    assert_eq!(owner(&told(&opened, "dan", 1).unwrap()).as_deref(), Some("dan"));
    assert_eq!(owner(&done(&fresh(), "dan", Action::Request, 1).unwrap()).as_deref(), Some("dan"));
}

#[test]
fn anyone_passes_an_idle_incident_and_only_the_owner_another() {
    let passed = done(&fresh(), "dan", Action::Pass { to: to("bo") }, 0).unwrap();
    assert_eq!(owner(&passed).as_deref(), Some("bo"));
    assert!(matches!(done(&passed, "dan", Action::Pass { to: to("dan") }, 1), Err(Refusal::Owned(_))));
    assert!(matches!(done(&passed, "dan", Action::Release, 1), Err(Refusal::Owned(_))));
    // With nobody named and nobody waiting it goes to the default owner.
    let back = done(&passed, "bo", Action::Pass { to: None }, 1).unwrap();
    assert_eq!(owner(&back).as_deref(), Some("automation"));
    let nobody = apply(&passed, &asker("bo"), &plain(Action::Pass { to: None }), &rules(None), at(1));
    assert_eq!(nobody, Err(Refusal::NoTarget));
}

#[test]
fn an_acknowledgment_gives_control_whoever_has_it() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    let seized = done(&opened, "dan", Action::Acknowledge, 1).unwrap();
    assert_eq!(
        (owner(&seized).as_deref(), events(&seized).last().unwrap().as_str()),
        (Some("dan"), "dan acknowledged")
    );
}

#[test]
fn only_a_role_uses_break_glass() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    let glass = |role| Action::BreakGlass { role };
    assert!(matches!(done(&opened, "dan", glass(Role::SupportManager), 1), Err(Refusal::WithoutRole(..))));
    assert!(matches!(done(&opened, "cy", glass(Role::IncidentManager), 1), Err(Refusal::WithoutRole(..))));
    let broken = done(&opened, "cy", glass(Role::SupportManager), 1).unwrap();
    assert_eq!(owner(&broken).as_deref(), Some("cy"));
    assert_eq!(broken.events.last().unwrap().what, EventKind::BrokeGlass { role: Role::SupportManager });
}

#[test]
fn without_a_default_owner_an_update_gains_control_and_releases_it() {
    let opened = announce(&fresh(), &asker("ana"), &rules(None), at(0)).unwrap();
    assert_eq!(owner(&opened).as_deref(), Some("ana"));
    let said = announce(&opened, &asker("dan"), &rules(None), at(30)).unwrap();
    assert_eq!(owner(&said), None);
    assert_eq!(events(&said)[2..], ["dan took", "dan announced", "dan released"]);
    let taken = apply(&said, &asker("cy"), &plain(TAKE), &rules(None), at(31)).unwrap();
    assert!(announce(&taken, &asker("dan"), &rules(None), at(32)).is_err());
}

#[test]
fn a_survey_waits_for_the_end_and_the_release() {
    let opened = told(&fresh(), "ana", 0).unwrap();
    assert!(!survey_may_be_sent(&opened, true, &rules(None), at(1)));
    let released = done(&opened, "ana", Action::Release, 1).unwrap();
    assert!(
        survey_may_be_sent(&released, true, &rules(None), at(1))
            && !survey_may_be_sent(&released, false, &rules(None), at(1))
    );
    assert!(survey_may_be_sent(&opened, true, &rules(None), at(24)));
}

#[test]
fn what_an_owner_leaves_travels_and_reads_back_equal() {
    let keep = |key: &str, value: &str| Move {
        action: Action::Pass { to: to("bo") },
        note: "The bank answers at noon.".to_owned(),
        metadata: BTreeMap::from([(key.to_owned(), value.to_owned())]),
    };
    let opened = told(&fresh(), "ana", 0).unwrap();
    let passed = apply(&opened, &asker("ana"), &keep("case", "4711"), &rules(None), at(1)).unwrap();
    let asked = done(&passed, "cy", Action::Request, 2).unwrap();
    let asked = done(&asked, "bo", Action::Answer { to: Actor::from_word("cy") }, 3).unwrap();
    let kept = done(&asked, "bo", Action::Extend { length: TimeDelta::days(2) }, 3).unwrap();
    let broken = done(&kept, "ana", Action::BreakGlass { role: Role::IncidentManager }, 4).unwrap();
    assert_eq!(broken.metadata["case"], "4711");
    assert_eq!(broken.events[1].note, "The bank answers at noon.");
    assert_eq!(read(&write(&broken)), Ok(broken.clone()));
    assert!(read(&write(&broken).replace("\"version\": 1", "\"version\": 2")).is_err());
    assert!(read(&write(&broken).replace("\"extended\"", "\"stretched\"")).is_err());
    let long = apply(&opened, &asker("ana"), &keep("case", &"x".repeat(1001)), &rules(None), at(1));
    assert_eq!(long, Err(Refusal::NoteTooLong));
    let emptied = apply(&broken, &asker("ana"), &keep("case", ""), &rules(None), at(5)).unwrap();
    assert!(emptied.metadata.is_empty());
}

/// A monitor opens, an agent answers for days, the monitor ends it.
#[test]
fn support_takes_over_from_automation_and_returns_it() {
    let opened = told(&fresh(), "automation", 0).unwrap();
    let agent = told(&opened, "cy", 1).unwrap();
    let kept = done(&agent, "cy", Action::Extend { length: TimeDelta::days(3) }, 2).unwrap();
    assert_eq!(told(&kept, "automation", 60), Err("cy".to_owned()));
    let back = done(&kept, "cy", Action::Pass { to: to("automation") }, 61).unwrap();
    assert_eq!(owner(&told(&back, "automation", 61).unwrap()).as_deref(), Some("automation"));
}

/// A person opens and is done; what follows is automation's again.
#[test]
fn done_returns_control_to_the_default_owner() {
    let opened = told(&fresh(), "dan", 0).unwrap();
    let released = done(&opened, "dan", Action::Release, 1).unwrap();
    assert_eq!(owner(&released), None);
    assert_eq!(owner(&told(&released, "automation", 2).unwrap()).as_deref(), Some("automation"));
}
