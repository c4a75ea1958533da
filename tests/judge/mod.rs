//! What the tests that ask programs of others have in common: the site as files in a folder, where the programs are, and
//! what a script that drives a browser says of pages.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use allclear::model::tree::Tree;
use serde::Serialize;
use serde_json::Value;
use tempfile::TempDir;

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Something that `tests/install` brings.
#[track_caller]
pub(crate) fn part(path: &str) -> PathBuf {
    let path = root().join("target/parts").join(path);
    assert!(path.exists(), "{} is not there: run tests/install as root", path.display());
    path
}

/// Whether a program can be started; what goes without it is told.
pub(crate) fn there_is(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        eprintln!("SKIPPED: there is no {program} here");
    }
    there
}

/// A tree as files in a folder.
pub(crate) fn folder_of(tree: Tree) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in tree.files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// What a script of ours that drives a browser, by its path below `tests/`, has to say of those pages.
#[track_caller]
pub(crate) fn told(script: &str, arguments: &[&Path], pages: &[impl Serialize]) -> Value {
    let mut node = Command::new("node")
        .arg(root().join("tests").join(script))
        .arg(part("looks/node_modules"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(&serde_json::to_vec(pages).unwrap()).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
