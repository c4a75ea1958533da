//! Signatures of mails, verified by dkimpy after the mails went through Postfix.
//!
//! The keys and the records are made by the commands of `docs/configuration.md`.

use std::fs;
use std::path::Path;
use std::process::Command;

use allclear::model::message::MailMessage;
use allclear::model::notice::StepState;

use crate::fixtures::delivery::House;
use crate::fixtures::postfix::Postfix;

const SIGNED_MAIL: &str = include_str!("../../docs/signed-mail.md");

/// What changes a mail so that it is harder to sign.
type Change = fn(&mut MailMessage);

const VARIANTS: [(&str, Change); 6] = [
    ("as it is", |_| {}),
    ("a long subject", |mail| mail.subject = "the payments of every shop fail again ".repeat(8)),
    ("a subject in other letters", |mail| mail.subject = "Los pagos fallan; 结账不可用 ✓ ".repeat(9)),
    ("dots", |mail| mail.text = ".\n..\n.one\n. two\nthree.\n".to_owned()),
    ("blanks at the ends", |mail| mail.text = "\n\n  one \t two \t\n \n\n\t\n\n\n".to_owned()),
    ("no address for answers", |mail| mail.reply_to = None),
];

#[test]
fn every_signature_verifies_and_no_forgery_does() {
    let postfix = Postfix::start();
    let folder = postfix.folder();
    make_keys(folder);
    let plan = postfix.plan(Some("ca.pem")).replacen(
        "[providers.",
        "[mail.dkim]\ndomain = 'example.test'\nselector = 'allclear'\nkey = { file = 'dkim.pem' }\n\
         second_selector = 'allclear-rsa'\nsecond_key = { file = 'dkim-rsa.pem' }\n[providers.",
        1,
    );
    for (what, change) in VARIANTS {
        let mut house = House::new(&plan, folder);
        change(&mut house.mail);
        house.subscriber(&["alice@example.test"]);
        house.change("payments");
        assert_eq!(house.deliver().ended, [(StepState::Accepted, 1)].into(), "{what}");
    }
    let mails = postfix.mailbox("alice", VARIANTS.len());
    assert_eq!(mails.len(), VARIANTS.len());
    let good = "allclear True\nallclear-rsa True\n";
    let bad = "allclear False\nallclear-rsa False\n";
    for mail in &mails {
        let shown = String::from_utf8_lossy(mail);
        assert_eq!(verified(folder, mail), good, "{shown}");
        for header in
            ["From: eve@example.net", "Subject: other", "Content-Type: text/html", "Cc: eve@example.net"]
        {
            let forged = [format!("{header}\n").as_bytes(), mail.as_slice()].concat();
            assert_eq!(verified(folder, &forged), bad, "{header} was added");
        }
        let forged = shown.replacen("fallan", "follan", 1);
        if forged != shown {
            assert_eq!(verified(folder, forged.as_bytes()), bad, "a letter was changed");
        }
    }
}

/// Runs the commands of the documentation, and puts what they print into records.
fn make_keys(folder: &Path) {
    let commands = SIGNED_MAIL.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    let done = Command::new("sh").args(["-ec", commands]).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let printed = String::from_utf8(done.stdout).unwrap();
    let records: String = printed
        .lines()
        .map(|line| {
            let (name, record) = line.split_once(' ').unwrap();
            format!("{}\t{record}\n", name.replace("example.com", "example.test"))
        })
        .collect();
    assert_eq!(records.lines().count(), 2, "{records}");
    fs::write(folder.join("records"), records).unwrap();
}

fn verified(folder: &Path, mail: &[u8]) -> String {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/venv/bin/python");
    assert!(python.exists(), "dkimpy is not installed: run tests/install as root");
    fs::write(folder.join("received"), mail).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/dkim/verify_dkim.py");
    let done =
        Command::new(python).arg(script).arg(folder.join("received")).arg(folder.join("records")).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
