//! `allclear publish` through the binary, to folders of this machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod house;

use std::fs;
use std::path::Path;
use std::process::Command;

use house::House;

/// A house in git with a target.
fn house(target: &str) -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &format!("{page}\n[[targets]]\nname = \"here\"\n{target}\n"));
    house.write(".gitignore", ".allclear\nout\n");
    git(&house, &["init", "--quiet"]);
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

fn pointer(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(folder.join("_allclear/build.json")).unwrap()).unwrap()
}

#[test]
fn a_commit_is_published_and_an_older_one_refused() {
    for (target, live) in [
        ("kind = \"folder\"\npath = \"out\"", "out/current"),
        ("kind = \"folder\"\npath = \"out\"\nswitch = \"in-place\"", "out"),
    ] {
        let house = house(target).run(&["publish"]).succeeded().said("published: build ");
        let folder = house.path().join(live);
        let first = git(&house, &["rev-parse", "HEAD"]);
        assert_eq!(pointer(&folder)["commit"], first);
        let house = house.run(&["publish"]).succeeded().said("live already: build ");
        let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
        let second = commit(&house);
        let house = house.run(&["publish", "--dry-run"]).succeeded();
        let house = house.printed("here: write incidents/card-payments/index.html");
        assert_eq!(pointer(&folder)["commit"], first);
        let house = house.run(&["publish"]).succeeded();
        assert_eq!(
            (&pointer(&folder)["commit"], &pointer(&folder)["changed"]),
            (&second.into(), &false.into())
        );
        assert!(
            fs::read_to_string(folder.join("incidents/card-payments/index.html"))
                .unwrap()
                .contains("failing")
        );
        git(&house, &["checkout", "--quiet", &first]);
        let house = house.run(&["publish"]).exited(4).said("which is newer than").said("`--force`");
        let _house = house.run(&["publish", "--force"]).succeeded();
        assert_eq!(pointer(&folder)["commit"], first);
    }
}

#[test]
fn one_target_that_fails_does_not_stop_the_other() {
    let target = "kind = \"folder\"\npath = \"site/page.toml\"\n[[targets]]\nname = \"there\"\nkind = \"folder\"\npath = \"out\"";
    let house = house(target).run(&["publish"]).exited(1);
    let house = house.said("error: target `here`: failed to").said("published: build ").said("`there`");
    assert!(house.path().join("out/current/index.html").exists());
    let house = house.run(&["publish", "--target", "there", "--format", "json"]).succeeded();
    let said: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!((&said["targets"][0]["target"], &said["targets"][0]["written"]), (&"there".into(), &0.into()));
    house.run(&["publish", "--target", "thre"]).exited(2).said("did you mean `there`?");
}

#[test]
fn a_broken_file_holds_back_itself_alone() {
    let house = house("kind = \"folder\"\npath = \"out\"");
    let house = house.file("incidents/broken.md", "no front matter").run(&["publish"]).exited(3);
    assert!(house.said("published: build ").path().join("out/current/index.html").exists());
    House::new().run(&["publish"]).exited(4).said("names no target");
}
