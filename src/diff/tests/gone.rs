//! What subscribers know as ongoing and no file tells any more.

use super::build::{incident, minutes, now, site};
use super::stories::resolved_at;
use crate::diff::{baseline, compare, departed};
use crate::model::announced::Baseline;
use crate::model::departed::Became;
use crate::model::incident::{Audience, Incident, IncidentId};

#[test]
fn what_was_told_as_ongoing_does_not_leave_without_a_word() {
    let told = baseline(&site([incident("a")]), now());
    let gone_of = |incidents: Vec<Incident>| {
        compare(&told, &site(incidents), now()).gone.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(gone_of(vec![incident("a")]), [""; 0]);
    assert_eq!(gone_of(vec![incident("renamed")]), [""; 0]);
    assert_eq!(gone_of(vec![]), ["a"]);
    let mut hidden = incident("a");
    hidden.updates[0].audience = Audience::Internal;
    assert_eq!(gone_of(vec![hidden]), ["a"]);
    let ended = baseline(&site([resolved_at(minutes(-60))]), now());
    assert!(compare(&ended, &site([]), now()).gone.is_empty(), "what is over may go to the archive");
}

#[test]
fn a_file_that_another_incident_took_over_is_not_missed() {
    let told = baseline(&site([incident("latest")]), now());
    let mut next = incident("latest");
    next.started = minutes(60 * 72);
    next.updates[0].at = minutes(60 * 72 + 10);
    let later = minutes(60 * 73);
    let compared = compare(&told, &site([next.clone()]), later);
    assert_eq!(compared.difference.changes.len(), 1);
    assert!(compared.gone.is_empty());
    let after = compared.difference.announced;
    assert!(compare(&after, &site([next]), later).gone.is_empty());
}

#[test]
fn an_address_that_was_told_says_what_became_of_its_incident() {
    let open = baseline(&site([incident("a")]), now());
    let ended = baseline(&site([resolved_at(minutes(-60))]), now());
    let of = |told: &Baseline, incidents: Vec<Incident>| {
        let departed = departed(told, &site(incidents), now());
        departed.into_iter().map(|one| (one.id.to_string(), one.became)).collect::<Vec<_>>()
    };
    let id = resolved_at(minutes(-60)).id.to_string();
    assert_eq!(of(&open, vec![incident("a")]), []);
    let moved = Became::Moved { to: IncidentId::new("archive/a").unwrap() };
    assert_eq!(of(&open, vec![incident("archive/a")]), [("a".to_owned(), moved)]);
    assert_eq!(of(&open, vec![]), [], "what is told as going on is held, and nothing takes its place");
    assert_eq!(of(&ended, vec![]), [(id, Became::TakenOff)]);
}
