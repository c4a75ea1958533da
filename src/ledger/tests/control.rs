//! Who controls an incident changes for one of those who try, and the alarm of break-glass is owed until it was sent.

use super::scene::next_change;
use super::{Scene, Store};
use crate::ledger::{Controls, Error, PlanRequest, Planner, Story};
use crate::model::announced::Baseline;
use crate::model::approval::{Approval, Means, Role};
use crate::model::clearance::{Clearance, Ground};
use crate::model::control::ControlChange;
use crate::model::incident::IncidentId;
use crate::model::notice::Notices;
use crate::model::phase::Severity;

fn incident() -> IncidentId {
    IncidentId::new("2026/payments").unwrap()
}

fn change(before: Option<&str>, after: &str) -> ControlChange {
    ControlChange { incident: incident(), before: before.map(str::to_owned), after: after.to_owned() }
}

pub(crate) fn a_record_is_replaced_only_by_who_read_it<S: Store>() {
    let mut scene = Scene::<S>::new();
    let (mut other, now) = (scene.store.open(), scene.now);
    assert_eq!(scene.ledger.control(&incident()).unwrap(), None);
    assert!(scene.ledger.change_control(&change(None, "ana"), None, now).unwrap());
    assert!(!other.change_control(&change(None, "bo"), Some("never"), now).unwrap());
    assert!(other.change_control(&change(Some("ana"), "bo"), None, now).unwrap());
    assert!(!scene.ledger.change_control(&change(Some("ana"), "cy"), None, now).unwrap());
    assert_eq!(scene.ledger.control(&incident()).unwrap().as_deref(), Some("bo"));
    assert_eq!(scene.ledger.controls().unwrap(), ["bo"]);
    assert_eq!(scene.ledger.owed_alarms().unwrap(), [], "nothing was done, so nobody hears of it");
}

pub(crate) fn of_several_at_once_one_has_it<S: Store>() {
    let scene = Scene::<S>::new();
    let now = scene.now;
    let all: Vec<S::Ledger> = (0..6).map(|_| scene.store.open()).collect();
    let won: usize = std::thread::scope(|scope| {
        let take = |(number, mut ledger): (usize, S::Ledger)| {
            let taken = change(None, &format!("actor {number}"));
            scope.spawn(move || usize::from(ledger.change_control(&taken, None, now).unwrap()))
        };
        let running: Vec<_> = all.into_iter().enumerate().map(take).collect();
        running.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(won, 1);
}

pub(crate) fn an_announcement_moves_control_or_is_not_planned<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    let base = Baseline::default();
    let difference = next_change(&base, "payments", Severity::Major);
    let notices = Notices::default();
    let plan = |scene: &mut Scene<S>, controls: ControlChange| {
        let clearance = Clearance::grant(Ground::Shown).with_controls(vec![controls]);
        let request = PlanRequest::new(&base, &difference, &notices, &clearance);
        scene.ledger.plan(&request, scene.now)
    };
    let now = scene.now;
    assert!(scene.ledger.change_control(&change(None, "bo"), None, now).unwrap());
    let lost = plan(&mut scene, change(None, "ana"));
    assert!(matches!(lost, Err(Error::ControlChanged { incident: of }) if of == incident()));
    assert_eq!(scene.ledger.summary(None).unwrap().len(), 0, "nothing was planned");
    assert_eq!(scene.ledger.announced().unwrap(), Some(Baseline::default()));
    plan(&mut scene, change(Some("bo"), "bo again")).unwrap();
    assert_eq!(scene.ledger.control(&incident()).unwrap().as_deref(), Some("bo again"));
    assert_eq!(scene.ledger.summary(None).unwrap().len(), 1);
}

pub(crate) fn an_alarm_is_owed_until_it_was_sent<S: Store>() {
    let mut scene = Scene::<S>::new();
    let now = scene.now;
    assert!(scene.ledger.change_control(&change(None, "ana"), Some("ana took it"), now).unwrap());
    let approval = Approval {
        incident: incident(),
        digest: "now".to_owned(),
        person: "ana".to_owned(),
        at: now,
        means: Means::BreakGlass { role: Role::IncidentManager, reason: "nobody answers".to_owned() },
    };
    scene.ledger.approve_by_exception(&approval, "ana approved it").unwrap();
    assert_eq!(scene.ledger.approvals().unwrap(), [approval]);
    scene.ledger.owe_alarm("ana took it", now).unwrap();
    let owed = scene.store.open().owed_alarms().unwrap();
    let mut words: Vec<&str> = owed.iter().map(|alarm| alarm.words.as_str()).collect();
    words.sort_unstable();
    assert_eq!(words, ["ana approved it", "ana took it"]);
    for alarm in &owed {
        scene.ledger.settle_alarm(&alarm.id).unwrap();
    }
    assert_eq!(scene.ledger.owed_alarms().unwrap(), []);
}
