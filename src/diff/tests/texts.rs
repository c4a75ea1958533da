//! Texts that subscribers have already read: which of their edits are announced.

use super::build::{incident, maintenance, minutes, now, site, update};
use crate::diff::{Comparison, baseline, compare};
use crate::model::announced::Baseline;
use crate::model::author_mark::AuthorMark;
use crate::model::change::ChangeKind;
use crate::model::edit::{Part, Reason, Verdict};
use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::{Language, Localized};
use crate::model::phase::Phase;

const OPENING: Part =
    Part::Update { at: chrono::DateTime::from_timestamp(1_780_000_000 - 110 * 60, 0).unwrap() };

fn saying(text: &str) -> Incident {
    Incident { updates: vec![update(minutes(-110), Phase::Investigating, text)], ..incident("a") }
}

fn compared(told: &Baseline, now_says: &Incident) -> Comparison {
    compare(told, &site([now_says.clone()]), now())
}

fn told(comparison: &Comparison) -> Vec<ChangeKind> {
    comparison.difference.changes.iter().flat_map(|change| change.what.clone()).collect()
}

fn reasons(comparison: &Comparison) -> Vec<Reason> {
    comparison.unannounced.iter().map(|unannounced| unannounced.reason.clone()).collect()
}

fn corrected(part: Part) -> Vec<ChangeKind> {
    vec![ChangeKind::Corrected { part, language: None }]
}

#[test]
fn a_large_change_in_small_silent_edits_is_told() {
    let steps = [
        "Some custmers cannot pay.",
        "Some customers cannot pay.",
        "Some customers can not pay",
        "some customers can pay",
    ];
    let mut told_so_far = baseline(&site([saying(steps[0])]), now());
    let mut heard = Vec::new();
    for step in steps {
        let step = compared(&told_so_far, &saying(step));
        heard.push(told(&step));
        told_so_far = step.difference.announced;
    }
    assert_eq!(heard, [vec![], vec![], vec![], corrected(OPENING)]);
    let again = compared(&told_so_far, &saying("some customers can pay"));
    assert_eq!((told(&again), reasons(&again)), (vec![], vec![]));
}

#[test]
fn what_past_work_was_going_to_mean_is_silent_and_what_trouble_meant_is_not() {
    let impact =
        |work: &Incident, text: &str| Incident { impact: Some(Localized::plain(text)), ..work.clone() };
    let mut work = maintenance("a", minutes(-300));
    work.updates = vec![update(minutes(-190), Phase::Completed, "All is done.")];
    let announced = baseline(&site([impact(&work, "Search is slow from 13:30 to 14:30.")]), now());
    assert_eq!(told(&compared(&announced, &impact(&work, "Search is slow from 13:30 to 15:00."))), []);
    let over =
        Incident { updates: vec![update(minutes(-60), Phase::Resolved, "All is well.")], ..incident("a") };
    let announced = baseline(&site([impact(&over, "No payment was lost.")]), now());
    let lost = compared(&announced, &impact(&over, "Some payments were lost."));
    assert_eq!(told(&lost), corrected(Part::Impact));
}

#[test]
fn title_impact_and_workaround_are_told_texts() {
    let announced = baseline(&site([incident("a")]), now());
    let edited = |edit: fn(&mut Incident)| {
        let mut after = incident("a");
        edit(&mut after);
        told(&compared(&announced, &after))
    };
    assert_eq!(edited(|it| it.title = Localized::plain("Customer data was copied")), corrected(Part::Title));
    assert_eq!(
        edited(|it| it.impact = Some(Localized::plain("All card payments in Europe fail."))),
        corrected(Part::Impact)
    );
    assert_eq!(
        edited(|it| it.workaround = Some(Localized::plain("Pay by bank transfer."))),
        [ChangeKind::TextAdded { part: Part::Workaround }]
    );
    assert_eq!(edited(|it| it.impact = None), corrected(Part::Impact));
    assert_eq!(
        edited(|it| it.impact = Some(Localized::plain("**About half** of card payments in Europe fail"))),
        []
    );
}

#[test]
fn a_translation_is_compared_with_itself_and_may_come_and_go() {
    let spanish = Language::new("es").unwrap();
    let in_both = |text: &str| {
        let mut it = saying("Some card payments fail.");
        it.updates[0].body.translations.insert(spanish.clone(), text.to_owned());
        it
    };
    let plain = baseline(&site([saying("Some card payments fail.")]), now());
    let added = compared(&plain, &in_both("Algunos pagos fallan."));
    assert_eq!(told(&added), []);
    let other = compared(&added.difference.announced, &in_both("Todos los pagos fallan."));
    assert_eq!(told(&other), [ChangeKind::Corrected { part: OPENING, language: Some(spanish.clone()) }]);
    assert_eq!(told(&compared(&added.difference.announced, &saying("Some card payments fail."))), []);
}

#[test]
fn the_file_may_say_that_an_edit_is_or_is_not_told() {
    let announced = baseline(&site([saying("Unplug the blue cable.")]), now());
    let marked = |text: &str, author_mark| {
        let mut it = saying(text);
        it.updates[0].author_mark = author_mark;
        it
    };
    let asks = compared(&announced, &saying("Unplug the red cable."));
    assert_eq!((told(&asks), asks.edits[0].edit.verdict), (corrected(OPENING), Verdict::Ask));
    let silent = compared(&announced, &marked("Unplug the red cable.", Some(AuthorMark::Silent)));
    assert_eq!((told(&silent), reasons(&silent)), (vec![], vec![Reason::Cosmetic]));
    let kept = compared(&silent.difference.announced, &saying("Unplug the red cable."));
    assert_eq!(told(&kept), [], "what the operator kept silent counts as told");
    let tell = compared(&announced, &marked("Unplug the blue cable!", Some(AuthorMark::Tell)));
    assert_eq!(told(&tell), corrected(OPENING));
    let whole = Incident { author_mark: Some(AuthorMark::Silent), ..saying("Unplug nothing.") };
    let muted = |what| vec![Reason::Silenced { by_file: true, what }];
    assert_eq!(reasons(&compared(&announced, &whole)), muted(vec![]));
    let mut ended = Incident { author_mark: Some(AuthorMark::Silent), ..saying("Unplug the blue cable.") };
    ended.updates.push(update(minutes(-10), Phase::Resolved, "It is over."));
    let end = compared(&announced, &ended);
    let posted = ChangeKind::UpdatePosted { at: minutes(-10) };
    assert_eq!(told(&end), [], "an incident that is silent ends without a message");
    assert_eq!(
        reasons(&end),
        muted(vec![ChangeKind::Resolved, posted.clone()]),
        "and the reason names what is kept back"
    );
    let mut more = saying("Unplug the blue cable.");
    let mut silent = update(minutes(-10), Phase::Investigating, "Still looking.");
    silent.author_mark = Some(AuthorMark::Silent);
    more.updates.push(silent);
    let one = compared(&announced, &more);
    assert_eq!(reasons(&one), [Reason::Silenced { by_file: false, what: vec![posted] }]);
}

#[test]
fn an_impact_that_comes_later_is_news_and_one_that_goes_a_correction() {
    let without = Incident { impact: None, ..saying("Cards fail.") };
    let announced = baseline(&site([without.clone()]), now());
    let with = Incident { impact: Some(Localized::plain("Half of all payments fail.")), ..without.clone() };
    let added = compared(&announced, &with);
    assert_eq!(told(&added), [ChangeKind::TextAdded { part: Part::Impact }]);
    let gone = compared(&added.difference.announced, &without);
    assert_eq!(told(&gone), [ChangeKind::Corrected { part: Part::Impact, language: None }]);
}

#[test]
fn every_difference_that_is_not_told_has_its_reason_once() {
    let announced = baseline(&site([saying("Some card paymnets fail.")]), now());
    let mut fixed = saying("Some card payments fail.");
    let cosmetic = compared(&announced, &fixed);
    assert_eq!((told(&cosmetic), reasons(&cosmetic)), (vec![], vec![Reason::Cosmetic]));
    assert_eq!(cosmetic.edits.len(), 1);
    let again = compared(&cosmetic.difference.announced, &fixed);
    assert_eq!((again.edits.len(), reasons(&again)), (0, vec![]));
    fixed.updates[0].at = minutes(-105);
    assert_eq!(reasons(&compared(&again.difference.announced, &fixed)), [Reason::Renamed]);
    let ahead =
        Incident { started: minutes(50), updates: vec![update(minutes(55), None, "Slow.")], ..incident("b") };
    assert_eq!(reasons(&compared(&again.difference.announced, &ahead)), [Reason::Future { at: minutes(50) }]);
    let old = Incident {
        started: minutes(-60 * 50),
        updates: vec![update(minutes(-60 * 48), Phase::Resolved, "It was nothing.")],
        ..incident("c")
    };
    assert_eq!(reasons(&compared(&again.difference.announced, &old)), [Reason::Old]);
}

#[test]
fn a_message_about_something_else_tells_the_texts_it_shows() {
    let announced = baseline(&site([incident("a")]), now());
    let mut after = incident("a");
    after.impact = Some(Localized::plain("About half of the card payments in Europe and Asia fail."));
    after.updates.push(Update { audience: Audience::Public, ..update(now(), Phase::Resolved, "") });
    let result = compared(&announced, &after);
    let record = result.difference.announced.incidents.values().next().unwrap();
    let impact = record.explained.as_ref().unwrap().impact.as_ref().unwrap();
    assert_eq!(impact.announced, after.impact.unwrap());
}

#[test]
fn what_only_adds_to_the_newest_update_is_an_update_and_takes_nothing_back() {
    let open = |title: &str, text: &str| Incident { title: Localized::plain(title), ..saying(text) };
    let announced = baseline(&site([open("Files are down", "No file can be opened, we look")]), now());
    let added = open("Files are down and mail", "No file can be opened, we look\nMail has the same problem.");
    let posted = vec![ChangeKind::UpdatePosted { at: minutes(-110) }];
    assert_eq!(told(&compared(&announced, &added)), posted);
    let sentence = open("Files are down", "No file can be opened, we look. Mail has the same problem.");
    assert_eq!(told(&compared(&announced, &sentence)), posted);
    let other = open("Files are down", "No file can be read, we look\nMail has the same problem.");
    assert_eq!(told(&compared(&announced, &other)), corrected(OPENING));
    let title = open("Files are down and mail", "No file can be opened, we look");
    assert_eq!(told(&compared(&announced, &title)), corrected(Part::Title));
    // An older update stays what it was: what is added to it later is a correction of it.
    let mut two = open("Files are down", "No file can be opened, we look");
    two.updates.push(update(minutes(-60), Phase::Identified, "Found."));
    let announced = baseline(&site([two.clone()]), now());
    two.updates[0].body = Localized::plain("No file can be opened, we look\nMail has the same problem.");
    assert_eq!(told(&compared(&announced, &two)), corrected(OPENING));
}
