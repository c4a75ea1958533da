//! `allclear approve`: records that a person approves the text of an incident as it is now.
//!
//! Promises: what is recorded is who, when, and the digest of the text that was shown; a later edit needs another approval. The
//! author of the text is refused. A break-glass approval is announced to the operator's own people. Never sends to subscribers.

use std::collections::BTreeSet;

use crate::config::plan::Plan;
use crate::ledger::{Controls as _, Planner as _, SqlLedger};
use crate::model::approval::{Approval, Means};
use crate::model::approved_text::text_digest;
use crate::model::audience::NarrowTexts;
use crate::model::incident::{Audience, Incident};
use crate::model::localized::Localized;

use crate::cli::arguments::Approve;
use crate::cli::choice::Choice;
use crate::cli::describe::clock;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, FAINT, GOOD, STRONG, styled};
use crate::commands::speaker;
use crate::flow::break_glass;
use crate::flow::notify::prepare;
use crate::gate::approval::{Unapproved, roles_of, who_may};
use crate::workspace::high_water_mark;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::test_hooks;

/// Checks who approves what, shows it, asks, and records it.
pub(crate) fn run(root: &Root, options: &Approve) -> Outcome {
    let opened = root.open()?;
    let plan = opened.need_plan()?;
    let incident = named::incident(&opened.site, &root.within, &options.id)?;
    let person = speaker::person(root, plan, options.person.as_deref())?;
    let mut ledger = high_water_mark::open_to_change(root)?;
    let waiting = waiting(root, &opened, &mut ledger, incident)?;
    let means = means(plan, &waiting, &person, options)?;
    show(incident);
    confirm(options, plan, &person)?;
    let approval = Approval {
        incident: incident.id.clone(),
        digest: waiting.digest,
        person: person.clone(),
        at: root.now(),
        means,
    };
    match &approval.means {
        Means::BreakGlass { role, reason } => {
            let name = name(plan, &person);
            let alarm =
                format!("{name} ({}) let {} leave without approval: {reason}", role.name(), incident.id);
            ledger.approve_by_exception(&approval, &alarm)?;
            test_hooks::at("after-glass");
        }
        _ => drop(ledger.approve(&approval)?),
    }
    let name = name(plan, &person);
    print::say(&format!("{} {} by {name}", styled(GOOD, "approved:"), incident.id));
    let others: BTreeSet<_> = waiting.roles.difference(&roles_of(plan, &person)).copied().collect();
    match (&approval.means, others.first()) {
        (Means::BreakGlass { .. }, _) => {}
        (_, Some(role)) => print::say(&format!("it also needs the approval of {}", who_may(plan, *role))),
        _ => print::say("`allclear run` sends it now; elsewhere run `allclear notify`"),
    }
    break_glass::announce(root, plan, &mut ledger)
}

/// What waits of the incident.
fn waiting(
    root: &Root,
    opened: &LoadedSite,
    ledger: &mut SqlLedger,
    incident: &Incident,
) -> Result<Unapproved, Failure> {
    let prepared = prepare(root, opened, ledger, &Choice::default(), root.now())?;
    let found = prepared.unapproved.into_iter().find(|one| one.incident == incident.id);
    let digest = text_digest(incident);
    found.filter(|one| one.digest == digest).ok_or_else(|| Failure::Refused {
        why: format!("nothing about {} waits for approval; nothing was recorded", incident.id),
        hint: "`allclear notify --dry-run` shows what is announced and what is not, and why".to_owned(),
    })
}

/// How it is approved, if the person may.
fn means(plan: &Plan, waiting: &Unapproved, person: &str, options: &Approve) -> Result<Means, Failure> {
    let (name, roles) = (name(plan, person), roles_of(plan, person));
    let refused = |why: String, hint: &str| {
        Err(Failure::Refused { why: format!("{why}; nothing was recorded"), hint: hint.to_owned() })
    };
    if let (true, Some(role), Some(reason)) = (options.break_glass, options.role, &options.reason) {
        if !roles.contains(&role) {
            return refused(
                format!("{name} is not {}", role.name()),
                "name a role that the person has in `[roles]`",
            );
        }
        if reason.trim().is_empty() {
            return refused(
                "the reason is empty".to_owned(),
                "say why nobody who may approve could be asked",
            );
        }
        return Ok(Means::BreakGlass { role, reason: reason.trim().to_owned() });
    }
    let by = format!("it needs the approval of {}", waiting.by.join(", and of "));
    let own = plan.people.get(person).map(|known| known.mail.canonical());
    if waiting.authors.iter().any(|author| Some(author.canonical()) == own) {
        return refused(format!("{name} wrote the text, so someone else has to approve it"), &by);
    }
    if roles.is_disjoint(&waiting.roles) {
        return refused(format!("{name} may not approve this"), &by);
    }
    if plan.approval.signed {
        let hint = "sign the merge or the commit that brings the text; docs/approval.md says how";
        return refused("`approval.signed` is true, so only a signed commit approves".to_owned(), hint);
    }
    Ok(Means::Command)
}

/// Shows the text that is approved: all of it, because an edit may be anywhere.
fn show(incident: &Incident) {
    print::say(&styled(STRONG, &format!("{}  {}", incident.id, incident.title.default)));
    let NarrowTexts { title, impact, workaround } = &incident.narrow;
    let parts = [
        (Some(&incident.title), title),
        (incident.impact.as_ref(), impact),
        (incident.workaround.as_ref(), workaround),
    ];
    for (text, narrow) in parts {
        text.iter().for_each(|text| show_text("", text));
        narrow.iter().for_each(|(audience, text)| show_text(&format!("{}: ", audience.word()), text));
    }
    for update in &incident.updates {
        let phase = update.phase.map(|phase| format!(" · {}", phase.word())).unwrap_or_default();
        let audience = match update.audience {
            Audience::Public => String::new(),
            other => format!(" · {}", other.word()),
        };
        print::say(&styled(FAINT, &format!("  │ {}{phase}{audience}", clock(update.at))));
        show_text("", &update.body);
    }
}

fn show_text(label: &str, Localized { default, translations }: &Localized) {
    let translated = translations.iter().map(|(language, text)| format!("{label}{language}: {text}"));
    for text in std::iter::once(format!("{label}{default}")).chain(translated) {
        text.lines().for_each(|line| print::say(&styled(FAINT, &format!("  │ {line}"))));
    }
}

fn confirm(options: &Approve, plan: &Plan, person: &str) -> Result<(), Failure> {
    if options.yes {
        return Ok(());
    }
    if !print::is_interactive() {
        return Err(Failure::Refused {
            why: "approving needs confirmation, and there is no terminal to ask on; nothing was recorded"
                .to_owned(),
            hint: "to approve it, add --yes".to_owned(),
        });
    }
    if print::answers_yes(&format!("Approve this as {}? [y/N]", name(plan, person)))? {
        return Ok(());
    }
    Err(Failure::Refused {
        why: "not confirmed; nothing was recorded".to_owned(),
        hint: "run `allclear approve` again once the text is right".to_owned(),
    })
}

fn name<'p>(plan: &'p Plan, person: &'p str) -> &'p str {
    plan.people.get(person).map_or(person, |known| &known.name)
}
