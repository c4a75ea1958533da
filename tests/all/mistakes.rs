//! Mistakes of people who start: each gets the sentence that says what is wrong and what to write instead.

use std::process::Stdio;

use serde_json::Value;

use crate::fixtures::house::House;
use crate::fixtures::terminal;

#[test]
fn a_draft_that_check_would_refuse_is_not_written() {
    let mut house = House::new();
    for (arguments, words) in [
        (&["--title", " "][..], "--title: the title is empty"),
        (&["--title", "x", "--affected", "chekout"], "no feature `chekout`; choose one of checkout"),
        (&["--title", "x", "--eta", "2026-02-28T10:00Z"], "--eta: 2026-02-28T10:00Z is in the past"),
        (&["--title", "x", "--eta", "2026-03-02 23:00"], "has no time zone"),
        (
            &["--title", "x", "--eta", "22:00"],
            "write the date before it, as in `2026-11-20 22:00 UTC`, or an offset",
        ),
        (&["--title", "x", "--eta", "tomorrow"], "`tomorrow` is neither a time nor an offset"),
        (
            &["--title", "x", "--eta", "2 hours"],
            "`2 hours` is neither a time nor an offset; write a time like",
        ),
        (&["--title", "x", "--eta", ""], "the time is empty"),
    ] {
        house = house.run(&[&["new"], arguments].concat()).exited(2).said(words);
    }
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["update", "payments", "--eta", "2026-02-28T10:00Z", "-m", "x"]).exited(2);
    let house = house.said("--eta: 2026-02-28 10:00 UTC is in the past");
    let house = house.run(&["update", "payments", "--phase", "scheduled", "-m", "x"]).exited(3);
    let house = house.said("`scheduled` is not a phase of an incident");
    let house = house.said("one of `investigating`, `identified`, `monitoring`, `resolved`, `postmortem`\n");
    let house = house.run(&["update", "payments", "--phase", "fixed", "-m", "x"]).exited(2);
    let house = house.said(
        "of an incident one of investigating, identified, monitoring, resolved, postmortem; of maintenance",
    );
    assert_eq!(std::fs::read_dir(house.path().join("incidents")).unwrap().count(), 1);
}

#[test]
fn a_text_that_would_be_held_back_is_not_written() {
    let house = House::new();
    let plan = house.read("site/plan.toml") + "\n[words]\ndeny = [\"Globex\"]\n";
    let house = house.file("site/plan.toml", &plan);
    let house = house.run(&["new", "--title", "Globex is down", "--affected", "checkout"]).exited(3);
    let house = house.said("`Globex` is a word that the plan denies").said("nothing was written");
    assert_eq!(std::fs::read_dir(house.path().join("incidents")).unwrap().count(), 0);
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    let before = house.read("incidents/payments.md");
    for (text, words) in [
        ("Our vendor globex is at it.", "`globex` is a word that the plan denies"),
        ("We restart 10.0.3.7.", "`10.0.3.7` looks like an IP address"),
        ("Use PASSWORD=hunter22 until then.", "this looks like a password or a key"),
    ] {
        for command in [&["update", "payments", "-m"][..], &["withdraw", "payments", "--yes", "--reason"]] {
            let done = house.command(&[command, &[text]].concat()).output().unwrap();
            let said = String::from_utf8(done.stderr).unwrap();
            assert_eq!(done.status.code(), Some(3), "{command:?} {text}: {said}");
            assert!(said.contains(words) && said.contains("nothing was written"), "{said}");
            assert!(!said.contains("hunter22"), "a secret is not repeated: {said}");
        }
    }
    assert_eq!(house.read("incidents/payments.md"), before);
    // For staff, and where the file accepts it, the same text is written.
    let house = house.run(&["update", "payments", "--internal", "-m", "We restart 10.0.3.7."]).succeeded();
    let accepted = before.replacen("+++\n", "+++\naccepted.denied-word = \"they told it themselves\"\n", 1);
    let house = house.file("incidents/payments.md", &accepted).at("2026-03-01 10:30");
    house.run(&["update", "payments", "-m", "Globex is at it."]).succeeded();
}

#[test]
fn a_draft_says_which_keys_are_left_to_write() {
    let mut house = House::new();
    for (arguments, words) in [
        (&["--title", "a"][..], "set `affected`, `impact`, then run `allclear check`"),
        (&["--title", "b", "--affected", "checkout"], "set `impact`, then run"),
        (&["maintenance", "--title", "c"], "set `starts`, `ends`, `affected`, `impact`, then run"),
        (
            &["maintenance", "--title", "d", "--starts", "+1d", "--ends", "open"],
            "set `affected`, `impact`, then run",
        ),
    ] {
        house = house.run(&[&["new"], arguments].concat()).succeeded().said(words);
    }
}

#[test]
fn a_language_that_the_page_has_not_is_refused_for_a_subscriber() {
    let house = House::new().run(&["subscribers", "add", "ana@example.org", "--language", "xx"]).exited(2);
    let house = house.said("the page has no language `xx`; choose one of en");
    let _house = house.run(&["subscribers", "list"]).succeeded().said("0 subscribers");
}

#[test]
fn a_file_with_an_error_is_named_once_and_its_news_is_said_to_be_held_back() {
    let house = House::new().file("incidents/cards.md", "nonsense").run(&["notify", "--yes"]).exited(3);
    let house = house.said("cards  not announced: its file has an error");
    assert_eq!(house.stderr().matches("no-front-matter").count(), 1, "{}", house.stderr());
}

#[test]
fn nothing_counts_as_announced_to_no_one_unless_someone_agrees() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let house =
        house.run(&["notify"]).exited(4).said("no subscriber follows this").said("needs confirmation");
    let house = house.run(&["notify", "--yes"]).succeeded().said("no subscriber follows this");
    let _house = house.run(&["notify"]).succeeded().said("no new changes");
}

#[test]
fn an_incident_whose_file_is_deleted_is_not_said_to_be_in_order() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating").notify();
    std::fs::remove_file(house.path().join("incidents/payments.md")).unwrap();
    let house = house.run(&["check"]).exited(4).said("announced as open, and its file is deleted");
    assert!(!house.stderr().contains("no problems"), "{}", house.stderr());
}

#[test]
fn a_line_that_holds_an_address_is_named_and_not_shown() {
    let house = House::new().subscriber("ana@example.org").file("list.csv", "mail\nana@example.org\n");
    let house = house.run(&["subscribers", "remove", "ana@example.org"]).succeeded();
    let path = house.path().join("list.csv");
    let house = house.run(&["subscribers", "import", path.to_str().unwrap()]).succeeded();
    let house = house.said("list.csv:2:1").said("belongs to someone who unsubscribed");
    assert!(!house.stderr().contains(" | "), "an empty line is shown: {}", house.stderr());
}

#[test]
fn a_mistyped_address_is_repeated_to_the_one_who_typed_it_and_to_no_log() {
    let house = House::new();
    let mistyped = ["why", "anna@example.org"];
    let Some(shown) = terminal::run(&house.command(&mistyped), "") else { return };
    assert!(shown.contains("no subscriber with the ID or address `anna@example.org`"), "{shown}");
    let house = house.run(&mistyped).exited(2).said("a…@example.org");
    assert!(!house.stderr().contains("anna@"), "{}", house.stderr());
}

#[test]
fn a_look_shows_the_subject_and_on_request_the_whole_email() {
    let house =
        House::new().subscriber("ana@example.org").incident("payments", "2026-03-01 10:00", "Investigating");
    let house =
        house.run(&["notify", "--dry-run"]).succeeded().said("│ email  [Acme] payments · New problem");
    assert!(!house.stderr().contains("We see failing payments."), "{}", house.stderr());
    let house = house.run(&["notify", "--dry-run", "--verbose"]).succeeded();
    let house = house.said("│   We see failing payments.");
    let _house = house.notify().mailed("ana@example.org", "We see failing payments.");
}

#[test]
fn a_word_that_is_wrong_is_shown_in_its_line_and_in_the_file_of_its_language() {
    let mut house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let story = "## 2026-03-01 10:00 UTC\n\nAlgunos pagos fallan.\n\nPague con {otro medio}.\n";
    house.write(
        "incidents/payments.es.md",
        &format!("+++\ntitle = \"Pagos\"\nimpact = \"Fallan.\"\n+++\n\n{story}"),
    );
    let head =
        "title = \"x\"\nseverity = \"minor\"\naffected = [\"search\"]\nimpact = \"x\"\neta = \"unknown\"\n";
    let times = "started = 2026-03-01T09:00:00Z\nnext_update = 2026-03-01T20:00:00Z\n";
    house.write("incidents/search.md", &format!("+++\n{head}{times}+++\n\nSlow.\nWe restart db-03 now.\n"));
    let house = house.run(&["check"]).exited(3);
    let house = house.said("incidents/payments.es.md:10:11").said("10 | Pague con {otro medio}.");
    let house = house.said("incidents/search.md:12:12").said("`db-03` looks like a host name");
    // A problem of a translation holds its incident back.
    let house = house.run(&["notify", "--yes"]).exited(3).said("payments  not announced");
    let house = house.run(&["new", "--title", &"long ".repeat(300), "--affected", "search"]).succeeded();
    assert!(house.stdout().len() < 120, "{}", house.stdout());
}

#[test]
fn a_character_that_turns_the_letters_round_is_refused() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let text = house.read("incidents/payments.md");
    let house = house.file("incidents/payments.md", &text.replace("Some payments", "gnp\u{202e}exe"));
    let house = house.run(&["check"]).exited(3).said("`impact` holds the invisible character U+202E");
    let house = house.file("incidents/payments.md", &text.replace("We see", "\u{2067}We see"));
    let house = house.run(&["check"]).exited(3).said("it reverses the direction of the text after it");
    assert!(!house.stderr().contains('\u{202e}'));
}

#[test]
fn output_that_is_cut_off_is_a_failure_and_a_reader_who_has_enough_is_none() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["completions", "bash"][..], &["man"], &["--help"], &["check", "--format", "json"]] {
        let cut_off = house.command(arguments).stdout(full()).output().unwrap();
        let said = String::from_utf8_lossy(&cut_off.stderr);
        assert_eq!(cut_off.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("failed to write to stdout: No space left"), "{arguments:?}: {said}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let enough = house.command(arguments).stdout(writer).output().unwrap();
        assert_eq!(
            enough.status.code(),
            Some(0),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&enough.stderr)
        );
    }
}

#[test]
fn a_list_without_column_names_is_not_imported() {
    let house = House::new().file("list.csv", "nonsense,x\na,b\n");
    let path = house.path().join("list.csv");
    let house = house.run(&["subscribers", "import", path.to_str().unwrap()]).exited(3);
    let _house = house.said("there is no column `mail` or `text`").said("nothing was imported");
}

#[test]
fn a_new_incident_speaks_the_first_language_of_the_page() {
    let house = House::new();
    let page =
        house.read("site/page.toml").replace("languages = [\"en\", \"es\"]", "languages = [\"es\", \"en\"]");
    let house = house.file("site/page.toml", &page);
    let house = house
        .run(&["new", "--title", "Avería del buscador", "--severity", "minor", "--affected", "checkout"])
        .succeeded();
    let text = house.read("incidents/2026-03-01-averia-del-buscador.md");
    assert!(text.contains("Estamos investigando la causa."), "{text}");
}

#[test]
fn an_incident_can_be_withdrawn_in_the_minute_of_its_last_update() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house.run(&["withdraw", "payments", "--yes"]).succeeded();
    assert!(house.read("incidents/payments.md").contains("## 2026-03-01 10:00:01 UTC · Withdrawn"));
}

#[test]
fn updates_that_follow_each_other_at_once_are_not_in_the_future() {
    let folder = tempfile::tempdir().unwrap();
    // By the clock of this machine.
    let allclear = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_allclear"));
        let output = command.current_dir(folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let site = ["--name", "A", "--url", "https://a.example", "--features", "Search", "--from", "a@a.example"];
    allclear(&[&["init", "."], &site[..]].concat());
    allclear(&["adopt"]);
    allclear(&["subscribers", "add", "ana@example.org"]);
    allclear(&["new", "--title", "Slow", "--severity", "minor", "--affected", "search", "--eta", "+2h"]);
    let file = std::fs::read_dir(folder.path().join("incidents")).unwrap().next().unwrap().unwrap().path();
    let file = file.to_str().unwrap();
    for text in ["One.", "Two.", "Three."] {
        allclear(&["update", file, "-m", text]);
    }
    let shown = allclear(&["notify", "--dry-run"]);
    assert!(
        shown.contains("opened") && shown.contains("1 subscriber") && !shown.contains("in the future"),
        "{shown}"
    );
}

#[test]
fn an_announced_update_that_is_removed_is_said_to_be_that() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .told_of_all();
    let before = house.read("incidents/payments.md");
    let house =
        house.at("2026-03-01 10:05").run(&["update", "payments", "-m", "All of them fail."]).succeeded();
    let house = house.notify().told_of_all().file("incidents/payments.md", &before);
    house.run(&["notify", "--dry-run"]).succeeded().said("the update of 2026-03-01 10:05 UTC was removed");
}

#[test]
fn no_update_is_lost_to_another_of_the_same_moment() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let started: Vec<_> = (1..=6)
        .map(|number| {
            let text = format!("Cause {number}.");
            let mut update = house.command_by_the_clock(&["update", "payments", "-m", &text]);
            update.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in started {
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let file = house.read("incidents/payments.md");
    for number in 1..=6 {
        assert!(file.contains(&format!("Cause {number}.")), "{number} is not in {file}");
    }
}

/// The commands that a script reads, in an order in which each has something to do.
const FOR_SCRIPTS: [&[&str]; 17] = [
    &[
        "init",
        "other",
        "--name",
        "A",
        "--url",
        "https://a.example",
        "--features",
        "X",
        "--from",
        "a@a.example",
    ],
    &["new", "--title", "Cards fail", "--affected", "checkout", "--eta", "+2h"],
    &["update", "2026-03-01-cards-fail", "-m", "Found."],
    &["check"],
    &["build"],
    &["subscribers", "add", "ana@example.org"],
    &["subscribers", "list"],
    &["notify", "--dry-run"],
    &["notify", "--yes"],
    &["deliver"],
    &["why", "ana@example.org"],
    &["report"],
    &["withdraw", "2026-03-01-cards-fail", "--yes"],
    &["adopt", "--yes"],
    &["subscribers", "import", "list.csv"],
    &["subscribers", "remove", "ana@example.org"],
    &["import", "cstate", "cstate"],
];

#[test]
fn every_command_prints_json_or_refuses_to() {
    let mut house =
        House::new().file("list.csv", "mail\nben@example.org\n").file("cstate/config.yml", "title: A\n");
    let texts = [(
        "cstate/content/issues/2024-01-01-x.md",
        "---\ntitle: X\ndate: 2024-01-01T10:00:00Z\nresolved: true\n\
            resolvedWhen: 2024-01-01T11:00:00Z\nseverity: down\nsection: issue\n---\n\nIt was down.\n",
    )];
    for (file, text) in texts {
        house.write(file, text);
    }
    for command in FOR_SCRIPTS {
        let mut asked = house.command(&[command, &["--format", "json"]].concat());
        let done = asked.current_dir(house.path()).output().unwrap();
        let printed = String::from_utf8(done.stdout).unwrap();
        // A command that works for a while prints one value after the other.
        let values = serde_json::Deserializer::from_str(&printed).into_iter::<Value>();
        let values: Result<Vec<Value>, _> = values.collect();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(matches!(done.status.code(), Some(0 | 4)), "{command:?}: {said}");
        assert!(values.is_ok(), "{command:?}: {printed}");
    }
    let house = house.mailed("ana@example.org", "Cards fail");
    let id = "2026-03-01-cards-fail";
    let house = house.run(&["update", id, "-m", "More.", "--format", "json"]).succeeded();
    let updated: Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!(updated["id"], id);
    assert!(
        updated["files"][0].as_str().unwrap().ends_with("incidents/2026-03-01-cards-fail.md"),
        "{updated}"
    );
    for command in ["preview", "demo", "man"] {
        let refused = house.command(&[command, "--format", "json"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{command}");
        assert!(refused.stdout.is_empty(), "{command}");
    }
}
