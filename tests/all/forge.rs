//! What a git host shows of a pull request: the problems at their lines.

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
        repository.allclear(&["init", ".", "--sample"]);
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

    fn commit(&self, words: &str) {
        self.git(&["add", "--all"]);
        let by = ["-c", "user.name=Desk", "-c", "user.email=desk@example.org"];
        self.git(&[&by[..], &["commit", "--quiet", "-m", words]].concat());
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

    let table = repository.allclear(&["check", "--format", "markdown"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains(&format!("| status/{file} | {line} | error: ").replace('_', "\\_")), "{table}");

    // A page that cannot be used is reported in the same way, although nothing else can be.
    let page = repository.spoil("site/page.toml", "\ntime_zone = \"", "\ntime_zone = \"Mars/");
    let annotated = repository.allclear(&["check", "--format", "github"]);
    let said = String::from_utf8(annotated.stdout).unwrap();
    assert_eq!(annotated.status.code(), Some(3));
    assert!(said.starts_with(&format!("::error file=status/site/page.toml,line={page},col=1")), "{said}");
}

const INCIDENT: &str = "+++\ntitle = \"Searching | is slow\"\nseverity = \"major\"\naffected = [\"{feature}\"]\n\
    started = 2026-11-20T10:00:00Z\neta = \"unknown\"\nnext_update = 2026-11-20T12:00:00Z\n\
    impact = \"Results take a minute.\"\n+++\n\n## 2026-11-20 10:05 UTC · Investigating\n\nWe look.\n";

#[test]
fn a_pull_request_shows_who_would_be_told_what_before_it_is_merged() {
    let repository = Repository::new();
    repository.commit("a site");
    repository.git(&["switch", "--quiet", "--create", "slow"]);
    let page = fs::read_to_string(repository.site().join("site/page.toml")).unwrap();
    let feature = page.lines().find_map(|line| line.strip_prefix("id = \"")).unwrap().trim_end_matches('"');
    fs::write(repository.site().join("incidents/slow.md"), INCIDENT.replace("{feature}", feature)).unwrap();
    repository.commit("searching is slow");
    // What others put onto the branch meanwhile is none of this change.
    repository.git(&["switch", "--quiet", "main"]);
    let other = incident_with(&repository.site(), "\ntitle = \"");
    repository.spoil(&other, "\ntitle = \"", "\ntitle = \"Also: ");
    repository.commit("other words");
    repository.git(&["switch", "--quiet", "slow"]);
    fs::remove_dir_all(repository.site().join(".allclear")).ok();

    let report = ["notify", "--dry-run", "--format", "markdown", "--since", "main"];
    let done = repository.allclear(&report);
    let said = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&done.stderr));
    for words in [
        "No problems in the files.",
        "- **slow**: opened, to everyone who follows it; the number is in the ledger, which this report does not read",
        "<details><summary>email in en: ",
        "<details><summary>SMS in ",
        "Results take a minute.",
        "- incidents/slow/index.html",
    ] {
        assert!(said.contains(words), "{words:?} is not in\n{said}");
    }
    assert!(!said.contains(other.trim_end_matches(".md")), "others' changes are not this one's:\n{said}");
    assert!(!repository.site().join(".allclear").exists(), "a look leaves nothing");

    repository.git(&["switch", "--quiet", "main"]);
    assert_eq!(repository.allclear(&["adopt", "--known", "all"]).status.code(), Some(0));
    let added = repository.allclear(&["subscribers", "add", "ana@example.com", "+34600000001"]);
    assert_eq!(added.status.code(), Some(0));
    repository.git(&["switch", "--quiet", "slow"]);
    for arguments in [&report[..], &report[..4]] {
        let said = String::from_utf8(repository.allclear(arguments).stdout).unwrap();
        assert!(said.contains("**slow**: opened, to 1 subscriber: 1 first by email"), "{said}");
        assert!(!said.contains("ana@") && !said.contains("0000001"), "no address of anybody:\n{said}");
    }
    assert_eq!(repository.allclear(&["notify", "--format", "markdown"]).status.code(), Some(2));
}

#[test]
fn a_pull_request_names_what_it_adds_for_a_narrower_audience_and_nothing_earlier() {
    let repository = Repository::new();
    let internal = INCIDENT.replace("severity =", "audience = \"internal\"\nseverity =");
    let write = |name: &str| fs::write(repository.site().join(name), internal.replace("{feature}", "search"));
    write("incidents/earlier.md").unwrap();
    repository.commit("a site");
    repository.git(&["switch", "--quiet", "--create", "notes"]);
    write("incidents/later.md").unwrap();
    repository.commit("a note for staff");
    let report = ["notify", "--dry-run", "--format", "markdown", "--since", "main"];
    let said = String::from_utf8(repository.allclear(&report).stdout).unwrap();
    assert!(said.contains("No one: there are no changes to announce."), "{said}");
    assert!(said.contains("- **later**: it is internal"), "{said}");
    assert!(!said.contains("earlier"), "{said}");
}

#[test]
fn what_is_for_a_forge_is_refused_elsewhere() {
    let refused = Repository::new().allclear(&["why", "ana@example.org", "--format", "github"]);
    assert_eq!(refused.status.code(), Some(2));
}
