//! Two real cState histories through the import: nothing is lost, and nobody is notified of anything twice.
//!
//! The histories are git bundles that live next to the repository, not in it: in the folder `ALLCLEAR_SHARED`
//! names, or in `shared` one or two folders up. If they are missing, each test is skipped.

mod expected;
mod followed;
mod growth;
mod judged;
mod posts;
mod refused;
mod replay;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use allclear::import::{Imported, cstate, cstate_files};
use allclear::model::incident::Incident;
use allclear::model::problem::Problem;
use allclear::{check, config, load};

use crate::fixtures::skip::skip;

/// A clone of one history in a folder of its own, deleted at the end.
struct History {
    folder: tempfile::TempDir,
}

impl History {
    /// Clones the bundle of that name; says why not if it is missing.
    fn open(name: &str) -> Option<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let named = std::env::var_os("ALLCLEAR_SHARED").map(PathBuf::from);
        let beside = ["../shared", "../../shared"].map(|folder| here.join(folder));
        let bundles = named.into_iter().chain(beside).map(|folder| folder.join("data").join(name));
        let Some(bundle) = bundles.into_iter().find(|bundle| bundle.is_file()) else {
            skip(&format!("no {name}; set ALLCLEAR_SHARED to the folder that holds data/{name}"));
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let history = Self { folder };
        history.git(&["clone", "--quiet", bundle.to_str().unwrap(), "."]);
        Some(history)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").current_dir(self.folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The files below `content/issues` at the newest commit, without the one that only keeps the folder.
    fn issues(&self) -> Vec<String> {
        let listed = self.git(&["-c", "core.quotePath=false", "ls-files", "content/issues"]);
        listed.lines().filter(|path| !path.ends_with(".gitkeep")).map(str::to_owned).collect()
    }

    fn import(&self) -> Imported {
        cstate(self.folder.path(), None).unwrap()
    }
}

#[test]
fn jenkins_imports_completely() {
    imports_completely("jenkins.bundle", 297);
}

#[test]
fn wikibase_imports_completely() {
    imports_completely("wikibase.bundle", 19);
}

fn imports_completely(bundle: &str, count: usize) {
    let Some(history) = History::open(bundle) else { return };
    let imported = history.import();
    let issues = history.issues();
    assert_eq!((issues.len(), imported.incidents.len()), (count, count));
    for note in &imported.notes {
        assert!(note.file == "config.yml" || issues.contains(&note.file), "{note:?}");
    }
    let errors: Vec<_> = imported.notes.iter().filter(|note| note.level.word() == "error").collect();
    assert!(errors.is_empty(), "{errors:?}");
    for incident in &imported.incidents {
        let known = incident.touched().all(|id| imported.page.feature(id).is_some());
        assert!(known, "{} names a feature the page lacks", incident.id);
        let told = incident.updates.iter().map(|update| &update.body).chain(&incident.impact);
        let words: usize = told.map(|text| text.default.trim().len()).sum();
        assert!(words > 0, "{} lost its words", incident.id);
    }
}

#[test]
fn an_imported_site_builds_and_tells_nobody_of_the_past() {
    for (bundle, count) in [("jenkins.bundle", 297), ("wikibase.bundle", 19)] {
        let Some(history) = History::open(bundle) else { return };
        let home = tempfile::tempdir().unwrap();
        let allclear = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
            command.args(arguments).args(["--now", "2026-11-20T10:00:00Z", "--root"]).arg(home.path());
            let done = command.output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert_eq!(done.status.code(), Some(0), "{arguments:?}: {said}");
            said
        };
        allclear(&["import", "cstate", history.folder.path().to_str().unwrap()]);
        allclear(&["check"]);
        allclear(&["build"]);
        let pages =
            walkdir::WalkDir::new(home.path().join("public/incidents")).into_iter().map(Result::unwrap);
        let pages = pages.filter(|entry| entry.file_name() == "index.html").count();
        assert_eq!(pages, count, "a page for each file");
        allclear(&["adopt"]);
        assert!(allclear(&["notify", "--yes"]).contains("no new changes"));
    }
}

#[test]
fn what_is_written_reads_back_the_same() {
    for bundle in ["jenkins.bundle", "wikibase.bundle"] {
        let Some(history) = History::open(bundle) else { return };
        let imported = history.import();
        let home = tempfile::tempdir().unwrap();
        write(home.path(), "site/page.toml", &config::write_page(&imported.page));
        for incident in &imported.incidents {
            write(home.path(), &incident.file, &load::write_incident(incident));
        }
        let (page, problems, _) = config::read_page(home.path());
        assert_eq!((page.as_ref(), problems), (Some(&imported.page), vec![]));
        let loaded = load::read_site(home.path(), page.unwrap(), None);
        let not_only_empty = |problem: &&Problem| problem.rule != "nothing-affected";
        assert_eq!(loaded.problems.iter().filter(not_only_empty).collect::<Vec<_>>(), Vec::<&Problem>::new());
        let now = "2026-07-01T00:00:00Z".parse().unwrap();
        let mut rules = BTreeMap::new();
        for problem in check::run(&loaded.site, &loaded.places, &[], now) {
            *rules.entry((problem.level.word(), problem.rule)).or_insert(0) += 1;
        }
        println!("{bundle}: check says {rules:?}");
        let before: BTreeMap<_, &Incident> =
            imported.incidents.iter().map(|incident| (&incident.id, incident)).collect();
        let after: BTreeMap<_, &Incident> =
            loaded.site.incidents.iter().map(|incident| (&incident.id, &**incident)).collect();
        assert_eq!(before.len(), after.len());
        for (id, incident) in &before {
            assert_eq!(after.get(*id), Some(incident), "{id}");
        }
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn an_incident_depends_on_its_own_file_and_the_configuration_alone() {
    let Some(history) = History::open("jenkins.bundle") else { return };
    let whole = history.import();
    let read = |path: &str| (path.to_owned(), std::fs::read(history.folder.path().join(path)).unwrap());
    for (path, incident) in history.issues().iter().zip(&whole.incidents) {
        let alone: BTreeMap<_, _> = [read("config.yml"), read(path)].into();
        assert_eq!(cstate_files(&alone, None).incidents, std::slice::from_ref(incident), "{path}");
    }
}
