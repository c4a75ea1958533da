//! `allclear run` as an operator has it: what is saved or pulled is on the page and told of, once; what fails is said, and
//! stops nothing else.

use std::collections::BTreeSet;
use std::fs;

use crate::fixtures::browser;
use crate::fixtures::clone::{self, Clone};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::postfix::Postfix;
use crate::fixtures::running::Running;
use crate::fixtures::site::Site;

/// A subscriber follows everything, and nothing has happened yet.
fn quiet_house() -> House {
    House::new().subscriber("ana@example.org").restless()
}

fn page(house: &House) -> String {
    fs::read_to_string(house.path().join("public/index.html")).unwrap_or_default()
}

/// What the sample of a house says of payments, once with other words.
fn story(house: &House, title: &str) -> String {
    house.read("incidents/payments.md").replace("title = \"payments\"", &format!("title = \"{title}\""))
}

#[test]
fn a_saved_file_is_on_the_page_and_in_a_mailbox_and_a_bad_one_holds_back_only_itself() {
    let postfix = Postfix::start();
    let authority = postfix.folder().join("ca.pem");
    let house = House::new()
        .file("site/plan.toml", &postfix.plan(Some(authority.to_str().unwrap())))
        .subscriber("alice@example.test")
        .restless();
    let mut run = Running::start(&house, &["run"]);
    wait_until("the first page", || page(&house).contains("Checkout"));
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the page", || page(&house).contains("payments"));
    assert_eq!(postfix.mailbox("alice", 1).len(), 1, "{}", run.said());

    let mut house = house.file("incidents/broken.md", "no front matter");
    run.says("1 error and 0 warnings in the files");
    run.says("not announced while its file has an error: broken; fix it, and it is announced");
    let second = story(&house, "search fails");
    house.write("incidents/search.md", &second);
    wait_until("the page goes on", || page(&house).contains("search fails"));
    assert_eq!(postfix.mailbox("alice", 2).len(), 2, "{}", run.said());
    assert!(run.said().contains("incidents/broken.md"), "{}", run.said());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn planned_work_begins_on_the_page_and_is_told_of_at_its_moment() {
    let maintenance = "+++\nkind = \"maintenance\"\ntitle = \"Moving house\"\naffected = [\"checkout\"]\n\
                       starts = 2026-03-01T10:00:20Z\nends = 2026-03-01T11:00:00Z\n+++\n\n\
                       ## 2026-02-28 10:00 UTC · Scheduled\n\nWe move.\n";
    let house = quiet_house().file("incidents/move.md", maintenance);
    let mut run = Running::start(&house, &["run"]);
    wait_until("the plan on the page", || page(&house).contains("Moving house"));
    let before = page(&house);
    wait_until("both mails", || house.mails().len() == 2);
    assert_ne!(page(&house), before, "the page says that it is in progress");
    let built = run.said().matches(" built ").count();
    assert!((2..=6).contains(&built), "nobody looked in vain: {}", run.said());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    assert_eq!(house.mails().len(), 2);
}

#[test]
fn told_to_stop_in_the_middle_of_a_send_it_ends_what_is_under_way_and_the_next_one_goes_on() {
    let everybody: BTreeSet<String> = (0..400).map(|number| format!("p{number}@example.org")).collect();
    let rows: String = everybody.iter().map(|address| format!("{address}\n")).collect();
    let house = House::new().file("people.csv", &format!("mail\n{rows}")).restless();
    let file = house.path().join("people.csv");
    let house = house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded();
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating").mail_rate(Some(2));
    let mut run = Running::start(&house, &["run"]);
    wait_until("some mails", || house.mails().len() > 2);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    let then = house.mails().len();
    assert!(then < 400, "it was not stopped in the middle");
    let house = house.mail_rate(None);
    let mut again = Running::start(&house, &["run"]);
    wait_until("everybody", || house.mails().len() >= 400);
    assert_eq!(again.end("-INT"), Some(0), "{}", again.said());
    let told: BTreeSet<String> = house.mails().into_iter().map(|(to, _)| to).collect();
    assert_eq!((told, house.mails().len()), (everybody, 400), "nobody twice");
}

#[test]
fn killed_and_started_again_it_tells_nobody_twice() {
    for place in ["after-build", "before-plan", "after-plan", "before-mark"] {
        let house = quiet_house().incident("payments", "2026-03-01 10:00", "Investigating");
        let reached = house.path().join("reached");
        let mut run = Running::paused(&house, place, &reached);
        wait_until(place, || reached.exists());
        run.kill();
        let mut again = Running::start(&house, &["run"]);
        wait_until("the mail", || !house.mails().is_empty());
        // Whatever it would say twice it says at once.
        let house = house.incident("search", "2026-03-01 10:00", "Investigating");
        wait_until("the next mail", || house.mails().len() >= 2);
        assert_eq!(again.end("-TERM"), Some(0), "{}", again.said());
        let subjects: BTreeSet<String> = house.mails().into_iter().map(|(_, words)| words).collect();
        assert_eq!((subjects.len(), house.mails().len()), (2, 2), "{place}: {}", again.said());
    }
}

#[test]
fn its_health_is_503_while_a_part_fails_and_200_when_it_works_again() {
    let house = quiet_house();
    fs::write(house.path().join("public"), "a file in the way").unwrap();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let health = || browser::get(&address, "/healthz");
    wait_until("the failure", || health().starts_with("HTTP/1.1 503"));
    run.says("failing: failed to");
    assert!(health().contains("\"status\": \"failing\""), "{}", health());
    fs::remove_file(house.path().join("public")).unwrap();
    wait_until("the recovery", || health().starts_with("HTTP/1.1 200"));
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the notice", || health().contains("\"planned\""));
    for part in ["\"built\"", "\"problems\"", "\"next_turn\"", "\"deliver\""] {
        assert!(health().contains(part), "{part} is not in {}", health());
    }
    assert!(!health().contains("ana@"), "no address leaves");
    wait_until("the mail", || house.mails().len() == 1);
    let second = house.run(&["run"]).exited(4).said("another `allclear run` is using this folder");
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    drop(second);
}

#[test]
fn with_a_target_nobody_is_told_before_readers_get_the_page() {
    let site = Site::new();
    let house = quiet_house();
    let page = format!("{}\n{}", house.read("site/page.toml"), site.target());
    let house = house.file("site/page.toml", &page);
    fs::write(site.path("page"), "a file in the way").unwrap();
    let mut run = Running::start(&house, &["run", "--health", "127.0.0.1:0"]);
    let address = run.hears("health at http://", "/healthz");
    let health = || browser::get(&address, "/healthz");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the failure", || health().starts_with("HTTP/1.1 503"));
    run.says("target here  failing: failed to");
    assert!(house.mails().is_empty(), "{}", run.said());
    fs::remove_file(site.path("page")).unwrap();
    wait_until("the mail", || house.mails().len() == 1);
    let live = fs::read_to_string(site.live().join("index.html")).unwrap();
    assert!(live.contains("payments"), "{}", run.said());
    wait_until("the recovery", || health().starts_with("HTTP/1.1 200"));
    assert!(health().contains("\"published\""), "{}", health());
    let house = house.incident("search", "2026-03-01 10:00", "Investigating");
    wait_until("the second mail", || house.mails().len() == 2);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn a_folder_that_no_page_goes_to_is_said_once() {
    let site = Site::new();
    let house = quiet_house();
    let page = format!("{}\n{}", house.read("site/page.toml"), site.target());
    let house = house.file("site/page.toml", &page);
    let mut run = Running::start(&house, &["run", "--out", "elsewhere"]);
    run.says("--out elsewhere has no effect: site/page.toml names targets");
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    wait_until("the mail", || house.mails().len() == 1);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
    assert_eq!(run.said().matches("has no effect").count(), 1, "{}", run.said());
}

#[test]
fn a_new_plan_is_worked_by_at_once() {
    let house = quiet_house();
    let plan = house.read("site/plan.toml");
    let port = plan.lines().find(|line| line.starts_with("port = ")).unwrap().to_owned();
    let mut house = house.file("site/plan.toml", &plan.replacen(&port, "port = 1", 1));
    let mut run = Running::start(&house, &["run"]);
    house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    run.says("retrying at");
    house.write("site/plan.toml", &plan);
    let house = house.incident("search", "2026-03-01 10:00", "Investigating");
    wait_until("the mail by the new plan", || !house.mails().is_empty());
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn a_branch_is_followed_forward_and_a_rewritten_one_is_refused() {
    let house = quiet_house();
    let clone = Clone::of(&house);
    let mut run = Running::start(&house, &["run", "--pull", "origin/main", "--every", "1s"]);
    run.says(" built ");
    clone.write("incidents/payments.md", &clone::incident("payments"));
    clone.commit("payments", None).push();
    wait_until("the page", || page(&house).contains("payments"));
    run.says("pulled 1 commit");
    wait_until("the mail", || house.mails().len() == 1);

    clone.rewrite("other words");
    run.says("the branch was force-pushed");
    assert!(page(&house).contains("payments") && !page(&house).contains("other words"));
    // Back to what was there, and on from it: taken again.
    clone.back();
    clone.write("incidents/search.md", &clone::incident("search"));
    clone.commit("search", None).push();
    run.says("works again");
    wait_until("the page", || page(&house).contains(">search<"));
    wait_until("the second mail", || house.mails().len() == 2);

    // Changes in the folder itself are in the way, and stay.
    fs::write(house.path().join("incidents/search.md"), clone::incident("mine")).unwrap();
    wait_until("my words", || page(&house).contains(">mine<"));
    clone.write("incidents/search.md", &clone::incident("theirs"));
    clone.commit("theirs", None).push();
    run.says("cannot fast-forward");
    assert!(page(&house).contains(">mine<"));
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}

#[test]
fn only_commits_that_somebody_trusted_signed_are_taken() {
    let house = quiet_house();
    let clone = Clone::of(&house);
    let (trusted, stranger) = (clone.key("trusted"), clone.key("stranger"));
    let signers = clone.signers(&trusted);
    let follow = ["run", "--pull", "origin/main", "--every", "1s", "--signers", &signers];
    let mut run = Running::start(&house, &follow);
    run.says(" built ");
    clone.write("incidents/payments.md", &clone::incident("unsigned"));
    clone.commit("unsigned", None).push();
    run.says(&format!("commit {} of origin/main is not signed by a key in", clone.tip()));
    clone.write("incidents/payments.md", &clone::incident("strange"));
    clone.commit("strange", Some(&stranger)).push();
    run.says(&format!("commit {} of origin/main is not signed by a key in", clone.tip()));
    assert!(!page(&house).contains("unsigned") && !page(&house).contains("strange"), "{}", run.said());
    assert!(!run.said().contains("pulled 1"), "{}", run.said());
    assert!(house.mails().is_empty());
    clone.write("incidents/payments.md", &clone::incident("signed"));
    clone.commit("signed", Some(&trusted)).push();
    wait_until("the signed words", || page(&house).contains(">signed<"));
    wait_until("the mail", || house.mails().len() == 1);
    assert_eq!(run.end("-TERM"), Some(0), "{}", run.said());
}
