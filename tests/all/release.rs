//! What `contrib/release` makes of a commit, as far as it can be judged without building the program again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fixtures::skip::skip;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/release").join(name)
}

fn python(name: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("python3");
    command.arg(script(name)).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let done = command.env("SOURCE_DATE_EPOCH", "1795170600").output().unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    done
}

fn has_python() -> bool {
    Command::new("python3").args(["-c", "import tomllib"]).output().is_ok_and(|done| done.status.success())
}

#[test]
fn the_image_holds_the_program_for_a_user_without_rights_and_is_the_same_each_time() {
    if !has_python() {
        return skip("there is no Python 3.11");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(place("program"), "#!/bin/sh\n").unwrap();
    for out in ["one.tar", "two.tar"] {
        python("image.py", &[&place("program"), "1.2.3", "x86_64", &place(out)]);
    }
    assert!(fs::read(place("one.tar")).unwrap() == fs::read(place("two.tar")).unwrap());
    let untar = |archive: &str, into: &str| {
        fs::create_dir(place(into)).unwrap();
        let done = Command::new("tar").args(["-xf", &place(archive), "-C", &place(into)]).status().unwrap();
        assert!(done.success());
    };
    untar("one.tar", "image");
    let json = |path: &str| -> Value { serde_json::from_slice(&fs::read(place(path)).unwrap()).unwrap() };
    let blob = |described: &Value| {
        let digest = described["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned();
        let path = format!("image/blobs/sha256/{digest}");
        let bytes = fs::read(place(&path)).unwrap();
        assert_eq!(data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes)), digest);
        assert_eq!(described["size"], bytes.len());
        path
    };
    let manifest = json(&blob(&json("image/index.json")["manifests"][0]));
    let config = json(&blob(&manifest["config"]));
    assert_eq!(config["config"]["User"], "65532:65532");
    assert_eq!((&config["architecture"], &config["os"]), (&"amd64".into(), &"linux".into()));
    let layer = blob(&manifest["layers"][0]);
    untar(&layer, "root");
    assert_eq!(fs::read_to_string(place("root/usr/bin/allclear")).unwrap(), "#!/bin/sh\n");
    let unzipped = Command::new("gzip").args(["-dc", &place(&layer)]).output().unwrap().stdout;
    let unzipped = format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(&unzipped)));
    assert_eq!(config["rootfs"]["diff_ids"][0], unzipped);
}

#[test]
fn the_list_of_parts_names_what_is_linked_and_nothing_that_only_tests() {
    if !has_python() {
        return skip("there is no Python 3.11");
    }
    let list = python("spdx.py", &["1.2.3", "x86_64-unknown-linux-gnu"]).stdout;
    let list: Value = serde_json::from_slice(&list).unwrap();
    let parts = list["packages"].as_array().unwrap();
    let named = |name: &str| parts.iter().find(|part| part["name"] == name);
    for name in ["allclear", "rusqlite", "rustls", "tokio"] {
        assert!(named(name).is_some(), "{name} is not in the list");
    }
    assert!(named("proptest").is_none());
    for part in parts {
        assert_ne!(part["licenseDeclared"], "NOASSERTION", "{part}");
        assert!(part["name"] == "allclear" || part["checksums"][0]["checksumValue"].is_string(), "{part}");
    }
    assert_eq!(list["creationInfo"]["created"], "2026-11-20T10:30:00Z");
}

#[test]
fn binstall_is_told_the_names_that_the_release_gives() {
    let manifest: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    let metadata = |key: &str| {
        let told = manifest["package"]["metadata"]["binstall"][key].as_str().unwrap();
        told.replace("{ version }", env!("CARGO_PKG_VERSION")).replace("{ target-arch }", "x86_64")
    };
    let build = fs::read_to_string(script("build")).unwrap();
    let (_, name) = build.split_once("\nname=").unwrap();
    let name = name.lines().next().unwrap();
    let name = name.replace("$number", env!("CARGO_PKG_VERSION")).replace("$machine", "x86_64");
    assert!(build.contains("> \"$out/$name.tar.gz\"") && build.contains("\"$stage/$name\""));
    assert!(metadata("pkg-url").ends_with(&format!("/{name}.tar.gz")), "{}", metadata("pkg-url"));
    assert_eq!(metadata("bin-dir"), format!("{name}/allclear"));
    assert_eq!(metadata("pkg-fmt"), "tgz");
}

#[test]
fn the_manual_and_the_completions_know_every_command() {
    let run = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_allclear")).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    run(&["man", pages.to_str().unwrap()]);
    let help = run(&["--help"]);
    let commands = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let commands: Vec<&str> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands.iter().filter(|command| **command != "help") {
        let page = fs::read_to_string(pages.join(format!("allclear-{command}.1"))).unwrap();
        assert!(page.contains(&format!(".TH ALLCLEAR-{} 1", command.to_uppercase())), "{command}: {page}");
        assert!(
            page.contains("\n.SH EXAMPLES\n.nf\nallclear ") || page.contains(".SH SUBCOMMANDS"),
            "{command}: {page}"
        );
        assert!(!page.contains("EXTRA") && !page.contains(".br\n\n"), "{command}: {page}");
        assert!(page.lines().all(|line| line.trim_end() == line), "{command}: {page}");
        for shell in ["bash", "zsh", "fish"] {
            assert!(run(&["completions", shell]).contains(command), "{shell} does not know {command}");
        }
    }
    assert!(pages.join("allclear-subscribers-add.1").is_file());
    let version = run(&["--version"]);
    assert!(version.starts_with(concat!("allclear ", env!("CARGO_PKG_VERSION"), " (")), "{version}");
    let refused =
        Command::new(env!("CARGO_BIN_EXE_allclear")).args(["demo", "--format", "json"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn what_is_built_in_a_clone_says_its_commit_and_anything_else_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "-o"]).arg(path("script")).arg(source);
    assert!(rustc.status().unwrap().success());
    fs::create_dir(path("clone")).unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]).args(arguments);
        git.env("GIT_COMMITTER_DATE", "2026-11-20T23:30:00-01:00").current_dir(path("clone"));
        let done = git.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let version = |profile: &str, version: Option<&str>| {
        let mut script = Command::new(path("script"));
        script.current_dir(path("clone")).env("PROFILE", profile).env("CARGO_PKG_VERSION", "1.2.3");
        script.env_remove("ALLCLEAR_VERSION").envs(version.map(|version| ("ALLCLEAR_VERSION", version)));
        let said = String::from_utf8(script.output().unwrap().stdout).unwrap();
        let line = |line: &str| line.strip_prefix("cargo::rustc-env=ALLCLEAR_VERSION=").map(str::to_owned);
        said.lines().find_map(line)
    };
    assert_eq!(version("release", None), None, "no clone");
    git(&["init", "--quiet"]);
    fs::write(path("clone/a"), "a").unwrap();
    git(&["add", "a"]);
    git(&["commit", "--quiet", "-m", "A"]);
    let hash = git(&["rev-parse", "--short=12", "HEAD"]);
    // The day is that of UTC, as in a release.
    let said = format!("1.2.3 ({}, 2026-11-21", hash.trim());
    fs::write(path("clone/untracked"), "").unwrap();
    assert_eq!(version("release", None), Some(format!("{said})")));
    fs::write(path("clone/a"), "b").unwrap();
    assert_eq!(version("release", None), Some(format!("{said}, changed)")));
    assert_eq!(version("debug", None), None);
    assert_eq!(version("release", Some("1.2.3 (a release)")), None);
}
