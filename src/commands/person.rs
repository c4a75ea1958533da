//! One subscriber, as commands find and show them.
//!
//! Promises: an address that the operator typed is repeated in full only on a terminal; in other output it is masked,
//! unless full addresses were asked for.

use std::io::Read as _;

use anyhow::Context as _;

use crate::ledger::{Ledger, SubscriberRecord};
use crate::model::endpoint::Endpoint;
use crate::model::feature::FeatureId;
use crate::model::subscriber::{ConsentMethod, FeatureFilter, FollowedIncident, SubscriberId};

use crate::cli::describe::short;
use crate::cli::exit::Failure;
use crate::cli::print;

/// The longest standard input.
const INPUT_BYTES_MAX: u64 = 64 * 1024;

/// The one subscriber an address or an id names.
pub(crate) fn find(ledger: &mut dyn Ledger, who: &str) -> Result<SubscriberRecord, Failure> {
    let nobody = || Failure::Usage(format!("no subscriber with the ID or address {}", echoed(who)));
    if let Some(endpoint) = Endpoint::read(who) {
        let mut found = ledger.subscribers_at(&endpoint)?;
        // Someone who left is found only when nobody who stayed has the address.
        found.sort_by_key(|listed| listed.removed_at.is_some());
        return found.into_iter().next().ok_or_else(nobody);
    }
    let id = SubscriberId::from_stored(who);
    ledger.list_subscribers()?.into_iter().find(|listed| listed.subscriber.id == id).ok_or_else(nobody)
}

/// The features someone follows, in words.
pub(crate) fn follows(follows: &FeatureFilter) -> String {
    match follows {
        FeatureFilter::Everything => "everything".to_owned(),
        FeatureFilter::Features(ids) if ids.is_empty() => "no feature".to_owned(),
        FeatureFilter::Features(ids) => ids.iter().map(FeatureId::as_str).collect::<Vec<_>>().join(", "),
    }
}

/// The single incidents that someone asked about, each with when that ended; empty if there is none.
pub(crate) fn incidents(listed: &SubscriberRecord) -> String {
    let one = |followed: &FollowedIncident| match followed.ended_at {
        Some(ended_at) => format!("{} until its end ({})", followed.origin, short(ended_at)),
        None => format!("{} until its end", followed.origin),
    };
    listed.incidents.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// An address, masked unless `reveal` is set.
pub(crate) fn shown(endpoint: &Endpoint, reveal: bool) -> String {
    if reveal { endpoint.expose().to_owned() } else { endpoint.to_string() }
}

/// Since when and why someone is notified who had unsubscribed; `None` if no reason was recorded.
pub(crate) fn brought_back(listed: &SubscriberRecord) -> Option<String> {
    let consent = listed.consent.as_ref().filter(|consent| consent.method == ConsentMethod::BroughtBack)?;
    Some(format!("brought back {}: {}", short(consent.at), consent.source))
}

/// What someone typed, which may be an address: a typing error is seen only if it is repeated.
pub(crate) fn echoed(text: &str) -> String {
    if print::is_terminal() { format!("`{text}`") } else { masked(text) }
}

fn masked(text: &str) -> String {
    match Endpoint::read(text) {
        Some(endpoint) => endpoint.to_string(),
        None => format!("`{}…`", text.chars().filter(|c| !c.is_control()).take(3).collect::<String>()),
    }
}

/// The arguments that name people; a `-` alone means the lines of the standard input, which no list of processes shows.
pub(crate) fn typed(words: &[String]) -> Result<Vec<String>, Failure> {
    if words != ["-"] {
        return Ok(words.to_vec());
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(INPUT_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .context("failed to read standard input")?;
    if text.len() as u64 > INPUT_BYTES_MAX {
        let why = format!(
            "standard input is longer than {INPUT_BYTES_MAX} bytes; use `allclear subscribers import`"
        );
        return Err(Failure::Usage(why));
    }
    let lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(Failure::Usage("standard input is empty: write one address per line".to_owned()));
    }
    Ok(lines)
}

/// The one that is named.
pub(crate) fn typed_one(who: &str) -> Result<String, Failure> {
    let mut named = typed(&[who.to_owned()])?;
    match (named.pop(), named.is_empty()) {
        (Some(who), true) => Ok(who),
        _ => Err(Failure::Usage("standard input holds several addresses; this command takes one".to_owned())),
    }
}
