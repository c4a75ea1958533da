//! Adds subscribers: whether one exists already, and to whom an address belongs.
//!
//! Promises: a subscriber who cannot be added leaves nothing but the row of the address, and not that if it was erased; an
//! address keeps its number for ever, so a planned step never moves to another address.

use std::collections::BTreeSet;

use super::columns::{channel_number, milliseconds, severity_number};
use super::erasure;
use super::fault::LedgerFault;
use super::kept;
use super::people;
use super::session::Session;
use crate::ledger::stored::{write_fields, write_follows};
use crate::ledger::{Added, SubscriberRecord};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::listed::{ListedSubscriber, SubscriberList};
use crate::model::subscriber::{Consent, ConsentMethod, SubscriberId, Subscription};

pub(super) fn add(
    session: &mut Session<'_>,
    subscriptions: &[Subscription],
    consent: &Consent,
    draw: &mut dyn FnMut() -> [u8; 16],
) -> Result<Vec<Added>, LedgerFault> {
    subscriptions.iter().map(|subscription| add_one(session, subscription, consent, draw)).collect()
}

/// Adds the rows of a list: what it does not say of someone on record stays as it is.
pub(super) fn import(
    session: &mut Session<'_>,
    list: &SubscriberList,
    consent: &Consent,
    draw: &mut dyn FnMut() -> [u8; 16],
) -> Result<Vec<Added>, LedgerFault> {
    list.rows.iter().map(|row| import_one(session, row, list, consent, draw)).collect()
}

fn import_one(
    session: &mut Session<'_>,
    row: &ListedSubscriber,
    list: &SubscriberList,
    consent: &Consent,
    draw: &mut dyn FnMut() -> [u8; 16],
) -> Result<Added, LedgerFault> {
    // What was erased does not come back as text because a list holds it.
    for one in row.endpoints.iter().filter(|_| consent.method == ConsentMethod::Imported) {
        if erasure::is_erased(session, one)? {
            return Ok(Added::Left(one.clone()));
        }
    }
    let claimed = claim(session, &row.endpoints)?;
    let owner = match find_person(session, &claimed, consent.method)? {
        Ok(owner) => owner,
        Err(refused) => return Ok(refused),
    };
    let record = match &owner {
        Some(owner) => people::by_id(session, &owner.id)?,
        None => None,
    };
    let before = record.as_ref().map_or_else(|| list.defaults.clone(), SubscriberRecord::subscription);
    let after = row.applied_to(&before, list.replaces_addresses);
    match owner {
        Some(owner) if owner.is_subscribed && after == before => Ok(Added::Unchanged(owner.id)),
        _ => add_one(session, &after, consent, draw),
    }
}

/// An address that is to be someone's, and what is known of it.
struct Claimed<'a> {
    endpoint: &'a Endpoint,
    number: i64,
    has_left: bool,
    owner: Option<Owner>,
}

/// The subscriber that an address belongs to.
#[derive(Clone)]
struct Owner {
    number: i64,
    id: SubscriberId,
    is_subscribed: bool,
    has_left: bool,
}

fn add_one(
    session: &mut Session<'_>,
    subscription: &Subscription,
    consent: &Consent,
    draw: &mut dyn FnMut() -> [u8; 16],
) -> Result<Added, LedgerFault> {
    let claimed = claim(session, &subscription.endpoints)?;
    let person = match find_person(session, &claimed, consent.method)? {
        Ok(person) => person,
        Err(refused) => return Ok(refused),
    };
    let is_back = consent.method.brings_back() && has_left(&claimed, person.as_ref());
    if consent.method == ConsentMethod::BroughtBack && !is_back {
        return Ok(Added::NeverLeft);
    }
    let (number, added) = match person {
        Some(owner) => {
            update(session, &owner, subscription, consent)?;
            let added = if is_back { Added::Back } else { Added::Updated };
            (owner.number, added(owner.id))
        }
        None => {
            let id = SubscriberId::from_random(draw());
            let number = insert(session, &id, subscription, consent)?;
            (number, if is_back { Added::Back(id) } else { Added::New(id) })
        }
    };
    take(session, number, &claimed, (consent.method, consent.at))?;
    Ok(added)
}

/// Whether these addresses are those of someone who left: by the record, or if it was erased, by the first address.
fn has_left(claimed: &[Claimed<'_>], person: Option<&Owner>) -> bool {
    match person {
        Some(owner) => owner.has_left,
        None => claimed.first().is_some_and(|first| first.has_left && first.owner.is_none()),
    }
}

/// The distinct addresses, and what is known of each.
fn claim<'a>(session: &mut Session<'_>, endpoints: &'a [Endpoint]) -> Result<Vec<Claimed<'a>>, LedgerFault> {
    let mut seen = BTreeSet::new();
    let distinct = endpoints.iter().filter(|one| seen.insert((one.channel(), one.canonical())));
    let claimed: Vec<Claimed<'a>> = distinct.map(|one| look_up(session, one)).collect::<Result<_, _>>()?;
    if claimed.is_empty() {
        return Err(LedgerFault::Unfounded("a subscription has no address".to_owned()));
    }
    Ok(claimed)
}

/// Who on record has these addresses, or why nobody may have them by that way.
fn find_person(
    session: &mut Session<'_>,
    claimed: &[Claimed<'_>],
    method: ConsentMethod,
) -> Result<Result<Option<Owner>, Added>, LedgerFault> {
    if method == ConsentMethod::Imported
        && let Some(gone) = claimed.iter().find(|one| one.has_left)
    {
        return Ok(Err(Added::Left(gone.endpoint.clone())));
    }
    let person = same_person(session, claimed)?;
    Ok(match taken(claimed, person.as_ref(), method) {
        Some(taken) => Err(taken),
        None => Ok(person),
    })
}

/// The refusal where an address is someone else's. Anyone can type an address into a form: a sign-up changes nothing
/// for a subscriber who is notified already.
fn taken(claimed: &[Claimed<'_>], person: Option<&Owner>, method: ConsentMethod) -> Option<Added> {
    let is_own = |owner: &Owner| person.is_some_and(|own| own.number == owner.number);
    let keeps = |owner: &Owner| match is_own(owner) {
        true => owner.is_subscribed && method == ConsentMethod::SignedUp,
        false => !owner.has_left,
    };
    claimed.iter().find_map(|one| {
        let owner = one.owner.as_ref().filter(|owner| keeps(owner))?;
        Some(Added::Taken { endpoint: one.endpoint.clone(), owner: owner.id.clone() })
    })
}

/// The row of an address, made now if it is new, and its owner.
fn look_up<'a>(session: &mut Session<'_>, one: &'a Endpoint) -> Result<Claimed<'a>, LedgerFault> {
    // The update that changes nothing makes RETURNING answer for an address that is there already.
    let (number, left_at) = session
        .find(
            "INSERT INTO endpoint (channel, address, canonical) VALUES (?1, ?2, ?3)
             ON CONFLICT (channel, canonical) DO UPDATE SET canonical = excluded.canonical RETURNING number, left_at",
            &[&channel_number(one.channel()), &one.expose(), &one.canonical()],
            |row| Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?)),
        )?
        .ok_or(LedgerFault::Unreadable("answer"))?;
    let owner = session.find(
        "SELECT s.number, s.id, s.removed_at, s.confirmed_at FROM contact c JOIN subscriber s ON s.number = c.subscriber
         WHERE c.endpoint = ?1",
        &[&number],
        |row| {
            let id = SubscriberId::from_stored(row.get::<String>(1)?);
            let has_left = row.get::<Option<i64>>(2)?.is_some();
            let is_subscribed = !has_left && row.get::<Option<i64>>(3)?.is_some();
            Ok(Owner { number: row.get(0)?, id, is_subscribed, has_left })
        },
    )?;
    let has_left = left_at.is_some() || erasure::is_erased(session, one)?;
    Ok(Claimed { endpoint: one, number, has_left, owner })
}

/// The subscriber on record whose subscription this is: the owner of the first address, or one whose addresses are all
/// among these. Anyone who left comes back only with addresses that were theirs: a number or a mailbox that was passed
/// on brings no one the history and the links of its former owner.
fn same_person(session: &mut Session<'_>, claimed: &[Claimed<'_>]) -> Result<Option<Owner>, LedgerFault> {
    let has_all = |owner: &Owner| {
        claimed.iter().all(|one| one.owner.as_ref().is_some_and(|other| other.number == owner.number))
    };
    if let Some(owner) = claimed.first().and_then(|first| first.owner.as_ref())
        && (!owner.has_left || has_all(owner))
    {
        return Ok(Some(owner.clone()));
    }
    let owners = claimed.iter().filter_map(|one| one.owner.as_ref());
    for owner in owners.filter(|owner| !owner.has_left) {
        let text = "SELECT COUNT(*) FROM contact WHERE subscriber = ?1";
        let all: i64 = session.value(text, &[&owner.number])?;
        let among = claimed.iter().filter_map(|one| one.owner.as_ref());
        if i64::try_from(among.filter(|other| other.number == owner.number).count()) == Ok(all) {
            return Ok(Some(owner.clone()));
        }
    }
    Ok(None)
}

fn insert(
    session: &mut Session<'_>,
    id: &SubscriberId,
    subscription: &Subscription,
    consent: &Consent,
) -> Result<i64, LedgerFault> {
    let at = milliseconds(consent.at);
    let confirmed_at = (consent.method != ConsentMethod::SignedUp).then_some(at);
    session.value(
        "INSERT INTO subscriber (id, follows, from_severity, language, time_zone, fields, added_at, confirmed_at,
             consent_way, consent_source, consent_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?7) RETURNING number",
        &[
            &id.as_str(),
            &write_follows(&subscription.follows),
            &severity_number(subscription.from_severity),
            &subscription.language.as_str(),
            &subscription.time_zone,
            &write_fields(&subscription.fields),
            &at,
            &confirmed_at,
            &consent.method.word(),
            &consent.source,
        ],
    )
}

/// Makes the subscription theirs. Anyone who was not notified before is notified by this consent; others keep the one they
/// gave.
fn update(
    session: &mut Session<'_>,
    owner: &Owner,
    subscription: &Subscription,
    consent: &Consent,
) -> Result<(), LedgerFault> {
    session.execute(
        "UPDATE subscriber SET follows = ?2, from_severity = ?3, language = ?4, time_zone = ?5, fields = ?6,
             version = version + 1 WHERE number = ?1",
        &[
            &owner.number,
            &write_follows(&subscription.follows),
            &severity_number(subscription.from_severity),
            &subscription.language.as_str(),
            &subscription.time_zone,
            &write_fields(&subscription.fields),
        ],
    )?;
    let at = milliseconds(consent.at);
    let confirmed_at = (consent.method != ConsentMethod::SignedUp).then_some(at);
    if owner.has_left {
        people::stop(session, owner.number, consent.at)?;
    }
    if !owner.is_subscribed {
        session.execute(
            "UPDATE subscriber SET removed_at = NULL, confirmed_at = ?2, consent_way = ?3, consent_source = ?4,
                 consent_at = ?5 WHERE number = ?1",
            &[&owner.number, &confirmed_at, &consent.method.word(), &consent.source, &at],
        )?;
    }
    Ok(())
}

/// Gives a subscriber these addresses in this order, and no others; takes them from anyone who had them and
/// left.
///
/// That an address was left is forgotten when they are added by name; a sign-up has to be confirmed first.
fn take(
    session: &mut Session<'_>,
    subscriber: i64,
    claimed: &[Claimed<'_>],
    (method, now): (ConsentMethod, Moment),
) -> Result<(), LedgerFault> {
    let mut before =
        session.rows("SELECT endpoint FROM contact WHERE subscriber = ?1", &[&subscriber], |row| {
            row.get::<i64>(0)
        })?;
    before.retain(|number| claimed.iter().all(|one| one.number != *number));
    session.execute("DELETE FROM contact WHERE subscriber = ?1", &[&subscriber])?;
    for (position, one) in (0_i64..).zip(claimed) {
        session.execute("DELETE FROM contact WHERE endpoint = ?1", &[&one.number])?;
        session.execute(
            "INSERT INTO contact (subscriber, position, endpoint) VALUES (?1, ?2, ?3)",
            &[&subscriber, &position, &one.number],
        )?;
        // The last spelling is the one that messages go to.
        session.execute(
            "UPDATE endpoint SET address = ?2 WHERE number = ?1 AND address <> ?2",
            &[&one.number, &one.endpoint.expose()],
        )?;
        if one.has_left && method.brings_back() {
            session.execute("UPDATE endpoint SET left_at = NULL WHERE number = ?1", &[&one.number])?;
            erasure::forget(session, one.endpoint)?;
        }
        kept::hand_over(session, one.number, one.endpoint)?;
    }
    erasure::release(session, subscriber, &before, now)
}
