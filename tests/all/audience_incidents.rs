//! Incidents that are for one audience alone: no page, feed or message of another one mentions them.

use crate::audiences::{SEES, everything, house};
use crate::fixtures::house::House;
use crate::fixtures::services::Services;

const OPEN: &str = "2026-03-01 10:00";

/// An incident that only `audience` may read of; its name, its title and its text begin with `for-AUDIENCE`.
fn file_for(house: House, audience: &str) -> House {
    let text = format!(
        "+++\ntitle = \"for-{audience} title\"\nseverity = \"critical\"\naffected = [\"checkout\"]\naudience = \"{audience}\"\n\
         started = 2026-03-01T10:00:00Z\neta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\n\
         impact = \"for-{audience} impact\"\n+++\n\n## {OPEN} UTC · Investigating\n\nfor-{audience} text\n"
    );
    house.file(&format!("incidents/for-{audience}.md"), &text).at(OPEN)
}

fn with_one_for_each() -> House {
    SEES.iter().fold(house(), |house, (audience, _)| file_for(house, audience))
}

#[test]
fn each_site_has_the_incidents_of_its_own_readers_and_no_trace_of_others() {
    let mut house = with_one_for_each();
    for (reader, sees) in SEES {
        house = house.run(&["build", "--audience", reader]).succeeded();
        let files = everything(&house.path().join(reader));
        for (audience, _) in SEES {
            let is_there = files.contains(&format!("for-{audience}"));
            assert_eq!(is_there, sees.contains(&audience), "for-{audience} on the site of {reader}");
        }
    }
}

#[test]
fn each_message_is_about_an_incident_of_its_reader() {
    let mut house = with_one_for_each();
    for (reader, sees) in SEES.into_iter().filter(|(reader, _)| *reader != "internal") {
        house = house.run(&["notify", "--dry-run", "--verbose", "--audience", reader]).succeeded();
        for (audience, _) in SEES {
            let is_told = house.stderr().contains(&format!("for-{audience} text"));
            assert_eq!(is_told, sees.contains(&audience), "for-{audience} in the dry run of {reader}");
            let is_named = house.stderr().contains(&format!("for-{audience}  not announced: it is "));
            assert_eq!(is_named, !is_told, "for-{audience} in the dry run of {reader}");
        }
        house = house.run(&["notify", "--yes", "--audience", reader]).succeeded();
        let address = format!("{reader}@example.org");
        let letters: Vec<String> =
            house.mails().into_iter().filter(|(to, _)| *to == address).map(|(_, letter)| letter).collect();
        assert_eq!(letters.len(), sees.len(), "{reader}: {letters:#?}");
        for audience in sees {
            let about =
                letters.iter().filter(|letter| letter.contains(&format!("for-{audience} text"))).count();
            assert_eq!(about, 1, "for-{audience} to {reader}");
        }
    }
    drop(house.told_of_all());
}

#[test]
fn an_incident_for_staff_leaves_the_page_as_it_was() {
    let plain = house().run(&["build"]).succeeded();
    let before = everything(&plain.path().join("public")).replace(plain.path().to_str().unwrap(), "");
    let house = file_for(house(), "internal").run(&["build"]).succeeded();
    let after = everything(&house.path().join("public")).replace(house.path().to_str().unwrap(), "");
    assert_eq!(before, after);
    let house = house.run(&["notify", "--yes"]).succeeded().mailed_nobody();
    let house = house.said("for-internal  not announced: it is internal");
    let house = house.run(&["build", "--audience", "internal"]).succeeded();
    assert!(house.read("internal/index.html").contains("for-internal title"));
}

#[test]
fn an_announced_incident_that_leaves_its_readers_while_it_is_open_is_held() {
    let house = house().incident("payments", OPEN, "Investigating").run(&["notify", "--yes"]).succeeded();
    let house = house.mailed("public@example.org", "payments");
    let text = house.read("incidents/payments.md");
    let narrow = text.replace("severity =", "audience = \"partners\"\nseverity =");
    let mut house = house.file("incidents/payments.md", &narrow);
    for command in [&["check"][..], &["notify", "--yes"]] {
        house = house
            .run(command)
            .exited(4)
            .said("its file is deleted or no longer public: payments")
            .mailed_nobody();
    }
    let house = house.file("incidents/payments.md", &text).run(&["check"]).succeeded();
    let _house = house.run(&["notify", "--yes"]).succeeded().said("no new changes").mailed_nobody();
}

#[test]
fn a_command_that_writes_finds_it_and_names_the_readers() {
    let house = file_for(file_for(house(), "partners"), "internal").at("2026-03-01 10:20");
    let house = house.run(&["update", "for-partners", "--phase", "identified", "-m", "Found."]).succeeded();
    let house = house.said("to notify them, run `allclear notify --audience partners`");
    let house = house.run(&["update", "for-internal", "-m", "Found."]).succeeded();
    let house = house.said("it is internal, so subscribers are not notified of it");
    let house = house.run(&["withdraw", "for-partners", "--yes"]).exited(2);
    let house = house
        .said("is for the audience `partners`: run `allclear withdraw for-partners --audience partners`");
    let house = house.run(&["withdraw", "for-partners", "--yes", "--audience", "partners"]).succeeded();
    let house = house
        .run(&["withdraw", "for-internal", "--yes"])
        .succeeded()
        .said("no subscriber needs a correction");
    assert!(house.read("incidents/for-internal.md").contains("Withdrawn"));
}

#[test]
fn an_audience_that_cannot_be_read_is_a_problem_and_shows_nothing() {
    let house = house().incident("payments", OPEN, "Investigating");
    let text = house.read("incidents/payments.md");
    for (word, rule, code) in
        [("partnres", "unknown-audience", 3), ("Our partners", "bad-audience", 3), ("partners", "ok:", 0)]
    {
        let one = super::audiences::house().file(
            "incidents/payments.md",
            &text.replace("severity =", &format!("audience = \"{word}\"\nseverity =")),
        );
        let one = one.at(OPEN).run(&["check"]).exited(code).said(rule).run(&["build"]);
        let files = everything(&one.path().join("public"));
        assert!(!files.contains("We see failing payments."), "{word}");
    }
    let house = house
        .file("incidents/payments.md", &text.replace("title = \"payments\"", "title.press = \"payments\""));
    let _house = house.run(&["check"]).exited(3).said("`public` is missing in `title`");
}

#[test]
fn a_title_for_one_audience_is_on_its_page_and_in_its_messages() {
    let title = "title = { public = \"Checkout is down\", partners = \"Settlement is late\" }";
    let house = house().incident("payments", OPEN, "Investigating");
    let text = house.read("incidents/payments.md").replace("title = \"payments\"", title);
    let mut house = house.file("incidents/payments.md", &text);
    for (reader, own, other) in [
        ("public", "Checkout is down", "Settlement is late"),
        ("partners", "Settlement is late", "Checkout is down"),
        ("press", "Checkout is down", "Settlement is late"),
    ] {
        house = house.run(&["build", "--audience", reader]).succeeded();
        let files = everything(&house.path().join(reader));
        assert!(files.contains(own) && !files.contains(other), "{reader}");
        house = house.run(&["notify", "--yes", "--audience", reader]).succeeded();
        house = house.mailed(&format!("{reader}@example.org"), own);
    }
}

/// A webhook destination for a plan: its name, which is the path of its receiver, and its audience.
fn hook(services: &Services, name: &str, audience: &str) -> String {
    format!(
        "\n[providers.{name}]\nkind = \"webhook\"\nurl = \"{}/hook/{name}\"\nsecret = {{ file = \"key\" }}\n\
         private_networks = \"allowed\"\n\n[[destinations]]\nname = \"{name}\"\nprovider = \"{name}\"\naudience = \"{audience}\"\n",
        services.url
    )
}

#[test]
fn each_destination_receives_what_its_plan_and_its_audience_allow_and_nothing_else() {
    let services = Services::start();
    let mut house = with_one_for_each();
    house.write("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let public = house.read("site/plan.toml")
        + &hook(&services, "everyone", "public")
        + &hook(&services, "staff-room", "internal");
    let partners = house.read("site/plan.partners.toml") + &hook(&services, "partner-room", "public");
    house.write("site/plan.toml", &public).write("site/plan.partners.toml", &partners);
    let note = "\n## 2026-03-01 10:02 UTC {audience=internal}\n\nfor-staff note\n\n## ";
    let noted = house.read("incidents/for-public.md").replacen("\n## ", note, 1);
    house.write("incidents/for-public.md", &noted);
    let house = house.at("2026-03-01 10:05").run(&["notify", "--yes"]).succeeded();
    let house = house.run(&["notify", "--yes", "--audience", "partners"]).succeeded();
    // What each receiver may read of; the note of staff is quoted in the room of staff alone, and an incident for staff nowhere.
    for (receiver, allowed) in [
        ("everyone", &["for-public"][..]),
        ("staff-room", &["for-public", "for-staff note"]),
        ("partner-room", &["for-public", "for-partners", "for-resellers"]),
    ] {
        let calls = services.calls(&format!("/hook/{receiver}"));
        let said: String = calls.iter().map(|call| call.body.to_string()).collect();
        for mark in
            ["for-public", "for-staff note", "for-partners", "for-press", "for-resellers", "for-internal"]
        {
            assert_eq!(said.contains(mark), allowed.contains(&mark), "{mark} at {receiver}: {said}");
        }
    }
    drop(house.told_of_all());
}
