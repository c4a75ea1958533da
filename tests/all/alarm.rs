//! `allclear run` pages people when it stops notifying or publishing, once, by a channel that still works, and again when it
//! works again.

use std::fs;

use serde_json::Value;

use crate::destinations;
use crate::fixtures::browser;
use crate::fixtures::cluster::Cluster;
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;
use crate::fixtures::services::Services;
use crate::fixtures::site::Site;
use crate::fixtures::skip::skip;

const PHONE: &str = "+34600000009";
const DESK: &str = "oncall@acme.test";

/// It pages after two seconds; messages are tried again at once.
const TERMS: &str = "[retry]\nfirst = \"1s\"\nlongest = \"1s\"\n\n[alarm]\nafter = \"2s\"\n";

/// A house that pages these.
fn house(alarm: &str) -> House {
    let mut house = House::new().subscriber("ana@example.org").restless();
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{TERMS}{alarm}\n\n{plan}"));
    house
}

fn both() -> String {
    format!("mail = [\"{DESK}\"]\ntext = [\"{PHONE}\"]")
}

/// A `run` of a house, with the address of its health.
struct Watched {
    house: House,
    run: Running,
    health: String,
}

impl Watched {
    fn start(house: House) -> Self {
        let run = Running::start(&house, &["run", "--health", "127.0.0.1:0", "--at-least-every", "2s"]);
        let health = run.hears("health at http://", "/healthz");
        Self { house, run, health }
    }

    fn again(self) -> Self {
        let Self { house, mut run, .. } = self;
        run.kill();
        Self::start(house)
    }

    fn with(self, change: impl FnOnce(House) -> House) -> Self {
        Self { house: change(self.house), ..self }
    }

    fn health(&self) -> (bool, Value) {
        let answer = browser::get(&self.health, "/healthz");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.starts_with("HTTP/1.1 200 "), serde_json::from_str(body).unwrap())
    }

    fn part(&self, name: &str) -> Value {
        let (_, shown) = self.health();
        let parts = shown["parts"].as_array().cloned().unwrap_or_default();
        parts.into_iter().find(|part| part["part"] == name).unwrap_or_default()
    }

    /// The pages: channel and words, in the order of each channel.
    fn pages(&self) -> Vec<(&'static str, String)> {
        let texts =
            self.house.texts().into_iter().filter(|(to, _)| to == PHONE).map(|(_, text)| ("text", text));
        let mails =
            self.house.mails().into_iter().filter(|(to, _)| to == DESK).map(|(_, mail)| ("mail", mail));
        texts.chain(mails).collect()
    }

    #[track_caller]
    fn paged(&self, channel: &str, words: &[&str]) {
        let is_it =
            |(by, text): &(&str, String)| *by == channel && words.iter().all(|word| text.contains(word));
        wait_until(
            &format!("a page by {channel} that says {words:?}; {:?}; {}", self.pages(), self.run.said()),
            || self.pages().iter().any(is_it),
        );
    }

    /// How many emails the alarm came to: its end, and before that the page itself, if the relay was back in time for it.
    #[track_caller]
    fn mails(&self) -> usize {
        let pages = self.pages().into_iter();
        let mails: Vec<String> = pages.filter(|(by, _)| *by == "mail").map(|(_, mail)| mail).collect();
        let (end, before) = mails.split_last().unwrap();
        assert!(end.contains("work again") && before.len() <= 1, "{mails:?}");
        assert!(before.iter().all(|mail| mail.contains("have stopped")), "{mails:?}");
        mails.len()
    }

    /// Ends it. Everyone was paged that often by each channel, however long it went on.
    #[track_caller]
    fn end(mut self, texts: usize, mails: usize) -> House {
        wait_until("nothing is raised", || self.health().1["alarm"]["raised"] == serde_json::json!({}));
        assert_eq!(self.run.end("-TERM"), Some(0), "{}", self.run.said());
        let count = |channel| self.pages().iter().filter(|(by, _)| *by == channel).count();
        assert_eq!(
            (count("text"), count("mail")),
            (texts, mails),
            "{:#?}\n{}",
            self.pages(),
            self.run.said()
        );
        let said = self.run.said();
        assert!(!said.contains(PHONE) && !said.contains(DESK), "{said}");
        self.house
    }
}

#[test]
fn a_dead_relay_pages_by_sms_once_also_over_a_restart_and_its_end_is_sent() {
    let run = Watched::start(house(&both()).mail_server_down(true));
    let run = run.with(|house| house.incident("payments", "2026-03-01 10:00", "Investigating"));
    run.paged(
        "text",
        &["status.acme.test: notifications have stopped since", "email: ", "allclear run --status"],
    );
    wait_until("health to say so", || {
        let (is_well, shown) = run.health();
        let raised = &shown["alarm"]["raised"]["notifications"];
        let last = &shown["alarm"]["last_page"];
        !is_well
            && raised["paged"] == 1
            && last["says"] == "notifications have stopped"
            && last["accepted"] == 1
    });
    wait_until("the channel among the parts", || run.part("email")["state"] == "failing");
    let run = run.again();
    wait_until("the alarm that was raised before", || {
        run.health().1["alarm"]["raised"]["notifications"]["paged"] == 1
    });
    let run = run.with(|house| house.mail_server_down(false));
    run.paged("text", &["status.acme.test: notifications work again"]);
    run.paged("mail", &["notifications work again", "It had stopped at", "421"]);
    wait_until("what was queued", || run.house.mails().iter().any(|(to, _)| to == "ana@example.org"));
    wait_until("the channel to be no part any more", || run.part("email").is_null());
    let mails = run.mails();
    run.end(2, mails);
}

#[test]
fn a_database_that_is_away_pages_by_every_channel() {
    let Some(cluster) = Cluster::new() else {
        return skip("no PostgreSQL server is installed");
    };
    let server = cluster.primary("server", "");
    let mut house = house(&both());
    let plan = format!("[ledger]\nurl = {{ file = \"url\" }}\n\n{}", house.read("site/plan.toml"));
    house.write("url", &server.url("postgres")).write("site/plan.toml", &plan);
    let house = house.run(&["adopt", "--accept-old-copy"]).succeeded();
    let run = Watched::start(house);
    wait_until("the lease", || run.health().0 && run.part("ledger")["state"] == "well");
    server.signal("-STOP");
    run.paged("text", &["notifications have stopped since"]);
    run.paged("mail", &["notifications have stopped", "Last error:", "ledger", "You get one more message"]);
    server.signal("-CONT");
    run.paged("text", &["notifications work again"]);
    run.paged("mail", &["notifications work again"]);
    run.end(2, 2);
}

#[test]
fn a_page_that_no_target_takes_is_paged_and_one_dead_target_of_two_is_not() {
    let (site, other) = (Site::new(), Site::new());
    let mut house = house(&both());
    let page = house.read("site/page.toml");
    let dead = other.target().replace("\"here\"", "\"other\"");
    let blocked = other.file("page", "in the way");
    house.write("site/page.toml", &format!("{page}\n{}\n{dead}", site.target()));
    let mut run = Watched::start(house);
    wait_until("the target that fails", || run.part("target other")["failures"].as_u64() >= Some(3));
    assert_eq!(run.health().1["alarm"]["raised"], serde_json::json!({}), "the other target has the page");
    run.house.write("site/page.toml", &format!("{page}\n{dead}"));
    run.paged("text", &["the page is no longer updated since", "target other"]);
    run.paged("mail", &["the page is no longer updated", "Readers see the page as it was", "target other"]);
    // A change that waits for the page is no second alarm.
    let run = run.with(|house| house.incident("payments", "2026-03-01 10:00", "Investigating"));
    wait_until("the notifier to wait", || run.part("notify")["last_success"].is_string());
    fs::remove_file(blocked).unwrap();
    run.paged("text", &["the page is updated again"]);
    run.paged("mail", &["the page is updated again"]);
    run.end(2, 2);
}

#[test]
fn an_alarm_that_reaches_no_one_is_in_the_log_and_in_health() {
    // By email alone, and email is what stopped.
    let run = Watched::start(house(&format!("mail = [\"{DESK}\"]")).mail_server_down(true));
    let run = run.with(|house| house.incident("payments", "2026-03-01 10:00", "Investigating"));
    run.run.says("notifications have stopped since");
    run.run.says("no one could be paged: email: ");
    wait_until("health to say so", || {
        let why = run.part("alarm")["why"].as_str().unwrap_or_default().to_owned();
        !run.health().0 && why.starts_with("no one could be paged")
    });
    let run = run.with(|house| house.mail_server_down(false));
    run.paged("mail", &["notifications work again"]);
    wait_until("all to be well", || run.health().0);
    let mails = run.mails();
    run.end(0, mails);
}

#[test]
fn without_an_address_the_log_and_health_say_what_stopped() {
    let run = Watched::start(house("").mail_server_down(true));
    let run = run.with(|house| house.incident("payments", "2026-03-01 10:00", "Investigating"));
    run.run.says("notifications have stopped since");
    wait_until("health to say so", || {
        let (is_well, shown) = run.health();
        !is_well
            && shown["alarm"]["recipients"] == 0
            && shown["alarm"]["raised"]["notifications"]["paged"] == 0
    });
    let run = run.with(|house| house.mail_server_down(false));
    run.run.says("notifications work again");
    run.end(0, 0);
}

#[test]
fn a_brake_that_waits_for_a_person_pages_one() {
    let run = Watched::start(house(&both()));
    let run = run.with(|mut house| {
        for name in ["a", "b", "c", "d"] {
            house = house.incident(name, "2026-03-01 10:00", "Investigating");
        }
        house
    });
    run.paged("text", &["notifications have stopped since", "brake"]);
    let run = run.with(|house| house.run(&["deliver", "--release-brake"]).succeeded());
    run.paged("text", &["notifications work again"]);
    run.paged("mail", &["notifications work again"]);
    run.end(2, 2);
}

#[test]
fn every_kind_of_destination_is_paged_of_it_and_a_tool_closes_what_it_opened() {
    let services = Services::start();
    let kinds = [destinations::SLACK, destinations::DISCORD, destinations::MATTERMOST, destinations::NTFY];
    let kinds = [&kinds[..], &[destinations::PAGERDUTY, destinations::HOOK]].concat();
    let only: Vec<String> =
        kinds.iter().map(|(_, _, more)| format!("{more}\nfollow = []\nalarm = true")).collect();
    let kinds: Vec<_> =
        kinds.iter().zip(&only).map(|((kind, keys, _), more)| (*kind, *keys, more.as_str())).collect();
    let mut house = destinations::house(&services, &kinds).subscriber("ana@example.org").restless();
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{TERMS}{plan}"));
    let run = Watched::start(house.mail_server_down(true));
    let run = run.with(|house| house.incident("payments", "2026-03-01 10:00", "Investigating"));
    let paths = ["/slack", "/discord", "/mattermost", "/ntfy", "/pagerduty", "/hook"];
    for path in paths {
        wait_until(path, || services.calls(path).len() == 1);
        let said = String::from_utf8(services.calls(path)[0].bytes.clone()).unwrap();
        assert!(said.contains("notifications have stopped"), "{path}: {said}");
        assert!(!said.contains("We see failing payments"), "{path}: {said}");
    }
    let run = run.with(|house| house.mail_server_down(false));
    for path in paths {
        wait_until(path, || services.calls(path).len() == 2);
    }
    run.end(0, 0);
    let bodies = |path: &str| services.calls(path).into_iter().map(|call| call.body).collect::<Vec<_>>();
    let tool = bodies("/pagerduty");
    assert_eq!((&tool[0]["event_action"], &tool[1]["event_action"]), (&"trigger".into(), &"resolve".into()));
    assert_eq!(
        (&tool[0]["dedup_key"], &tool[0]["payload"]["severity"]),
        (&tool[1]["dedup_key"], &"critical".into())
    );
    let hook = bodies("/hook");
    assert_eq!((&hook[0]["type"], &hook[1]["type"]), (&"run.stopped".into(), &"run.works_again".into()));
}

#[test]
fn a_test_of_the_alarm_says_whom_it_reaches() {
    let house = house("").run(&["run", "--test-alarm"]).exited(4).said("names no one to page");
    drop(house);
    let house = self::house(&both()).run(&["run", "--test-alarm"]).succeeded();
    let house = house.said("email o…@acme.test  accepted").said("SMS +34…09  accepted");
    let house =
        house.mailed(DESK, "this is a test of the alarm").texted(PHONE, "this is a test of the alarm");
    let mut house = house.mail_server_down(true);
    house = house.run(&["run", "--test-alarm"]).exited(1).said("failed: relay");
    let _house = house.texted(PHONE, "nothing is wrong");
}
