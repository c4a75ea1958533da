//! Shows addresses on the suppression list, and takes them off it.
//!
//! Promises: `add` and `list` show the reason for such an address; only a command that names the address takes it off the
//! list. Never sends.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::plan::Plan;
use crate::import::subscribers::{self, Spot};
use crate::ledger::{Added, Ledger, People, Story, SubscriberRecord};
use crate::model::endpoint::Endpoint;
use crate::model::problem::{Problem, ProblemLevel};
use crate::model::subscriber::SubscriberId;

use crate::cli::describe::short;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, WARN, styled};
use crate::commands::person::{find, shown};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// What takes an address off the list.
const HINT: &str = "once you know that the address works, run `allclear subscribers allow ADDRESS`";

/// Takes the addresses that `who` names off the suppression list; `who` may be the name of a destination.
pub(crate) fn allow(root: &Root, who: &str) -> Outcome {
    let mut ledger = high_water_mark::open_to_change(root)?;
    let destination = ledger.destinations()?.into_iter().find(|one| one.name == who);
    let (whose, endpoints): (_, Vec<Endpoint>) = match destination {
        Some(destination) => ("destination", destination.place.into_iter().collect()),
        None => {
            let named = Endpoint::read(who);
            let is_meant = |one: &Endpoint| named.as_ref().is_none_or(|named| named.is_same(one));
            let listed = find(&mut ledger, who)?;
            refuse_removed(&listed)?;
            let all = listed.subscriber.endpoints.into_iter().map(|(_, endpoint)| endpoint);
            ("subscriber", all.filter(is_meant).collect())
        }
    };
    let mut lifted = 0;
    for endpoint in &endpoints {
        if ledger.lift_suppression(endpoint)? {
            lifted += 1;
            let done = styled(GOOD, "allowed:");
            print::say(&format!(
                "{done} {endpoint} is off the suppression list; it gets what is announced from now on"
            ));
        }
    }
    if lifted == 0 {
        print::say(&format!("no address of this {whose} was on the suppression list"));
    }
    Ok(Exit::Done)
}

/// Refuses a subscriber who left: what they want is not a matter of the suppression list.
fn refuse_removed(listed: &SubscriberRecord) -> Result<(), Failure> {
    let Some(at) = listed.removed_at else { return Ok(()) };
    Err(Failure::Refused {
        why: format!("this subscriber unsubscribed, or was removed, on {}; nothing was changed", short(at)),
        hint: "if they asked to come back, run `allclear subscribers add ADDRESS --bring-back \"how they asked\"`".to_owned(),
    })
}

/// Says that the owner of an address was added, and which of their addresses nothing is sent to.
///
/// `plan` is `None` if there is none that can be read.
pub(crate) fn say_added(listed: &SubscriberRecord, plan: Option<&Plan>, word: &str) {
    let theirs = || listed.subscriber.endpoints.iter().map(|(_, endpoint)| endpoint);
    let reached = |plan: &Plan| theirs().any(|endpoint| plan.reaches(endpoint));
    let has_channel = |plan: &Plan| theirs().any(|endpoint| plan.has(endpoint.channel()));
    if plan.is_some_and(|plan| has_channel(plan) && !reached(plan)) {
        print::say(&format!(
            "{} cannot be notified: `text.countries` in site/plan.toml does not allow the number",
            styled(WARN, word)
        ));
    } else if plan.is_some_and(|plan| !reached(plan)) {
        let names: BTreeSet<&str> = theirs().map(|endpoint| endpoint.channel().name()).collect();
        print::say(&format!(
            "{} cannot be notified: site/plan.toml has no channel for {}",
            styled(WARN, word),
            names.into_iter().collect::<Vec<_>>().join(" and ")
        ));
    } else if listed.can_be_notified() {
        print::say(&format!("{} will be notified of changes from now on", styled(GOOD, word)));
    } else {
        print::say(&format!(
            "{} will not be notified: every address is on the suppression list",
            styled(WARN, word)
        ));
    }
    for (endpoint, reason) in stopped(listed) {
        print::say(&format!("{} {endpoint} ({reason}): {HINT}", styled(WARN, "on the suppression list:")));
    }
}

/// A warning for each line of a list whose subscriber has a suppressed address.
pub(crate) fn problems(
    ledger: &mut dyn Ledger,
    file: &str,
    lines: &[usize],
    added: &[Added],
) -> Result<Vec<Problem>, Failure> {
    let listed = ledger.list_subscribers()?;
    let suppressed: BTreeMap<&SubscriberId, &SubscriberRecord> = listed
        .iter()
        .filter(|listed| !listed.suppressed.is_empty())
        .map(|listed| (&listed.subscriber.id, listed))
        .collect();
    let mut found = Vec::new();
    for (line, added) in lines.iter().zip(added) {
        let Some(listed) = added.id().and_then(|id| suppressed.get(id)) else { continue };
        for (endpoint, reason) in stopped(listed) {
            let message =
                format!("{endpoint} is on the suppression list ({reason}), so nothing is sent to it");
            let problem = subscribers::problem(file, Spot::line(*line), message, Some(HINT.to_owned()));
            found.push(Problem { level: ProblemLevel::Warning, rule: "suppressed-address", ..problem });
        }
    }
    Ok(found)
}

/// A line for each suppressed address of a subscriber.
pub(crate) fn lines(listed: &SubscriberRecord, reveal: bool) -> Vec<String> {
    let line = |(endpoint, reason): (&Endpoint, &str)| {
        format!("  {} {}: {reason}", styled(WARN, "suppressed"), shown(endpoint, reveal))
    };
    stopped(listed).map(line).collect()
}

fn stopped(listed: &SubscriberRecord) -> impl Iterator<Item = (&Endpoint, &str)> {
    let reason = |id| listed.suppressed.get(id).map(String::as_str);
    listed.subscriber.endpoints.iter().filter_map(move |(id, endpoint)| Some((endpoint, reason(id)?)))
}
