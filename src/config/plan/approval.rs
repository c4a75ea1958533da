//! `[approval]` of the plan: whose approval a message needs before it leaves.
//!
//! Promises: every role that a rule names has at least one person; if signatures are required, at least one of them has a key.
//! Without rules, nothing needs approval.

use std::collections::BTreeSet;

use super::people::{People, Roles};
use crate::located::{Field, Table};
use crate::model::approval::Role;
use crate::model::channel::Channel;
use crate::model::incident::Audience;
use crate::model::phase::Severity;

/// Whose approval a message needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalPlan {
    /// Whether only a signed commit counts.
    pub signed: bool,
    /// The rules; a message needs the approval of each that it falls under.
    pub rules: Vec<ApprovalRule>,
}

/// Which messages need an approval, and whose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// Someone of this role approves.
    pub by: Role,
    /// Messages from this severity on.
    pub from_severity: Severity,
    /// Messages to readers of this audience: public or internal.
    pub audience: Audience,
    /// Messages on these channels; empty for every channel.
    pub channels: BTreeSet<Channel>,
}

impl ApprovalRule {
    /// Whether a message falls under it.
    pub fn covers(&self, severity: Severity, audience: Audience, channel: Channel) -> bool {
        let is_on_channel = self.channels.is_empty() || self.channels.contains(&channel);
        severity >= self.from_severity && audience == self.audience && is_on_channel
    }
}

/// Reads `[approval]`; `None` where a part of it could not be read.
pub(super) fn read(mut table: Table<'_>, people: &People, roles: &Roles) -> Option<ApprovalPlan> {
    let signed = table.required("signed").flag();
    let tables = table.optional("rules").tables();
    let mut are_whole = true;
    let mut rules = Vec::new();
    for own in tables {
        match rule(own, (people, roles), signed == Some(true)) {
            Some(rule) => rules.push(rule),
            None => are_whole = false,
        }
    }
    table.finish();
    let plan = ApprovalPlan { signed: signed?, rules };
    are_whole.then_some(plan)
}

fn rule(mut table: Table<'_>, (people, roles): (&People, &Roles), signed: bool) -> Option<ApprovalRule> {
    let by = table.required("by");
    let role = by.choice(&Role::ALL, Role::word, Role::from_word);
    let is_possible = role.is_some_and(|role| has_approver(&by, role, (people, roles), signed));
    let severity = table.optional("from_severity");
    let from_severity = match severity.is_present() {
        true => severity.choice(&Severity::ALL, Severity::word, Severity::from_word),
        false => Some(Severity::Notice),
    };
    let audience = table.optional("audience");
    let audience = match audience.is_present() {
        true => {
            let word = |one: Audience| if one == Audience::Internal { "internal" } else { "public" };
            let known = |text: &str| Audience::ALL.into_iter().find(|one| one.word() == text);
            audience.choice(&Audience::ALL, word, known)
        }
        false => Some(Audience::Public),
    };
    let items = table.optional("channels").items();
    let channel = |item: &Field<'_>| item.choice(&Channel::ALL, Channel::word, Channel::from_word);
    let channels: Vec<Channel> = items.iter().filter_map(channel).collect();
    let channels_are_whole = channels.len() == items.len();
    table.finish();
    let rule = ApprovalRule {
        by: role?,
        from_severity: from_severity?,
        audience: audience?,
        channels: channels.into_iter().collect(),
    };
    (is_possible && channels_are_whole).then_some(rule)
}

/// Whether someone of the role can approve.
fn has_approver(by: &Field<'_>, role: Role, (people, roles): (&People, &Roles), signed: bool) -> bool {
    let Some(names) = roles.get(&role) else {
        let message = format!("nobody has the role of {}, so nobody could approve", role.name());
        by.error(
            "role-without-people",
            message,
            Some(format!("add `{} = [\"NAME\"]` to `[roles]`", role.word())),
        );
        return false;
    };
    let has_key = |name: &String| people.get(name).is_some_and(|person| person.signing_key.is_some());
    if signed && !names.iter().any(has_key) {
        let message = format!("`approval.signed` is true, but no {} has a `signing_key`", role.name());
        by.error("role-without-key", message, Some("add it to the person's table".to_owned()));
        return false;
    }
    true
}
