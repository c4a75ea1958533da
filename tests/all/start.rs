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
    // The first update has the same minute.
    assert_eq!(updated.status.code(), Some(3), "{}", said(&updated));
    let updated = within(&below, &["update", "paymets", "-m", "Found."]);
    assert!(said(&updated).contains("did you mean `payments`?"), "{}", said(&updated));
    for (folder, words) in [(house.path(), "incidents/payments.md"), (&below, "./payments.md"), (&below, "payments")] {
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
