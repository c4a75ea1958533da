//! What looks the same to a reader, or was said before, is no news.

use chrono::TimeDelta;

use super::build::{incident, maintenance, minutes, now, site, update};
use super::stories::{heard, what};
use crate::diff::{baseline, difference};
use crate::model::change::ChangeKind;
use crate::model::edit::Part;
use crate::model::incident::{Eta, Incident};
use crate::model::phase::Phase;

#[test]
fn an_estimate_that_moves_within_its_minute_is_the_same_to_a_reader() {
    let by = |seconds| {
        move |incident: &mut Incident| {
            incident.eta = Some(Eta::At(minutes(60) + TimeDelta::seconds(seconds)));
        }
    };
    assert_eq!(heard(incident("a"), by(19)), []);
    assert!(matches!(heard(incident("a"), by(20))[..], [ChangeKind::EtaChanged { .. }]));
    let announced = baseline(&site([maintenance("a", minutes(600))]), now());
    let moved = site([maintenance("a", minutes(600) + TimeDelta::seconds(10))]);
    assert_eq!(what(difference(&announced, &moved, now()).changes), []);
}

#[test]
fn an_update_that_is_taken_back_is_a_correction_and_not_a_phase_again() {
    let first =
        update(minutes(-50), Phase::Investigating, "Some card payments fail. We are looking into it.");
    let second = update(minutes(-20), Phase::Identified, "The processor's certificate has expired.");
    let before = Incident { updates: vec![first.clone(), second], ..incident("a") };
    let corrected = ChangeKind::Corrected { part: Part::Update { at: first.at }, language: None };
    assert_eq!(heard(before.clone(), |incident| drop(incident.updates.pop())), [corrected]);
    let replaced = |incident: &mut Incident| {
        let at = minutes(-10);
        incident.updates[1] = update(at, Phase::Monitoring, "All servers were restarted; payments pass.");
    };
    let news = heard(before, replaced);
    assert!(news.iter().any(|what| matches!(what, ChangeKind::PhaseChanged { .. })), "{news:?}");
}
