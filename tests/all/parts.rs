//! The engine against real parts: Postfix with Dovecot's login, a faulty mail server, and Kannel.
//!
//! Each test starts its own private instances on free ports of the loopback, as root, and ends them. Where a
//! part is not installed the test fails and says how to install it.

mod centre;
mod faulty;
pub(crate) mod opt_out;
mod text_desk;

use std::time::Duration;

use allclear::model::notice::StepState;
use allclear::model::report::Evidence;
use mail_parser::{MessageParser, MimeHeaders};

use crate::fixtures::delivery::{self, House};
use crate::fixtures::kannel::Kannel;
use crate::fixtures::port::free_port;
use crate::fixtures::postfix::Postfix;
use faulty::FaultyRelay;

const HOSTILE: &str = "Los pagos fallan.\n.\nQUIT\n\nFrom nobody\n..\r\n.\r\nMAIL FROM:<eve@example.net>\r\n\
                       \u{2028}Bcc: eve@example.net\nÀ bientôt ✓\n";

#[test]
fn a_mail_arrives_whole_over_starttls_with_a_login() {
    let postfix = Postfix::start();
    let mut house = House::new(&postfix.plan(Some("ca.pem")), postfix.folder());
    house.mail.subject = "Pagos con tarjeta: la página de pago no responde ✓".to_owned();
    house.mail.text = HOSTILE.to_owned();
    house.subscriber(&["alice@example.test"]);
    house.subscriber(&["bob@example.test"]);
    house.change("payments");
    let delivered = house.deliver();
    assert_eq!(delivered.ended, [(StepState::Accepted, 2)].into());

    let mails = postfix.mailbox("alice", 1);
    assert_eq!(mails.len(), 1, "exactly one, whatever stands in it");
    assert_eq!(postfix.mailbox("bob", 1).len(), 1);
    let raw = String::from_utf8(mails[0].clone()).unwrap();
    assert!(raw.contains("with ESMTPSA"), "encrypted and logged in: {raw}");
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.subject(), Some("Pagos con tarjeta: la página de pago no responde ✓"));
    assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Tienda Ñandú"));
    assert_eq!(mail.parts.len(), 3);
    assert_eq!(mail.content_type().unwrap().subtype(), Some("alternative"));
    let text = mail.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), HOSTILE.replace("\r\n", "\n").trim_end());
    assert!(mail.body_html(0).unwrap().contains("Los pagos <b>fallan</b>"));
    assert!(mail.bcc().is_none());
    for header in [
        "List-Id: <incidents.status.example.test>",
        "List-Unsubscribe: <mailto:noreply@example.test?subject=unsubscribe>",
        "In-Reply-To: <payments@status.example.test>",
        "References: <payments@status.example.test>",
        "Auto-Submitted: auto-generated",
        "Content-Language: es",
        "Return-Path: <noreply@example.test>",
    ] {
        assert!(raw.lines().any(|line| line == header), "{header} is not in {raw}");
    }
    assert!(mail.message_id().unwrap().ends_with("@status.example.test"));
}

#[test]
fn an_unknown_recipient_is_refused_in_the_dialogue_and_reached_by_text() {
    let (postfix, kannel) = (Postfix::start(), Kannel::start(None));
    let plan = format!("{}\n{}", postfix.plan(Some("ca.pem")), kannel.plan());
    let mut house = House::new(&plan, postfix.folder());
    house.text.body = "Card payments fail £5 {€} ñ".to_owned();
    let ghost = house.subscriber(&["ghost@example.test", "+34600000001"]);
    let alice = house.subscriber(&["alice@example.test", "+34600000002"]);
    house.change("payments");
    house.deliver();
    assert_eq!(house.states(&ghost), [StepState::Rejected, StepState::Accepted]);
    assert_eq!(house.states(&alice), [StepState::Accepted, StepState::Suppressed]);
    let replies = house.replies(&ghost);
    assert!(replies[0].starts_with("relay recipient 550 5.1.1 "), "{replies:?}");
    assert!(!replies[0].contains("ghost@"), "no address in what is kept: {replies:?}");
    let received = kannel.received(1);
    assert_eq!(received, [("+34600000001".to_owned(), "Card payments fail £5 {€} ñ".to_owned())]);
    assert_eq!(postfix.mailbox("alice", 1).len(), 1);
}

#[test]
fn a_text_that_gsm_has_no_letters_for_arrives_in_ucs_2() {
    let kannel = Kannel::start(None);
    let mut house = House::new(&kannel.plan(), kannel.folder());
    house.text = delivery::ucs2("Interrupción de pagos ✓ 结账 +'%");
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    house.deliver();
    assert_eq!(house.states(&who), [StepState::Accepted]);
    let received = kannel.received(1);
    assert_eq!(received, [("+34600000001".to_owned(), "Interrupción de pagos ✓ 结账 +'%".to_owned())]);

    let wrong = kannel.plan().replace("gateway-password", "wrong-password");
    let mut house = House::new(&wrong, kannel.folder());
    house.patience = Duration::ZERO;
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    house.deliver();
    assert_eq!(house.states(&who), [StepState::Pending], "it waits for the operator");
    assert_eq!(house.replies(&who), ["gateway account HTTP 403 Authorization failed for sendsms"]);
}

/// The plan of a gateway that brings its reports to a port of this machine.
fn with_reports(kannel: &Kannel) -> String {
    format!("{}dlr_url = 'http://127.0.0.1:{}/reports/gateway'\n", kannel.plan(), free_port())
}

#[test]
fn a_text_is_delivered_when_kannel_reports_it() {
    let kannel = Kannel::start(None);
    let mut house = House::new(&with_reports(&kannel), kannel.folder());
    house.success = Evidence::Delivered;
    let who = house.subscriber(&["+34600000001"]);
    house.change("payments");
    house.deliver();
    assert_eq!(house.states(&who), [StepState::Delivered]);
    let reports = house.reports(&who);
    assert!(reports.contains(&"gateway delivered".to_owned()), "{reports:?}");
    assert_eq!(kannel.received(1).len(), 1);
}

#[test]
fn a_text_that_kannel_reports_as_refused_makes_way_for_the_mail() {
    let (postfix, kannel) = (Postfix::start(), Kannel::start(Some(centre::start())));
    let plan = format!("{}\n{}", postfix.plan(Some("ca.pem")), with_reports(&kannel));
    let mut house = House::new(&plan, postfix.folder());
    house.success = Evidence::Delivered;
    let alice = house.subscriber(&["+34600000009", "alice@example.test"]);
    house.change("payments");
    house.deliver();
    assert_eq!(house.states(&alice), [StepState::Rejected, StepState::Accepted]);
    assert_eq!(house.reports(&alice), ["gateway undeliverable"]);
    assert!(house.replies(&alice)[0].starts_with("gateway accepted HTTP 202"), "the gateway took it first");
    assert_eq!(postfix.mailbox("alice", 1).len(), 1);
}

#[test]
fn a_relay_nobody_vouches_for_hears_no_password() {
    let postfix = Postfix::start();
    let trusted = postfix.plan(Some("ca.pem"));
    for (plan, why) in [
        (postfix.plan(None), "UnknownIssuer"),
        (postfix.plan(Some("other-ca.pem")), "UnknownIssuer"),
        (trusted.replace("'localhost'", "'127.0.0.1'"), "not valid for name"),
    ] {
        let mut house = House::new(&plan, postfix.folder());
        house.patience = Duration::ZERO;
        let who = house.subscriber(&["alice@example.test"]);
        house.change("payments");
        house.deliver();
        let replies = house.replies(&who);
        assert!(replies[0].starts_with("relay account ") && replies[0].contains(why), "{replies:?}");
        assert_eq!(house.states(&who), [StepState::Pending], "it waits for the operator");
    }
    let log = postfix.log("disconnect from", 3);
    assert!(log.contains("starttls=0/1"), "the handshake failed each time: {log}");
    assert!(!log.contains("auth=") && !log.contains("sasl"), "and nobody logged in: {log}");
    assert!(postfix.mailbox("alice", 0).is_empty());
}

#[test]
fn a_wrong_password_is_the_operators_business() {
    let postfix = Postfix::start();
    let plan = postfix.plan(Some("ca.pem")).replace("relay-password", "wrong-password");
    let mut house = House::new(&plan, postfix.folder());
    house.patience = Duration::ZERO;
    let who = house.subscriber(&["alice@example.test"]);
    house.change("payments");
    house.deliver();
    let replies = house.replies(&who);
    assert!(replies[0].starts_with("relay account 535 5.7.8 "), "{replies:?}");
    assert_eq!(house.states(&who), [StepState::Pending]);
}

#[test]
fn a_faulty_relay_gets_each_mail_in_the_end_or_for_a_reason() {
    let relay = FaultyRelay::start();
    let mut house = House::new(&relay.plan(), relay.folder());
    let ends = [
        ("greylist", StepState::Accepted, vec!["retryable 451 4.7.1", "accepted 250 2.0.0"]),
        ("unknown", StepState::Rejected, vec!["recipient 550 5.1.1"]),
        ("spam", StepState::Rejected, vec!["content 554 5.7.1"]),
        ("dropdata", StepState::Accepted, vec!["ambiguous  after", "accepted 250 2.0.0"]),
        ("drop", StepState::Accepted, vec!["retryable  before", "accepted 250 2.0.0"]),
        ("full", StepState::Dead, vec!["retryable 452 4.2.2"; 3]),
    ];
    let people = ends.each_ref().map(|(name, ..)| house.subscriber(&[&format!("{name}@bounce.test")]));
    house.change("payments");
    house.deliver();
    for ((name, state, expected), who) in ends.iter().zip(&people) {
        let replies = house.replies(who);
        assert_eq!(house.states(who), [*state], "{name}: {replies:?}");
        assert_eq!(replies.len(), expected.len(), "{name}: {replies:?}");
        for (reply, start) in replies.iter().zip(expected) {
            assert!(reply.starts_with(&format!("relay {start}")), "{name}: {reply} is not {start}");
        }
    }
    let mut accepted = relay.accepted(4);
    accepted.sort();
    // The server took the mail and never said so: the one case where a second copy is right.
    let expected = ["drop", "dropdata", "dropdata", "greylist"].map(|name| format!("{name}@bounce.test"));
    assert_eq!(accepted, expected);
}
