//! A phone at the desk, through Kannel and the binary: the code that proves a number, STOP and START.

use super::opt_out::with_kannel;
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
    let mut counter = Counter::open_with(house, "text_countries = ['+34']\n");
    let again = counter.post(&format!("{manage}/number"), &[("number", NUMBER)]);
    let fields = [("pass", again.field("pass")), ("code", code(&kannel, 1))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(counter.post(&format!("{manage}/number/code"), &fields).status, 200);
    assert_eq!(worker.end("-TERM"), Some(0));
    assert!(!worker.said().contains("60000000"), "a number is in the log: {}", worker.said());
    counter.close();
}
