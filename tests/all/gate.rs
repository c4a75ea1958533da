//! Promise 3, nothing unpublished: nobody is notified before a public page shows it, through the binary, with nginx and
//! Varnish in front of what `allclear publish` put there.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::fixtures::edge::{Cache, Origin};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::part;
use crate::fixtures::port::free_port;
use crate::fixtures::running::Running;

const ANA: &str = "ana@example.org";

/// A house whose page is published to folders that nginx serves; the names are those of the targets.
struct Street {
    house: Option<House>,
    origins: Vec<Origin>,
}

impl Street {
    fn with(names: &[&str]) -> Self {
        let mut house = House::new().subscriber(ANA);
        let mut page = house.read("site/page.toml");
        let mut origins = Vec::new();
        for name in names {
            let folder = house.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            let origin = Origin::start(&folder);
            page.push_str(&target(name, &origin.url(), ""));
            origins.push(origin);
        }
        house.write("site/page.toml", &page);
        Self { house: Some(house), origins }
    }

    fn then(&mut self, go_on: impl FnOnce(House) -> House) -> &mut Self {
        self.house = self.house.take().map(go_on);
        self
    }
}

fn target(name: &str, url: &str, cdn: &str) -> String {
    format!(
        "\n[[targets]]\nname = \"{name}\"\nkind = \"folder\"\npath = \"{name}\"\nswitch = \"in-place\"\nurl = \"{url}\"\n{cdn}"
    )
}

const PUBLISH: &[&str] = &["publish", "--wait", "5s"];
const NOTIFY: &[&str] = &["notify", "--yes", "--wait", "1s"];

#[test]
fn nobody_is_told_what_the_page_does_not_show() {
    let mut street = Street::with(&["here"]);
    street
        .then(|house| house.incident("payments", "2026-03-01 10:10", "Investigating"))
        .then(|house| {
            house
                .run(NOTIFY)
                .exited(4)
                .said("no public page shows these changes")
                .said("it answered 404")
                .said("in another terminal")
        })
        .then(|house| house.said("allclear publish").mailed_nobody())
        .then(|house| house.run(PUBLISH).succeeded().said("verified:"))
        .then(|house| {
            house
                .run(&["publish", "--wait", "5s", "--format", "json"])
                .succeeded()
                .printed("\"verified\": true")
        })
        .then(|house| house.run(NOTIFY).succeeded().said("shows these changes").mailed(ANA, "payments"))
        // The page is of the first update, and so nobody is notified of the second.
        .then(|house| house.update("payments", "2026-03-01 10:20", "identified"))
        .then(|house| house.run(NOTIFY).exited(4).said("of 10:10:00").mailed_nobody())
        .then(|house| house.run(PUBLISH).succeeded().run(NOTIFY).succeeded().mailed(ANA, "payments"))
        .then(|house| house.run(NOTIFY).succeeded().said("no new changes"));
}

#[test]
fn one_page_of_two_is_enough_and_none_is_not() {
    let mut street = Street::with(&["here", "there"]);
    street.then(|house| house.incident("payments", "2026-03-01 10:10", "Investigating"));
    street.origins[0].die();
    street
        .then(|house| house.run(PUBLISH).succeeded().said("not verified:").said("verified:"))
        .then(|house| house.run(NOTIFY).succeeded().mailed(ANA, "payments"))
        .then(|house| house.update("payments", "2026-03-01 10:20", "identified"));
    street.origins[1].die();
    street
        .then(|house| house.run(&["publish", "--wait", "1s"]).exited(1).said("do not get the new build"))
        .then(|house| house.run(NOTIFY).exited(4).said("failed to connect").mailed_nobody());
    street.origins[0].revive();
    street.then(|house| house.run(NOTIFY).succeeded().mailed(ANA, "payments"));
}

#[test]
fn a_page_that_is_silent_or_not_to_be_trusted_holds_nobody_up() {
    let mut street = Street::with(&["here"]);
    // It takes every connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = tempfile::tempdir().unwrap();
    let at = |name: &str| own.path().join(name).display().to_string();
    let (key, cert) = (at("key.pem"), at("cert.pem"));
    let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "1"];
    let made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-out", &cert];
    part::run("openssl", &[&made[..], &subject].concat());
    let port = free_port();
    let accept = format!("127.0.0.1:{port}");
    let server = ["s_server", "-accept", &accept, "-www", "-key", &key, "-cert", &cert];
    let _server = part::Part::start(own.path(), "openssl", &server);
    part::wait_for_port(port);
    street.then(|mut house| {
        let untrusted = target("untrusted", &format!("https://localhost:{port}"), "");
        let silent = target("silent", &format!("http://{}", silent.local_addr().unwrap()), "");
        let page = house.read("site/page.toml") + &untrusted + &silent;
        house.write("site/page.toml", &page);
        let mut house = house.incident("payments", "2026-03-01 10:10", "Investigating");
        // A run that waits for the silent one does so for all of this time, on any machine. One that does not may be slow for
        // another reason, but not each time.
        let silence = Duration::from_secs(10);
        for minute in 20..30 {
            house = house.run(&["publish", "--wait", "2s"]).succeeded();
            house = house.said("readers of https://localhost").said("certificate").said("timed out");
            let started = Instant::now();
            house = house.run(NOTIFY).succeeded();
            let took = started.elapsed();
            house = house.mailed(ANA, "payments");
            if took < silence {
                return house;
            }
            house = house.update("payments", &format!("2026-03-01 10:{minute}"), "identified");
        }
        panic!("the silent one was waited for");
    });
}

#[test]
fn who_forces_it_is_told_of_ever_after() {
    let mut street = Street::with(&["here"]);
    street
        .then(|house| house.incident("payments", "2026-03-01 10:10", "Investigating"))
        .then(|house| {
            let mut command = house.command(&["notify", "--yes", "--force"]);
            for name in ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "SUDO_USER"] {
                command.env_remove(name);
            }
            let output = command.env("USER", "grace").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(0), "{said}");
            assert!(said.contains("override:"), "{said}");
            house.mailed(ANA, "payments")
        })
        .then(|house| house.run(&["why", ANA]).printed("override by grace@"))
        .then(|house| house.run(&["report", "payments"]).printed("override by grace@"))
        .then(|house| {
            house.run(&["report", "payments", "--format", "json"]).printed("\"forced_by\": \"grace@")
        })
        // With the page there nothing has to be forced, and nothing is kept.
        .then(|house| house.update("payments", "2026-03-01 10:20", "identified"))
        .then(|house| house.run(PUBLISH).succeeded())
        .then(|house| house.run(&["notify", "--yes", "--force"]).succeeded().mailed(ANA, "payments"))
        .then(|house| house.run(&["report", "payments", "--format", "json"]).printed("\"forced_by\": null"));
}

#[test]
fn a_page_that_comes_while_it_is_waited_for_lets_the_mail_go() {
    let mut street = Street::with(&["here"]);
    street.then(|house| house.incident("payments", "2026-03-01 10:10", "Investigating")).then(|house| {
        let mut notify = Running::start(&house, &["notify", "--yes", "--wait", "10m"]);
        notify.says("waiting:");
        let house = house.run(PUBLISH).succeeded();
        assert_eq!(notify.code(), Some(0), "{}", notify.said());
        notify.says("published:");
        house.mailed(ANA, "payments")
    });
}

fn git(house: &House, arguments: &[&str]) {
    let output = std::process::Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.test", "-C", house.path().to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(house: House) -> House {
    git(&house, &["add", "-A"]);
    git(&house, &["commit", "-qm", "more"]);
    house
}

#[test]
fn nobody_is_told_of_a_rollback_nor_of_its_end() {
    let mut street = Street::with(&["here"]);
    street
        .then(|house| {
            let house = house.file(".gitignore", "/.allclear\n/here\n");
            git(&house, &["init", "-q"]);
            commit(house.incident("payments", "2026-03-01 10:10", "Investigating"))
        })
        .then(|house| house.run(PUBLISH).succeeded().run(NOTIFY).succeeded().mailed(ANA, "payments"))
        .then(|house| commit(house.update("payments", "2026-03-01 10:20", "identified")))
        .then(|house| house.run(PUBLISH).succeeded().run(NOTIFY).succeeded().mailed(ANA, "payments"))
        .then(|house| house.run(&["rollback"]).succeeded().said("published: build "))
        .then(|house| {
            let page = house.read("here/incidents/payments/index.html");
            assert!(!page.contains("Now it is identified."), "{page}");
            house.run(NOTIFY).succeeded().said("no new changes").mailed_nobody()
        })
        .then(|house| house.run(PUBLISH).exited(4).said("the page was rolled back from"))
        .then(|house| house.run(&["publish", "--wait", "5s", "--force"]).succeeded())
        .then(|house| {
            assert!(house.read("here/incidents/payments/index.html").contains("Now it is identified."));
            house.run(NOTIFY).succeeded().said("no new changes").mailed_nobody()
        })
        // What is new after that is announced as ever, once.
        .then(|house| commit(house.update("payments", "2026-03-01 10:30", "monitoring")))
        .then(|house| house.run(PUBLISH).succeeded().run(NOTIFY).succeeded().mailed(ANA, "payments"));
}

#[test]
fn a_commit_that_descends_from_ours_shows_it_and_an_older_one_does_not() {
    let mut street = Street::with(&["here"]);
    street.then(|house| {
        let house = house.file(".gitignore", "/.allclear\n/here\n");
        git(&house, &["init", "-q"]);
        let house = house.incident("payments", "2026-03-01 10:10", "Investigating");
        let house = commit(house);
        // Someone else wrote more and published it, and this clone is behind.
        let house = house.incident("search", "2026-03-01 10:12", "Investigating");
        let house = commit(house);
        let house = house.run(PUBLISH).succeeded();
        git(&house, &["checkout", "-q", "HEAD~1"]);
        let house = house.run(NOTIFY).succeeded().mailed(ANA, "payments").mailed_nobody();
        // What is not committed is in nothing that descends from the commit.
        let house = house.update("payments", "2026-03-01 10:20", "identified");
        house.run(NOTIFY).exited(4).mailed_nobody()
    });
}

#[test]
fn behind_a_cache_the_purge_makes_the_page_public_at_once() {
    let mut house = House::new().subscriber(ANA);
    let folder = house.path().join("here");
    fs::create_dir_all(&folder).unwrap();
    let origin = Origin::start(&folder);
    let cache = Cache::start(origin.port);
    let cdn = format!("[targets.cdn]\nkind = \"varnish\"\nservers = [\"{}\"]\n", cache.url());
    let page = house.read("site/page.toml") + &target("here", &cache.url(), &cdn);
    house.write("site/page.toml", &page);
    let host = format!("127.0.0.1:{}", cache.port);
    let house = house
        .incident("payments", "2026-03-01 10:10", "Investigating")
        .run(PUBLISH)
        .succeeded()
        .said("purged:")
        .said("verified:");
    // Readers put it into the cache, for half a minute at least.
    assert!(cache.get("/", &host).2.contains("payments"));
    wait_until("a copy in the cache", || cache.get("/", &host).1 == "HIT");
    let house = house.update("payments", "2026-03-01 10:20", "identified").run(PUBLISH).succeeded();
    let house = house.said("purges").said("verified:");
    let house = house.run(NOTIFY).succeeded().mailed(ANA, "payments");

    // A cache that cannot be purged is an error, and readers get the old page.
    let page = house
        .read("site/page.toml")
        .replace("servers = [\"http://127.0.0.1:", "servers = [\"http://127.0.0.2:");
    let sound = house.read("site/page.toml");
    let house = house.file("site/page.toml", &page).update("payments", "2026-03-01 10:30", "monitoring");
    let house = house.run(&["publish", "--wait", "1s"]).exited(1).said("failed to purge at Varnish");
    let house = house.said("--purge-all").said("is an old copy");
    // Later nothing changed any more, and still the cache can be purged.
    let house = house.file("site/page.toml", &sound).run(&["publish", "--wait", "1s"]).exited(1);
    let house = house.run(&["publish", "--wait", "5s", "--purge-all"]).succeeded().said("purged:");
    drop(house.run(NOTIFY).succeeded().mailed(ANA, "payments"));
}
