//! The next moment at which the page changes by itself is neither late nor early.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

/// Every moment at which the site turns from `now` on, within a duration.
fn turns(site: &Site, now: Moment, span: TimeDelta) -> Vec<String> {
    let next = |at: &Moment| next_turn(site, *at, Audience::Public).filter(|turn| *turn < now + span);
    let found = std::iter::successors(next(&now), next);
    found.map(|at| at.format("%d %H:%M:%S%.f").to_string()).collect()
}

#[test]
fn planned_work_turns_a_day_before_at_its_beginning_and_at_its_end() {
    let window = TimeRange::between(at(22, 0) + TimeDelta::days(1), at(22, 30) + TimeDelta::days(1));
    let site = Site::of(page(), [maintenance("move", &["sign-in"], window).0]);
    let days = TimeDelta::days(2);
    // Midnight is in Madrid.
    assert_eq!(
        turns(&site, now(), days),
        ["20 22:00:00", "20 23:00:00", "21 22:00:00", "21 22:00:00.001", "21 22:30:00", "21 23:00:00"]
    );
}

#[test]
fn a_deadline_is_missed_once_it_is_past_and_a_share_of_good_time_falls() {
    let broken = incident("cards", Severity::Notice, &["checkout"], at(9, 0))
        .with(Update { eta: Some(Eta::At(at(11, 30))), ..update(at(9, 0), Phase::Identified) })
        .but(|incident| incident.eta = Some(Eta::At(at(11, 30))));
    let notice = Site::of(page(), [broken.0.clone()]);
    assert_eq!(turns(&notice, now(), TimeDelta::hours(12)), ["20 11:30:00", "20 11:30:00.001"]);
    // A major outage takes a hundredth of a per cent of 90 days in 13 minutes.
    let outage = Story(broken.0).but(|incident| incident.severity = Severity::Major);
    let outage =
        outage.but(|incident| incident.affected = [(feature("checkout"), Status::MajorOutage)].into());
    let site = Site::of(page(), [outage.0]);
    let found = turns(&site, now(), TimeDelta::minutes(40));
    assert_eq!(found, ["20 10:30:15", "20 10:43:09", "20 10:56:03", "20 11:08:57"]);
}

fn moments() -> impl Strategy<Value = Moment> {
    (0_i64..72 * 60).prop_map(|minutes| now() - TimeDelta::hours(36) + TimeDelta::minutes(minutes))
}

fn stories() -> impl Strategy<Value = Incident> {
    let phases = proptest::sample::select(&[Phase::Investigating, Phase::Monitoring, Phase::Resolved]);
    let updates = proptest::collection::vec((moments(), phases, any::<bool>()), 0..4);
    let severities = proptest::sample::select(&Severity::ALL);
    (moments(), moments(), moments(), updates, severities, any::<bool>()).prop_map(
        |(started, eta, next, updates, severity, planned)| {
            let id = format!("i{}", started.timestamp());
            let ends = started + TimeDelta::minutes(90);
            let story = match planned {
                true => maintenance(&id, &["sign-in"], TimeRange::between(started, ends)),
                false => incident(&id, severity, &["checkout"], started),
            };
            story
                .but(|incident| {
                    let updates = updates.into_iter().filter(|_| !planned);
                    incident.updates = updates
                        .map(|(at, phase, internal)| Update {
                            audience: if internal { Audience::Internal } else { Audience::Public },
                            ..update(at, phase)
                        })
                        .collect();
                    incident.updates.sort_by_key(|update| update.at);
                    incident.updates.dedup_by_key(|update| update.at);
                    incident.eta = (!planned).then_some(Eta::At(eta));
                    incident.next_update = Some(next);
                })
                .0
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn until_it_every_build_has_the_same_bytes(
        stories in proptest::collection::vec(stories(), 1..4),
        part in 0.0..1.0_f64,
    ) {
        let mut site = Site::of(page(), stories);
        site.incidents.sort_by_key(|incident| std::cmp::Reverse(incident.started));
        site.incidents.dedup_by_key(|incident| incident.id.clone());
        let render = |at| super::super::site(&site, &Theme::built_in(), at, Audience::Public).unwrap();
        let mut from = now();
        for _ in 0..3 {
            let turn = next_turn(&site, from, Audience::Public).unwrap();
            prop_assert!(turn > from);
            let length = (turn - from).num_milliseconds();
            let between = from + TimeDelta::milliseconds((length as f64 * part) as i64).min(turn - from - TimeDelta::milliseconds(1));
            let same = render(from);
            for later in [between, turn - TimeDelta::milliseconds(1)] {
                let other = render(later);
                let differs = other.files.iter().find(|(path, bytes)| same.files.get(*path) != Some(*bytes));
                prop_assert!(
                    differs.is_none() && other.files.len() == same.files.len(),
                    "{:?} at {later} is not as at {from}, long before {turn}", differs.map(|(path, _)| path)
                );
            }
            from = turn;
        }
    }
}
