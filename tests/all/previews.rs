//! `notify --preview`: one message whole, before anything is sent.

use crate::destinations::{self, HOOK, PAGERDUTY, SLACK};
use crate::fixtures::house::House;
use crate::fixtures::services::Services;

fn house() -> House {
    House::new().incident("payments", "2026-03-01 10:00", "Investigating")
}

#[test]
fn a_preview_shows_the_message_that_would_be_sent_and_sends_nothing() {
    let house =
        house().subscriber("ana@example.org").run(&["notify", "--preview", "payments", "--channel", "mail"]);
    let house = house.succeeded().said("payments  not announced yet: opened").mailed_nobody();
    let shown = house.stdout();
    let html = std::fs::read_to_string(house.path().join(".allclear/preview.html")).unwrap();
    let house = house.notify();
    let (_, sent) = house.mails().pop().unwrap();
    let subject = shown.lines().next().unwrap().strip_prefix("Subject: ").unwrap().to_owned();
    assert!(subject.contains("payments") && html.starts_with("<!doctype html>"), "{subject}");
    let lines = shown.lines().skip(1).map(str::trim).filter(|line| !line.is_empty());
    let missing: Vec<&str> = lines.filter(|line| !sent.contains(line)).collect();
    assert_eq!(missing, [""; 0], "{sent}");
    house
        .run(&["notify", "--preview", "payments", "--channel", "mail"])
        .said("nothing is to be announced; this is how it stands")
        .printed("payments")
        .told_of_all();
}

#[test]
fn a_preview_is_in_the_language_of_its_reader_and_on_their_channel() {
    let house = house().subscriber_with(&["ana@example.org", "+34600000001", "--language", "es"]);
    let house = house
        .run(&["notify", "--preview", "payments", "--channel", "text"])
        .succeeded()
        .said("1 segment, GSM 7-bit")
        .run(&["notify", "--preview", "payments", "--channel", "mail", "--for", "ana@example.org"])
        .succeeded();
    let spanish = house.stdout();
    assert!(spanish.contains("Nuevo problema"), "{spanish}");
    house
        .subscriber("ben@example.org")
        .run(&["notify", "--preview", "payments", "--channel", "text", "--for", "ben@example.org"])
        .exited(2)
        .said("has no address for SMS")
        .run(&["notify", "--preview", "payments", "--channel", "text", "--for", "eve@example.org"])
        .exited(2)
        .said("no subscriber with the ID or address");
}

#[test]
fn a_preview_of_a_destination_has_what_it_may_read() {
    let services = Services::start();
    let (kind, keys, more) = SLACK;
    let places = [(kind, keys, &*format!("{more}\nlanguage = \"es\"")), PAGERDUTY, HOOK];
    let house =
        destinations::house(&services, &places).incident("payments", "2026-03-01 10:00", "Investigating");
    for (arguments, words) in [
        (&["chat"][..], "New problem"),
        (&["chat", "--for", "at-slack"], "Nuevo problema"),
        (&["tool", "--for", "at-pagerduty"], "New problem"),
        (&["webhook"], "New problem"),
    ] {
        let all = [&["notify", "--preview", "payments", "--channel"], arguments].concat();
        let house = house.command(&all).output().unwrap();
        let said = String::from_utf8_lossy(&house.stdout).into_owned();
        assert!(house.status.success() && said.contains(words), "{arguments:?}: {said}");
    }
    house
        .run(&["notify", "--preview", "payments", "--channel", "chat", "--for", "at-pagerduty"])
        .exited(2)
        .said("no destination `at-pagerduty` on the channel chat")
        .run(&["notify", "--preview", "payments", "--channel", "fax"])
        .exited(2)
        .said("one of mail, text, chat, tool, webhook")
        .run(&["notify", "--preview", "paymens", "--channel", "chat"])
        .exited(2)
        .said("did you mean `payments`?");
    assert!(services.calls("").is_empty(), "nothing was sent");
}

#[test]
fn a_preview_for_programs_is_json_and_needs_no_ledger() {
    let house = house().restless();
    std::fs::remove_dir_all(house.path().join(".allclear")).unwrap();
    let house =
        house.run(&["notify", "--preview", "payments", "--channel", "mail", "--format", "json"]).succeeded();
    let shown: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!(shown["channel"], "mail");
    assert!(shown["subject"].as_str().unwrap().contains("payments"), "{shown}");
    assert!(shown["html_file"].as_str().unwrap().ends_with("preview.html"));
    assert!(!house.path().join(".allclear/ledger.db").exists());
}
