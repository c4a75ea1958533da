//! What code in an update may hold, and what must never be swallowed: braces, conflict markers, headings in other dress.

use crate::fixtures::house::House;

/// The house with an incident whose story is this.
fn house(story: &str) -> House {
    let text = format!(
        "+++\ntitle = \"Search is slow\"\nseverity = \"minor\"\naffected = [\"search\"]\nstarted = 2026-03-01T10:00:00Z\n\
         eta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\nimpact = \"Searching takes long.\"\n+++\n\n\
         ## 2026-03-01 10:00 UTC · Investigating\n\n{story}\n"
    );
    House::new().file("incidents/search.md", &text).at("2026-03-01 10:10")
}

#[test]
fn braces_in_code_are_no_placeholders() {
    let story = "Send `{amount}` or `{time never}`:\n\n```\ncurl {amount} {time never}\n```";
    let house = house(story).run(&["check"]).succeeded().run(&["build", "--out", "public"]).succeeded();
    let page = house.read("public/incidents/search/index.html");
    assert!(page.contains("<code>{amount}</code>") && page.contains("curl {amount} {time never}"), "{page}");
    let house = house.subscriber("ana@example.org").run(&["notify", "--yes", "--force"]).succeeded();
    let _house = house.mailed("ana@example.org", "curl {amount} {time never}");
}

#[test]
fn a_placeholder_outside_code_is_an_error() {
    for story in ["We return {amount} to you.", "It is back at {time never}."] {
        let house = house(story).subscriber("ana@example.org").run(&["check"]).exited(3).said("error[");
        let _house = house.run(&["notify", "--yes", "--force"]).exited(3).mailed_nobody();
    }
}

const CONFLICT: &str = "<<<<<<< ours\nOne.\n=======\nTwo.\n>>>>>>> theirs";

#[test]
fn a_conflict_marker_is_an_error_outside_code_and_text_within() {
    let found =
        house(CONFLICT).subscriber("ana@example.org").run(&["check"]).exited(3).said("conflict-marker");
    let _house = found.run(&["notify", "--yes", "--force"]).exited(3).mailed_nobody();
    let _house = house(&format!("The log has:\n\n```\n{CONFLICT}\n```")).run(&["check"]).succeeded();
}

#[test]
fn a_heading_in_other_dress_is_an_error_and_no_text_of_the_update_before() {
    for dress in [
        "2026-03-01 10:05 UTC · Identified\n---",
        "2026-03-01 10:05 UTC · Identified\n===",
        "**2026-03-01 10:05 UTC · Identified**",
        "__2026-03-01 10:05 UTC · Identified__",
        "### 2026-03-01 10:05 UTC · Identified",
        "# 2026-03-01 10:05 UTC · Identified",
    ] {
        let house = house(&format!("We look.\n\n{dress}\n\nThe disk is full."));
        let house =
            house.subscriber("ana@example.org").run(&["check"]).exited(3).said("incidents/search.md:15");
        let _house = house.run(&["notify", "--yes", "--force"]).exited(3).mailed_nobody();
    }
}
