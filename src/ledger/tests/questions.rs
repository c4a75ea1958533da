//! Questions and other words by SMS: limits, who is heard, and that each is answered once.

use chrono::TimeDelta;

use super::{Scene, Store};
use crate::ledger::{
    Ask, InboundText, OptOut, Questions as _, REPLIES_MAX, REPLY_CHARACTERS_MAX, Receipts as _, SignUps as _,
};
use crate::model::endpoint::Endpoint;
use crate::model::keyword::Keyword;

fn receive<S: Store>(scene: &mut Scene<S>, reference: &str, from: &str, words: &str) {
    let text = InboundText {
        provider: "gateway".to_owned(),
        reference: reference.to_owned(),
        from: Endpoint::read(from).unwrap(),
        keyword: Keyword::of(words),
        words: words.to_owned(),
        at: scene.now,
    };
    assert_eq!(scene.ledger.receive_text(&text).unwrap(), OptOut::Unchanged);
}

fn taken<S: Store>(scene: &mut Scene<S>, of_day: u32) -> Vec<(Ask, String)> {
    let taken = scene.ledger.take_questions(16, of_day, scene.now).unwrap();
    taken.into_iter().map(|one| (one.asks, one.to.expose().to_owned())).collect()
}

pub(crate) fn a_question_is_taken_once_within_its_limits<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["+34600000001"]);
    scene.subscriber(&["+34600000002"]);
    receive(&mut scene, "1", "+34600000001", "HELP");
    receive(&mut scene, "1", "+34600000001", "STATUS");
    receive(&mut scene, "2", "+34600000009", "STATUS");
    let language = scene.ledger.take_questions(16, 100, scene.now).unwrap()[0].language.clone();
    assert_eq!(language.map(|one| one.to_string()).as_deref(), Some("en"));
    assert_eq!(taken(&mut scene, 100), [], "once");
    for reference in ["3", "4", "5", "6"] {
        receive(&mut scene, reference, "+34600000001", "status?");
    }
    let ana_s = (Ask::Status, "+34600000001".to_owned());
    assert_eq!(taken(&mut scene, 2), std::slice::from_ref(&ana_s), "one of the day was used");
    assert_eq!(taken(&mut scene, 2), []);
    assert_eq!(taken(&mut scene, 100), std::slice::from_ref(&ana_s), "three within an hour");
    for hour in 0..6 {
        scene.now += TimeDelta::minutes(61);
        for at in 0..4 {
            receive(&mut scene, &format!("{hour}-{at}"), "+34600000001", "STATUS");
        }
        let most = [3, 3, 1, 0, 0, 0][hour];
        assert_eq!(taken(&mut scene, 100).len(), most, "ten within a day, in hour {hour}");
    }
    receive(&mut scene, "late", "+34600000002", "HELP");
    scene.now += TimeDelta::minutes(10);
    assert_eq!(taken(&mut scene, 100), [], "nobody waits for it any more");
    receive(&mut scene, "stopped", "+34600000002", "HELP");
    let now = scene.now;
    scene.ledger.erase_subscriber(&ana, now).unwrap();
    let number = Endpoint::read("+34600000002").unwrap();
    crate::ledger::People::suppress(&mut scene.ledger, &number, "its owner replied STOP", now).unwrap();
    assert_eq!(taken(&mut scene, 100), [], "nothing is sent to a number that is suppressed");
}

pub(crate) fn the_newest_words_wait_for_a_person<S: Store>() {
    let mut scene = Scene::<S>::new();
    for person in 0..30 {
        scene.subscriber(&[&format!("+346000001{person:02}")]);
    }
    receive(&mut scene, "stranger", "+34600000009", "who is this number");
    for round in 0..4 {
        scene.now += TimeDelta::minutes(61);
        for person in 0..30 {
            for at in 0..3 {
                scene.now += TimeDelta::milliseconds(1);
                let from = format!("+346000001{person:02}");
                receive(
                    &mut scene,
                    &format!("{round} {person} {at}"),
                    &from,
                    &format!("{round} no\r\nmore {}", "x".repeat(300)),
                );
            }
        }
    }
    let kept = scene.ledger.replies().unwrap();
    assert_eq!(kept.len(), REPLIES_MAX);
    assert!(
        kept[0].words.starts_with("3 no more x") && kept[0].from.expose() == "+34600000129",
        "{:?}",
        kept[0]
    );
    assert!(kept.iter().all(|one| one.words.chars().count() <= REPLY_CHARACTERS_MAX));
}
