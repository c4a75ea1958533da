//! What the desk does against those who would use it against others.

use super::counter::Counter;
use super::listed;
use crate::fixtures::house::House;

#[test]
fn an_address_gets_one_confirmation_a_day_and_the_answer_is_the_same() {
    let mut counter = Counter::open(House::new());
    let first = counter.post("/", &[("address", "ana@example.org")]);
    counter.mail_to("ana@example.org");
    for spelling in ["ana@example.org", "ANA@Example.ORG", " ana@example.org "] {
        let again = counter.post_from("203.0.113.9", "/", &[("address", spelling)]);
        assert_eq!(again.status, first.status);
        let without_pass = |answer: &super::counter::Answer| answer.body.replace(&answer.field("pass"), "");
        assert_eq!(without_pass(&again), without_pass(&first), "{spelling}");
    }
    // Another address is served after all of them.
    counter.post("/", &[("address", "ben@example.org")]);
    counter.mail_to("ben@example.org");
    assert_eq!(counter.new_mails(), 0);
    counter.close();
}

#[test]
fn a_network_and_all_networks_together_have_limits_that_survive_a_restart() {
    let mut counter = Counter::open_with(House::new(), "sign_ups_per_hour = 12\n");
    for number in 0..10 {
        let from = format!("198.51.100.{number}");
        let address = format!("a{number}@example.org");
        assert_eq!(counter.post_from(&from, "/", &[("address", &address)]).status, 200, "{number}");
    }
    let full = counter.post_from("198.51.100.200", "/", &[("address", "b@example.org")]);
    assert!(full.status == 429 && full.body.contains("try again in an hour"), "{}", full.body);
    counter.mail_to("a9@example.org");
    let mut counter = Counter::open_with(counter.close(), "sign_ups_per_hour = 12\n");
    assert_eq!(counter.post_from("198.51.100.9", "/", &[("address", "c@example.org")]).status, 429);
    for (number, status) in [(1, 200), (2, 200), (3, 429)] {
        let from = format!("192.0.2{number}.1");
        let address = format!("d{number}@example.org");
        assert_eq!(counter.post_from(&from, "/", &[("address", &address)]).status, status, "{number}");
    }
    counter.mail_to("d2@example.org");
    counter.close();
}

#[test]
fn someone_who_is_told_already_keeps_what_they_have_until_they_confirm() {
    let house = House::new().subscriber_with(&["ana@example.org", "+34600000001", "--follow", "checkout"]);
    let mut counter = Counter::open(house);
    let known = counter.post("/", &[("address", "ana@example.org"), ("severity", "critical")]);
    let unknown = counter.post("/", &[("address", "ben@example.org"), ("severity", "critical")]);
    let bare = |answer: &super::counter::Answer| answer.body.replace(&answer.field("pass"), "");
    assert_eq!(bare(&known), bare(&unknown), "the answer does not tell who is a subscriber");
    let mail = counter.mail_to("ana@example.org");
    assert!(listed(&mut counter).contains("\"severity\": \"notice\""));
    let link = counter.link(&mail, "/confirm/");
    assert_eq!(counter.post(&link, &[]).status, 200);
    let people = listed(&mut counter);
    assert!(people.contains("\"severity\": \"critical\"") && people.contains("\"follow\": null"), "{people}");
    assert!(people.contains("\"text\""), "their other addresses stay: {people}");
    counter.close();
}

#[test]
fn programs_that_fill_in_every_field_get_the_same_answer_and_nothing_is_sent() {
    let mut counter = Counter::open(House::new());
    let trapped = counter.post("/", &[("address", "ana@example.org"), ("website", "https://spam.example")]);
    assert!(trapped.status == 200 && trapped.body.contains("Check your email"));
    counter.post("/", &[("address", "ben@example.org")]);
    counter.mail_to("ben@example.org");
    assert_eq!(counter.new_mails(), 0);
    counter.close();
}

#[test]
fn a_link_with_any_letter_changed_is_refused() {
    let mut counter = Counter::open(House::new());
    counter.post("/", &[("address", "ana@example.org")]);
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/confirm/");
    let (path, query) = link.split_once('?').unwrap();
    let pass = path.strip_prefix("/confirm/").unwrap();
    // The unit tests of passes flip ten thousand bits; here some go the whole way.
    for at in 0..pass.len() {
        let mut changed = pass.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        if changed == pass.as_bytes() {
            continue;
        }
        let changed = String::from_utf8(changed).unwrap();
        let answer = counter.post(&format!("/confirm/{changed}?{query}"), &[]);
        assert_eq!(answer.status, 404, "{changed}");
    }
    assert_eq!(listed(&mut counter).trim(), "[]");
    counter.close();
}
