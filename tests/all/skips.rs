//! A skipped test fails where `CI` is set, and is reported and counted everywhere else.

use std::process::{Command, Output};

use crate::fixtures::skip::{is_ci, skip};

/// Makes [`skips_when_it_is_told_to`] skip.
const TOLD: &str = "ALLCLEAR_TRY_A_SKIP";

#[test]
fn skips_when_it_is_told_to() {
    if std::env::var_os(TOLD).is_some() {
        skip("it was told to");
    }
}

/// Runs [`skips_when_it_is_told_to`] in a process of its own.
fn skipping(ci: &str, file: &std::path::Path) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "skips::skips_when_it_is_told_to"])
        .env(TOLD, "1")
        .env("CI", ci)
        .env("ALLCLEAR_SKIPS", file)
        .output()
        .unwrap()
}

#[test]
fn a_skip_is_printed_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("skips");
    let expected = "skipped skips::skips_when_it_is_told_to: it was told to\n";
    for count in 1..=2 {
        let output = skipping("", &file);
        assert!(output.status.success());
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), expected.repeat(count));
    }
}

#[test]
fn a_skip_fails_on_ci() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("skips");
    for ci in ["true", "1"] {
        let output = skipping(ci, &file);
        assert!(!output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains("CI must not skip"));
        assert!(!file.exists());
    }
    assert!(!is_ci(None) && !is_ci(Some("false".as_ref())));
}
