//! What git knows of the text of an incident: who wrote it, and who approved the commit that brought it.
//!
//! Promises: git itself verifies signatures, against the keys of the plan alone: no setting of the repository adds a key. A
//! text with changes that are not committed has no approval here. Never fetches.

use chrono::DateTime;

use crate::config::plan::{People, Person, Plan, SigningKey};
use crate::model::Moment;
use crate::model::address::EmailAddress;
use crate::model::approval::{Approval, Means};
use crate::model::incident::Incident;
use crate::workspace::allowed_signers;
use crate::workspace::git::Git;
use crate::workspace::root::Root;

/// Commit, author, time, verdict on the signature, its signer, the fingerprints of its key, trailers.
const FORMAT: &str = "--format=%H%x00%ae%x00%ct%x00%G?%x00%GS%x00%GF%x00%GP%x00\
                      %(trailers:key=Approved-by,valueonly,separator=%x1f)";

/// Who wrote a text, and who approved its commit.
#[derive(Debug, Default)]
pub(super) struct History {
    pub authors: Vec<EmailAddress>,
    pub approvals: Vec<Approval>,
}

/// Asks git about the files of an incident.
pub(super) fn history(root: &Root, plan: &Plan, incident: &Incident, digest: &str) -> History {
    let git = Git::at(&root.path);
    let translations = format!("{}.*.md", incident.file.strip_suffix(".md").unwrap_or(&incident.file));
    let files = [incident.file.as_str(), translations.as_str()];
    match git.run(&[&["status", "--porcelain", "--"], &files[..]].concat()) {
        Ok(changed) if changed.is_empty() => {}
        // The one who changes it here is its author.
        Ok(_) => {
            let own = git.run(&["config", "user.email"]).ok().and_then(|mail| EmailAddress::new(&mail));
            return History { authors: own.into_iter().collect(), approvals: Vec::new() };
        }
        Err(_) => return History::default(),
    }
    let keys = format!("gpg.ssh.allowedSignersFile={}", allowed_signers::write(root, &plan.people));
    let look = |which: &str| {
        let programs =
            ["-c", "gpg.program=gpg", "-c", "gpg.ssh.program=ssh-keygen", "-c", "gpg.x509.program=false"];
        let log = ["-c", "log.showSignature=false", "-c", &keys, "log", "-1", which, FORMAT, "--"];
        Commit::read(&git.run(&[&programs[..], &log[..], &files[..]].concat()).ok()?)
    };
    let Some(text) = look("--no-merges") else { return History::default() };
    let mut history = History { authors: text.author.clone().into_iter().collect(), approvals: Vec::new() };
    // A merge brings a text as well: the one who merged may have approved it by that.
    if let Some(landed) = look("--first-parent").filter(|landed| landed.id != text.id) {
        let signer = text.signer(&plan.people).map(|(_, person)| person.mail.clone());
        history.authors.extend(signer);
        // A merge that changed the text has an author of its own.
        if git.run(&[&["diff", "--quiet", &text.id, &landed.id, "--"], &files[..]].concat()).is_err() {
            history.authors.extend(landed.author.clone());
        }
        history.approvals.extend(landed.approvals(plan, incident, digest));
    }
    history.approvals.extend(text.approvals(plan, incident, digest));
    history
}

/// A commit, as git describes it.
struct Commit {
    id: String,
    author: Option<EmailAddress>,
    at: Moment,
    verdict: String,
    signer: String,
    fingerprints: [String; 2],
    trailers: Vec<String>,
}

impl Commit {
    fn read(text: &str) -> Option<Self> {
        let mut fields = text.split('\0').map(str::to_owned);
        let mut next = || fields.next();
        let (id, author, seconds) = (next()?, next()?, next()?.parse().ok()?);
        Some(Self {
            id,
            author: EmailAddress::new(&author),
            at: DateTime::from_timestamp(seconds, 0)?,
            verdict: next()?,
            signer: next()?,
            fingerprints: [next()?, next()?],
            trailers: next()?.split('\u{1f}').map(str::to_owned).collect(),
        })
    }

    /// The person whose key git verified.
    fn signer<'p>(&self, people: &'p People) -> Option<(&'p String, &'p Person)> {
        let is_ssh = self.fingerprints.iter().any(|print| print.starts_with("SHA256:"));
        match self.verdict.as_str() {
            "G" if is_ssh => people.get_key_value(&self.signer),
            // `U`: good, by a key whose owner the keyring does not vouch for; the plan does.
            "G" | "U" if !is_ssh => people.iter().find(|(_, person)| match &person.signing_key {
                Some(SigningKey::Gpg(own)) => self.fingerprints.contains(own),
                _ => false,
            }),
            _ => None,
        }
    }

    /// The approvals it carries: those of its signer, and of the people that its trailers name.
    fn approvals(&self, plan: &Plan, incident: &Incident, digest: &str) -> Vec<Approval> {
        let signer = self.signer(&plan.people).map(|(name, _)| (name, true));
        let named = self.trailers.iter().filter_map(|trailer| Some((named(trailer, &plan.people)?, false)));
        let all = signer.into_iter().chain(named);
        all.map(|(person, signed)| Approval {
            incident: incident.id.clone(),
            digest: digest.to_owned(),
            person: person.clone(),
            at: self.at,
            means: Means::Commit { id: self.id.clone(), signed },
        })
        .collect()
    }
}

/// The person that a trailer names by their email address: `Bo <bo@example.com>`.
fn named<'p>(trailer: &str, people: &'p People) -> Option<&'p String> {
    let mail = EmailAddress::new(trailer.rsplit_once('<')?.1.trim().strip_suffix('>')?)?;
    people.iter().find(|(_, person)| person.mail.canonical() == mail.canonical()).map(|(name, _)| name)
}
