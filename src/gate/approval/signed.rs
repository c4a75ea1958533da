//! A commit as git describes it: who made it, whose signature it has, and whose approval it carries.
//!
//! Promises: a signature counts only by a key of the plan; a trailer names a person by their email address.

use chrono::DateTime;

use crate::config::plan::{People, Person, Plan, SigningKey};
use crate::model::Moment;
use crate::model::address::EmailAddress;
use crate::model::approval::{Approval, Means};
use crate::model::incident::Incident;

/// Commit, author, committer, time, verdict on the signature, its signer, the fingerprints of its key, trailers.
pub(super) const FORMAT: &str = "--format=%H%x00%ae%x00%ce%x00%ct%x00%G?%x00%GS%x00%GF%x00%GP%x00\
                                 %(trailers:key=Approved-by,valueonly,separator=%x1f)";

/// A commit, as git describes it.
pub(super) struct Commit {
    pub(super) id: String,
    pub(super) author: Option<EmailAddress>,
    /// The addresses as written: of who wrote it, and of who made the commit.
    written: [String; 2],
    at: Moment,
    verdict: String,
    signer: String,
    fingerprints: [String; 2],
    trailers: Vec<String>,
}

impl Commit {
    /// Reads what [`FORMAT`] made; `None` if git named no commit.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut fields = text.split('\0').map(str::to_owned);
        let mut next = || fields.next();
        let (id, author, committer, seconds) = (next()?, next()?, next()?, next()?.parse().ok()?);
        Some(Self {
            id,
            author: EmailAddress::new(&author),
            written: [author, committer],
            at: DateTime::from_timestamp(seconds, 0)?,
            verdict: next()?,
            signer: next()?,
            fingerprints: [next()?, next()?],
            trailers: next()?.split('\u{1f}').map(str::to_owned).collect(),
        })
    }

    /// Whether who made the commit wrote it too, under an address that no person of the plan has: then its signer did.
    pub(super) fn is_of_its_signer(&self, people: &People) -> bool {
        let [author, committer] = &self.written;
        let is_known =
            |author: &EmailAddress| people.values().any(|one| one.mail.canonical() == author.canonical());
        author.trim().to_lowercase() == committer.trim().to_lowercase()
            && !self.author.as_ref().is_some_and(is_known)
    }

    /// The person whose key git verified.
    pub(super) fn signer<'p>(&self, people: &'p People) -> Option<(&'p String, &'p Person)> {
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
    pub(super) fn approvals(&self, plan: &Plan, incident: &Incident, digest: &str) -> Vec<Approval> {
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
