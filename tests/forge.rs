//! What a forge shows of a pull request: the problems at their lines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A repository with the sample in a folder of it.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.allclear(&["init", "."]);
        repository
    }

    /// Where the site is.
    fn site(&self) -> PathBuf {
        self.0.path().join("status")
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git").current_dir(self.0.path()).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn allclear(&self, arguments: &[&str]) -> Output {
        fs::create_dir_all(self.site()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
        command.current_dir(self.site()).args(arguments).args(["--now", "2026-11-20T10:30:00Z"]);
        command.env("NO_COLOR", "1").output().unwrap()
    }

    /// Changes the beginning of a line, given with the line break before it, and says which line it is, from 1.
    fn spoil(&self, file: &str, good: &str, bad: &str) -> usize {
        let path = self.site().join(file);
        let text = fs::read_to_string(&path).unwrap();
        let at = text.find(good).unwrap();
        fs::write(&path, text.replacen(good, bad, 1)).unwrap();
        text[..at].lines().count() + 1
    }
}

/// The first incident file of the sample that holds such a line.
fn incident_with(site: &Path, line: &str) -> String {
    let folder = fs::read_dir(site.join("incidents/2026")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let found = files.into_iter().find(|file| fs::read_to_string(file).unwrap().contains(line)).unwrap();
    found.strip_prefix(site).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_pull_request_with_problems_shows_them_at_their_lines() {
    let repository = Repository::new();
    let clean = repository.allclear(&["check", "--format", "github"]);
    assert_eq!((clean.status.code(), String::from_utf8(clean.stdout).unwrap()), (Some(0), String::new()));

    let file = incident_with(&repository.site(), "\nseverity = ");
    let line = repository.spoil(&file, "\nseverity = ", "\nseverty = ");
    let annotated = repository.allclear(&["check", "--format", "github"]);
    let said = String::from_utf8(annotated.stdout).unwrap();
    assert_eq!(annotated.status.code(), Some(3));
    let start = format!("::error file=status/{file},line={line},col=1,endColumn=7,title=unknown-key::");
    assert!(said.lines().any(|line| line.starts_with(&start)), "{start:?} is not in\n{said}");
    assert!(
        said.contains("did you mean `severity`?") && said.lines().all(|line| line.starts_with("::")),
        "{said}"
    );

    let report = repository.allclear(&["check", "--format", "gitlab"]);
    assert_eq!(report.status.code(), Some(3));
    let rows: Vec<Value> = serde_json::from_slice(&report.stdout).unwrap();
    let row = rows.iter().find(|row| row["check_name"] == "unknown-key").unwrap();
    assert_eq!(row["location"]["path"], format!("status/{file}"));
    assert_eq!((&row["location"]["lines"]["begin"], &row["severity"]), (&line.into(), &"major".into()));
    assert!(String::from_utf8(report.stderr).unwrap().contains("unknown-key"), "people read the log");
    assert_eq!(rows.len(), said.lines().count());

    // A page that cannot be used is told of in the same way, although nothing else can be.
    let page = repository.spoil("site/page.toml", "\ntime_zone = \"", "\ntime_zone = \"Mars/");
    let annotated = repository.allclear(&["check", "--format", "github"]);
    let said = String::from_utf8(annotated.stdout).unwrap();
    assert_eq!(annotated.status.code(), Some(3));
    assert!(said.starts_with(&format!("::error file=status/site/page.toml,line={page},col=1")), "{said}");
}

#[test]
fn what_is_for_a_forge_is_refused_elsewhere() {
    let refused = Repository::new().allclear(&["why", "ana@example.org", "--format", "github"]);
    assert_eq!(refused.status.code(), Some(2));
}
