//! What subscribers know as ongoing and no file tells any more.

use super::build::{incident, minutes, now, site};
use super::stories::resolved_at;
use crate::diff::{baseline, compare};
use crate::model::incident::{Audience, Incident};

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
