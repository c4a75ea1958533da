//! Starting out: a command finds its site, and what it remembers there is nobody else's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::fixtures::house::House;

/// Runs the binary in a folder, without saying where the site is.
fn within(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
    command.current_dir(folder).args(arguments).args(["--now", "2026-03-01T10:00Z"]);
    command.env("NO_COLOR", "1").output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_command_finds_its_site_from_every_folder_below() {
    let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let below = house.path().join("incidents");
    let updated = within(&below, &["update", "payments.md", "--phase", "identified", "-m", "Found."]);
    assert_eq!(updated.status.code(), Some(0), "{}", said(&updated));
    let updated = within(&below, &["update", "paymets", "-m", "Found."]);
    assert!(said(&updated).contains("did you mean `payments`?"), "{}", said(&updated));
    for (folder, words) in
        [(house.path(), "incidents/payments.md"), (&below, "./payments.md"), (&below, "payments")]
    {
        let shown = within(folder, &["notify", "--dry-run", "--only", words]);
        assert_eq!(shown.status.code(), Some(0), "{words}: {}", said(&shown));
    }
    assert_eq!(entries(&below), 1);
}

#[test]
fn a_folder_that_is_not_a_site_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["check"][..],
        &["build"],
        &["new", "--title", "x"],
        &["subscribers", "list"],
        &["report"],
        &["run"],
        &["doctor"],
        &["notify", "--yes"],
        &["deliver"],
        &["adopt"],
    ] {
        let refused = within(folder.path(), command);
        assert_eq!(refused.status.code(), Some(4), "{command:?}: {}", said(&refused));
        assert!(said(&refused).contains("there is no site here"), "{command:?}: {}", said(&refused));
        let named = within(folder.path(), &[command, &["--root", "."]].concat());
        assert!(said(&named).contains(". is not a site"), "{command:?}: {}", said(&named));
        assert_eq!(entries(folder.path()), 0, "{command:?}");
    }
}

#[test]
fn what_a_site_remembers_is_its_owners_whatever_the_umask_and_never_in_git() {
    let house = House::new();
    let folder = house.path().join(".allclear");
    fs::remove_dir_all(&folder).unwrap();
    let git = |arguments: &[&str]| {
        let done = Command::new("git").current_dir(house.path()).args(arguments).output().unwrap();
        String::from_utf8(done.stdout).unwrap()
    };
    git(&["init", "--quiet"]);
    let script = format!(
        "umask 000; {} subscribers add ana@example.org --root {} --now 2026-03-01T10:00Z",
        env!("CARGO_BIN_EXE_allclear"),
        house.path().display()
    );
    assert!(Command::new("sh").args(["-c", &script]).output().unwrap().status.success());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let ledgers = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let ledgers: Vec<_> = ledgers.filter(|path| path.to_str().unwrap().contains("ledger.db")).collect();
    assert!(!ledgers.is_empty());
    for ledger in ledgers {
        assert_eq!(mode(&ledger), 0o600, "{}", ledger.display());
    }
    git(&["add", "--all"]);
    let committed = git(&["ls-files"]);
    assert!(committed.contains("site/page.toml") && !committed.contains(".allclear"), "{committed}");
}

#[test]
fn a_new_site_speaks_in_its_own_name_and_has_no_problem() {
    let folder = tempfile::tempdir().unwrap();
    let answers = ["--name", "Acme", "--url", "https://status.acme.com", "--languages", "en,es"];
    let sender = ["--features", "Checkout,Search", "--from", "status@acme.com", "--relay", "mail.acme.com"];
    let people = ["--people", "Ana Prieto <ana@acme.com>, Bo Berg <bo@acme.com>"];
    let git = |arguments: &[&str]| {
        assert!(Command::new("git").current_dir(folder.path()).args(arguments).status().unwrap().success());
    };
    git(&["init", "--quiet"]);
    fs::write(folder.path().join("README.md"), "Status of Acme.\n").unwrap();
    fs::write(folder.path().join(".gitignore"), "/node_modules").unwrap();
    let made = within(folder.path(), &[&["init", "."], &answers[..], &sender, &people].concat());
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    for command in ["check", "build"] {
        let done = within(folder.path(), &[command]);
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
        assert!(!said(&done).contains("warning"), "{}", said(&done));
    }
    let ignored = fs::read_to_string(folder.path().join(".gitignore")).unwrap();
    assert_eq!(ignored, "/node_modules\n/public\n/internal\n/.allclear\n");
    for entry in
        walkdir::WalkDir::new(folder.path()).into_iter().flatten().filter(|entry| entry.path().is_file())
    {
        let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).to_lowercase();
        assert!(!text.contains("larkmoor"), "{} names the sample", entry.path().display());
    }
    let again = within(folder.path(), &[&["init", "."], &answers[..]].concat());
    assert_eq!(again.status.code(), Some(4), "{}", said(&again));
    assert_eq!(fs::read_to_string(folder.path().join("README.md")).unwrap(), "Status of Acme.\n");
    let unnamed = within(folder.path(), &["init", "other"]);
    assert_eq!(unnamed.status.code(), Some(2), "{}", said(&unnamed));
    assert!(said(&unnamed).contains("--name") && !folder.path().join("other").exists());
}

#[test]
fn what_init_says_to_do_next_works_as_it_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let answers = ["--name", "Acme", "--url", "https://status.acme.com", "--from", "status@acme.com"];
    let features = ["--features", "Ana's Café,Search"];
    let made = within(folder.path(), &[&["init", "our page"], &answers[..], &features].concat());
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let said = said(&made);
    let step = |words: &str| {
        let line =
            said.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {said}"));
        line[line.find(words).unwrap()..].to_owned()
    };
    let binary = Path::new(env!("CARGO_BIN_EXE_allclear")).parent().unwrap();
    for command in ["allclear adopt", "allclear new"] {
        let pasted = format!("{} && {}", step("cd "), step(command));
        let mut shell = Command::new("sh");
        shell.current_dir(folder.path()).args(["-c", &pasted]);
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        let done = shell.env("PATH", path).output().unwrap();
        assert!(done.status.success(), "{pasted}: {}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(entries(&folder.path().join("our page/incidents")), 2);
}

#[test]
fn of_many_that_make_a_site_at_once_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let started: Vec<_> = (0..8)
        .map(|number| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
            let name = format!("Acme {number}");
            let from = format!("status@{number}.acme.com");
            command.args(["init", ".", "--name", &name, "--url", "https://status.acme.com", "--from", &from]);
            command.current_dir(folder.path()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let done: Vec<_> = started.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let winners: Vec<usize> =
        (0..done.len()).filter(|number| done[*number].status.code() == Some(0)).collect();
    assert_eq!(winners.len(), 1, "{done:?}");
    assert!(done.iter().all(|done| matches!(done.status.code(), Some(0 | 4))), "{done:?}");
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    assert!(read("site/page.toml").contains(&format!("\"Acme {}\"", winners[0])));
    assert!(read("site/plan.toml").contains(&format!("status@{}.acme.com", winners[0])));
}

#[test]
fn an_imported_site_keeps_out_of_git_what_a_new_one_does() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("old/content/issues")).unwrap();
    fs::write(folder.path().join("old/config.yml"), "title: Acme\n").unwrap();
    fs::create_dir(folder.path().join("status")).unwrap();
    // Not UTF-8, as git takes it.
    fs::write(folder.path().join("status/.gitignore"), b"caf\xe9\npublic/\n/internal/").unwrap();
    let imported = within(folder.path(), &["import", "cstate", "old", "--root", "status"]);
    assert_eq!(imported.status.code(), Some(0), "{}", said(&imported));
    let list = fs::read(folder.path().join("status/.gitignore")).unwrap();
    assert_eq!(list, b"caf\xe9\npublic/\n/internal/\n/public\n/.allclear\n");
}

#[test]
fn the_sample_plays_today_and_its_names_are_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let run = |now: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.current_dir(folder.path()).args(arguments).args(["--now", now]).env("NO_COLOR", "1");
        command.output().unwrap()
    };
    let now = "2031-05-06T17:42:00Z";
    assert_eq!(run(now, &["init", ".", "--sample"]).status.code(), Some(0));
    let checked = run(now, &["check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    assert!(!said(&checked).contains("warning"), "{}", said(&checked));

    assert_eq!(run(now, &["subscribers", "add", "ana@example.org"]).status.code(), Some(0));
    assert_eq!(run(now, &["adopt", "--known", "all"]).status.code(), Some(0));

    let page = folder.path().join("site/page.toml");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("https://status.larkmoor.example", "https://status.acme.com")).unwrap();
    let checked = run(now, &["check"]);
    assert_eq!(checked.status.code(), Some(3), "{}", said(&checked));
    for words in [
        "`name` is the sample's",
        "`mail.from` is",
        "`mail.reply_to` is",
        "`text.sender` is",
        "sample-incident",
    ] {
        assert!(said(&checked).contains(words), "{words}: {}", said(&checked));
    }
    for command in [&["notify", "--yes"][..], &["deliver"]] {
        let held = run(now, command);
        assert_eq!(held.status.code(), Some(3), "{command:?}: {}", said(&held));
        assert!(said(&held).contains("is the sample's, not yours"), "{command:?}: {}", said(&held));
    }

    fs::write(&page, text).unwrap();
    let plan = folder.path().join("site/plan.toml");
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, text.replace("host = \"127.0.0.1\"", "host = \"mail.acme.com\"")).unwrap();
    let held = run(now, &["notify", "--yes"]);
    assert!(said(&held).contains("`mail.from` is the sample's"), "{}", said(&held));
}

#[test]
fn a_build_leaves_folders_alone_that_are_not_its_own() {
    let house = House::new().file("elsewhere/index.html", "theirs").file("elsewhere/notes.txt", "theirs");
    for out in ["/", ".", "incidents", "site", "site/static", ".git"] {
        let refused = house.command(&["build", "--out", out, "--adopt-folder"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(4), "{out}: {}", said(&refused));
    }
    let house = house.run(&["build", "-o", "elsewhere"]).exited(4).said("holds files that no build made");
    assert_eq!(house.read("elsewhere/index.html"), "theirs");
    let house = house.run(&["build", "-o", "elsewhere", "--adopt-folder"]).succeeded();
    assert!(house.read("elsewhere/index.html").contains("Acme"));
    assert_eq!(house.read("elsewhere/notes.txt"), "theirs");
    let house = house.run(&["build", "-o", "elsewhere"]).succeeded();
    let _house = house.run(&["build"]).succeeded().run(&["build"]).succeeded().said("0 written");
}
