//! The desk through its binary: people who subscribe, confirm, change and leave, and those who would abuse it.

mod abuse;
pub(crate) mod counter;
mod manage;
pub(crate) mod number;
mod one_incident;
mod one_incident_ends;
mod stop;
mod walk;

use counter::Counter;

use crate::fixtures::house::House;

/// The subscribers of a house, as its command lists them.
fn listed(counter: &mut Counter) -> String {
    counter.house(|house| house.run(&["subscribers", "list", "--format", "json"]).succeeded()).stdout()
}

#[test]
fn a_sign_up_is_confirmed_by_the_button_behind_the_mailed_link() {
    let mut counter = Counter::open(House::new());
    let form = counter.get("/");
    assert_eq!(form.status, 200);
    for words in ["Subscribe", "name=\"address\"", "Checkout", "Europe/Madrid"] {
        assert!(form.body.contains(words), "{words:?} is not in {}", form.body);
    }
    let sent =
        counter.post("/", &[("address", "ana@example.org"), ("follow", "some"), ("feature", "checkout")]);
    assert!(sent.status == 200 && sent.body.contains("Check your email"), "{}", sent.body);
    let mail = counter.mail_to("ana@example.org");
    assert!(mail.starts_with("Confirm your subscription to “Acme”"), "{mail}");
    assert_eq!(listed(&mut counter).trim(), "[]", "nobody is on record before they confirm");

    let link = counter.link(&mail, "/confirm/");
    let page = counter.get(&link);
    assert!(page.body.contains("Yes, subscribe me") && page.body.contains("a…@example.org"), "{}", page.body);
    assert_eq!(listed(&mut counter).trim(), "[]", "looking changes nothing");
    let done = counter.post(&link, &[]);
    assert!(done.status == 200 && done.body.contains("You are subscribed"), "{}", done.body);
    let people = listed(&mut counter);
    for words in ["\"state\": \"confirmed\"", "\"way\": \"signed_up\"", "\"checkout\"", &counter.url()] {
        assert!(people.contains(words), "{words} is not in {people}");
    }
    assert_eq!(counter.post(&link, &[]).status, 200, "twice is once");
    assert_eq!(listed(&mut counter), people);
    let (_, manage) = done.body.split_once("/manage/").unwrap();
    let leave = format!("/manage/{}/leave", manage.split(['?', '"', '/']).next().unwrap());
    assert!(counter.post(&leave, &[]).body.contains("You are unsubscribed"));
    let late = counter.post(&link, &[]).body;
    assert!(late.contains("You are unsubscribed") && !late.contains("You are subscribed"), "{late}");
    counter.close();
}

#[test]
fn a_sign_up_is_confirmed_by_its_code_and_five_wrong_ones_end_it() {
    let mut counter = Counter::open(House::new());
    let sent = counter.post("/", &[("address", "ana@example.org")]);
    let pass = sent.field("pass");
    let mail = counter.mail_to("ana@example.org");
    let code = mail.split_once("Your code: ").unwrap().1[..8].to_owned();
    let wrong = counter.post("/code", &[("pass", &pass), ("code", "00000000")]);
    assert!(wrong.status == 422 && wrong.body.contains("This code is not right"), "{}", wrong.body);
    let done = counter.post("/code", &[("pass", &pass), ("code", &format!("{} {}", &code[..4], &code[4..]))]);
    assert!(done.body.contains("You are subscribed"), "{}", done.body);

    let sent = counter.post("/", &[("address", "ben@example.org")]);
    let pass = sent.field("pass");
    let mail = counter.mail_to("ben@example.org");
    let code = mail.split_once("Your code: ").unwrap().1[..8].to_owned();
    for _ in 0..5 {
        assert_eq!(counter.post("/code", &[("pass", &pass), ("code", "00000000")]).status, 422);
    }
    assert_eq!(counter.post("/code", &[("pass", &pass), ("code", &code)]).status, 422, "five were wrong");
    counter.close();
}

#[test]
fn the_desk_speaks_the_reader_s_language_and_says_what_is_wrong() {
    let mut counter = Counter::open(House::new());
    let spanish = counter.ask("GET", "/", &[("accept-language", "es-AR,en;q=0.5")], "");
    assert!(
        spanish.body.contains("<html lang=\"es\"") && spanish.body.contains("Suscribirse"),
        "{}",
        spanish.body
    );
    assert!(counter.get("/?lang=es").body.contains("Zona horaria"));
    for (fields, words) in [
        (&[("address", "ana@")][..], "This is not an email address"),
        (&[("address", "a@example.org\r\nBcc: b@example.org")], "This is not an email address"),
        (&[("address", "ana@example.org"), ("follow", "some")], "Choose at least one feature"),
        (&[("address", "ana@example.org"), ("follow", "some"), ("feature", "none")], "Choose at least one"),
        (&[("address", "ana@example.org"), ("zone", "Mars/Olympus")], "This is not a time zone"),
    ] {
        let said = counter.post("/", fields);
        assert!(said.status == 422 && said.body.contains(words), "{fields:?}: {}", said.body);
    }
    let typed = counter.post("/", &[("address", "\"><script>alert(1)</script>")]);
    assert!(!typed.body.contains("<script>alert"), "{}", typed.body);
    let mail = {
        counter.post("/", &[("address", "ana@example.org"), ("language", "es")]);
        counter.mail_to("ana@example.org")
    };
    assert!(mail.contains("Su código: ") && mail.contains("?lang=es"), "{mail}");
    counter.close();
}

#[test]
fn every_page_is_closed_to_frames_caches_indexes_and_scripts() {
    let counter = Counter::open(House::new());
    let page = counter.get("/");
    for header in [
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "x-robots-tag: noindex",
        "x-content-type-options: nosniff",
    ] {
        assert!(page.head.contains(header), "{header} is not in {}", page.head);
    }
    assert!(!page.body.contains("<script") && !page.head.contains("script-src"), "{}", page.body);
    assert!(!page.head.contains("set-cookie"));
    assert_eq!(counter.get("/healthz").body, "{\"status\": \"ok\"}\n");
    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("GET", "/confirm/nonsense", 404),
        ("POST", "/confirm/nonsense", 404),
        ("GET", "/code", 405),
        ("DELETE", "/", 405),
        ("PUT", "/confirm/x", 405),
        ("HEAD", "/", 200),
        ("GET", "/robots.txt", 200),
    ] {
        assert_eq!(counter.ask(method, path, &[], "").status, status, "{method} {path}");
    }
    counter.close();
}

#[test]
fn a_confirmation_survives_a_desk_and_a_relay_that_are_down() {
    let house = House::new().mail_server_down(true);
    let counter = Counter::open(house);
    counter.post("/", &[("address", "ana@example.org")]);
    counter.hears("a confirmation was not sent, it is tried again");
    let house = counter.close();
    // The next desk is opened after the wait.
    let house = house.mail_server_down(false).at("2026-03-01 10:05");
    let mut counter = Counter::open(house);
    let mail = counter.mail_to("ana@example.org");
    let link = counter.link(&mail, "/confirm/");
    assert!(counter.post(&link, &[]).body.contains("You are subscribed"));
    counter.close();
}

#[test]
fn a_desk_that_cannot_work_is_refused_before_it_opens() {
    House::new().run(&["desk"]).exited(4).said("site/plan.toml has no `[desk]`").said("docs/desk.md");
    let mut house = House::new();
    let desk = "[desk]\nurl = 'https://desk.example.org'\nsecret = { file = 'secret' }\n";
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{plan}{desk}"));
    let mut house = house.run(&["desk"]).exited(1).said("failed to read `desk.secret`");
    house.write("secret", "short\n");
    house
        .run(&["desk"])
        .exited(4)
        .said("`desk.secret` is shorter than 32 bytes")
        .said("openssl rand -hex 32")
        .run(&["desk", "--listen", "nowhere"])
        .exited(2);
}
