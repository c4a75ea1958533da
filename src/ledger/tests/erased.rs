//! Erased addresses, and suppressions of addresses on no record: STOP outlives its subscriber, START ends it.

use super::{Scene, Store};
use crate::ledger::{Added, InboundText, OptOut, People as _, Receipts as _, SignUps as _};
use crate::model::endpoint::Endpoint;
use crate::model::keyword::Keyword;
use crate::model::phase::Severity;
use crate::model::subscriber::{ConsentMethod, SubscriberId};

use super::scene::subscription;

const NUMBER: &str = "+34600000001";

fn text<S: Store>(scene: &mut Scene<S>, reference: &str, keyword: Keyword) -> OptOut {
    let text = InboundText {
        provider: "gateway".to_owned(),
        reference: reference.to_owned(),
        from: Endpoint::read(NUMBER).unwrap(),
        keyword: Some(keyword),
        words: String::new(),
        at: scene.now,
    };
    scene.ledger.receive_text(&text).unwrap()
}

/// Why nothing is sent to the number.
fn reasons<S: Store>(scene: &mut Scene<S>) -> Vec<String> {
    let at = scene.ledger.subscribers_at(&Endpoint::read(NUMBER).unwrap()).unwrap();
    at.iter().flat_map(|record| record.suppressed.values().cloned()).collect()
}

fn erase<S: Store>(scene: &mut Scene<S>, who: &SubscriberId) {
    let now = scene.now;
    assert!(scene.ledger.erase_subscriber(who, now).unwrap());
}

pub(crate) fn stop_outlives_its_subscriber_and_start_ends_it<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["ana@example.org", NUMBER]);
    assert_eq!(text(&mut scene, "1", Keyword::Stop), OptOut::Stopped);
    erase(&mut scene, &ana);
    let bo = scene.subscriber(&[NUMBER]);
    assert_eq!(reasons(&mut scene), ["its owner replied STOP"], "whoever adds the number");
    assert_eq!(text(&mut scene, "2", Keyword::Start), OptOut::Started);
    assert_eq!(reasons(&mut scene), [""; 0]);

    // The wish comes after the erasure.
    erase(&mut scene, &bo);
    assert_eq!(text(&mut scene, "3", Keyword::Stop), OptOut::Stopped);
    assert_eq!(text(&mut scene, "4", Keyword::Start), OptOut::Started);
    assert_eq!(text(&mut scene, "5", Keyword::Stop), OptOut::Stopped);
    let list = scene.add(ConsentMethod::Imported, &[subscription(&[NUMBER])]);
    assert!(matches!(list[..], [Added::Left(_)]), "no list brings back what was erased: {list:?}");
    let cleo = scene.subscriber(&[NUMBER]);
    assert_eq!(reasons(&mut scene), ["its owner replied STOP"]);
    erase(&mut scene, &cleo);
    assert_eq!(text(&mut scene, "6", Keyword::Start), OptOut::Started, "START after the erasure");
    scene.subscriber(&[NUMBER]);
    assert_eq!(reasons(&mut scene), [""; 0]);
}

pub(crate) fn a_suppression_for_another_reason_outlives_stop_and_start<S: Store>() {
    let mut scene = Scene::<S>::new();
    let (ana, now) = (scene.subscriber(&[NUMBER]), scene.now);
    scene.ledger.suppress(&Endpoint::read(NUMBER).unwrap(), "the number does not exist", now).unwrap();
    erase(&mut scene, &ana);
    assert_eq!(text(&mut scene, "1", Keyword::Stop), OptOut::Stopped);
    assert_eq!(text(&mut scene, "2", Keyword::Start), OptOut::Unchanged);
    scene.subscriber(&[NUMBER]);
    assert_eq!(reasons(&mut scene), ["the number does not exist"]);
}

pub(crate) fn stop_before_an_import_holds_and_start_after_it_lets_messages_go<S: Store>() {
    let mut scene = Scene::<S>::new();
    assert_eq!(text(&mut scene, "1", Keyword::Stop), OptOut::Stopped);
    let list = scene.add(ConsentMethod::Imported, &[subscription(&[NUMBER])]);
    let ana = list[0].id().cloned().unwrap();
    assert_eq!(reasons(&mut scene), ["its owner replied STOP"]);
    scene.change("payments", Severity::Major);
    assert!(scene.claim().is_empty());
    assert_eq!(text(&mut scene, "2", Keyword::Start), OptOut::Started);
    let record = scene.ledger.subscriber(&ana).unwrap().unwrap();
    assert!(record.can_be_notified());
}
