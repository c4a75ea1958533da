//! "Tell me when this is over": people who ask about one incident and nothing else.

use super::counter::Counter;
use super::listed;
use crate::fixtures::house::House;

/// A desk with an open incident that was announced to nobody.
fn open_incident() -> Counter {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating").notify();
    Counter::open(house)
}

/// Ana asks about the open incident and confirms.
fn asked(counter: &mut Counter) {
    let sent = counter.post("/", &[("address", "ana@example.org"), ("incident", "payments")]);
    assert!(sent.status == 200 && sent.body.contains("Check your email"), "{}", sent.body);
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/confirm/");
    let page = counter.get(&link);
    assert!(page.body.contains("about “payments” until it is over"), "{}", page.body);
    let done = counter.post(&link, &[]);
    assert!(done.status == 200 && done.body.contains("We write about “payments”"), "{}", done.body);
}

#[test]
fn an_open_incident_offers_to_tell_its_end_and_one_that_is_over_does_not() {
    let mut counter = open_incident();
    let critical =
        counter.house(|house| house).read("incidents/payments.md").replace("\"major\"", "\"critical\"");
    counter.house(|house| house.file("incidents/payments.md", &critical));
    let url = counter.url();
    counter.house(|house| house.run(&["build"]).succeeded());
    let link = |language: &str| format!("{url}/?lang={language}&#38;incident=payments");
    let has = |counter: &mut Counter, page: &str, language: &str| {
        let html = counter.house(|house| house).read(&format!("public/{page}"));
        html.contains(&link(language)) || html.contains(&link(language).replace("&#38;", "&amp;"))
    };
    let pages = [
        ("incidents/payments/index.html", "en"),
        ("es/incidents/payments/index.html", "es"),
        ("errors/503.html", "en"),
    ];
    for (page, language) in pages {
        assert!(has(&mut counter, page, language), "{page}");
    }
    counter
        .house(|house| house.update("payments", "2026-03-01 11:00", "resolved").run(&["build"]).succeeded());
    for (page, language) in pages {
        assert!(!has(&mut counter, page, language), "{page}");
    }
    counter.house(House::notify);
    counter.close();
}

#[test]
fn who_asked_about_one_incident_hears_all_of_it_and_nothing_else_and_is_told_that_it_ended() {
    let mut counter = open_incident();
    let form = counter.get("/?incident=payments");
    assert!(form.status == 200 && form.body.contains("Tell me when this is over"), "{}", form.body);
    assert!(!form.body.contains("name=\"follow\"") && form.body.contains("payments"), "{}", form.body);
    asked(&mut counter);
    let people = listed(&mut counter);
    assert!(people.contains("\"follow\": []") && people.contains("\"incident\": \"payments\""), "{people}");

    let house = counter.close();
    // Nothing of another incident, not even of one that names no feature.
    let nameless = "+++\ntitle = \"Odd\"\nseverity = \"critical\"\nstarted = 2026-03-01T10:05:00Z\neta = \"unknown\"\n\
         next_update = 2026-03-01T23:00:00Z\n+++\n\n## 2026-03-01 10:05 UTC · Investigating\n\nWe look.\n";
    let house =
        house.incident("search", "2026-03-01 10:05", "Investigating").file("incidents/odd.md", nameless);
    let house = house.notify().mailed_nobody();
    let house = house.update("payments", "2026-03-01 10:20", "identified").notify();
    let house = house.mailed("ana@example.org", "you asked about this incident").mailed_nobody();
    let house = house.update("payments", "2026-03-01 10:40", "resolved").notify();
    let house = house.mailed("ana@example.org", "this is the last email about it").mailed_nobody();
    let house = house.run(&["subscribers", "list"]).succeeded().printed("payments until its end (");
    let house =
        house.run(&["subscribers", "list", "--format", "json"]).printed("\"ended_at\": \"2026-03-01T10:40");
    // It is reopened: they hear that, what follows, and the end.
    let house = house.update("payments", "2026-03-01 10:50", "investigating").notify();
    let house = house.mailed("ana@example.org", "you asked about this incident").mailed_nobody();
    let house = house.update("payments", "2026-03-01 11:00", "identified").notify();
    let house = house.mailed("ana@example.org", "you asked about this incident").mailed_nobody();
    let house = house.update("payments", "2026-03-01 11:10", "resolved").notify();
    house.mailed("ana@example.org", "this is the last email about it").mailed_nobody();
}

#[test]
fn an_incident_that_is_over_or_unknown_cannot_be_asked_about() {
    let mut counter = open_incident();
    let unknown = counter.get("/?incident=nonsense");
    assert!(unknown.status == 200 && unknown.body.contains("This incident is over, or we do not know it"));
    assert!(unknown.body.contains("name=\"follow\""), "the usual form is there: {}", unknown.body);
    let fields = [("address", "ana@example.org"), ("incident", "../payments")];
    let refused = counter.post("/", &fields);
    assert!(refused.status == 410 && refused.body.contains("This incident is over"), "{}", refused.body);
    assert_eq!(counter.get("/?incident=%00%3Cscript%3E").status, 200);

    // It ends between the sign-up and the button.
    counter.post("/", &[("address", "ben@example.org"), ("incident", "payments")]);
    let mail = counter.mail_to("ben@example.org");
    let link = counter.link(&mail, "/confirm/");
    let house = counter.close().update("payments", "2026-03-01 10:30", "resolved").notify();
    let mut counter = Counter::open(house);
    for answer in [counter.get(&link), counter.post(&link, &[])] {
        assert!(answer.status == 410 && answer.body.contains("This incident is over"), "{}", answer.body);
    }
    assert_eq!(counter.post("/", &[("address", "ana@example.org"), ("incident", "payments")]).status, 410);
    assert_eq!(listed(&mut counter).trim(), "[]");
    assert_eq!(counter.new_mails(), 0);
    counter.close();
}

#[test]
fn a_subscriber_who_asks_about_one_incident_more_keeps_what_they_follow() {
    let house = House::new().subscriber_with(&["ana@example.org", "--follow", "search"]);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating").notify().mailed_nobody();
    let mut counter = Counter::open(house);
    let known = counter.post("/", &[("address", "ana@example.org"), ("incident", "payments")]);
    let unknown = counter.post("/", &[("address", "ben@example.org"), ("incident", "payments")]);
    let bare = |answer: &super::counter::Answer| answer.body.replace(&answer.field("pass"), "");
    assert_eq!(bare(&known), bare(&unknown), "the answer does not tell who is a subscriber");
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/confirm/");
    for method in ["GET", "HEAD"] {
        assert_eq!(counter.ask(method, &link, &[], "").status, 200);
    }
    assert!(listed(&mut counter).contains("\"incidents\": []"), "looking changes nothing");
    assert_eq!(counter.post(&link, &[]).status, 200);
    let people = listed(&mut counter);
    assert!(people.contains("\"search\"") && people.contains("\"incident\": \"payments\""), "{people}");
    let house = counter.close();
    let house = house.update("payments", "2026-03-01 10:20", "resolved").notify();
    house.mailed("ana@example.org", "this is the last email about it").mailed_nobody();
}

#[test]
fn the_settings_of_who_asked_about_one_incident_can_leave_it_at_that_or_follow_more() {
    let mut counter = open_incident();
    asked(&mut counter);
    counter.house(|house| house.update("payments", "2026-03-01 10:20", "identified").notify());
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/manage/");
    let page = counter.get(&link);
    assert!(page.body.contains("We write about “payments” until it is over"), "{}", page.body);
    assert!(page.body.contains("value=\"none\" checked"), "{}", page.body);
    assert_eq!(counter.post(&link, &[("follow", "none"), ("language", "es")]).status, 200);
    let people = listed(&mut counter);
    assert!(people.contains("\"follow\": []") && people.contains("\"language\": \"es\""), "{people}");
    counter.post(&link, &[("follow", "some"), ("feature", "search")]);
    assert!(listed(&mut counter).contains("\"search\""));
    // Someone who follows features cannot come to follow nothing by this page: they unsubscribe.
    assert_eq!(counter.post(&link, &[("follow", "some")]).status, 422);
    let export = counter.post(&format!("{link}/export"), &[]);
    assert!(export.body.contains("\"incident\": \"payments\""), "{}", export.body);
    counter.close();
}
