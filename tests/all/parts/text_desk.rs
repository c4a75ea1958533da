//! A phone at the desk, through Kannel and the binary: the code that proves a number, STOP and START.

use super::opt_out::{answered, with_kannel};
use crate::desk::counter::Counter;
use crate::desk::number::subscribed;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::kannel::Kannel;
use crate::fixtures::part::wait_for_port;
use crate::fixtures::running::Running;

const NUMBER: &str = "+34600000001";

/// The code in the text of that rank.
fn code(kannel: &Kannel, rank: usize) -> String {
    let (to, words) = kannel.received(rank).pop().unwrap();
    assert_eq!(to, NUMBER);
    words.split_once("your code is ").unwrap_or_else(|| panic!("no code in {words}")).1[..6].to_owned()
}

#[test]
fn a_phone_proves_its_number_and_its_stop_holds_at_the_desk_until_its_start() {
    let (mut kannel, port, house) = with_kannel(House::new());
    let mut counter = Counter::open_with(house, "text_countries = ['+34']\n");
    let manage = subscribed(&mut counter, "ana@example.org");
    let asked = counter.post(&format!("{manage}/number"), &[("number", NUMBER)]);
    let fields = [("pass", asked.field("pass")), ("code", code(&kannel, 1))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let done = counter.post(&format!("{manage}/number/code"), &fields);
    assert!(done.body.contains("we send SMS to this number"), "{}", done.body);

    let mut worker = Running::start(counter.house(|house| house), &["deliver", "--watch"]);
    wait_for_port(port);
    let suppressed = |counter: &mut Counter| {
        let list = counter.house(|house| house.run(&["subscribers", "list", "--format", "json"]));
        list.stdout().contains("its owner replied STOP")
    };
    kannel.brings(NUMBER, "STOP");
    wait_until("the opt-out", || suppressed(&mut counter));
    // Ten minutes later, as the limit of codes to a number has it.
    let house = counter.close().at("2026-03-01 10:11");
    let mut counter = Counter::open_with(house, "text_countries = ['+34']\n");
    let again = counter.post(&format!("{manage}/number"), &[("number", NUMBER)]);
    assert!(again.status == 200 && again.body.contains("Check your phone"), "{}", again.body);
    // A code that is asked for after it arrives, and none before.
    counter.post(&format!("{manage}/number"), &[("number", "+34600000002")]);
    let numbers: Vec<String> = kannel.received(1).into_iter().map(|(to, _)| to).collect();
    assert_eq!(numbers, ["+34600000002"], "nothing is sent to the number that sent STOP");
    kannel.brings(NUMBER, "START");
    wait_until("the opt-in", || !suppressed(&mut counter));
    let house = counter.close().at("2026-03-01 10:22");
    let counter = Counter::open_with(house, "text_countries = ['+34']\n");
    let again = counter.post(&format!("{manage}/number"), &[("number", NUMBER)]);
    let fields = [("pass", again.field("pass")), ("code", code(&kannel, 1))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(counter.post(&format!("{manage}/number/code"), &fields).status, 200);
    assert_eq!(worker.end("-TERM"), Some(0));
    assert!(!worker.said().contains("60000000"), "a number is in the log: {}", worker.said());
    counter.close();
}

#[test]
fn a_text_of_help_or_status_is_answered_in_its_subscribers_language_and_other_words_wait_for_a_person() {
    let (mut kannel, port, house) = with_kannel(House::new());
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating").notify();
    let house = house.subscriber_with(&[NUMBER, "--language", "es"]);
    let mut counter = Counter::open(house);
    let mut worker = Running::start(counter.house(|house| house), &["deliver", "--watch"]);
    wait_for_port(port);
    for (wish, words) in [
        ("¿Estado?", "Acme: payments: Buscando la causa. https://status.acme.test/"),
        ("AYUDA por favor", "ESTADO da el estado actual, BAJA termina los mensajes."),
    ] {
        kannel.brings(NUMBER, wish);
        let answers = kannel.received(1);
        assert!(
            answers.len() == 1 && answers[0].0 == NUMBER && answers[0].1.contains(words),
            "{wish}: {answers:?}"
        );
    }
    // A third within the hour is answered, a fourth is not; nor is a number that is not on record.
    let inbound = |id: &str, from: &str, text: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("key", "k3y"), ("id", id), ("from", from), ("text", text)])
            .finish();
        assert_eq!(answered(port, "GET", &format!("/reports/gateway/inbound?{query}")), 200);
    };
    for (id, from, text) in [
        ("a", "+34600000009", "STATUS"),
        ("b", NUMBER, "STATUS"),
        ("b", NUMBER, "STATUS"),
        ("c", NUMBER, "STATUS"),
        ("d", "+34600000009", "who are you"),
    ] {
        inbound(id, from, text);
    }
    assert_eq!(kannel.received(2).len(), 2);
    let replies = ["subscribers", "replies"];
    counter.house(|house| house.run(&replies).succeeded().said("0 replies"));

    let house = counter.close().subscriber("+34600000002");
    inbound("e", "+34600000002", "no quiero mas esto, mi otro numero es 600 000 009 o ana@example.org\r\n");
    let house = house.run(&replies).succeeded().printed("no quiero mas esto").said("1 reply");
    assert!(!house.stdout().contains("ana@example.org") && !house.stdout().contains("34600000002"));
    let house =
        house.run(&["subscribers", "replies", "--reveal"]).printed("+34600000002").printed("ana@example.org");
    assert_eq!(worker.end("-TERM"), Some(0));
    assert!(!worker.said().contains("60000000") && !worker.said().contains("quiero"), "{}", worker.said());
    house.told_of_all();
}
