//! Templates of the operator's: what fails, writes too much or never ends is found by `check` and stops only itself.

use crate::fixtures::house::House;

/// Ten thousand million turns, each of which writes `text`.
fn endless(text: &str) -> String {
    format!(
        "{{%- for a in range(end=100000) -%}}{{%- for b in range(end=100000) -%}}{text}{{%- endfor -%}}{{%- endfor -%}}"
    )
}

/// A site with a theme of its own, an open incident and a subscriber by email and one by SMS.
fn house(template: &str, text: &str) -> House {
    let house = House::new();
    let page = house.read("site/page.toml");
    house
        .file("site/page.toml", &format!("theme = \"own\"\n{page}"))
        .file(&format!("themes/own/{template}"), text)
        .subscriber("ana@example.org")
        .subscriber("+34600111222")
        .incident("cards", "2026-03-01 10:00", "Identified")
}

#[test]
fn a_message_that_cannot_be_written_is_found_by_check_and_nothing_is_sent() {
    let large = "x".repeat(90_000);
    for (template, text, said) in [
        ("mail.txt", "{{ nobody }}".to_owned(), "failed to fill in mail.txt:1:4"),
        (
            "mail.html",
            endless("xxxxxxxx"),
            "failed to fill in mail.html: the template writes more than 32 MB",
        ),
        ("mail.txt", format!("{{% for a in range(end=50) %}}{large}{{% endfor %}}"), "the email has 45"),
        ("text.txt", large.clone(), "the SMS message has 90000 bytes, more than 16384"),
    ] {
        let house =
            house(template, &text).run(&["check"]).exited(3).said(said).said("nobody can be notified");
        let house = house.run(&["notify", "--yes"]).exited(1).said(said);
        assert!(house.mails().is_empty() && house.texts().is_empty());
    }
}

#[test]
fn a_template_that_writes_without_end_or_never_ends_is_left() {
    for (template, text, said) in [
        ("index.html", endless("xxxxxxxx"), "index.html: the template writes more than 32 MB"),
        ("index.html", endless(""), "index.html: the template does not end within 10 seconds"),
        ("mail.txt", endless(""), "mail.txt: the template does not end within 10 seconds"),
    ] {
        drop(house(template, &text).run(&["check"]).exited(3).said("bad-template").said(said));
    }
}
