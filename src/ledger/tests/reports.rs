//! Delivery reports: what they end, what they move, and what they never do.

use chrono::TimeDelta;

use super::scene::{LEASE, TRY_FOR};
use super::{Scene, Store};
use crate::ledger::{
    AttemptResult, Brakes, ClaimedStep, DeliveryReceipt, InboundText, OptOut, People as _, Queue,
    ReceiptOutcome, Receipts, Settled, SharedProviderState, Story,
};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::keyword::Keyword;
use crate::model::notice::StepState;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::report::{Evidence, ReceiptStatus};
use crate::model::subscriber::SubscriberId;

const IN_TIME: ReceiptOutcome =
    ReceiptOutcome::Applied { state: StepState::Delivered, next: None, late: false };

/// A text that has to be delivered and was accepted, and a mail after it.
fn watched<S: Store>() -> (Scene<S>, SubscriberId, ClaimedStep) {
    let mut scene = Scene::<S>::new();
    scene.success = Evidence::Delivered;
    let ana = scene.subscriber(&["+34600000001", "ana@example.org"]);
    scene.change("payments", Severity::Major);
    let text = scene.claim_one();
    assert!(scene.start(&text));
    let settled = scene.accept(&text);
    assert_eq!(settled, Settled::Stands { state: StepState::Watching, next: None });
    (scene, ana, text)
}

fn report<S: Store>(scene: &mut Scene<S>, reference: &str, status: ReceiptStatus) -> ReceiptOutcome {
    let (provider, words) = ("relay".to_owned(), "said by a test".to_owned());
    let report = DeliveryReceipt { provider, reference: reference.to_owned(), status, words, at: scene.now };
    scene.ledger.report(&report).unwrap()
}

pub(crate) fn a_step_is_watched_until_its_report<S: Store>() {
    let (mut scene, ana, text) = watched::<S>();
    assert_eq!(scene.states(&ana), [[StepState::Watching, StepState::Waiting]]);
    assert_eq!(scene.ledger.unfinished().unwrap(), 2);
    assert_eq!(scene.ledger.next_due().unwrap(), Some(scene.now + TRY_FOR), "then the mail takes over");
    assert!(scene.claim().is_empty());
    let sent = ReceiptOutcome::Applied { state: StepState::Watching, next: None, late: false };
    assert_eq!(report(&mut scene, text.hold.step.as_str(), ReceiptStatus::Sent), sent);
    assert_eq!(report(&mut scene, text.hold.step.as_str(), ReceiptStatus::Delivered), IN_TIME);
    assert_eq!(scene.states(&ana), [[StepState::Delivered, StepState::Suppressed]]);
    assert_eq!((scene.ledger.unfinished().unwrap(), scene.ledger.next_due().unwrap()), (0, None));
    let told = &scene.ledger.explain(&ana, None).unwrap()[0].steps[0];
    let said: Vec<_> = told.reports.iter().map(|report| (report.status, report.words.as_str())).collect();
    let words = "said by a test";
    assert_eq!(said, [(ReceiptStatus::Sent, words), (ReceiptStatus::Delivered, words)]);
}

pub(crate) fn a_report_of_failure_moves_the_chain<S: Store>() {
    for (status, state) in
        [(ReceiptStatus::Failed, StepState::Dead), (ReceiptStatus::Undeliverable, StepState::Rejected)]
    {
        let (mut scene, ana, _) = watched::<S>();
        let heard = report(&mut scene, "queue-id", status);
        assert_eq!(heard, ReceiptOutcome::Applied { state, next: Some(Channel::Mail), late: false });
        assert_eq!(scene.states(&ana), [[state, StepState::Pending]]);
        assert_eq!(scene.claim_one().endpoint.channel(), Channel::Mail);
    }
}

pub(crate) fn no_report_in_time_moves_the_chain_and_a_late_one_stops_it<S: Store>() {
    let (mut scene, ana, text) = watched::<S>();
    scene.pass(TRY_FOR);
    let claim = scene.claim_of(0);
    assert_eq!(claim.ended[0].state, StepState::Expired);
    assert_eq!(claim.ended[0].next, Some(Channel::Mail));
    assert_eq!(scene.states(&ana), [[StepState::Expired, StepState::Pending]]);
    scene.pass(TimeDelta::minutes(1));
    let late = report(&mut scene, text.hold.step.as_str(), ReceiptStatus::Delivered);
    assert_eq!(late, ReceiptOutcome::Applied { state: StepState::Delivered, next: None, late: true });
    assert!(scene.claim().is_empty(), "the mail is not needed any more");
    assert_eq!(scene.states(&ana), [[StepState::Delivered, StepState::Suppressed]]);
}

pub(crate) fn reports_count_once_and_never_go_back<S: Store>() {
    let (mut scene, ana, text) = watched::<S>();
    let step = text.hold.step.as_str();
    assert_eq!(report(&mut scene, step, ReceiptStatus::Delivered), IN_TIME);
    assert_eq!(report(&mut scene, step, ReceiptStatus::Delivered), ReceiptOutcome::Repeated);
    for status in [ReceiptStatus::Sent, ReceiptStatus::Failed, ReceiptStatus::Undeliverable] {
        assert_eq!(report(&mut scene, step, status), ReceiptOutcome::Recorded);
    }
    assert_eq!(scene.states(&ana), [[StepState::Delivered, StepState::Suppressed]]);
    assert_eq!(scene.ledger.explain(&ana, None).unwrap()[0].steps[0].reports.len(), 4);
}

pub(crate) fn an_unknown_reference_is_recorded_and_harmless<S: Store>() {
    let (mut scene, ana, _) = watched::<S>();
    for reference in ["", "' OR 1=1 --", "nobody's", &"x".repeat(100_000)] {
        assert_eq!(report(&mut scene, reference, ReceiptStatus::Delivered), ReceiptOutcome::Unknown);
        assert_eq!(report(&mut scene, reference, ReceiptStatus::Delivered), ReceiptOutcome::Repeated);
    }
    assert_eq!(scene.states(&ana), [[StepState::Watching, StepState::Waiting]]);
}

pub(crate) fn a_report_that_is_faster_than_the_answer_is_not_lost<S: Store>() {
    // By the step's own id while it is being handed off, and by an id that only the answer brings.
    for (by_step, status, end) in [
        (true, ReceiptStatus::Delivered, [StepState::Delivered, StepState::Suppressed]),
        (true, ReceiptStatus::Failed, [StepState::Dead, StepState::Pending]),
        (false, ReceiptStatus::Delivered, [StepState::Delivered, StepState::Suppressed]),
        (false, ReceiptStatus::Undeliverable, [StepState::Rejected, StepState::Pending]),
    ] {
        let mut scene = Scene::<S>::new();
        scene.success = Evidence::Delivered;
        let ana = scene.subscriber(&["+34600000001", "ana@example.org"]);
        scene.change("payments", Severity::Major);
        let text = scene.claim_one();
        assert!(scene.start(&text));
        let reference = if by_step { text.hold.step.as_str() } else { "queue-id" };
        report(&mut scene, reference, status);
        let Settled::Stands { state, .. } = scene.accept(&text) else { panic!("the hold stands") };
        assert_eq!((state, scene.states(&ana)), (end[0], vec![end.to_vec()]), "{reference} {status:?}");
        assert_eq!(scene.ledger.explain(&ana, None).unwrap()[0].steps[0].reports.len(), 1);
        assert_eq!(scene.ledger.brake().unwrap(), None);
    }
}

pub(crate) fn text_in_doubt_waits_for_its_report<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.success = Evidence::Delivered;
    let ana = scene.subscriber(&["+34600000001"]);
    let ben = scene.subscriber(&["+34600000002", "ben@example.org"]);
    scene.change("payments", Severity::Major);
    for text in scene.claim() {
        scene.start(&text);
        if text.subscriber == ana {
            let settled = scene.settle(&text, ReplyClass::Ambiguous, AttemptResult::InDoubt);
            assert_eq!(settled, Settled::Stands { state: StepState::Watching, next: None });
            assert_eq!(report(&mut scene, text.hold.step.as_str(), ReceiptStatus::Delivered), IN_TIME);
        }
    }
    scene.pass(LEASE);
    assert_eq!(scene.ledger.recover(scene.now).unwrap().watched, 1, "the worker died");
    scene.pass(TRY_FOR);
    assert_eq!(scene.claim_of(0).ended[0].state, StepState::InDoubt);
    assert_eq!(scene.states(&ana), [[StepState::Delivered]]);
    assert_eq!(scene.states(&ben), [[StepState::InDoubt, StepState::Pending]]);
}

pub(crate) fn a_newer_change_does_not_wait_for_a_report<S: Store>() {
    let (mut scene, ana, text) = watched::<S>();
    scene.change("payments", Severity::Major);
    assert_eq!(scene.states(&ana)[0], [StepState::Watching, StepState::Superseded]);
    assert_eq!(scene.claim_one().position, 0, "the newer text leaves at once");
    report(&mut scene, text.hold.step.as_str(), ReceiptStatus::Failed);
    assert_eq!(scene.states(&ana)[0], [StepState::Dead, StepState::Superseded], "and the older mail never");
}

pub(crate) fn a_report_that_is_faster_than_a_late_answer_is_not_lost<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.success = Evidence::Delivered;
    let ana = scene.subscriber(&["+34600000001", "ana@example.org"]);
    scene.change("payments", Severity::Major);
    let text = scene.claim_one();
    assert!(scene.start(&text));
    report(&mut scene, "queue-id", ReceiptStatus::Delivered);
    scene.pass(TimeDelta::minutes(30));
    scene.ledger.recover(scene.now).unwrap();
    let mail = scene.claim_one();
    assert_eq!((mail.position, scene.states(&ana)[0][0]), (1, StepState::InDoubt), "it was given up");
    assert_eq!(scene.accept(&text), Settled::Stale);
    assert_eq!(scene.states(&ana), [[StepState::Delivered, StepState::Suppressed]]);
    assert!(!scene.start(&mail), "the person has it");
}

pub(crate) fn what_was_posted_is_found_again<S: Store>() {
    let mut scene = Scene::<S>::new();
    scene.subscriber(&["ana@example.org"]);
    scene.subscriber(&["ben@example.org"]);
    let (payments, search) = (IncidentId::new("payments").unwrap(), IncidentId::new("search").unwrap());
    let ana = Endpoint::read("Ana@example.org").unwrap();
    assert_eq!(scene.ledger.postings(&ana, &payments).unwrap(), []);
    for (incident, reference) in [("payments", "first"), ("search", "other"), ("payments", "second")] {
        scene.change(incident, Severity::Major);
        for step in scene.claim() {
            let mut attempt = scene.attempt(ReplyClass::Accepted);
            let is_ana = step.endpoint.expose() == "ana@example.org";
            attempt.reply.reference = Some(if is_ana { reference } else { "ben's" }.to_owned());
            assert!(scene.start(&step));
            scene.ledger.record_result(&step.hold, &attempt, AttemptResult::Accepted).unwrap();
        }
        scene.pass(TimeDelta::minutes(1));
    }
    let found = scene.ledger.postings(&ana, &payments).unwrap();
    let references: Vec<&str> = found.iter().map(|posting| posting.reference.as_str()).collect();
    assert_eq!(references, ["first", "second"], "of this address and this incident, oldest first");
    assert_eq!((found[0].provider.as_str(), found[1].at - found[0].at), ("relay", TimeDelta::minutes(2)));
    assert_ne!(found[0].change, found[1].change);
    assert_eq!(scene.ledger.postings(&ana, &search).unwrap()[0].reference, "other");
}

pub(crate) fn an_address_that_is_lost_is_suppressed_whatever_happened_to_its_step<S: Store>() {
    for (status, is_suppressed) in [
        (ReceiptStatus::Delivered, false),
        (ReceiptStatus::Failed, false),
        (ReceiptStatus::Undeliverable, true),
    ] {
        for success in [Evidence::Accepted, Evidence::Delivered] {
            // By the step's own id after it ended, and by an id that was not known when the report came in.
            for is_early in [false, true] {
                let mut scene = Scene::<S>::new();
                scene.success = success;
                let ana = scene.subscriber(&["+34600000001"]);
                scene.change("payments", Severity::Major);
                let text = scene.claim_one();
                assert!(scene.start(&text));
                if is_early {
                    report(&mut scene, "queue-id", status);
                }
                scene.accept(&text);
                if !is_early {
                    report(&mut scene, text.hold.step.as_str(), status);
                }
                let listed = scene.ledger.list_subscribers().unwrap();
                let listed = listed.iter().find(|listed| listed.subscriber.id == ana).unwrap();
                // What is early and asks for no more than acceptance is found once the provider reports again.
                let is_found = !is_early || success == Evidence::Delivered;
                assert_eq!(
                    !listed.suppressed.is_empty(),
                    is_suppressed && is_found,
                    "{status:?} {success:?} {is_early}"
                );
                for reason in listed.suppressed.values() {
                    assert_eq!(reason, "undeliverable by a delivery receipt: relay said by a test");
                }
            }
        }
    }
}

pub(crate) fn a_text_of_stop_counts_once_and_start_lifts_only_that<S: Store>() {
    let mut scene = Scene::<S>::new();
    let ana = scene.subscriber(&["+34600000001", "ana@example.org"]);
    let text = |scene: &mut Scene<S>, reference: &str, from: &str, keyword| {
        let (provider, from) = ("gateway".to_owned(), Endpoint::read(from).unwrap());
        let text = InboundText {
            provider,
            reference: reference.to_owned(),
            from,
            keyword: Some(keyword),
            words: String::new(),
            at: scene.now,
        };
        scene.ledger.receive_text(&text).unwrap()
    };
    scene.change("payments", Severity::Major);
    assert_eq!(text(&mut scene, "1", "+34600000001", Keyword::Stop), OptOut::Stopped);
    assert!(scene.claim().is_empty(), "what was planned is not sent");
    assert_eq!(scene.states(&ana)[0][0], StepState::Suppressed);
    assert_eq!(text(&mut scene, "2", "+34600000001", Keyword::Stop), OptOut::Unchanged);
    assert_eq!(text(&mut scene, "3", "+34600000009", Keyword::Stop), OptOut::Stopped, "of a stranger");
    assert_eq!(text(&mut scene, "4", "+34600000001", Keyword::Start), OptOut::Started);
    assert_eq!(text(&mut scene, "5", "+34600000001", Keyword::Stop), OptOut::Stopped);
    for _ in 0..1_000 {
        assert_eq!(text(&mut scene, "4", "+34600000001", Keyword::Start), OptOut::Unchanged, "a replay");
    }
    assert_eq!(text(&mut scene, "6", "+34600000001", Keyword::Start), OptOut::Started);
    let (number, now) = (Endpoint::read("+34600000001").unwrap(), scene.now);
    assert!(scene.ledger.suppress(&number, "the number does not exist", now).unwrap());
    assert_eq!(text(&mut scene, "7", "+34600000001", Keyword::Start), OptOut::Unchanged);
    let reasons = |scene: &mut Scene<S>| -> Vec<String> {
        scene.ledger.subscribers_at(&number).unwrap()[0].suppressed.values().cloned().collect()
    };
    assert_eq!(reasons(&mut scene), ["the number does not exist"]);
    // What would lift the earlier suppression does not lift the wish of its owner.
    for reference in ["8", "9"] {
        text(&mut scene, reference, "+34600000001", Keyword::Stop);
        assert_eq!(reasons(&mut scene), ["its owner replied STOP; before that: the number does not exist"]);
    }
    assert_eq!(text(&mut scene, "10", "+34600000001", Keyword::Start), OptOut::Unchanged, "still suppressed");
    assert_eq!(reasons(&mut scene), ["the number does not exist"]);
}
