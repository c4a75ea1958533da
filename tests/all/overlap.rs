//! Two jobs of a pipeline at once, from two clones at different commits, over one ledger on PostgreSQL: nobody is notified twice,
//! and what stays is what the newest commit says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use postgres::{Client, NoTls};

use crate::fixtures::house::{self, House};
use crate::fixtures::server::server;
use crate::fixtures::site::Site;
use crate::fixtures::skip::skip;

const PEOPLE: usize = 8;

/// Two clones of one repository, with a page that is served and a ledger on a server.
struct Pipeline {
    house: House,
    other: PathBuf,
    site: Site,
    updates: usize,
}

impl Pipeline {
    fn new(schema: &str) -> Option<Self> {
        let Some(server) = server() else {
            skip("no PostgreSQL server is installed");
            return None;
        };
        let url = server.url(schema);
        Client::connect(&url, NoTls).unwrap().batch_execute(&format!("CREATE SCHEMA {schema}")).unwrap();
        let house = House::new().restless();
        let site = Site::new();
        let plan = format!(
            "[ledger]\nurl = {{ file = \"{}\" }}\n\n{}",
            site.file("ledger-url", &url),
            house.read("site/plan.toml")
        );
        let page = format!("{}\n{}", house.read("site/page.toml"), site.target());
        let house = house
            .file("site/plan.toml", &plan)
            .file("site/page.toml", &page)
            .file(".gitignore", "/.allclear\n");
        git(house.path(), &["init", "--quiet", "--initial-branch=main"]);
        let other = site.path("other");
        let pipeline = Self { house, other, site, updates: 0 };
        pipeline.commit();
        git(
            Path::new("."),
            &["clone", "--quiet", pipeline.house.path().to_str().unwrap(), pipeline.other.to_str().unwrap()],
        );
        for arguments in [&["adopt", "--accept-old-copy"][..], &["publish"]] {
            let done = pipeline.run(pipeline.house.path(), arguments);
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
        for number in 0..PEOPLE {
            let added = pipeline
                .run(pipeline.house.path(), &["subscribers", "add", &format!("p{number}@example.org")]);
            assert!(added.status.success());
        }
        Some(pipeline)
    }

    /// Commits an incident with one update more than before; says which commit it is. An hour goes by with each, so that nobody
    /// gets more than the brake lets through.
    fn update(&mut self) -> String {
        self.updates += 1;
        let at = |number: usize| format!("2026-03-{:02} {:02}:00", 1 + number / 24, number % 24);
        let entries: String = (1..=self.updates)
            .rev()
            .map(|number| format!("## {} UTC · Investigating\n\nStep {number} of the story.\n\n", at(number)))
            .collect();
        let text = format!(
            "+++\ntitle = \"payments\"\nseverity = \"major\"\naffected = [\"checkout\"]\nstarted = 2026-03-01T01:00:00Z\n\
             eta = \"unknown\"\nnext_update = 2026-03-09T23:00:00Z\nimpact = \"Some payments fail.\"\n+++\n\n{entries}"
        );
        self.house.write("incidents/payments.md", &text);
        self.house.now = house::rfc3339(&at(self.updates));
        self.commit()
    }

    fn commit(&self) -> String {
        git(self.house.path(), &["add", "--all"]);
        // Commits of one second do not differ in their times.
        let mut commit = Command::new("git");
        commit.args([
            "-C",
            self.house.path().to_str().unwrap(),
            "-c",
            "user.name=Desk",
            "-c",
            "user.email=d@example.org",
        ]);
        commit.args(["commit", "--quiet", "-m", "more"]);
        commit.env("GIT_COMMITTER_DATE", format!("2026-03-01T00:{:02}:00Z", self.updates));
        assert!(commit.status().unwrap().success());
        git(self.house.path(), &["rev-parse", "HEAD"])
    }

    fn run(&self, root: &Path, arguments: &[&str]) -> Output {
        let here = self.house.command(arguments);
        let mut command = Command::new(here.get_program());
        let root = |argument| if argument == self.house.path() { root.as_os_str() } else { argument };
        command.args(here.get_args().map(root)).env("NO_COLOR", "1").env("GATEWAY_PASSWORD", "s3cret");
        command.output().unwrap()
    }

    /// What a job does after a merge; says how each of its commands ended.
    fn job(&self, root: &Path) -> Vec<(i32, String)> {
        let ended = |output: Output| {
            (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
        };
        let published = ended(self.run(root, &["publish"]));
        if published.0 != 0 {
            return vec![published];
        }
        vec![published, ended(self.run(root, &["notify", "--yes"]))]
    }

    /// Puts a clone at a commit.
    fn at(&self, root: &Path, commit: &str) {
        if root != self.house.path() {
            git(root, &["fetch", "--quiet", "origin"]);
        }
        git(root, &["checkout", "--quiet", "--detach", commit]);
    }

    #[track_caller]
    fn nobody_was_told_twice(&self, what: &str) {
        let mails = self.house.mails();
        let different: BTreeSet<&(String, String)> = mails.iter().collect();
        assert_eq!(different.len(), mails.len(), "{what}: somebody was told the same twice");
        let newest = format!("Step {} of the story.", self.updates);
        let told = mails.iter().filter(|(_, words)| words.contains(&newest)).count();
        assert_eq!(told, PEOPLE, "{what}: the newest update reached everybody once");
        assert!(mails.iter().all(|(_, words)| !words.contains("eopened")), "{what}: nothing is taken back");
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=Desk", "-c", "user.email=desk@example.org"]);
    let done = command.args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

#[test]
fn two_jobs_at_once_tell_nobody_twice_and_the_newest_commit_stays() {
    let Some(mut pipeline) = Pipeline::new("overlap") else { return };
    for round in 0..5 {
        let (older, newer) = (pipeline.update(), pipeline.update());
        let (here, there) = (pipeline.house.path().to_owned(), pipeline.other.clone());
        // Each clone is the older one in every second round.
        let (first, second) = if round % 2 == 0 { (&here, &there) } else { (&there, &here) };
        pipeline.at(&there, &newer);
        pipeline.at(first, &older);
        pipeline.at(second, &newer);
        let (one, two) = std::thread::scope(|scope| {
            let one = scope.spawn(|| pipeline.job(first));
            let two = scope.spawn(|| pipeline.job(second));
            (one.join().unwrap(), two.join().unwrap())
        });
        let what = format!("round {round}: {one:#?} {two:#?}");
        let codes: BTreeSet<i32> = one.iter().chain(&two).map(|(code, _)| *code).collect();
        // 1: what the other job has in hand is left to it. 4: the other one was faster, or is newer.
        assert!(codes.is_subset(&[0, 1, 4].into()), "{what}");
        // What the next job would do, in case that both lost.
        git(&here, &["checkout", "--quiet", "main"]);
        let last = pipeline.job(&here);
        assert!(last.iter().all(|(code, _)| *code == 0), "{what}, then {last:#?}");
        pipeline.nobody_was_told_twice(&what);
        let page = fs::read_to_string(pipeline.site.live().join("incidents/payments/index.html")).unwrap();
        assert!(page.contains(&format!("Step {} of the story.", pipeline.updates)), "{what}");
    }
}

#[test]
fn a_job_that_comes_late_with_an_older_commit_takes_nothing_back() {
    let Some(mut pipeline) = Pipeline::new("late") else { return };
    let (older, newer) = (pipeline.update(), pipeline.update());
    let (here, there) = (pipeline.house.path().to_owned(), pipeline.other.clone());
    pipeline.at(&there, &older);
    let done = pipeline.job(&here);
    assert!(done.iter().all(|(code, _)| *code == 0), "{done:#?}");
    refused(&pipeline.run(&there, &["notify", "--yes"]), &newer);
    // A clone that was made before the newer commit was there goes by the times.
    let fresh = pipeline.site.path("fresh");
    git(
        Path::new("."),
        &["clone", "--quiet", "--no-local", there.to_str().unwrap(), fresh.to_str().unwrap()],
    );
    refused(&pipeline.run(&fresh, &["notify", "--yes"]), &newer);
    let again = pipeline.run(&here, &["notify", "--yes"]);
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
    pipeline.nobody_was_told_twice("late");
}

#[track_caller]
fn refused(late: &Output, newer: &str) {
    let said = String::from_utf8_lossy(&late.stderr);
    assert_eq!(late.status.code(), Some(4), "{said}");
    assert!(
        said.contains(&format!("subscribers were already notified from commit {}", &newer[..12])),
        "{said}"
    );
}
