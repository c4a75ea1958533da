//! Holds what allclear is made of: licenses, one source, no second version without a reason, and a reason for all code
//! that others run while it is built.
//!
//! Reads `deny.toml`, `docs/supply-chain.md` and what cargo knows already; asks no network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The registry of every dependency.
const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The packages of a build for Linux.
fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--offline", "--locked", "--format-version", "1"]);
    let output =
        cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = all["packages"].take() else { return Vec::new() };
    packages.into_iter().filter(|package| package["name"] != "allclear").collect()
}

fn text<'v>(package: &'v Value, key: &str) -> &'v str {
    package[key].as_str().unwrap_or_default()
}

fn rules() -> toml::Table {
    fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap()
}

/// Whether a license (SPDX) is allowed: of `OR` one has to be, of `AND` all.
fn is_allowed(license: &str, allowed: &BTreeSet<&str>) -> bool {
    let spelled = license.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spelled.split_whitespace().collect();
    let mut at = 0;
    let is_good = any(&words, &mut at, allowed);
    is_good && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut good = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        good |= all(words, at, allowed);
    }
    good
}

fn all(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut good = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        good &= one(words, at, allowed);
    }
    good
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let good = any(words, at, allowed);
        *at += 1;
        return good;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{word} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&*name)
}

#[test]
fn every_license_is_allowed_and_every_package_is_of_the_one_registry() {
    let rules = rules();
    let allowed = rules["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = allowed.iter().map(|license| license.as_str().unwrap()).collect();
    let packages = packages();
    assert!(packages.len() > 100, "cargo told of {} packages", packages.len());
    for package in &packages {
        let name = text(package, "name");
        assert!(is_allowed(text(package, "license"), &allowed), "{name}: {}", text(package, "license"));
        assert_eq!(text(package, "source"), SOURCE, "{name}");
    }
    // The lock holds the other platforms too.
    let lock: toml::Table = fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    for package in lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["name"].as_str() != Some("allclear"))
    {
        assert_eq!(package.get("source").and_then(toml::Value::as_str), Some(SOURCE), "{package}");
        assert!(package.get("checksum").is_some(), "{package}");
    }
}

#[test]
fn a_license_is_judged_as_it_is_written() {
    let allowed = BTreeSet::from(["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]);
    for license in
        ["MIT", "GPL-3.0 OR MIT", "MIT/GPL-3.0", "(GPL-3.0 OR ISC) AND MIT", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(is_allowed(license, &allowed), "{license}");
    }
    for license in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0", "MIT ISC"] {
        assert!(!is_allowed(license, &allowed), "{license}");
    }
}

#[test]
fn a_package_is_there_twice_only_for_a_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        versions
            .entry(text(&package, "name").to_owned())
            .or_default()
            .insert(text(&package, "version").to_owned());
    }
    let rules = rules();
    let skipped: BTreeSet<&str> = rules["bans"]["skip"]
        .as_array()
        .unwrap()
        .iter()
        .map(|skip| skip["crate"].as_str().unwrap())
        .collect();
    let mut needed = BTreeSet::new();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let is_skipped = |version: &&String| {
            let of = skipped.iter().find(|skip| {
                skip.split_once('@')
                    .is_some_and(|(of, begin)| of == name && version.starts_with(&format!("{begin}.")))
            });
            needed.extend(of);
            of.is_none()
        };
        let left: Vec<&String> = versions.iter().filter(is_skipped).collect();
        assert!(left.len() <= 1, "{name} is there as {left:?}: unify them, or give a reason in deny.toml");
    }
    let unneeded: Vec<_> = skipped.difference(&needed).collect();
    assert!(unneeded.is_empty(), "deny.toml gives a reason for {unneeded:?}, which are not there twice");
}

/// The names in the first column of the table below a heading of the document.
fn told(heading: &str) -> BTreeSet<String> {
    let document = fs::read_to_string(root().join("docs/supply-chain.md")).unwrap();
    let table = document.split_once(&format!("## {heading}\n")).unwrap().1;
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let names = rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// The packages that have a target of that kind.
fn with_target(packages: &[Value], kind: &str) -> BTreeSet<String> {
    let has = |package: &&Value| {
        let targets = package["targets"].as_array().unwrap();
        targets.iter().any(|target| target["kind"].as_array().unwrap().iter().any(|of| of == kind))
    };
    packages.iter().filter(has).map(|package| text(package, "name").to_owned()).collect()
}

#[test]
fn all_that_runs_while_building_is_known_with_a_reason() {
    let packages = packages();
    for (kind, heading) in [("custom-build", "Build scripts"), ("proc-macro", "Procedural macros")] {
        let (found, told) = (with_target(&packages, kind), told(heading));
        let unknown: Vec<_> = found.difference(&told).collect();
        let gone: Vec<_> = told.difference(&found).collect();
        assert!(
            unknown.is_empty() && gone.is_empty(),
            "{heading}: read and add {unknown:?}, take out {gone:?}"
        );
    }
}

#[test]
fn the_audit_is_of_what_is_built() {
    let document = fs::read_to_string(root().join("docs/supply-chain.md")).unwrap();
    let versions: BTreeSet<String> = packages()
        .iter()
        .map(|package| format!("{} {}", text(package, "name"), text(package, "version")))
        .collect();
    let audit = document.split_once("## Crates that read hostile bytes\n").unwrap().1;
    let rows: Vec<&str> = audit.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() >= 10, "{rows:?}");
    for row in rows {
        let name = row.split('`').nth(1).unwrap();
        assert!(
            versions.contains(name),
            "{name} is not what is built: read what changed, then write its version"
        );
    }
}

#[test]
fn advisories_are_asked_for_each_week_and_before_a_release() {
    let recipe = |name: &str| fs::read_to_string(root().join("contrib/release").join(name)).unwrap();
    let (weekly, release) = (recipe("github-advisories.yml"), recipe("github-release.yml"));
    for words in ["cron: \"17 5 * * 1\"", "paths: [Cargo.lock", "cargo deny --locked check"] {
        assert!(weekly.contains(words), "{words} is not in {weekly}");
    }
    let (before, _) = release.split_once("name: Build twice").unwrap();
    assert!(before.contains("cargo deny --locked check advisories"), "{release}");
    let advisories = &rules()["advisories"];
    assert_eq!(advisories["yanked"].as_str(), Some("deny"));
    let ignored = advisories["ignore"].as_array().unwrap().iter();
    let unexplained: Vec<_> = ignored.filter(|entry| entry.get("reason").is_none()).collect();
    assert_eq!(unexplained, Vec::<&toml::Value>::new(), "an advisory is ignored without a reason");
}

#[test]
fn every_action_is_pinned_to_a_commit() {
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(root().join("contrib")) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Some(action) = line.trim().trim_start_matches("- ").strip_prefix("uses: ") else { continue };
            seen += 1;
            let commit = action.split_once('@').unwrap_or_default().1.split(' ').next().unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit || action.starts_with("./"), "{}: {line}", path.display());
        }
    }
    assert!(seen > 5, "{seen} actions");
}
