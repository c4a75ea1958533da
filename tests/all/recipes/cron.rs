//! The recipe for cron: a change reaches people, whatever fails is reported once, and nothing that fails stops what can still be done.

use std::fs;

use super::{Machine, recipe, said};
use crate::fixtures::clone::{self, Clone};
use crate::fixtures::house::House;
use crate::fixtures::port::free_port;
use crate::fixtures::site::Site;

struct Host {
    house: House,
    clone: Clone,
    machine: Machine,
    _site: Site,
}

impl Host {
    fn new(other: &str) -> Self {
        let site = Site::new();
        let mut house = House::new().subscriber("ana@example.org").restless();
        let page = format!("{}\n{}\n{other}", house.read("site/page.toml"), site.target());
        house.write("site/page.toml", &page);
        let (clone, machine) = (Clone::of(&house), Machine::of(&house));
        Self { house, clone, machine, _site: site }
    }

    /// What cron would do in a minute: the exit code, and what it would mail.
    fn minute(&self) -> (i32, String) {
        let mut script = self.machine.command(&self.house, &recipe("publish-and-notify"));
        let output = script.arg(self.house.path()).output().unwrap();
        (output.status.code().unwrap(), said(&output))
    }

    fn incident(&self, title: &str) {
        self.clone.write(&format!("incidents/{title}.md"), &clone::incident(title));
        self.clone.commit(title, None).push();
    }
}

#[test]
fn a_change_that_is_pushed_is_published_and_told_and_nothing_is_said() {
    let host = Host::new("");
    assert_eq!(host.minute(), (0, String::new()));
    host.incident("payments");
    assert_eq!(host.minute(), (0, String::new()));
    assert_eq!(host.house.mails().len(), 1);
    assert_eq!(host.minute(), (0, String::new()));
    assert_eq!(host.house.mails().len(), 1, "nobody twice");
}

#[test]
fn with_one_target_dead_people_are_told_and_with_the_forge_away_the_files_here_are() {
    let dead = format!(
        "[[targets]]\nname = \"dead\"\nkind = \"folder\"\npath = \".gitignore\"\nurl = \"http://127.0.0.1:{}\"",
        free_port()
    );
    let host = Host::new(&dead);
    host.incident("payments");
    assert_eq!(host.minute(), (0, String::new()), "one that readers reach is enough");
    assert_eq!(host.house.mails().len(), 1);
    let config = host.house.path().join(".git/config");
    let whole = fs::read_to_string(&config).unwrap();
    fs::write(&config, whole.replace("/shared", "/nowhere")).unwrap();
    fs::write(host.house.path().join("incidents/search.md"), clone::incident("search")).unwrap();
    let (code, mailed) = host.minute();
    assert_ne!(code, 0);
    assert!(mailed.contains("nowhere"), "{mailed}");
    assert_eq!(host.house.mails().len(), 2, "what is here is told all the same");
    let (code, mailed) = host.minute();
    assert!(code != 0 && mailed.is_empty(), "said again: {mailed}");
}

#[test]
fn a_site_without_a_plan_is_published_and_nothing_is_wrong() {
    let host = Host::new("");
    fs::remove_file(host.house.path().join("site/plan.toml")).unwrap();
    assert_eq!(host.minute(), (0, String::new()));
}
