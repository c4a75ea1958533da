//! `allclear publish` through the binary, to folders of this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::fixtures::house::House;
use crate::fixtures::reader;
use crate::fixtures::skip::skip;

/// A house in git with a target.
fn house(target: &str) -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &format!("{page}\n[[targets]]\nname = \"here\"\n{target}\n"));
    house.write(".gitignore", ".allclear\nout\npublic\ntold.json\nfine\ntake.sh\n");
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
        let house = house(target).run(&["publish", "--no-verify"]).succeeded().said("published: build ");
        let folder = house.path().join(live);
        let first = git(&house, &["rev-parse", "HEAD"]);
        assert_eq!(pointer(&folder)["commit"], first);
        let house = house.run(&["publish", "--no-verify"]).succeeded().said("already up to date: build ");
        let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
        let second = commit(&house);
        let house = house.run(&["publish", "--no-verify", "--dry-run"]).succeeded();
        let house = house.printed("here: write incidents/card-payments/index.html");
        assert_eq!(pointer(&folder)["commit"], first);
        let house = house.run(&["publish", "--no-verify"]).succeeded();
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
        let house =
            house.run(&["publish", "--no-verify"]).exited(4).said("which is newer than").said("`--force`");
        let _house = house.run(&["publish", "--no-verify", "--force"]).succeeded();
        assert_eq!(pointer(&folder)["commit"], first);
    }
}

#[test]
fn one_target_that_fails_does_not_stop_the_other() {
    let target = "kind = \"folder\"\npath = \".gitignore\"\n[[targets]]\nname = \"there\"\nkind = \"folder\"\npath \
                  = \"out\"";
    let house = house(target).run(&["publish", "--no-verify"]).exited(1);
    let house = house.said("error: target `here`: failed to").said("published: build ").said("`there`");
    assert!(house.path().join("out/current/index.html").exists());
    let house = house.run(&["publish", "--no-verify", "--target", "there", "--format", "json"]).succeeded();
    let said: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!((&said["targets"][0]["target"], &said["targets"][0]["written"]), (&"there".into(), &0.into()));
    house.run(&["publish", "--no-verify", "--target", "thre"]).exited(2).said("did you mean `there`?");
}

#[test]
fn a_broken_file_holds_back_itself_alone() {
    let house = house("kind = \"folder\"\npath = \"out\"");
    let house =
        house.file("incidents/broken.md", "no front matter").run(&["publish", "--no-verify"]).exited(3);
    assert!(house.said("published: build ").path().join("out/current/index.html").exists());
    House::new().run(&["publish", "--no-verify"]).exited(4).said("names no target");
}

#[test]
fn a_branch_takes_one_commit_for_each_build_and_no_working_tree_is_touched() {
    let remote = tempfile::tempdir().unwrap();
    let bare = remote.path().to_str().unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new("git").args(["-C", bare]).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    run(&["init", "--quiet", "--bare"]);
    let house =
        house(&format!("kind = \"branch\"\nremote = \"{bare}\"\nbranch = \"pages\"\nheaders_file = true"));
    let house = house.run(&["publish", "--no-verify"]).succeeded().said("published: build ");
    let (head, status) = (git(&house, &["rev-parse", "HEAD"]), git(&house, &["status", "--porcelain"]));
    assert_eq!(status, "");
    let house = house.run(&["publish", "--no-verify"]).succeeded().said("already up to date");
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let house = house.run(&["publish", "--no-verify"]).succeeded();
    assert_eq!(run(&["rev-list", "--count", "pages"]), "2");
    assert!(run(&["show", "pages:incidents/card-payments/index.html"]).contains("failing"));
    assert!(run(&["show", "pages:_headers"]).starts_with("/*\n"));
    git(&house, &["checkout", "--quiet", &head]);
    let house = house.run(&["publish", "--no-verify"]).exited(4).said("which is newer than");
    fs::remove_dir_all(remote.path().join("objects")).unwrap();
    house
        .run(&["publish", "--no-verify"])
        .exited(1)
        .said("error: target `here`: failed to")
        .said("git said: ");
}

#[test]
fn a_command_is_told_what_changed_until_it_ends_well() {
    let house = house("kind = \"command\"\nrun = [\"sh\", \"take.sh\"]");
    let house = house
        .file("take.sh", "cat > told.json; test -f fine || exit 7\n")
        .run(&["publish", "--no-verify"])
        .exited(1);
    let house = house
        .said("`sh` exited with exit status: 7")
        .file("fine", "")
        .run(&["publish", "--no-verify"])
        .succeeded();
    let told =
        |house: &House| -> serde_json::Value { serde_json::from_str(&house.read("told.json")).unwrap() };
    assert!(told(&house)["changed"].as_array().unwrap().len() > 20);
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let house = house.run(&["publish", "--no-verify"]).succeeded();
    let changed = told(&house)["changed"].to_string();
    assert!(
        changed.contains("incidents/card-payments/index.html") && !changed.contains("logo.svg"),
        "{changed}"
    );
}

#[test]
fn a_rollback_is_the_earlier_build_again_and_stays_until_a_newer_commit() {
    for (target, live) in [
        ("kind = \"folder\"\npath = \"out\"", "out/current"),
        ("kind = \"folder\"\npath = \"out\"\nswitch = \"in-place\"", "out"),
    ] {
        let house = house(target).run(&["publish", "--no-verify"]).succeeded();
        let folder = house.path().join(live);
        let (first, first_commit) = (pointer(&folder)["build"].clone(), pointer(&folder)["commit"].clone());
        let before = fs::read(folder.join("index.html")).unwrap();
        let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
        commit(&house);
        let house = house.run(&["publish", "--no-verify"]).succeeded();
        assert_ne!(fs::read(folder.join("index.html")).unwrap(), before);
        let house = house.at("2026-03-01 11:00").run(&["rollback"]).succeeded().said("published: build ");
        assert!(!house.stderr().contains("differently"), "{}", house.stderr());
        assert_eq!((&pointer(&folder)["build"], &pointer(&folder)["commit"]), (&first, &first_commit));
        assert_eq!(fs::read(folder.join("index.html")).unwrap(), before);
        let house =
            house.run(&["rollback"]).exited(4).said("was already rolled back by ").said("rollback --release");
        assert_eq!(
            &pointer(&folder)["build"],
            &first,
            "a second rollback does not bring back what the first removed"
        );
        let house = house.run(&["rollback", "--list"]).succeeded().printed("live");
        assert_eq!(git(&house, &["status", "--porcelain"]), "");
        // The files on disk say what they said, so the notifier has what it had to say, and nothing else.
        let house = house.run(&["publish", "--no-verify"]).exited(4).said("the page was rolled back from");
        let house = house.incident("refunds", "2026-03-01 11:20", "Investigating");
        commit(&house);
        let house = house.run(&["publish", "--no-verify"]).succeeded();
        assert!(folder.join("incidents/card-payments/index.html").exists());
        let _house = house.run(&["rollback", "zzz"]).exited(2).said("has no earlier build called `zzz`");
    }
}

#[test]
fn a_build_of_files_that_were_not_committed_is_named_and_not_gone_back_to() {
    let house = house("kind = \"folder\"\npath = \"out\"").run(&["publish", "--no-verify"]).succeeded();
    assert!(!house.stderr().contains("not committed"), "{}", house.stderr());
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    let house = house.run(&["publish", "--no-verify"]).succeeded().said("are not committed");
    commit(&house);
    let house = house.at("2026-03-01 11:00").run(&["publish", "--no-verify"]).succeeded();
    let live = pointer(&house.path().join("out/current"))["build"].clone();
    let house = house.run(&["rollback"]).exited(4).said("was made from files that were not committed");
    assert_eq!(pointer(&house.path().join("out/current"))["build"], live);
}

#[test]
fn a_full_disk_and_a_place_that_is_away_are_said_and_the_old_page_stays() {
    let disk = tempfile::tempdir().unwrap();
    let at = disk.path().to_str().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs", at]).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return skip("mounting a small disk is not permitted here");
    }
    let target = format!(
        "kind = \"folder\"\npath = \"{at}/a\"\n[[targets]]\nname = \"flat\"\nkind = \"folder\"\npath = \"{at}/b\"\n\
         switch = \"in-place\"\n[[targets]]\nname = \"gone\"\nkind = \"s3\"\nbucket = \"page\"\nregion = \"x\"\n\
         endpoint = \"http://127.0.0.1:9\"\naccess_key_id = {{ file = \"key\" }}\nsecret_access_key = {{ file = \"key\" }}"
    );
    let house = house(&target)
        .file("key", "any")
        .run(&["publish"])
        .exited(1)
        .said("error: target `gone`: failed to read");
    let house = house.said("check the network and the target's address");
    let live = |folder: &str| (pointer(&disk.path().join(folder)), broken_links(&disk.path().join(folder)));
    let before = (live("a/current"), live("b"));
    assert!(before.0.1.is_empty() && before.1.1.is_empty(), "{before:?}");
    fs::write(disk.path().join("filler"), vec![0; 8 << 20]).unwrap_err();
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let house = house.run(&["publish"]).exited(1).said("free some space, then publish again");
    for target in ["here", "flat"] {
        assert!(
            house.stderr().contains(&format!("error: target `{target}`: failed to write `")),
            "{}",
            house.stderr()
        );
    }
    assert_eq!((live("a/current"), live("b")), before);
    fs::remove_file(disk.path().join("filler")).unwrap();
    let _house = house.run(&["publish", "--target", "here", "--target", "flat"]).succeeded();
    assert!(disk.path().join("b/incidents/card-payments/index.html").exists());
    let _gone = Command::new("umount").args(["-l", at]).status();
}

#[test]
fn a_folder_that_is_closed_or_cannot_be_made_is_named_and_the_old_page_stays() {
    // Root may write everywhere unless it gives that up.
    let humbled =
        ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"];
    if !Command::new("setpriv").args(humbled).arg("true").status().is_ok_and(|status| status.success()) {
        return skip("giving up root's powers is not permitted here");
    }
    for switch in ["link", "in-place"] {
        let target = format!("kind = \"folder\"\npath = \"out\"\nswitch = \"{switch}\"");
        let house = house(&target).run(&["publish"]).succeeded();
        let out = house.path().join("out");
        let live = if switch == "link" { out.join("current") } else { out.clone() };
        let before = (pointer(&live), fs::read(live.join("index.html")).unwrap());
        let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
        commit(&house);
        let close = |mode| {
            let folders = walkdir::WalkDir::new(&out).into_iter().flatten();
            for folder in folders.filter(|entry| entry.file_type().is_dir()) {
                fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            }
        };
        close(0o555);
        let plain = house.command(&["publish"]);
        let mut command = Command::new("setpriv");
        command.args(humbled).arg(plain.get_program()).args(plain.get_args()).env("NO_COLOR", "1");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in
            ["error: target `here`: failed to write `", "Permission denied", "that this account may write"]
        {
            assert!(said.contains(words), "{words} is not in {said}");
        }
        assert_eq!((pointer(&live), fs::read(live.join("index.html")).unwrap()), before);
        close(0o755);
        let _house = house.run(&["publish"]).succeeded();
        assert_ne!(pointer(&live), before.0);
    }
    for (path, why) in [("/proc/page", "No such file"), (".gitignore", "Not a directory")] {
        for switch in ["link", "in-place"] {
            let target = format!("kind = \"folder\"\npath = \"{path}\"\nswitch = \"{switch}\"");
            let house =
                house(&target).run(&["publish"]).exited(1).said("error: target `here`: failed to write");
            house.said("the folder ").said(path).said(&format!("cannot be created: {why}"));
        }
    }
}

fn broken_links(folder: &Path) -> Vec<String> {
    reader::broken_links(|path| fs::read(folder.join(path)).map_err(|error| error.to_string()))
}

/// How often a page is published while it is read: `ALLCLEAR_PUBLISHES`.
fn publishes() -> usize {
    std::env::var("ALLCLEAR_PUBLISHES").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

#[test]
fn readers_never_find_a_broken_link_while_the_page_is_published() {
    for (target, live) in [
        ("kind = \"folder\"\npath = \"out\"", "out/current"),
        ("kind = \"folder\"\npath = \"out\"\nswitch = \"in-place\"", "out"),
    ] {
        let house = house(target).run(&["publish", "--no-verify"]).succeeded();
        let folder = house.path().join(live);
        let mut house = Some(house);
        let done = std::sync::atomic::AtomicBool::new(false);
        let (broken, looks) = std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let (mut broken, mut looks) = (Vec::new(), 0);
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    // A link that is turned while it is followed is two builds; a reader stays with the one it found.
                    let folder = fs::canonicalize(&folder).unwrap();
                    broken.extend(broken_links(&folder));
                    looks += 1;
                }
                (broken, looks)
            });
            for number in 0..publishes() {
                let name = format!("incident-{number}");
                let changed = house.take().unwrap().incident(&name, "2026-03-01 10:20", "Investigating");
                if number % 3 == 2 {
                    fs::remove_file(changed.path().join(format!("incidents/incident-{}.md", number - 1)))
                        .unwrap();
                }
                commit(&changed);
                house = Some(changed.run(&["publish", "--no-verify"]).succeeded());
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            reader.join().unwrap()
        });
        assert!(looks >= publishes() / 2, "only {looks} looks");
        assert_eq!(broken, Vec::<String>::new(), "after {looks} looks");
    }
}

#[test]
fn killed_at_any_file_and_published_again_the_page_is_the_same() {
    for (target, live, steps) in [
        ("kind = \"folder\"\npath = \"out\"", "out/current", ["file", "switch", "turn"]),
        ("kind = \"folder\"\npath = \"out\"\nswitch = \"in-place\"", "out", ["record", "file", "pointer"]),
    ] {
        let house = house(target).run(&["publish", "--no-verify"]).succeeded();
        let folder = house.path().join(live);
        let mut house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
        commit(&house);
        let marker = house.path().join("paused");
        let places = steps
            .into_iter()
            .flat_map(|step| (1..=if step == "file" { 60 } else { 1 }).map(move |n| (step, n)));
        let mut kills = 0;
        for (step, number) in places.filter(|(_, number)| number % 7 == 1) {
            let mut child = house
                .command(&["publish", "--no-verify"])
                .env("ALLCLEAR_PAUSE_AT", format!("{step}:{number}"))
                .env("ALLCLEAR_PAUSED", &marker)
                .env("ALLCLEAR_LEASE", "300")
                .spawn()
                .unwrap();
            while !marker.exists() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            let killed = marker.exists();
            kills += usize::from(killed);
            let _ended = child.kill();
            child.wait().unwrap();
            let _gone = fs::remove_file(&marker);
            assert_eq!(
                broken_links(&fs::canonicalize(&folder).unwrap()),
                Vec::<String>::new(),
                "{step} {number}"
            );
            if !killed || kills % 4 == 3 {
                house =
                    house.incident(&format!("other-{step}-{number}"), "2026-03-01 10:20", "Investigating");
                commit(&house);
            }
        }
        assert!(kills > 5, "only {kills} kills");
        let mut again = house.command(&["publish", "--no-verify"]);
        assert!(again.env("ALLCLEAR_LEASE", "300").output().unwrap().status.success());
        let house = house.run(&["build"]).succeeded();
        for entry in walkdir::WalkDir::new(house.path().join("public")).into_iter().flatten() {
            let path = entry.path().strip_prefix(house.path().join("public")).unwrap();
            if entry.file_type().is_file() && path != Path::new(".allclear-build") {
                assert_eq!(
                    fs::read(folder.join(path)).ok(),
                    fs::read(entry.path()).ok(),
                    "{}",
                    path.display()
                );
            }
        }
    }
}
