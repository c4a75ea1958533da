//! `allclear withdraw`: an incident was reported in error.
//!
//! Promises: nothing of it that waits leaves any more; the page keeps a line about the withdrawal; only those who heard of it, or may
//! have, are notified by the next `notify`. Never sends.

use std::collections::BTreeMap;

use crate::ledger::Planner;
use crate::model::incident::{Audience, Incident, Update};
use crate::model::localized::Localized;
use crate::model::phase::{IncidentKind, Phase};
use crate::model::site::Site;

use crate::cli::arguments::Withdraw;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, GOOD, count, styled};
use crate::cli::written;
use crate::commands::update::{Write, append, time, wait_for};
use crate::workspace::root::Root;

/// The text of the last update by default.
const WORDS: &str = "This was reported in error.";

/// Stops queued messages, then closes the incident.
pub(crate) fn run(root: &Root, options: &Withdraw) -> Outcome {
    let opened = root.open()?;
    let incident = named::incident(&opened.site, &root.within, &options.id)?;
    let words = words(&opened.site, options)?;
    let mut ledger = root.ledger()?;
    let told = ledger.announced()?;
    let origin = told.as_ref().and_then(|told| told.incidents.iter().find(|(_, one)| one.id == incident.id));
    let origin = origin.map_or_else(|| incident.id.clone(), |(origin, _)| origin.clone());
    let stopped = ledger.withdraw(&origin, root.now())?;
    let ending = ending(incident, &words, root)?;
    append(root, incident, &ending, Write::File)?;
    wait_for(root, ending.at);
    written::incident(root.format, incident.id.as_str(), &[&root.below(&incident.file)]);
    let stopped = count(usize::try_from(stopped).unwrap_or(usize::MAX), "message", "messages");
    print::say(&format!("{} {}: {stopped} removed from the queue", styled(GOOD, "withdrawn"), incident.id));
    print::say(
        "next, run `allclear publish`, then `allclear notify`: it sends the correction to those who were notified of it",
    );
    Ok(Exit::Done)
}

fn words(site: &Site, options: &Withdraw) -> Result<String, Failure> {
    let language = site.page.first_language();
    match &options.reason {
        Some(reason) => Ok(reason.trim().to_owned()),
        None if language.as_str().starts_with("en") => Ok(WORDS.to_owned()),
        None => Err(Failure::Usage(format!(
            "the page's first language is `{language}`: say with --reason, in that language, that it was an error"
        ))),
    }
}

fn ending(incident: &Incident, words: &str, root: &Root) -> Result<Update, Failure> {
    Ok(Update {
        at: time(root.now(), None, incident)?,
        phase: Some(if incident.kind == IncidentKind::Maintenance {
            Phase::Cancelled
        } else {
            Phase::Resolved
        }),
        audience: Audience::Public,
        telling: None,
        eta: None,
        next_update: None,
        severity: None,
        statuses: BTreeMap::new(),
        body: Localized::plain(words),
    })
}
