//! Five actors on two hosts, whose clocks jump, do anything in any order. Each host works from what it read, and a record is
//! stored only if nobody stored another one since.

use proptest::prelude::*;

use super::super::{read, write};
use super::*;
use crate::model::control::EventKind;

const ACTORS: [&str; 5] = ["automation", "ana", "bo", "cy", "dan"];

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A host reads the record.
    Read(usize),
    /// An actor on a host does something about control, or announces an update.
    Act(usize, usize, Option<Action>),
    /// The clock of a host jumps by that many minutes.
    Jump(usize, i64),
}

fn action() -> impl Strategy<Value = Action> {
    let actor = || (0..5_usize).prop_map(|number| Actor::from_word(ACTORS[number]));
    prop_oneof![
        any::<bool>().prop_map(|is_urgent| Action::Take { is_urgent }),
        (0..3_usize).prop_map(|number| Action::BreakGlass { role: Role::ALL[number] }),
        Just(Action::Acknowledge),
        Just(Action::Request),
        Just(Action::Request),
        actor().prop_map(|to| Action::Answer { to }),
        prop::option::of(actor()).prop_map(|to| Action::Pass { to }),
        Just(Action::Release),
        (1..200_i64).prop_map(|hours| Action::Extend { length: TimeDelta::hours(hours) }),
        Just(Action::Note),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..2_usize).prop_map(Step::Read),
        6 => (0..2_usize, 0..5_usize, prop::option::weighted(0.7, action()))
            .prop_map(|(host, actor, action)| Step::Act(host, actor, action)),
        2 => (0..2_usize, -3000..6000_i64).prop_map(|(host, minutes)| Step::Jump(host, minutes)),
    ]
}

fn default_owner() -> impl Strategy<Value = Option<Actor>> {
    prop_oneof![
        3 => Just(Some(Actor::Automation)),
        1 => Just(Some(Actor::Role(Role::CommunicationsManager))),
        1 => Just(Some(Actor::from_word("ana"))),
        1 => Just(None),
    ]
}

/// What may end a hold that had not expired by the clock of the host that stored the record.
fn may_end(before: &Control, action: Option<&Action>, by: &Asker, default: Option<&Actor>) -> bool {
    let hold = before.hold.as_ref().unwrap();
    let is_default = default.is_some_and(|default| by.is(default));
    match action {
        Some(Action::Pass { .. } | Action::Release) => by.is(&hold.owner),
        Some(Action::Take { is_urgent }) => *is_urgent || is_default,
        Some(Action::BreakGlass { role }) => by.roles.contains(role),
        Some(Action::Acknowledge) => true,
        Some(Action::Request) | None => hold.owner == Actor::Automation,
        _ => false,
    }
}

fn check(
    before: &Control,
    after: &Control,
    (action, by): (Option<&Action>, &Asker),
    default: Option<&Actor>,
    now: Moment,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(after.revision, before.revision + 1);
    let known = settled(before, now);
    prop_assert!(after.hold.is_some() || after.queue.is_empty(), "someone waits for an idle incident");
    if let Some(hold) = &known.hold {
        let has_changed = after.hold.as_ref().is_none_or(|other| other.owner != hold.owner);
        prop_assert!(!has_changed || may_end(&known, action, by, default), "{:?} lost it", hold.owner);
    }
    let extension_max = rules(None).extension_max;
    if let Some(hold) = &after.hold {
        let latest = known.hold.as_ref().map_or(now, |held| held.expires.max(now + extension_max));
        prop_assert!(hold.expires <= latest.max(now + extension_max), "it never ends");
        prop_assert!(
            settled(after, hold.expires + extension_max * 10).hold.is_none() || !after.queue.is_empty()
        );
    }
    // Nobody is passed by: who waits moves up, or leaves because control is theirs.
    let waits = |control: &Control| control.queue.iter().map(|one| one.by.clone()).collect::<Vec<_>>();
    let kept: Vec<Actor> = waits(&known).into_iter().filter(|one| waits(after).contains(one)).collect();
    prop_assert_eq!(&kept[..], &waits(after)[..kept.len()]);
    let gone: Vec<Actor> = waits(&known).into_iter().filter(|one| !kept.contains(one)).collect();
    prop_assert!(gone.iter().all(|one| after.hold.as_ref().is_some_and(|hold| hold.owner == *one)));
    // Only an owner announces.
    let announced = after.events.last().is_some_and(|event| event.what == EventKind::Announced);
    if announced && action.is_none() {
        prop_assert!(after.hold.as_ref().is_some_and(|hold| by.is(&hold.owner)));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_order_of_actors_hosts_and_clocks_keeps_the_rules(
        steps in prop::collection::vec(step(), 1..120),
        default in default_owner(),
    ) {
        let mut stored = fresh();
        let mut hosts = [(stored.clone(), at(0)), (stored.clone(), at(0))];
        for step in steps {
            match step {
                Step::Read(host) => hosts[host].0 = stored.clone(),
                Step::Jump(host, minutes) => hosts[host].1 += TimeDelta::minutes(minutes),
                Step::Act(host, actor, action) => {
                    let (known, now) = hosts[host].clone();
                    let by = asker(ACTORS[actor]);
                    let made = match &action {
                        Some(action) => apply(&known, &by, &plain(action.clone()), &rules(default.as_ref()), now).ok(),
                        None => announce(&known, &by, &rules(default.as_ref()), now).ok(),
                    };
                    let Some(made) = made else { continue };
                    // Compare and swap: a host that knows an old record stores nothing, and reads again.
                    if known == stored {
                        check(&stored, &made, (action.as_ref(), &by), default.as_ref(), now)?;
                        stored = made;
                    }
                    hosts[host].0 = stored.clone();
                }
            }
        }
        prop_assert_eq!(read(&write(&stored)), Ok(stored));
    }

    /// Of any number who found the incident idle, the first to store it has it, and the others find that out.
    #[test]
    fn one_of_many_takes_an_idle_incident(order in Just([0, 1, 2, 3, 4_usize]).prop_shuffle()) {
        let (idle, mut stored, mut winners) = (fresh(), fresh(), Vec::new());
        for actor in order {
            let name = ACTORS[actor];
            let taken = apply(&idle, &asker(name), &plain(TAKE), &rules(None), at(0)).unwrap();
            if idle == stored {
                (stored, winners) = (taken, vec![name]);
            } else {
                prop_assert!(apply(&stored, &asker(name), &plain(TAKE), &rules(None), at(0)).is_err());
            }
        }
        prop_assert_eq!(winners.len(), 1);
    }
}
