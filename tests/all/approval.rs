//! Nothing leaves before the people whom the plan names have approved its text: by command, by commit, by breaking the glass.

mod forged;
mod places;

use std::fs;
use std::process::Command;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;

const READER: &str = "reader@example.org";

const PEOPLE: &str = "
[people.ana]
name = \"Ana Prieto\"
mail = \"ana@acme.test\"
[people.bo]
name = \"Bo Berg\"
mail = \"bo@acme.test\"
[roles]
incident_manager = [\"ana\"]
communications_manager = [\"bo\"]
[alarm]
mail = [\"oncall@acme.test\"]
[[approval.rules]]
by = \"communications_manager\"
from_severity = \"major\"
";

fn house() -> House {
    let mut house = House::new().subscriber(READER);
    let plan = house.read("site/plan.toml") + PEOPLE;
    house.write("site/plan.toml", &plan);
    house
}

const APPROVE: &[&str] = &["approve", "payments", "--as", "bo", "--yes"];
const NOTIFY: &[&str] = &["notify", "--yes"];
const NEEDS: &str = "needs the approval of Bo Berg (communications manager)";

#[test]
fn a_text_waits_for_its_approval_and_a_changed_text_for_another() {
    let house = house().incident("payments", "2026-03-01 10:10", "Investigating");
    let house = house.run(NOTIFY).exited(4).said(NEEDS).said("allclear approve payments").mailed_nobody();
    let house = house
        .run(&["notify", "--dry-run"])
        .exited(4)
        .said("payments  not announced: it needs the approval of");
    let house = house.run(&["notify", "--dry-run", "--format", "json"]).exited(4).printed("\"unapproved\"");
    let report = ["notify", "--dry-run", "--format", "markdown"];
    let house = house.run(&report).printed("before it is sent, it needs the approval of Bo Berg");
    let house = house
        .run(&["approve", "payments", "--as", "ana", "--yes"])
        .exited(4)
        .said("Ana Prieto may not approve this");
    let house = house.run(&["approve", "payments", "--as", "bo"]).exited(4).said("add --yes");
    let house =
        house.run(&["approve", "payments", "--as", "eve", "--yes"]).exited(2).said("known: `ana`, `bo`");
    let mut house = house
        .run(NOTIFY)
        .exited(4)
        .mailed_nobody()
        .run(APPROVE)
        .succeeded()
        .said("approved: payments by Bo Berg");
    let approved = house.read("incidents/payments.md");
    house.write("incidents/payments.md", &approved.replace("failing payments", "failed payments"));
    let mut house =
        house.run(NOTIFY).exited(4).said("Bo Berg approved another version of the text").mailed_nobody();
    house.write("incidents/payments.md", &approved);
    let house = house.run(NOTIFY).succeeded().mailed(READER, "failing payments");
    let house = house.run(APPROVE).exited(4).said("nothing about payments waits for approval");
    let house = house.update("payments", "2026-03-01 10:20", "identified").run(NOTIFY).exited(4).said(NEEDS);
    house
        .mailed_nobody()
        .run(APPROVE)
        .succeeded()
        .run(NOTIFY)
        .succeeded()
        .mailed(READER, "Now it is identified");
}

#[test]
fn other_incidents_do_not_wait() {
    let mut house = house().incident("payments", "2026-03-01 10:10", "Investigating");
    let minor = house
        .read("incidents/payments.md")
        .replace("\"major\"", "\"minor\"")
        .replace("\"payments\"", "\"slow\"");
    house.write("incidents/slow.md", &minor);
    let house = house
        .run(NOTIFY)
        .exited(4)
        .said("1 change was queued for sending, but not all")
        .mailed(READER, "slow");
    house.mailed_nobody().run(APPROVE).succeeded().run(NOTIFY).succeeded().mailed(READER, "payments");
}

/// A text that was approved and is still queued is not replaced by one that was not.
#[test]
fn what_is_queued_keeps_the_approved_text() {
    let house = house().incident("payments", "2026-03-01 10:10", "Investigating").mail_server_down(true);
    let mut house = house.run(APPROVE).succeeded().run(NOTIFY);
    let approved = house.read("incidents/payments.md");
    house.write("incidents/payments.md", &approved.replace("Some payments", "All of the payments"));
    let house = house.run(NOTIFY).exited(4).said(NEEDS).mail_server_down(false).at("2026-03-01 10:40");
    let house = house.run(&["deliver", "--retry-now"]).succeeded().mailed(READER, "Some payments");
    house.run(APPROVE).succeeded().run(NOTIFY).succeeded().mailed(READER, "All of the payments");
}

#[test]
fn an_approval_edited_in_the_ledger_sends_nothing() {
    let house = house().incident("payments", "2026-03-01 10:10", "Investigating").run(APPROVE).succeeded();
    let ledger = rusqlite::Connection::open(house.path().join(".allclear/ledger.db")).unwrap();
    let text = "UPDATE setting SET value = CAST(replace(CAST(value AS TEXT), '\"bo\"', '\"ana\"') AS BLOB)
                WHERE name LIKE 'approval %'";
    assert_eq!(ledger.execute(text, []).unwrap(), 1);
    drop(ledger);
    house.run(NOTIFY).exited(1).said("damaged").mailed_nobody();
}

#[test]
fn run_sends_as_soon_as_it_is_approved() {
    let house = house().incident("payments", "2026-03-01 10:10", "Investigating");
    let mut run = Running::start(&house, &["run"]);
    run.says("payments waits for the approval of Bo Berg (communications manager)");
    let house =
        house.run(&["run", "--status"]).printed("needs_approval_of").printed("Bo Berg").mailed_nobody();
    let house = house.run(APPROVE).succeeded();
    // Without a look at the ledger it would rest for an hour.
    wait_until("the email", || !house.mails().is_empty());
    assert_eq!(run.end("-TERM"), Some(0));
    house.mailed(READER, "payments");
}

#[test]
fn break_glass_is_recorded_and_announced() {
    let house = house().incident("payments", "2026-03-01 10:10", "Investigating");
    let glass = ["approve", "payments", "--as", "ana", "--yes", "--break-glass", "--role"];
    let with = |role| [&glass[..], &[role, "--reason", "Nobody answers"]].concat();
    let house = house.run(&with("support_manager")).exited(4).said("Ana Prieto is not support manager");
    let house = house.run(&with("incident_manager")).succeeded();
    let house = house.mailed(
        "oncall@acme.test",
        "Ana Prieto (incident manager) let payments leave without approval: Nobody answers",
    );
    house.run(NOTIFY).succeeded().mailed(READER, "payments");
}

/// A house in a repository, with the keys of three people; that of Eve is not in the plan.
struct Repository(House);

impl Repository {
    fn new(signed: bool) -> Self {
        let mut house = house();
        let keys = ["ana", "bo", "eve"].map(|name| {
            let key = house.path().join(format!(".allclear/{name}"));
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
            assert!(made.unwrap().success());
            fs::read_to_string(key.with_extension("pub")).unwrap()
        });
        let rules = format!("[approval]\nsigned = {signed}\n[[approval.rules]]");
        let mut plan = house.read("site/plan.toml").replace("[[approval.rules]]", &rules);
        for (name, key) in [("ana", &keys[0]), ("bo", &keys[1])] {
            let mail = format!("mail = \"{name}@acme.test\"\n");
            plan = plan.replace(&mail, &format!("{mail}signing_key = \"{}\"\n", key.trim()));
        }
        house.write("site/plan.toml", &plan);
        house.write(".gitignore", "/.allclear\n/public\n");
        let house = house.incident("payments", "2026-03-01 10:10", "Investigating");
        let all = Self(house);
        all.git(&["init", "--quiet", "--initial-branch=main"]);
        all.git(&["config", "gpg.format", "ssh"]);
        all.git(&["config", "user.name", "Ana"]);
        all.git(&["config", "user.email", "ana@acme.test"]);
        all.git(&["add", "--all"]);
        all.git(&["commit", "--quiet", "--message", "incident"]);
        all
    }

    fn git(&self, arguments: &[&str]) {
        let done = Command::new("git").arg("-C").arg(self.0.path()).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Writes the commit again, with another author, another signature or a trailer.
    fn amend(&self, author: &str, signer: Option<&str>, trailer: Option<&str>) {
        let author = format!("--author={author} <{author}@acme.test>");
        let key =
            signer.map(|name| format!("--gpg-sign={}", self.0.path().join(".allclear").join(name).display()));
        let trailer = trailer.map(|name| format!("--trailer=Approved-by: {name} <{name}@acme.test>"));
        let mut arguments = vec!["commit", "--quiet", "--amend", "--message", "incident", &author];
        arguments.extend(key.as_deref());
        arguments.extend(trailer.as_deref());
        self.git(&arguments);
    }
}

#[test]
fn a_trailer_approves_unless_it_names_the_author() {
    let mut all = Repository::new(false);
    all.0 = all.0.run(&["approve", "payments", "--yes"]).exited(4).said("Ana Prieto wrote the text");
    for (author, trailer, why_not) in [
        ("ana", None, Some(NEEDS)),
        ("bo", Some("bo"), Some("Bo Berg wrote the text")),
        ("ana", Some("ana"), Some("Ana Prieto wrote the text")),
        ("ana", Some("eve"), Some(NEEDS)),
        ("ana", Some("bo"), None),
    ] {
        all.amend(author, None, trailer);
        all.0 = match why_not {
            Some(why_not) => all.0.run(NOTIFY).exited(4).said(why_not).mailed_nobody(),
            None => all.0.run(NOTIFY).succeeded().mailed(READER, "payments"),
        };
    }
}

#[test]
fn a_forged_signature_approves_nothing() {
    let mut all = Repository::new(true);
    all.0 = all.0.run(APPROVE).exited(4).said("only a signed commit approves");
    for (author, signer, trailer, why_not) in [
        ("ana", None, Some("bo"), Some("the approval of Bo Berg is not signed")),
        ("ana", Some("eve"), Some("bo"), Some("the approval of Bo Berg is not signed")),
        ("ana", Some("eve"), None, Some(NEEDS)),
        ("ana", Some("ana"), None, Some("Ana Prieto wrote the text")),
        ("bo", Some("bo"), None, Some("Bo Berg wrote the text")),
    ] {
        all.amend(author, signer, trailer);
        all.0 = all.0.run(NOTIFY).exited(4).said(why_not.unwrap_or(NEEDS)).mailed_nobody();
    }
    all.amend("ana", Some("bo"), None);
    // What is not committed is not what was signed.
    let signed = all.0.read("incidents/payments.md");
    all.0.write("incidents/payments.md", &signed.replace("failing", "failed"));
    all.0 = all.0.run(NOTIFY).exited(4).said(NEEDS).mailed_nobody();
    all.0.write("incidents/payments.md", &signed);
    all.0 = all.0.run(NOTIFY).succeeded().mailed(READER, "payments");
}

#[test]
fn who_merges_and_signs_the_merge_approves() {
    let mut all = Repository::new(true);
    all.0 = all.0.run(NOTIFY).exited(4).said(NEEDS);
    all.git(&["checkout", "--quiet", "-b", "update"]);
    let text = all.0.read("incidents/payments.md").replace("Some payments", "Most payments");
    all.0.write("incidents/payments.md", &text);
    all.git(&["commit", "--quiet", "--all", "--message", "more"]);
    all.git(&["checkout", "--quiet", "main"]);
    let key = format!("--gpg-sign={}", all.0.path().join(".allclear/bo").display());
    all.git(&["merge", "--quiet", "--no-ff", &key, "--message", "merge", "update"]);
    all.0 = all.0.run(NOTIFY).succeeded().mailed(READER, "Most payments");
}
