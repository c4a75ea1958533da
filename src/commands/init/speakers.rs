//! The parts of a new `site/plan.toml` about those who speak for the page: `[plan]`, `[people]`, `[roles]`, `[[approval.rules]]`.
//!
//! Promises: with people the plan is strict and has no gap that it does not state. From two people on, each may approve what another
//! wrote; nobody waits for someone who does not exist.

use std::collections::BTreeSet;

use crate::commands::init::answers::Answers;
use crate::commands::init::lines::{id, line, list, quoted};
use crate::model::approval::Role;

/// The tables, which stand before all others; without people only the day of the answers, from which the next review is counted.
pub(super) fn tables(answers: &Answers) -> String {
    if answers.people.is_empty() {
        return reviewed(answers).map(|line| format!("[plan]\n{line}\n")).unwrap_or_default();
    }
    let mut ids = BTreeSet::new();
    let people: Vec<(String, String, String)> = list(&answers.people, "")
        .iter()
        .map(|person| {
            let (name, mail) = person.split_once('<').unwrap_or((person, ""));
            let (name, mail) = (name.trim().to_owned(), mail.trim_end_matches('>').trim().to_owned());
            (id(&name, &mut ids), name, mail)
        })
        .collect();
    let mut out = String::from("[plan]\n");
    line(&mut out, "strict", "true");
    match answers.runbook.as_str() {
        "" => line(&mut out, "accepted.no-runbook", &quoted("It is not written yet.")),
        url => line(&mut out, "runbook", &quoted(url)),
    }
    if people.len() == 1 {
        line(&mut out, "accepted.no-approval-rule", &quoted("One person speaks for the page."));
    }
    out.extend(reviewed(answers));
    for (id, name, mail) in &people {
        out.push_str(&format!("\n[people.{id}]\n"));
        line(&mut out, "name", &quoted(name));
        line(&mut out, "mail", &quoted(mail));
    }
    out.push_str("\n[roles]\n");
    let first = people.first().map(|(id, ..)| quoted(id)).unwrap_or_default();
    let all: Vec<String> = people.iter().map(|(id, ..)| quoted(id)).collect();
    let all = all.iter().map(|id| id.trim()).collect::<Vec<_>>().join(", ");
    for role in Role::ALL {
        // Everyone may approve, so that there is always a person who did not write the text.
        let names = if role == Role::CommunicationsManager { &all } else { &first };
        line(&mut out, role.word(), &format!("[{}]", names.trim()));
    }
    if people.len() > 1 {
        out.push_str("\n# A second person reads what is sent about serious incidents (docs/approval.md).\n[[approval.rules]]\n");
        line(&mut out, "by", &quoted(Role::CommunicationsManager.word()));
        line(&mut out, "from_severity", "\"major\"");
    }
    out + "\n"
}

fn reviewed(answers: &Answers) -> Option<String> {
    (!answers.today.is_empty()).then(|| format!("reviewed = {}\n", answers.today))
}
