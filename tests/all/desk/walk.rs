//! A person on a phone at the desk, in Chromium, with and without scripts; and a mail server nobody here wrote.

use serde_json::{Value, json};

use super::counter::Counter;
use super::listed;
use super::number::{code, subscribed};
use crate::fixtures::house::House;
use crate::fixtures::judge::{there_is, told};
use crate::fixtures::postfix::Postfix;

/// What is read after each visit; nothing there may have a fault.
#[track_caller]
fn visited(visits: &[Value]) -> Vec<String> {
    let answers = told("desk/walk.js", &[], visits);
    let answers = answers.as_array().unwrap();
    for answer in answers {
        assert_eq!(answer["complaints"], json!([]), "{answer}");
    }
    answers.iter().map(|answer| answer["words"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_person_on_a_phone_signs_up_confirms_changes_and_leaves_with_and_without_scripts() {
    if !there_is("npm") {
        return;
    }
    for script in [true, false] {
        let mut counter = Counter::open(House::new());
        let url = counter.url();
        let sent = visited(&[json!({
            "address": format!("{url}/"), "script": script,
            "fill": { "Email address": "ana@example.org" }, "choose": ["Only these:", "Checkout"],
            "press": "Send me the confirmation",
        })]);
        assert!(sent[0].contains("Check your email"), "{sent:?}");
        let mail = counter.mail_to("ana@example.org");
        let confirm = format!("{url}{}", counter.link(&mail, "/confirm/"));
        // A scanner that runs scripts opens the link and waits; nobody is subscribed by that.
        visited(&[json!({ "address": confirm, "script": true, "wait": 3000 })]);
        assert_eq!(listed(&mut counter).trim(), "[]");
        let done = visited(&[json!({ "address": confirm, "script": script, "press": "Yes, subscribe me" })]);
        assert!(done[0].contains("You are subscribed"), "{done:?}");
        assert!(listed(&mut counter).contains("\"checkout\""));

        counter.house(|house| house.incident("payments", "2026-03-01 10:00", "Investigating").notify());
        let mail = counter.mail_to("ana@example.org");
        let manage = format!("{url}{}", counter.link(&mail, "/manage/"));
        let saved = visited(&[json!({
            "address": manage, "script": script, "choose": ["Search"], "press": "Save",
        })]);
        assert!(saved[0].contains("Saved."), "{saved:?}");
        assert!(listed(&mut counter).contains("\"search\""));
        let left = visited(&[json!({ "address": manage, "script": script, "press": "Unsubscribe" })]);
        assert!(left[0].contains("You are unsubscribed"), "{left:?}");
        assert!(listed(&mut counter).contains("\"state\": \"left\""));
        counter.close();
    }
}

#[test]
fn a_person_on_a_phone_asks_about_one_incident_with_and_without_scripts() {
    if !there_is("npm") {
        return;
    }
    for script in [true, false] {
        let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating").notify();
        let mut counter = Counter::open(house);
        let url = counter.url();
        let sent = visited(&[json!({
            "address": format!("{url}/?incident=payments"), "script": script,
            "fill": { "Email address": "ana@example.org" }, "press": "Send me the confirmation",
        })]);
        assert!(sent[0].contains("Check your email"), "{sent:?}");
        let mail = counter.mail_to("ana@example.org");
        let confirm = format!("{url}{}", counter.link(&mail, "/confirm/"));
        let done = visited(&[json!({ "address": confirm, "script": script, "press": "Yes, subscribe me" })]);
        assert!(done[0].contains("until it is over"), "{done:?}");
        assert!(listed(&mut counter).contains("\"incident\": \"payments\""));
        counter.close();
    }
}

#[test]
fn a_person_on_a_phone_adds_a_number_and_gives_it_up_with_and_without_scripts() {
    if !there_is("npm") {
        return;
    }
    for script in [true, false] {
        let mut counter = Counter::open_with(House::new(), "text_countries = ['+34']\n");
        let manage = subscribed(&mut counter, "ana@example.org");
        let manage = format!("{}{manage}", counter.url());
        let folder = tempfile::tempdir().unwrap();
        let phone = folder.path().join("code");
        let visit = json!({
            "address": manage, "script": script,
            "fill": { "Phone number, with + and the country code": "+34 600 000 001" },
            "press": "Send me a code by SMS",
            "then": { "label": "The code from the SMS", "file": phone, "press": "Confirm" },
        });
        // The person reads the code on their phone and types it on the page that is still open.
        let asked = std::thread::scope(|scope| {
            let visiting = scope.spawn(|| visited(std::slice::from_ref(&visit)));
            let right = code(&mut counter, "+34600000001", 1);
            std::fs::write(folder.path().join("writing"), right).unwrap();
            std::fs::rename(folder.path().join("writing"), &phone).unwrap();
            visiting.join().unwrap()
        });
        assert!(asked[0].contains("we send SMS to this number"), "{asked:?}");
        assert!(listed(&mut counter).contains("\"text\""));
        let given_up = visited(&[json!({ "address": manage, "script": script, "press": "No more SMS" })]);
        assert!(given_up[0].contains("We send you no more SMS"), "{given_up:?}");
        assert!(!listed(&mut counter).contains("\"text\""));
        counter.close();
    }
}

#[test]
fn a_real_mail_server_takes_the_confirmation_and_the_mails_with_their_links() {
    let postfix = Postfix::start();
    let mut house = House::new();
    let ca = postfix.folder().join("ca.pem");
    house.write("site/plan.toml", &postfix.plan(Some(ca.to_str().unwrap())));
    let mut counter = Counter::open(house);
    counter.post("/", &[("address", "alice@example.test")]);
    let read = |mail: &[u8]| {
        let mail = mail_parser::MessageParser::default().parse(mail).unwrap();
        mail.body_text(0).unwrap().replace("\r\n", "\n")
    };
    let mails = postfix.mailbox("alice", 1);
    let link = counter.link(&read(&mails[0]), "/confirm/");
    assert!(counter.post(&link, &[]).body.contains("You are subscribed"));
    counter.house(|house| house.incident("payments", "2026-03-01 10:00", "Investigating").notify());
    let mails = postfix.mailbox("alice", 2);
    let told = mails.iter().find(|mail| read(mail).contains("/manage/")).expect("a mail with a link");
    let raw = String::from_utf8_lossy(told).replace("\n ", " ");
    assert!(raw.contains("\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"), "{raw}");
    let link = raw.split("\nList-Unsubscribe: <").nth(1).unwrap().split('>').next().unwrap();
    let link = link.strip_prefix(&counter.url()).unwrap();
    assert!(counter.post(link, &[("List-Unsubscribe", "One-Click")]).body.contains("You are unsubscribed"));
    assert!(listed(&mut counter).contains("\"state\": \"left\""));
    counter.close();
}
