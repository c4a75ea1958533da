//! The binary against the world: a saved file becomes a mail in a real mailbox, a text at a real gateway and a page
//! in a real browser; the preview follows a save; the demo plays to its end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use mail_parser::MessageParser;

use crate::fixtures::browser::{self, Browser};
use crate::fixtures::house::{House, wait_until};
use crate::fixtures::kannel::Kannel;
use crate::fixtures::postfix::Postfix;

#[test]
fn a_saved_file_becomes_a_mail_in_a_mailbox_and_a_text_on_a_phone_once() {
    let (postfix, kannel) = (Postfix::start(), Kannel::start(None));
    let authority = postfix.folder().join("ca.pem");
    let plan = format!("{}\n{}", postfix.plan(Some(authority.to_str().unwrap())), kannel.plan());
    let house = House::new()
        .file("site/plan.toml", &plan)
        .subscriber_with(&["alice@example.test", "--language", "es"])
        .subscriber("+34600000001")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .notify()
        .said("no new changes");

    let mails = postfix.mailbox("alice", 1);
    assert_eq!(mails.len(), 1);
    let mail = MessageParser::default().parse(&mails[0]).unwrap();
    assert_eq!(mail.subject(), Some("[Acme] payments"));
    for body in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        for fact in ["Pago", "Some payments fail.", "https://status.acme.test/es/incidents/payments/"] {
            assert!(body.contains(fact), "{fact} is not in {body}");
        }
    }
    let texts = kannel.received(1);
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].0, "+34600000001");
    assert!(texts[0].1.contains("https://status.acme.test/incidents/payments/"), "{texts:?}");

    let house = house.update("payments", "2026-03-01 10:30", "resolved").notify();
    assert_eq!(postfix.mailbox("alice", 2).len(), 2);
    assert_eq!(kannel.received(2).len(), 2);
    house.run(&["why", "+34600000001"]).printed("accepted").printed("resolved");
}

#[test]
fn a_browser_shows_the_page_with_and_without_script() {
    let house =
        House::new().incident("payments", "2026-03-01 10:00", "Investigating").run(&["build"]).succeeded();
    let page = house.path().join("public/index.html");
    let address = format!("file://{}", page.display());
    let proof = house.path().join("proof.html");
    fs::write(&proof, "<!doctype html><p id=a>plain</p><script>a.textContent = 'scripted'</script>").unwrap();
    for (script, marker) in [(true, "scripted"), (false, "plain")] {
        let browser = Browser::new(script).in_zone("Europe/Madrid");
        assert!(browser.words_of(&format!("file://{}", proof.display())).starts_with(marker));
        let words = browser.words_of(&address);
        for fact in ["payments", "Some payments fail.", "Checkout", "Search"] {
            assert!(words.contains(fact), "{fact} is not in {words}");
        }
    }
}

#[test]
fn the_preview_follows_every_save_and_survives_a_broken_file() {
    let mut house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let preview = Served::start(house.command(&["preview", "--port", "0"]));
    assert!(preview.get("/").contains("payments"));
    assert!(preview.get("/incidents/payments/").contains("Some payments fail."));
    assert!(preview.get("/no-such-page").contains("404"), "a missing page says so");

    let text = house.read("incidents/payments.md");
    house.write("incidents/payments.md", &text.replace("Some payments fail.", "All payments fail."));
    wait_until("the save to be shown", || preview.get("/").contains("All payments fail."));
    house.write("incidents/payments.md", "+++\nbroken");
    house.write("incidents/search.md", &text.replace("title = \"payments\"", "title = \"search fails\""));
    wait_until("the other file to be shown", || preview.get("/").contains("search fails"));
    assert!(preview.get("/").contains("All payments fail."), "the last good version stays");
    drop(house.restless());
}

#[test]
fn the_preview_follows_a_folder_that_was_not_there_when_it_began() {
    let mut house = House::new();
    fs::remove_dir_all(house.path().join("incidents")).unwrap();
    let preview = Served::start(house.command(&["preview", "--port", "0"]));
    let other = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
    let text = other.read("incidents/payments.md");
    house.write("incidents/payments.md", &text);
    wait_until("the first incident to be shown", || preview.get("/").contains("Some payments fail."));
    house.write("incidents/payments.md", &text.replace("Some payments fail.", "All payments fail."));
    wait_until("the save to be shown", || preview.get("/").contains("All payments fail."));
    drop((house.restless(), other.restless()));
}

#[test]
fn the_demo_plays_an_outage_to_its_end() {
    let done = Command::new(env!("CARGO_BIN_EXE_allclear")).args(["demo", "--fast"]).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(done.status.success(), "{said}");
    for line in [
        "Bruno  email not reached yet; falling back to SMS",
        "Bruno  SMS accepted",
        "Dev    nothing",
        "12 of 12 notifications accepted: 7 emails, 5 SMS messages, 0 still queued",
    ] {
        assert!(said.contains(line), "{line:?} is not in\n{said}");
    }
    assert_eq!(String::from_utf8(done.stdout).unwrap().lines().count(), 2, "the addresses, for a script");
}

#[test]
fn the_demo_ends_at_ctrl_c() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
    let mut demo = command.arg("demo").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(demo.stderr.take().unwrap()).lines();
    // By then a worker of the demo has listened for signals as well.
    assert!(said.any(|line| line.unwrap().contains("accepted")));
    let told = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap();
    assert!(told.success());
    let others = std::thread::spawn(move || said.count());
    wait_until("the demo to end", || demo.try_wait().unwrap().is_some());
    assert!(demo.wait().unwrap().success());
    others.join().unwrap();
}

/// A process that serves a page and prints its address.
struct Served {
    process: Child,
    address: String,
}

impl Served {
    fn start(mut command: Command) -> Self {
        let mut process = command.stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { process, address }
    }

    fn get(&self, path: &str) -> String {
        browser::get(&self.address, path)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
