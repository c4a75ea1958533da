//! A branch: what is not ours there stays, and a refusal of the remote is said in its own words.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{commit, git, house};
use crate::fixtures::house::House;

/// A bare repository next to the house, which pushes its sources there.
struct Forge {
    folder: TempDir,
}

impl Forge {
    fn of(house: &House) -> Self {
        let forge = Self { folder: tempfile::tempdir().unwrap() };
        git(house, &["init", "--quiet", "--bare", forge.path().to_str().unwrap()]);
        git(house, &["remote", "add", "origin", forge.path().to_str().unwrap()]);
        git(house, &["push", "--quiet", "origin", "main"]);
        forge
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("forge")
    }

    fn desk(&self, branch: &str) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--branch", branch]).arg(self.path()).arg(folder.path());
        assert!(clone.status().unwrap().success());
        Desk { folder }
    }

    fn files(&self, house: &House, branch: &str) -> String {
        let forge = format!("--git-dir={}", self.path().display());
        git(house, &[&forge, "ls-tree", "-r", "--name-only", branch])
    }

    fn tip(&self, house: &House, branch: &str) -> String {
        git(house, &[&format!("--git-dir={}", self.path().display()), "rev-parse", branch])
    }
}

/// Somebody's clone of a branch.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn push(&self, words: &str) {
        let own = ["-c", "user.name=Bo", "-c", "user.email=bo@acme.test"];
        for arguments in [&["add", "--all"][..], &["commit", "--quiet", "-m", words], &["push", "--quiet"]] {
            let mut command = Command::new("git");
            let done = command.arg("-C").arg(self.path()).args(own).args(arguments).status().unwrap();
            assert!(done.success(), "{arguments:?}");
        }
    }
}

fn target(branch: &str) -> String {
    format!("[[targets]]\nname = \"forge\"\nkind = \"branch\"\nremote = \"origin\"\nbranch = \"{branch}\"")
}

#[test]
fn a_branch_that_holds_other_files_is_refused_whatever_is_forced() {
    let house = house(&target("main"));
    let forge = Forge::of(&house);
    let before = forge.tip(&house, "main");
    let mut house = house;
    for options in [&["publish"][..], &["publish", "--force"], &["publish", "--dry-run"]] {
        house = house.run(options).exited(4);
        house = house.said("the branch `main` holds other files (").said("and no page of allclear");
        house = house.said("name a place for the page alone");
        assert_eq!(forge.tip(&house, "main"), before, "{options:?}");
    }
    assert!(forge.files(&house, "main").contains("site/page.toml"));
}

#[test]
fn a_dry_run_names_what_would_be_gone() {
    let house = house(&target("pages")).incident("payments", "2026-03-01 10:00", "Investigating");
    let forge = Forge::of(&house);
    commit(&house);
    let house = house.run(&["publish"]).succeeded();
    fs::remove_file(house.path().join("incidents/payments.md")).unwrap();
    commit(&house);
    let tip = forge.tip(&house, "pages");
    let house = house.run(&["publish", "--dry-run"]).succeeded();
    let house =
        house.printed("forge: delete incidents/payments/index.html").printed("forge: write index.html");
    assert!(!house.stdout().contains("write incidents/payments/"), "{}", house.stdout());
    assert_eq!(forge.tip(&house, "pages"), tip);
}

#[test]
fn what_the_forge_keeps_on_the_branch_stays_and_damage_is_repaired() {
    let house = house(&target("pages"));
    let forge = Forge::of(&house);
    let house = house.run(&["publish"]).succeeded();
    let desk = forge.desk("pages");
    fs::write(desk.path().join("CNAME"), "status.acme.test\n").unwrap();
    fs::write(desk.path().join("index.html"), "broken by hand").unwrap();
    fs::remove_file(desk.path().join("404.html")).unwrap();
    desk.push("by hand");
    let house = house.run(&["publish"]).succeeded().said("published: build ").said("2 written");
    let files = forge.files(&house, "pages");
    for path in ["CNAME", ".nojekyll", "404.html"] {
        assert!(files.lines().any(|file| file == path), "{path} is not in {files}");
    }
    let index = git(&house, &[&format!("--git-dir={}", forge.path().display()), "show", "pages:index.html"]);
    assert!(index.contains("Checkout"), "{index}");
    let tip = forge.tip(&house, "pages");
    let house = house.run(&["publish"]).succeeded().said("already up to date");
    assert_eq!(forge.tip(&house, "pages"), tip);
}

#[test]
fn a_protected_branch_says_so_in_its_own_words() {
    let house = house(&target("pages"));
    let forge = Forge::of(&house);
    let hook = forge.path().join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\necho 'only Ana may push here' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let house = house.run(&["publish"]).exited(1).said("only Ana may push here");
    assert!(!house.stderr().contains("moved"), "{}", house.stderr());
}
