//! A house that is a clone of a shared repository, and another clone that somebody writes in.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::house::House;

pub(crate) struct Clone {
    folder: TempDir,
}

impl Clone {
    /// Makes the house a clone of a bare repository that holds its files.
    pub(crate) fn of(house: &House) -> Self {
        let clone = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(house.path().join(".gitignore"), "/public\n/.allclear\n").unwrap();
        let house = house.path().to_str().unwrap();
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "--all"],
            &["commit", "--quiet", "-m", "a site"],
        ] {
            git(house, arguments);
        }
        let (shared, desk) = (clone.path("shared"), clone.path("desk"));
        git(".", &["clone", "--quiet", "--bare", house, &shared]);
        git(house, &["remote", "add", "origin", &shared]);
        git(".", &["clone", "--quiet", &shared, &desk]);
        clone
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = PathBuf::from(self.path("desk")).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits everything, signed by a key where one is named.
    pub(crate) fn commit(&self, words: &str, key: Option<&str>) -> &Self {
        let desk = self.path("desk");
        git(&desk, &["add", "--all"]);
        let signing = key.map(|key| format!("user.signingkey={key}"));
        let mut arguments = Vec::new();
        if let Some(signing) = &signing {
            arguments.extend(["-c", "gpg.format=ssh", "-c", signing]);
        }
        arguments.extend(["commit", "--quiet", "-m", words]);
        arguments.extend(signing.as_ref().map(|_| "-S"));
        git(&desk, &arguments);
        self
    }

    pub(crate) fn push(&self) {
        git(&self.path("desk"), &["push", "--quiet", "--force", "origin", "main"]);
    }

    /// Puts another commit in the place of the last one.
    pub(crate) fn rewrite(&self, words: &str) {
        let desk = self.path("desk");
        git(&desk, &["branch", "--quiet", "--force", "kept"]);
        self.write("incidents/payments.md", &incident(words));
        git(&desk, &["commit", "--quiet", "--all", "--amend", "-m", words]);
        self.push();
    }

    /// Takes the rewriting back.
    pub(crate) fn back(&self) {
        git(&self.path("desk"), &["reset", "--quiet", "--hard", "kept"]);
        self.push();
    }

    /// Makes a key to sign with.
    pub(crate) fn key(&self, name: &str) -> String {
        let path = self.path(name);
        let mut make = Command::new("ssh-keygen");
        make.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", &path]);
        assert!(make.status().unwrap().success());
        path
    }

    /// A file of allowed signers with one key.
    pub(crate) fn signers(&self, key: &str) -> String {
        let path = self.path("signers");
        let public = fs::read_to_string(format!("{key}.pub")).unwrap();
        fs::write(&path, format!("desk@example.org {public}")).unwrap();
        path
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

/// An incident of that title.
pub(crate) fn incident(title: &str) -> String {
    format!(
        "+++\ntitle = \"{title}\"\nseverity = \"major\"\naffected = [\"checkout\"]\n\
         started = 2026-03-01T09:59:00Z\neta = \"unknown\"\nnext_update = 2026-03-01T23:00:00Z\n\
         impact = \"Some payments fail.\"\n+++\n\n## 2026-03-01 09:59 UTC · Investigating\n\nWe look.\n"
    )
}

fn git(folder: &str, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-C", folder, "-c", "user.name=Desk", "-c", "user.email=desk@example.org"]);
    let done = command.args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}
