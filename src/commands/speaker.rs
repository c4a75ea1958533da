//! Who speaks in a command: a person of the plan, by `--as` or by the email address of git.

use crate::cli::exit::Failure;
use crate::config::plan::Plan;
use crate::model::address::EmailAddress;
use crate::workspace::git::Git;
use crate::workspace::root::Root;

/// The short name of who runs this, or of the person that is named.
pub(crate) fn person(root: &Root, plan: &Plan, named: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = named {
        if plan.people.contains_key(name) {
            return Ok(name.to_owned());
        }
        return Err(Failure::Usage(format!(
            "--as: `{name}` is not among the people of site/plan.toml; known: {}",
            known(plan)
        )));
    }
    own(root, plan).ok_or_else(|| {
        Failure::Usage(format!(
            "nobody in `[people]` of site/plan.toml has the email address of `git config user.email`; add --as with one \
             of {}",
            known(plan)
        ))
    })
}

/// The person with the email address of git here.
pub(crate) fn own(root: &Root, plan: &Plan) -> Option<String> {
    let own =
        Git::at(&root.path).run(&["config", "user.email"]).ok().and_then(|mail| EmailAddress::new(&mail))?;
    let found = plan.people.iter().find(|(_, person)| person.mail.canonical() == own.canonical());
    found.map(|(name, _)| name.clone())
}

/// The short names of the plan.
pub(crate) fn known(plan: &Plan) -> String {
    plan.people.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
