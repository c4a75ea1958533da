//! Tells a release build its commit and that commit's date, if it is made in a clone: `cargo install` from a folder or from git.
//!
//! Promises: what `contrib/release/build` says stays, a development build and a build outside a clone say nothing, and no
//! network is used.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=ALLCLEAR_VERSION");
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if !is_release || env::var_os("ALLCLEAR_VERSION").is_some() {
        return;
    }
    // Each commit, checkout and reset adds a line here.
    let journal = ".git/logs/HEAD";
    if Path::new(journal).exists() {
        println!("cargo::rerun-if-changed={journal}");
    }
    let (Some(number), Some(commit)) = (env::var("CARGO_PKG_VERSION").ok(), commit()) else { return };
    println!(
        "cargo::rustc-env=ALLCLEAR_VERSION={number} ({}, {}{})",
        commit.hash, commit.date, commit.changed
    );
    println!("cargo::rustc-env=ALLCLEAR_DATE={}", commit.date);
}

/// What the folder holds.
struct Commit {
    hash: String,
    date: String,
    /// That files differ from the commit.
    changed: &'static str,
}

/// The commit of this folder, if it is the root of a clone.
fn commit() -> Option<Commit> {
    let said = git(&["log", "-1", "--date=short-local", "--format=%H %cd"])
        .filter(|_| Path::new(".git").exists())?;
    let (hash, date) = said.split_once(' ')?;
    let hash = hash.get(..12)?.to_owned();
    let is_changed = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
    Some(Commit { hash, date: date.to_owned(), changed: if is_changed { ", changed" } else { "" } })
}

fn git(arguments: &[&str]) -> Option<String> {
    let done = Command::new("git").args(arguments).env("TZ", "UTC").output().ok()?;
    let text = String::from_utf8(done.stdout).ok().filter(|_| done.status.success())?;
    Some(text.trim().to_owned())
}
