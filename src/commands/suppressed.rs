//! Addresses on the suppression list, as the commands on subscribers show and lift them.
//!
//! Promises: adding and listing a subscriber with such an address shows the reason; an address leaves the list only by
//! name. Never sends.

use std::collections::BTreeMap;

use crate::import::subscribers;
use crate::ledger::{Added, Ledger, People, SubscriberRecord};
use crate::model::endpoint::Endpoint;
use crate::model::problem::{Problem, ProblemLevel};
use crate::model::subscriber::SubscriberId;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, WARN, styled};
use crate::commands::person::{find, shown};
use crate::workspace::root::Root;

/// What takes an address off the list.
const HINT: &str = "once you know that the address works, run `allclear subscribers allow ADDRESS`";

/// Takes the addresses that `who` names off the suppression list.
pub(crate) fn allow(root: &Root, who: &str) -> Outcome {
    let mut ledger = root.ledger()?;
    let listed = find(&mut ledger, who)?;
    let named = Endpoint::read(who);
    let is_meant = |endpoint: &Endpoint| named.as_ref().is_none_or(|named| is_same(named, endpoint));
    let mut lifted = 0;
    for (_, endpoint) in listed.subscriber.endpoints.iter().filter(|(_, endpoint)| is_meant(endpoint)) {
        if ledger.lift_suppression(endpoint)? {
            lifted += 1;
            print::say(&format!("{} {endpoint} is off the suppression list", styled(GOOD, "allowed:")));
        }
    }
    if lifted == 0 {
        print::say("no address of this subscriber was on the suppression list");
    }
    Ok(Exit::Done)
}

fn is_same(one: &Endpoint, other: &Endpoint) -> bool {
    (one.channel(), one.canonical()) == (other.channel(), other.canonical())
}

/// Says that the owner of an address was added, and which of their addresses nothing is sent to.
pub(crate) fn say_added(ledger: &mut dyn Ledger, endpoint: &Endpoint, word: &str) -> Result<(), Failure> {
    let listed = find(ledger, endpoint.expose())?;
    let listed = &listed;
    if listed.can_be_told() {
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
    Ok(())
}

/// A warning for each line of a list whose subscriber has a suppressed address.
pub(crate) fn problems(
    ledger: &mut dyn Ledger,
    file: &str,
    lines: &[u64],
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
            let problem = subscribers::problem(file, *line, message, Some(HINT.to_owned()));
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
