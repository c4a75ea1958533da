//! Targets on a bad day: what readers see, what subscribers get, what is printed, and the exit code, for each kind of target
//! and each fault.

mod branch;
mod clock;
mod exit;
mod gone;
mod links;
mod logs;
mod nginx;
mod once;
mod push;
mod run;
mod steps;
mod table;

use std::process::Command;

use crate::fixtures::house::House;

/// A house in git with these targets.
fn house(targets: &str) -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &format!("{page}\n{targets}\n"));
    house.write(".gitignore", ".allclear\npublic\nout\nother\nid\nkey\nazure-key\n");
    git(&house, &["init", "--quiet", "--initial-branch=main"]);
    commit(&house);
    house
}

fn git(house: &House, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(house.path()).args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.test"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn commit(house: &House) -> String {
    git(house, &["add", "--all"]);
    git(house, &["commit", "--quiet", "--message", "more"]);
    git(house, &["rev-parse", "HEAD"])
}
