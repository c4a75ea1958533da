//! Sign-ups in SQL: limits, codes, and how a confirmed sign-up becomes a subscription.
//!
//! Promises: every limit is counted in the transaction that stores the sign-up; a confirmation adds a subscriber by the
//! same rules as every other way.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::columns::{channel_number, count, endpoint, milliseconds, moment, severity, severity_number};
use super::fault::LedgerFault;
use super::session::{Row, Session};
use super::{erasure, followers, further, joining, kept, people};
use crate::ledger::stored::{incident, read_follows, unreadable, write_follows};
use crate::ledger::{Added, Asked, Preferences, SignUp, SignUpLimit};
use crate::model::Moment;
use crate::model::incident::IncidentId;
use crate::model::localized::Language;
use crate::model::subscriber::{Consent, ConsentMethod, SubscriberId, Subscription};

/// How long a sign-up is kept.
const KEPT: TimeDelta = TimeDelta::days(7);

/// How long requests are counted.
const COUNTED: TimeDelta = TimeDelta::days(30);

/// How long a confirmation belongs to the desk that leased it; if that desk died, another one sends it afterwards.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// No more guesses of a code.
const GUESSES_MAX: i64 = 5;

/// What the SMS messages of a desk are counted under: codes, and answers to questions.
pub(super) const TEXTS: &str = "texts";

const COLUMNS: &str = "id, channel, address, follows, from_severity, language, time_zone, source, asked_at, expires_at, incident, joins";

pub(super) fn ask(
    session: &mut Session<'_>,
    sign_up: &SignUp,
    limits: &[SignUpLimit],
    now: Moment,
) -> Result<Asked, LedgerFault> {
    for limit in limits {
        if counted(session, &limit.subject, limit.within, now)? >= i64::from(limit.most) {
            return Ok(limit.beyond);
        }
        if limit.beyond == Asked::Network {
            add(session, &limit.subject, now)?;
        }
    }
    let kept = limits.iter().filter(|limit| limit.beyond != Asked::Network);
    let subjects: BTreeSet<&str> = kept.map(|limit| limit.subject.as_str()).collect();
    for subject in subjects {
        add(session, subject, now)?;
    }
    insert(session, sign_up)?;
    Ok(Asked::Kept)
}

fn counted(
    session: &mut Session<'_>,
    subject: &str,
    within: TimeDelta,
    now: Moment,
) -> Result<i64, LedgerFault> {
    session.value(
        "SELECT COUNT(*) FROM asked WHERE subject = ?1 AND at > ?2",
        &[&subject, &milliseconds(now - within)],
    )
}

pub(super) fn add(session: &mut Session<'_>, subject: &str, now: Moment) -> Result<(), LedgerFault> {
    session
        .execute("INSERT INTO asked (subject, at) VALUES (?1, ?2)", &[&subject, &milliseconds(now)])
        .map(drop)
}

fn insert(session: &mut Session<'_>, sign_up: &SignUp) -> Result<(), LedgerFault> {
    let wanted = &sign_up.subscription;
    let Some(to) = wanted.endpoints.first() else {
        return Err(LedgerFault::Unfounded("a sign-up has no address".to_owned()));
    };
    session.execute(
        &format!(
            "INSERT INTO sign_up ({COLUMNS}, canonical, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?9)"
        ),
        &[
            &sign_up.id.as_str(),
            &channel_number(to.channel()),
            &to.expose(),
            &write_follows(&wanted.follows),
            &severity_number(wanted.from_severity),
            &wanted.language.as_str(),
            &wanted.time_zone,
            &sign_up.source,
            &milliseconds(sign_up.asked_at),
            &milliseconds(sign_up.expires_at),
            &sign_up.incident.as_ref().map(IncidentId::as_str),
            &sign_up.joins.as_ref().map(SubscriberId::as_str),
            &to.canonical(),
        ],
    )?;
    Ok(())
}

pub(super) fn find(session: &mut Session<'_>, id: &str) -> Result<Option<SignUp>, LedgerFault> {
    session.find(&format!("SELECT {COLUMNS} FROM sign_up WHERE id = ?1"), &[&id], read)
}

fn read(row: &Row<'_>) -> Result<SignUp, LedgerFault> {
    let to = endpoint(row.get(1)?, &row.get::<String>(2)?)?;
    let language: String = row.get(5)?;
    Ok(SignUp {
        id: row.get(0)?,
        subscription: Subscription {
            follows: read_follows(&row.get::<String>(3)?)?,
            from_severity: severity(row.get(4)?)?,
            language: Language::new(&language).ok_or_else(|| unreadable("language"))?,
            time_zone: row.get(6)?,
            endpoints: vec![to],
            fields: Default::default(),
        },
        incident: row.get::<Option<String>>(10)?.as_deref().map(incident).transpose()?,
        joins: row.get::<Option<String>>(11)?.map(SubscriberId::from_stored),
        source: row.get(7)?,
        asked_at: moment(row.get(8)?)?,
        expires_at: moment(row.get(9)?)?,
    })
}

pub(super) fn due(
    session: &mut Session<'_>,
    most: usize,
    now: Moment,
) -> Result<Vec<(SignUp, u32)>, LedgerFault> {
    session.execute("DELETE FROM sign_up WHERE asked_at < ?1", &[&milliseconds(now - KEPT)])?;
    session.execute("DELETE FROM asked WHERE at < ?1", &[&milliseconds(now - COUNTED)])?;
    session.execute(
        "DELETE FROM sign_up WHERE due_at <= ?1 AND EXISTS (SELECT 1 FROM endpoint e
             WHERE e.channel = sign_up.channel AND e.canonical = sign_up.canonical AND e.suppressed_at IS NOT NULL)",
        &[&milliseconds(now)],
    )?;
    let text =
        format!("SELECT {COLUMNS}, tries, due_at FROM sign_up WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2");
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = session.rows(&text, &[&milliseconds(now), &most], |row| {
        let tries = u32::try_from(count(row.get(12)?)?).unwrap_or(u32::MAX);
        Ok((read(row)?, tries, row.get::<i64>(13)?))
    })?;
    let mut due = Vec::new();
    for (sign_up, tries, due_at) in found {
        let mut to = sign_up.subscription.endpoints.iter();
        if to.try_fold(false, |any, one| Ok::<_, LedgerFault>(any || kept::of(session, one)?.is_some()))? {
            session.execute("DELETE FROM sign_up WHERE id = ?1", &[&sign_up.id.as_str()])?;
            continue;
        }
        let leased = session.execute(
            "UPDATE sign_up SET due_at = ?2 WHERE id = ?1 AND due_at = ?3",
            &[&sign_up.id.as_str(), &milliseconds(now + LEASE), &due_at],
        )?;
        if leased > 0 {
            due.push((sign_up, tries));
        }
    }
    Ok(due)
}

pub(super) fn tried(session: &mut Session<'_>, id: &str, again: Option<Moment>) -> Result<(), LedgerFault> {
    session.execute(
        "UPDATE sign_up SET tries = tries + 1, due_at = ?2 WHERE id = ?1",
        &[&id, &again.map(milliseconds)],
    )?;
    Ok(())
}

pub(super) fn may_guess(session: &mut Session<'_>, id: &str, now: Moment) -> Result<bool, LedgerFault> {
    let counted = session.execute(
        "UPDATE sign_up SET guesses = guesses + 1 WHERE id = ?1 AND guesses < ?2 AND expires_at > ?3",
        &[&id, &GUESSES_MAX, &milliseconds(now)],
    )?;
    Ok(counted > 0)
}

pub(super) fn confirm(
    session: &mut Session<'_>,
    id: &str,
    draw: &mut dyn FnMut() -> [u8; 16],
    now: Moment,
) -> Result<Option<SubscriberId>, LedgerFault> {
    session.lock("SELECT 1 FROM sign_up WHERE id = ?1 FOR UPDATE", &[&id])?;
    let confirmed = session
        .find("SELECT confirmed FROM sign_up WHERE id = ?1", &[&id], |row| row.get::<Option<String>>(0))?
        .flatten();
    if let Some(before) = confirmed {
        return Ok(has_still(session, id, &before)?.then(|| SubscriberId::from_stored(before)));
    }
    let Some(sign_up) = find(session, id)?.filter(|sign_up| sign_up.expires_at > now) else {
        return Ok(None);
    };
    if let Some(subscriber) = &sign_up.joins {
        let to = sign_up.subscription.endpoints.first();
        let is_theirs = to.map(|to| further::take(session, subscriber, to, now)).transpose()?;
        if is_theirs == Some(true) {
            settle(session, id, subscriber)?;
            return Ok(Some(subscriber.clone()));
        }
        return Ok(None);
    }
    let consent = Consent { method: ConsentMethod::SignedUp, source: sign_up.source.clone(), at: now };
    let wanted = &sign_up.subscription;
    let added = joining::add(session, std::slice::from_ref(wanted), &consent, draw)?;
    let subscriber = match added.into_iter().next() {
        Some(
            Added::New(subscriber)
            | Added::Updated(subscriber)
            | Added::Back(subscriber)
            | Added::Unchanged(subscriber),
        ) => {
            people::confirm(session, &subscriber, now)?;
            for one in &wanted.endpoints {
                erasure::forget(session, one)?;
            }
            subscriber
        }
        // They are subscribed already: only what they asked for is new, and their other addresses stay.
        Some(Added::Taken { owner, .. }) if sign_up.incident.is_some() => owner,
        Some(Added::Taken { owner, .. }) => {
            let preferences = Preferences {
                follows: wanted.follows.clone(),
                from_severity: wanted.from_severity,
                language: wanted.language.clone(),
                time_zone: wanted.time_zone.clone(),
            };
            change(session, &owner, &preferences)?;
            owner
        }
        Some(Added::Left(_) | Added::NeverLeft) | None => return Ok(None),
    };
    if let Some(origin) = &sign_up.incident {
        followers::follow(session, &subscriber, origin, now)?;
    }
    settle(session, id, &subscriber)?;
    Ok(Some(subscriber))
}

/// Whether a subscriber still has the address of a sign-up: anyone who gave it up, or whose address it was, opens nothing by it.
fn has_still(session: &mut Session<'_>, id: &str, subscriber: &str) -> Result<bool, LedgerFault> {
    let found = session.find(
        "SELECT 1 FROM sign_up u JOIN endpoint e ON e.channel = u.channel AND e.canonical = u.canonical
             JOIN contact c ON c.endpoint = e.number JOIN subscriber s ON s.number = c.subscriber
         WHERE u.id = ?1 AND s.id = ?2",
        &[&id, &subscriber],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

/// Records whose a sign-up became.
fn settle(session: &mut Session<'_>, id: &str, subscriber: &SubscriberId) -> Result<(), LedgerFault> {
    session.execute(
        "UPDATE sign_up SET confirmed = ?2, due_at = NULL WHERE id = ?1",
        &[&id, &subscriber.as_str()],
    )?;
    Ok(())
}

pub(super) fn change(
    session: &mut Session<'_>,
    id: &SubscriberId,
    to: &Preferences,
) -> Result<bool, LedgerFault> {
    let changed = session.execute(
        "UPDATE subscriber SET follows = ?2, from_severity = ?3, language = ?4, time_zone = ?5, version = version + 1
         WHERE id = ?1 AND removed_at IS NULL AND destination IS NULL",
        &[
            &id.as_str(),
            &write_follows(&to.follows),
            &severity_number(to.from_severity),
            &to.language.as_str(),
            &to.time_zone,
        ],
    )?;
    Ok(changed > 0)
}

pub(super) fn come_back(
    session: &mut Session<'_>,
    (id, source): (&SubscriberId, &str),
    now: Moment,
) -> Result<bool, LedgerFault> {
    let back = session.execute(
        "UPDATE subscriber SET removed_at = NULL, confirmed_at = NULL, consent_way = ?2, consent_source = ?3, consent_at = ?4
         WHERE id = ?1 AND removed_at IS NOT NULL AND destination IS NULL
             AND EXISTS (SELECT 1 FROM contact c WHERE c.subscriber = subscriber.number)",
        &[&id.as_str(), &ConsentMethod::SignedUp.word(), &source, &milliseconds(now)],
    )?;
    if back > 0 {
        let number = session.value("SELECT number FROM subscriber WHERE id = ?1", &[&id.as_str()])?;
        people::stop(session, number, now)?;
        people::confirm(session, id, now)?;
    }
    Ok(back > 0)
}
