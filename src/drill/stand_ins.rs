//! The stand-ins of a drill: as many people as the ledger has, up to fifty, each with the wishes and the kinds of addresses of a real
//! subscriber, and with addresses that belong to nobody.
//!
//! Promises: no address of a stand-in is a real one: mail goes to `.invalid` (RFC 2606), SMS to numbers that are kept for fiction.

use crate::cli::exit::Failure;
use crate::config::plan::Plan;
use crate::ledger::People as _;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::localized::Language;
use crate::model::phase::Severity;
use crate::model::subscriber::{FeatureFilter, Subscriber, Subscription};
use crate::workspace::root::Root;

/// The maximum number of stand-ins: more show nothing that these do not.
const STAND_INS_MAX: usize = 50;

/// The maximum number of addresses of one, so that each has numbers of its own.
const ADDRESSES_MAX: usize = 4;

/// The stand-ins for the subscribers of a site; three of them if it has none yet.
pub(super) fn of(real: &Root, plan: &Plan, language: &Language) -> Result<Vec<Subscription>, Failure> {
    let people = match real.ledger_if_any()? {
        Some(mut ledger) => ledger.active_subscribers()?,
        None => Vec::new(),
    };
    let mut found: Vec<Subscription> =
        people.iter().take(STAND_INS_MAX).enumerate().map(|(number, one)| like(one, number)).collect();
    if found.is_empty() {
        let ways: [&[Channel]; 3] = [&[Channel::Mail], &[Channel::Mail, Channel::Text], &[Channel::Text]];
        found = ways.iter().enumerate().map(|(number, ways)| invented(language, ways, number)).collect();
    }
    for one in &mut found {
        one.endpoints.retain(|endpoint| plan.has(endpoint.channel()));
    }
    found.retain(|one| !one.endpoints.is_empty());
    Ok(found)
}

/// A stand-in with the wishes of a subscriber; it follows everything, so that the drill reaches it.
fn like(real: &Subscriber, number: usize) -> Subscription {
    let ways: Vec<Channel> = real.endpoints.iter().map(|(_, endpoint)| endpoint.channel()).collect();
    Subscription { time_zone: real.time_zone.clone(), ..invented(&real.language, &ways, number) }
}

fn invented(language: &Language, ways: &[Channel], number: usize) -> Subscription {
    Subscription {
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: language.clone(),
        time_zone: "UTC".to_owned(),
        endpoints: ways
            .iter()
            .take(ADDRESSES_MAX)
            .enumerate()
            .filter_map(|(way, channel)| address(*channel, number, way))
            .collect(),
        fields: Default::default(),
    }
}

/// Numbers that Ofcom keeps for drama, and a domain that never exists.
fn address(channel: Channel, number: usize, way: usize) -> Option<Endpoint> {
    match channel {
        Channel::Mail => Endpoint::read(&format!("stand-in-{number}-{way}@drill.invalid")),
        Channel::Text => Endpoint::read(&format!("+447700900{:03}", number * ADDRESSES_MAX + way)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_stand_ins_share_an_address_whatever_a_subscriber_has() {
        let language = Language::new("en").unwrap();
        let ways =
            [Channel::Text, Channel::Mail, Channel::Text, Channel::Text, Channel::Text, Channel::Webhook];
        let people = (0..STAND_INS_MAX).map(|number| invented(&language, &ways, number));
        let all: Vec<String> =
            people.flat_map(|one| one.endpoints).map(|endpoint| endpoint.canonical()).collect();
        assert_eq!(all.len(), STAND_INS_MAX * ADDRESSES_MAX);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert!(
            all.iter()
                .all(|to| to.ends_with("@drill.invalid") || to.len() == 13 && to.starts_with("+447700900"))
        );
    }
}
