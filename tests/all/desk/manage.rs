//! Those who subscribed: what their mails let them see, change and end.

use super::counter::Counter;
use super::listed;
use crate::fixtures::house::House;

/// A subscriber who signed up at the desk, was notified of an incident, and the mail as it came.
fn told() -> (Counter, String) {
    let mut counter = Counter::open(House::new());
    counter.post("/", &[("address", "ana@example.org")]);
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/confirm/");
    assert_eq!(counter.post(&link, &[]).status, 200);
    counter.house(|house| house.incident("payments", "2026-03-01 10:00", "Investigating").notify());
    let raw = counter.house(|house| house).raw_mails().last().unwrap().1.replace("\r\n ", " ");
    (counter, raw)
}

/// The path of the link in a header.
fn one_click(counter: &Counter, raw: &str) -> String {
    let header = raw.split("\r\nList-Unsubscribe: <").nth(1).unwrap_or_else(|| panic!("no link in {raw}"));
    let link = header.split('>').next().unwrap();
    link.strip_prefix(&counter.url()).unwrap_or_else(|| panic!("{link} is not at the desk")).to_owned()
}

#[test]
fn the_page_has_a_button_that_leads_to_the_desk_once_the_plan_names_it() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["build"]).succeeded();
    let pages = ["index.html", "incidents/payments/index.html", "es/index.html"];
    for page in pages {
        assert!(!house.read(&format!("public/{page}")).contains("class=\"button\""), "{page}");
    }
    let mut counter = Counter::open(house);
    counter.house(|house| house.run(&["build"]).succeeded());
    let url = counter.url();
    for (page, language) in pages.into_iter().zip(["en", "en", "es"]) {
        let html = counter.house(|house| house).read(&format!("public/{page}"));
        let button = format!("<a class=\"button\" href=\"{url}/?lang={language}\">");
        assert_eq!(html.matches(&button).count(), 2, "{page}: {html}");
    }
    let ways = counter.house(|house| house).read("public/subscribe/index.html");
    assert!(ways.contains(&format!("{url}/?lang=en")), "{ways}");
    counter.close();
}

#[test]
fn one_click_unsubscribes_and_looking_does_not() {
    let (mut counter, raw) = told();
    assert!(raw.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{raw}");
    assert!(raw.contains("mailto:help@acme.test?subject=unsubscribe"), "{raw}");
    let link = one_click(&counter, &raw);
    for method in ["GET", "HEAD"] {
        assert_eq!(counter.ask(method, &link, &[], "").status, 200);
    }
    assert!(counter.get(&link).body.contains("Yes, unsubscribe me"));
    assert!(listed(&mut counter).contains("\"state\": \"confirmed\""), "looking changes nothing");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let done = counter.ask("POST", &link, &[kind], "List-Unsubscribe=One-Click");
    assert!(done.status == 200 && done.body.contains("You are unsubscribed"), "{}", done.body);
    assert_eq!(
        counter.ask("POST", &link, &[kind], "List-Unsubscribe=One-Click").status,
        200,
        "twice is once"
    );
    assert!(listed(&mut counter).contains("\"state\": \"left\""));
    let mails = counter.house(|house| house).mails().len();
    counter.house(|house| house.update("payments", "2026-03-01 10:40", "identified").notify());
    assert_eq!(counter.house(|house| house).mails().len(), mails, "nothing is sent to one who left");
    counter.close();
}

#[test]
fn the_link_in_a_mail_leads_to_settings_that_can_be_changed_ended_and_begun_again() {
    let (mut counter, _) = told();
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/manage/");
    let page = counter.get(&link);
    assert!(page.body.contains("a…@example.org") && !page.body.contains("ana@example.org"), "{}", page.body);
    let saved = counter.post(
        &link,
        &[
            ("follow", "some"),
            ("feature", "search"),
            ("severity", "critical"),
            ("language", "es"),
            ("zone", "UTC"),
        ],
    );
    assert!(saved.body.contains("Saved."), "{}", saved.body);
    let people = listed(&mut counter);
    for words in ["\"search\"", "\"critical\"", "\"language\": \"es\"", "\"time_zone\": \"UTC\""] {
        assert!(people.contains(words), "{words} is not in {people}");
    }
    let wrong = counter.post(&link, &[("follow", "some")]);
    assert!(wrong.status == 422 && wrong.body.contains("Choose at least one"));
    let data = counter.post(&format!("{link}/export"), &[]);
    assert!(data.head.contains("application/json") && data.body.contains("ana@example.org"), "{}", data.body);
    assert!(counter.post(&format!("{link}/leave"), &[]).body.contains("You are unsubscribed"));
    assert!(listed(&mut counter).contains("\"state\": \"left\""));
    assert!(counter.get(&link).body.contains("Subscribe me again"));
    assert!(counter.post(&format!("{link}/back"), &[]).body.contains("You are subscribed"));
    assert!(listed(&mut counter).contains("\"state\": \"confirmed\""));
    for way in ["/leave", "/back", "/export", "/erase", "/erase/sure"] {
        assert_eq!(counter.get(&format!("{link}{way}")).status, 405, "{way}");
    }
    counter.close();
}

#[test]
fn erasing_keeps_only_that_nothing_may_be_sent() {
    let (mut counter, _) = told();
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/manage/");
    let asked = counter.post(&format!("{link}/erase"), &[]);
    assert!(asked.body.contains("Erase my data") && asked.body.contains("/erase/sure"), "{}", asked.body);
    assert!(counter.post(&format!("{link}/erase/sure"), &[]).body.contains("Your data is erased"));
    assert_eq!(counter.get(&link).status, 404);
    let reveal = ["subscribers", "list", "--reveal", "--format", "json"];
    let people = counter.house(|house| house.run(&reveal)).stdout();
    assert!(!people.contains("ana@"), "{people}");
    counter.house(|mut house| {
        house.write("people.csv", "mail\nAna@Example.org\n");
        let file = house.path().join("people.csv");
        let house = house.run(&["subscribers", "import", file.to_str().unwrap()]);
        house.said("0 subscribers").said("an import does not add them again")
    });
    // A day later, by a wish of their own.
    counter.house(|house| house.run(&["subscribers", "add", "ana@example.org"]).succeeded());
    assert!(listed(&mut counter).contains("\"state\": \"confirmed\""));
    counter.close();
}

#[test]
fn a_worker_without_the_secret_of_the_desk_sends_nothing_in_its_name() {
    let counter = Counter::open(House::new().subscriber("ana@example.org"));
    let house = counter.close().incident("payments", "2026-03-01 10:00", "Investigating");
    std::fs::remove_file(house.path().join("desk-secret")).unwrap();
    house.run(&["notify", "--yes"]).exited(1).said("failed to read `desk.secret`").mailed_nobody().restless();
}

#[test]
fn who_heard_of_an_opening_hears_of_the_end_whatever_they_follow_by_then() {
    let (mut counter, _) = told();
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/manage/");
    counter.post(&link, &[("follow", "some"), ("feature", "search"), ("severity", "critical")]);
    let count = |counter: &mut Counter| counter.house(|house| house).mails().len();
    let before = count(&mut counter);
    counter.house(|house| house.update("payments", "2026-03-01 10:40", "identified").notify());
    assert_eq!(count(&mut counter), before, "they no longer follow it");
    counter.house(|house| house.update("payments", "2026-03-01 11:40", "resolved").notify());
    assert!(counter.mail_to("ana@example.org").contains("Resolved"), "but they hear that it is over");
    counter.post(&format!("{link}/leave"), &[]);
    counter.house(|house| house.update("payments", "2026-03-01 12:40", "investigating").notify());
    assert_eq!(count(&mut counter), before + 1, "and nothing once they left");
    counter.close();
}

#[test]
fn a_link_opens_nothing_once_the_address_it_was_sent_to_is_given_up() {
    let (mut counter, raw) = told();
    let mail = counter.mail_to("ana@example.org");
    let (manage, leave) = (counter.link(&mail, "/manage/"), one_click(&counter, &raw));
    // The operator corrects a mistyped address: the number stays, the mailbox is another one.
    for addresses in [["ana@example.org", "+34600000001"], ["+34600000001", "right@example.org"]] {
        let add = [&["subscribers", "add"], &addresses[..]].concat();
        counter.house(|house| house.run(&add).succeeded());
    }
    assert_eq!(counter.get(&manage).status, 404);
    let data = counter.post(&format!("{manage}/export"), &[]);
    assert!(data.status == 404 && !data.body.contains("right@"), "{}", data.body);
    counter.post(&manage, &[("follow", "some"), ("feature", "search")]);
    assert_eq!(counter.post(&leave, &[("List-Unsubscribe", "One-Click")]).status, 200);
    assert!(listed(&mut counter).contains("\"state\": \"confirmed\""), "the new address stays subscribed");
    counter.close();
}
