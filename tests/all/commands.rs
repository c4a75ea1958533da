//! The command line is public: its help, its reference and its exit codes are held together here.
//!
//! `ALLCLEAR_ACCEPT=1 cargo test --test all commands::` writes today's help into the reference.

use std::fs;
use std::process::Command;

use allclear::cli::exit::Exit;
use allclear::model::notice::StepState;

use crate::fixtures::house::{House, repository};

const REFERENCE: &str = "docs/commands.md";
const OPEN: &str = "```text\nallclear ";

fn help(arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
    let done = command.args(arguments.split_whitespace()).arg("--help").output().unwrap();
    assert!(done.status.success(), "{arguments}");
    let text = String::from_utf8(done.stdout).unwrap();
    // The reference says them once, under the program itself.
    let text = if arguments.trim().is_empty() { text } else { without_global_options(&text) };
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The help without the section that every command shares.
fn without_global_options(help: &str) -> String {
    let (before, rest) = help.split_once("\nGlobal options:\n").expect("a section of global options");
    let after =
        rest.split_once("\nExamples:\n").map_or(String::new(), |(_, after)| format!("\nExamples:\n{after}"));
    format!("{before}{after}")
}

/// The reference with every help text as it is today. A block opens with the command line it belongs to.
fn with_todays_help(reference: &str) -> String {
    let mut parts = reference.split(OPEN);
    let mut fresh = parts.next().unwrap().to_owned();
    for part in parts {
        let (line, rest) = part.split_once('\n').unwrap();
        let rest = format!("\n{rest}");
        let (_, after) = rest.split_once("\n```").expect("a block of the reference is not closed");
        let command = line.strip_suffix("--help").expect("a block opens with `allclear … --help`");
        fresh.push_str(&format!("{OPEN}{line}\n\n{}\n```{after}", help(command)));
    }
    fresh
}

#[test]
fn the_reference_is_the_help() {
    let path = repository().join(REFERENCE);
    let reference = fs::read_to_string(&path).unwrap();
    let fresh = with_todays_help(&reference);
    if std::env::var_os("ALLCLEAR_ACCEPT").is_some() {
        fs::write(&path, &fresh).unwrap();
    } else {
        assert!(fresh == reference, "{REFERENCE} differs from --help: run with ALLCLEAR_ACCEPT=1 and look");
    }
}

/// The commands that a help lists.
fn listed(help: &str) -> Vec<String> {
    let section = help.split_once("Commands:\n").map_or("", |(_, after)| after.split("\n\n").next().unwrap());
    let names = section.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_command_is_in_the_reference() {
    let reference = fs::read_to_string(repository().join(REFERENCE)).unwrap();
    let commands = listed(&help(""));
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        assert!(reference.contains(&format!("allclear {command} ")), "{command} is not in {REFERENCE}");
        // `help` has no help of its own.
        let inner = if command == "help" { Vec::new() } else { listed(&help(&command)) };
        for inner in inner.iter().filter(|inner| *inner != "help") {
            let block = format!("{OPEN}{command} {inner} --help\n");
            assert!(reference.contains(&block), "{command} {inner} is not in {REFERENCE}");
        }
    }
}

#[test]
fn exit_codes_are_pinned_and_documented() {
    let pinned = [
        (Exit::Done, 0, "done"),
        (Exit::OperationFailed, 1, "operation failed"),
        (Exit::Usage, 2, "usage"),
        (Exit::Problems, 3, "problems in files"),
        (Exit::Refused, 4, "refused"),
    ];
    let reference = fs::read_to_string(repository().join(REFERENCE)).unwrap();
    for (exit, code, words) in pinned {
        assert_eq!(exit.code(), code);
        assert!(reference.contains(&format!("| {code} | {words}")), "{code} {words}");
    }
}

#[test]
fn each_exit_code_happens() {
    House::new()
        .run(&["check"])
        .exited(0)
        .run(&["no-such-command"])
        .exited(2)
        .run(&["why", "nobody@example.org"])
        .exited(2)
        .run(&["notify", "--now", "yesterday"])
        .exited(2)
        .file("incidents/broken.md", "no front matter")
        .run(&["check"])
        .exited(3)
        .run(&["build"])
        .exited(3)
        .file(".allclear/ledger.db", "not a database")
        .restless()
        .run(&["notify", "--yes"])
        .exited(1);
}

#[test]
fn options_that_were_renamed_keep_their_old_names() {
    House::new()
        .run(&["notify", "--dry-run", "--many", "--patience", "1s"])
        .exited(0)
        .run(&["notify", "--dry-run", "--allow-many-changes", "--max-wait", "1s"])
        .exited(0)
        .run(&["deliver", "--patience", "1s"])
        .exited(0);
}

#[test]
fn problems_come_as_text_with_the_line_and_as_json() {
    let house = House::new()
        .file(
            "incidents/typo.md",
            "+++\ntitle = \"x\"\nseverty = \"major\"\nseverity = \"mayor\"\naffected = [\"chekout\"]\n\
             started = 2026-03-01T10:00:00Z\neta = \"unknown\"\nnext_update = 2026-03-01T12:00:00Z\n+++\n\nText.\n",
        )
        .run(&["check"])
        .exited(3)
        .said("incidents/typo.md:3:1")
        .said("severty = \"major\"")
        .said("did you mean `severity`?")
        .run(&["check", "--format", "json"])
        .exited(3);
    let rows: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    let first = rows.as_array().unwrap().iter().find(|row| row["rule"] == "unknown-key").unwrap();
    assert_eq!(first["file"], "incidents/typo.md");
    assert_eq!((&first["line"], &first["column"]), (&3.into(), &1.into()));
    assert_eq!(first["rule"], "unknown-key");
}

#[test]
fn new_and_update_write_files_that_check() {
    let house = House::new()
        .run(&["new", "--title", "Card payments fail", "--affected", "checkout", "--severity", "major"])
        .succeeded();
    assert!(house.stdout().trim().ends_with("incidents/2026-03-01-card-payments-fail.md"));
    let house = house
        .run(&["check"])
        .succeeded()
        .at("2026-03-01 10:30")
        .run(&[
            "update",
            "2026-03-01-card-payments-fail",
            "--phase",
            "identified",
            "--eta",
            "+2h",
            "-m",
            "Found it.",
        ])
        .succeeded()
        .run(&["check"])
        .succeeded()
        .run(&["update", "2026-03-01-card-payment-fail", "-m", "x"])
        .exited(2)
        .said("did you mean `2026-03-01-card-payments-fail`?");
    let text = house.read("incidents/2026-03-01-card-payments-fail.md");
    assert!(text.contains("eta = 2026-03-01T12:30:00Z"), "{text}");
    assert!(text.contains("## 2026-03-01 10:30 UTC · Identified"), "{text}");
}

#[test]
fn every_estimate_stands_on_a_heading() {
    let house = House::new()
        .run(&["new", "--title", "Unknown", "--affected", "checkout"])
        .succeeded()
        .run(&["new", "--title", "Known", "--affected", "checkout", "--eta", "+2h"])
        .succeeded()
        .run(&["check"])
        .succeeded()
        .run(&["update", "2026-03-01-known", "--eta", "unknown", "-m", "We cannot say."])
        .exited(2)
        .said("--next-update")
        .run(&[
            "update",
            "2026-03-01-known",
            "--eta",
            "unknown",
            "--next-update",
            "+30m",
            "-m",
            "We cannot say.",
        ])
        .succeeded();
    let (unknown, known) =
        (house.read("incidents/2026-03-01-unknown.md"), house.read("incidents/2026-03-01-known.md"));
    let heading = "## 2026-03-01 10:00 UTC · Investigating";
    assert!(
        unknown.contains(&format!("{heading} {{eta=unknown next_update=2026-03-01T10:30Z}}")),
        "{unknown}"
    );
    assert!(known.contains(&format!("{heading} {{eta=2026-03-01T12:00Z}}")), "{known}");
    assert!(known.contains("{eta=unknown next_update=2026-03-01T10:30Z}"), "{known}");
    house.run(&["check"]).succeeded();
}

#[test]
fn two_updates_of_a_minute_and_one_of_an_earlier_time_stand_in_their_order() {
    let house = House::new()
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .at("2026-03-01 10:30")
        .run(&["update", "payments", "--phase", "identified", "-m", "The first."])
        .succeeded()
        .run(&["update", "payments", "-m", "The second."])
        .succeeded()
        .run(&["update", "payments", "-m", "The third."])
        .succeeded()
        .run(&["update", "payments", "--at", "2026-03-01 10:20 UTC", "-m", "Said by telephone."])
        .succeeded()
        .run(&["update", "payments", "--at", "2026-03-01 10:20 UTC", "-m", "Twice."])
        .exited(3)
        .said("duplicate-time")
        .run(&["update", "payments", "--at", "2026-03-01 11:20 UTC", "-m", "Tomorrow."])
        .exited(2)
        .said("is in the future")
        .run(&["check"])
        .succeeded();
    let text = house.read("incidents/payments.md");
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(
        place("The third.") < place("The second.") && place("The second.") < place("The first."),
        "{text}"
    );
    assert!(text.contains("## 2026-03-01 10:30:02 UTC\n\nThe third."), "{text}");
    assert!(text.contains("## 2026-03-01 10:20 UTC\n\nSaid by telephone."), "{text}");
}

#[test]
fn planned_work_has_the_window_its_author_gives_and_no_sentence_of_ours() {
    let house = House::new()
        .run(&["new", "maintenance", "--title", "Moving", "--affected", "checkout"])
        .succeeded()
        .run(&["check"])
        .exited(3)
        .said("starts")
        .run(&[
            "new",
            "maintenance",
            "--title",
            "Upgrade",
            "--affected",
            "checkout",
            "--starts",
            "2026-03-08 22:00 Europe/Madrid",
            "--ends",
            "+2h",
        ])
        .succeeded()
        .run(&["new", "maintenance", "--title", "Long", "--starts", "+1d", "--ends", "open"])
        .succeeded()
        .run(&["new", "maintenance", "--title", "x", "--eta", "+2h"])
        .exited(2)
        .said("--ends")
        .run(&["new", "--title", "x", "--starts", "+2h"])
        .exited(2)
        .said("allclear new maintenance");
    let draft = house.read("incidents/2026-03-01-moving.md");
    assert!(
        draft.contains("# starts = ") && draft.contains("# ends = ") && !draft.contains("severity"),
        "{draft}"
    );
    assert!(draft.ends_with("## 2026-03-01 10:00 UTC · Scheduled\n"), "{draft}");
    let upgrade = house.read("incidents/2026-03-01-upgrade.md");
    assert!(upgrade.contains("starts = 2026-03-08T21:00:00Z\nends = 2026-03-08T23:00:00Z"), "{upgrade}");
    assert!(house.read("incidents/2026-03-01-long.md").contains("ends = \"open\""));
}

#[test]
fn a_wording_brings_its_kind_its_translations_and_its_blanks() {
    let house = House::new()
        .file(
            "site/messages/payments.md",
            "+++\n# {method}: what people pay with\ntitle = \"{method} payments are failing\"\nseverity = \"major\"\n\
             affected = [\"checkout\"]\n# {share}: how many\nimpact = \"{share} are declined.\"\n+++\n\nSome {method} payments fail.\n",
        )
        .file(
            "site/messages/payments.es.md",
            "+++\n# {method}: con qué\ntitle = \"Fallan los pagos con {method}\"\nimpact = \"Se rechazan {share}.\"\n+++\n\n\
             Fallan algunos pagos.\n",
        )
        .file(
            "site/messages/moving.md",
            "+++\nkind = \"maintenance\"\ntitle = \"Moving\"\naffected = [\"checkout\"]\nimpact = \"None.\"\n+++\n\nWe move.\n",
        )
        .run(&["new", "--from", "payments", "--fill", "method=Card \"now\"", "--fill", "es:method=tarjeta"])
        .succeeded()
        .said("{share}")
        .run(&["check"])
        .exited(3)
        .said("unfilled-blank")
        .run(&["new", "--from", "payments", "--fill", "metod=Card"])
        .exited(2)
        .said("{metod}")
        .run(&["new", "incident", "--from", "moving"])
        .exited(2)
        .said("maintenance")
        .run(&["new", "--from", "moving", "--starts", "+1d", "--ends", "+2h"])
        .succeeded();
    let main = house.read("incidents/2026-03-01-card-now-payments-are-failing.md");
    assert!(
        main.contains("title = 'Card \"now\" payments are failing'") && !main.contains("# {method}"),
        "{main}"
    );
    assert!(
        main.contains("# {share}: how many\nimpact") && main.contains("Some Card \"now\" payments fail."),
        "{main}"
    );
    let spanish = house.read("incidents/2026-03-01-card-now-payments-are-failing.es.md");
    assert!(spanish.contains("Fallan los pagos con tarjeta"), "{spanish}");
    assert!(spanish.contains("## 2026-03-01 10:00 UTC\n\nFallan algunos pagos."), "{spanish}");
    let moving = house.read("incidents/2026-03-01-moving.md");
    assert!(moving.contains("kind = \"maintenance\"") && !moving.contains("started"), "{moving}");
    // A blank that is left open is no part of the address.
    let house = house.run(&["new", "--from", "payments"]).succeeded();
    assert!(house.stdout().contains("2026-03-01-payments-are-failing.md"), "{}", house.stdout());
}

#[test]
fn subscribers_come_from_a_file_and_bad_lines_are_named() {
    let house = House::new();
    let file = house.path().join("people.csv");
    let people = "mail,text,follow,severity,language,time_zone\n\
                  ana@example.org,+34600000001,checkout refunds,minor,es,Europe/Madrid\n\
                  ben@example.org,,,,,\n\
                  \"x@evil.example y\"@example.org,,,,,\n\
                  ,+34 600 000 002,,,,\n\
                  eve@example.org,,chekout,,,\n\
                  fay@example.org,,,mayor,,\n\
                  ,,,,,\n\
                  gus@example.org,,,,,Europe/Madird\n";
    fs::write(&file, people).unwrap();
    let house = house.run(&["subscribers", "import", file.to_str().unwrap(), "--format", "json"]).exited(3);
    let rows: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    let lines: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["line"].as_u64().unwrap()).collect();
    // A row of empty cells is what a spreadsheet leaves below its table.
    assert_eq!(lines, [4, 6, 7, 9]);
    let house = house.said("4 lines left out, 1 row without a value skipped");
    for part in ["evil", "eve@", "fay@", "gus@"] {
        assert!(!house.stdout().contains(part), "a problem repeats an address: {}", house.stdout());
    }

    let house = house.run(&["subscribers", "list"]).succeeded().printed("a…@example.org +34…01");
    assert!(!house.stdout().contains("ana@example.org"));
    let house = house.run(&["subscribers", "list", "--reveal", "--format", "json"]).succeeded();
    let listed: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 3);
    assert!(house.stdout().contains("ana@example.org") && house.stdout().contains("+34600000002"));
    // The same file again adds nobody.
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).exited(3);
    let house = house.run(&["subscribers", "list", "--format", "json"]).succeeded();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&house.stdout()).unwrap().as_array().unwrap().len(),
        3
    );
}

#[test]
fn why_tells_a_script_what_it_tells_people() {
    let house = House::new()
        .subscriber_with(&["ana@example.org", "+34600000001"])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .run(&["why", "ana@example.org", "--format", "json"])
        .succeeded();
    let story: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    let steps = &story["notices"][0]["steps"];
    assert_eq!((&steps[0]["state"], &steps[1]["state"]), (&"accepted".into(), &"suppressed".into()));
    assert_eq!(steps[0]["attempts"][0]["class"], "accepted");
    assert_eq!(story["notices"][0]["what"][0], "opened");
}

#[test]
fn the_glossary_has_every_state_of_a_step() {
    let glossary = fs::read_to_string(repository().join("docs/glossary.md")).unwrap();
    for state in StepState::ALL {
        let row = format!("| `{}` | {} |", state.word(), if state.is_end() { "yes" } else { "no" });
        assert!(glossary.contains(&row), "no row begins with {row}");
    }
}
