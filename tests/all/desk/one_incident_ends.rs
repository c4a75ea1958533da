//! One incident only: what happens to the request when the incident is renamed, withdrawn, hidden, or not the only one.

use super::counter::Counter;
use super::listed;
use crate::fixtures::house::House;

/// Ana asks about that incident and confirms.
fn asked(counter: &mut Counter, incident: &str) {
    counter.post("/", &[("address", "ana@example.org"), ("incident", incident)]);
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/confirm/");
    let done = counter.post(&link, &[]);
    assert!(done.status == 200 && done.body.contains("until it is over"), "{}", done.body);
}

/// Ana, who asked about payments.
fn house_of_ana() -> House {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating").notify();
    let mut counter = Counter::open(house);
    asked(&mut counter, "payments");
    counter.close()
}

#[test]
fn a_renamed_incident_is_still_the_one_that_was_asked_about() {
    let mut counter = Counter::open(house_of_ana());
    // Ben asks before the file is renamed, and confirms after it.
    counter.post("/", &[("address", "ben@example.org"), ("incident", "payments")]);
    let mail = counter.mail_to("ben@example.org");
    let link = counter.link(&mail, "/confirm/");
    let house = counter.close();
    let folder = house.path().join("incidents");
    std::fs::rename(folder.join("payments.md"), folder.join("card-payments.md")).unwrap();
    let house = house.update("card-payments", "2026-03-01 10:20", "identified").notify();
    let house = house.mailed("ana@example.org", "you asked about this incident").mailed_nobody();
    let mut counter = Counter::open(house);
    let done = counter.post(&link, &[]);
    assert!(done.status == 200 && done.body.contains("until it is over"), "{}", done.body);
    assert_eq!(counter.get("/?incident=card-payments").status, 200);
    let people = listed(&mut counter);
    assert_eq!(people.matches("\"incident\": \"payments\"").count(), 2, "{people}");
    let house = counter.close().update("card-payments", "2026-03-01 10:40", "resolved").notify();
    let house = house.mailed("ana@example.org", "this is the last email about it");
    house.mailed("ben@example.org", "this is the last email about it").mailed_nobody();
}

#[test]
fn a_withdrawn_incident_ends_what_was_asked_about_it() {
    let house = house_of_ana().at("2026-03-01 10:20");
    let house = house.run(&["withdraw", "payments", "--yes"]).succeeded().notify();
    let house = house.mailed("ana@example.org", "this is the last email about it").mailed_nobody();
    let house =
        house.run(&["subscribers", "list", "--format", "json"]).printed("\"ended_at\": \"2026-03-01T10:20");
    let counter = Counter::open(house);
    assert!(counter.get("/?incident=payments").body.contains("This incident is over, or we do not know it"));
    assert_eq!(counter.post("/", &[("address", "ben@example.org"), ("incident", "payments")]).status, 410);
    counter.close();
}

#[test]
fn an_incident_that_only_staff_may_read_cannot_be_asked_about_and_looks_unknown() {
    let house = House::new().incident("secret-plan", "2026-03-01 10:00", "Investigating");
    let text = house.read("incidents/secret-plan.md").replacen("+++\n", "+++\naudience = \"internal\"\n", 1);
    let house = house.file("incidents/secret-plan.md", &text);
    let mut counter = Counter::open(house);
    let bare = |answer: super::counter::Answer, id: &str| answer.body.replace(id, "");
    let hidden = bare(counter.get("/?incident=secret-plan"), "secret-plan");
    assert_eq!(hidden, bare(counter.get("/?incident=never-was"), "never-was"));
    assert!(hidden.contains("we do not know it"), "{hidden}");
    assert_eq!(counter.post("/", &[("address", "ana@example.org"), ("incident", "secret-plan")]).status, 410);
    assert_eq!((listed(&mut counter).trim(), counter.new_mails()), ("[]", 0));
    counter.close();
}

#[test]
fn of_two_incidents_each_ends_by_itself_and_leaving_ends_both() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.incident("search", "2026-03-01 10:01", "Investigating").notify();
    let mut counter = Counter::open(house);
    asked(&mut counter, "payments");
    let mut counter = Counter::open(counter.close().at("2026-03-02 10:02"));
    asked(&mut counter, "search");
    let house = counter.close().update("payments", "2026-03-02 10:10", "resolved").notify();
    let house = house.mailed("ana@example.org", "this is the last email about it").mailed_nobody();
    let house = house.update("search", "2026-03-02 10:20", "identified").notify();
    let mut counter = Counter::open(house);
    let mail = counter.house(|house| house).mails().last().unwrap().1.clone();
    assert!(mail.contains("you asked about this incident"), "{mail}");
    let manage = mail.split("/manage/").nth(1).unwrap().split(['?', ' ', '\n']).next().unwrap().to_owned();
    let page = counter.get(&format!("/manage/{manage}")).body;
    assert!(page.contains("“search” until it is over") && !page.contains("“payments”"), "{page}");
    assert!(counter.post(&format!("/manage/{manage}/leave"), &[]).body.contains("You are unsubscribed"));
    let house = counter.close().update("search", "2026-03-02 10:30", "resolved").notify();
    house.mailed_nobody();
}
