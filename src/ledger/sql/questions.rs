//! Questions and other words by SMS, in SQL.
//!
//! Promises: see [`Questions`](crate::ledger::Questions); the limits are counted in the transaction that records a question, or takes it.

use chrono::TimeDelta;

use super::columns::{channel_number, endpoint, milliseconds, moment};
use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::stored::unreadable;
use crate::ledger::{Ask, InboundText, REPLIES_MAX, REPLY_CHARACTERS_MAX, TextQuestion, TextReply};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::line::one_line;
use crate::model::localized::Language;

/// How long a question and other words are kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// How long an answer is of use.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// The most questions of a number that are answered, and of its other words that are kept, within each time.
const OF_NUMBER: [(TimeDelta, i64); 2] = [(TimeDelta::hours(1), 3), (TimeDelta::hours(24), 10)];

const HELP: i64 = 0;
const STATUS: i64 = 1;
const WORDS: i64 = 2;

/// Records what a text asks, or its words; nothing for a number that is not on record or that nothing may be sent to, or beyond the
/// limits.
pub(super) fn receive(
    session: &mut Session<'_>,
    text: &InboundText,
    asks: Option<Ask>,
) -> Result<(), LedgerFault> {
    session.execute("DELETE FROM text_question WHERE at < ?1", &[&milliseconds(text.at - KEPT)])?;
    let found = session.find(
        "SELECT number, suppressed_at FROM endpoint WHERE channel = ?1 AND canonical = ?2",
        &[&channel_number(text.from.channel()), &text.from.canonical()],
        |row| Ok((row.get::<i64>(0)?, row.get::<Option<i64>>(1)?.is_some())),
    )?;
    // What the owner of a suppressed number writes is read anyway.
    let Some((sender, _)) = found.filter(|(_, is_suppressed)| !is_suppressed || asks.is_none()) else {
        return Ok(());
    };
    for (within, most) in OF_NUMBER {
        let before: i64 = session.value(
            "SELECT COUNT(*) FROM text_question WHERE endpoint = ?1 AND at > ?2",
            &[&sender, &milliseconds(text.at - within)],
        )?;
        if before >= most {
            return Ok(());
        }
    }
    let words: String = match asks {
        Some(_) => String::new(),
        None => one_line(&text.words).chars().take(REPLY_CHARACTERS_MAX).collect(),
    };
    session.execute(
        "INSERT INTO text_question (provider, reference, endpoint, asks, words, at, is_due)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (provider, reference) DO NOTHING",
        &[
            &text.provider.as_str(),
            &text.reference.as_str(),
            &sender,
            &number(asks),
            &words,
            &milliseconds(text.at),
            &i64::from(asks.is_some()),
        ],
    )?;
    let beyond = i64::try_from(REPLIES_MAX).unwrap_or(i64::MAX);
    session.execute(
        "DELETE FROM text_question WHERE asks = 2 AND at < (
             SELECT at FROM text_question WHERE asks = 2 ORDER BY at DESC LIMIT 1 OFFSET ?1)",
        &[&(beyond - 1)],
    )?;
    Ok(())
}

fn number(asks: Option<Ask>) -> i64 {
    match asks {
        Some(Ask::Help) => HELP,
        Some(Ask::Status) => STATUS,
        None => WORDS,
    }
}

pub(super) fn take(
    session: &mut Session<'_>,
    most: usize,
    of_day: u32,
    now: Moment,
) -> Result<Vec<TextQuestion>, LedgerFault> {
    let spent: i64 = session.value(
        "SELECT COUNT(*) FROM asked WHERE subject = ?1 AND at > ?2",
        &[&super::sign_ups::TEXTS, &milliseconds(now - TimeDelta::hours(24))],
    )?;
    let left = i64::from(of_day).saturating_sub(spent).clamp(0, i64::try_from(most).unwrap_or(i64::MAX));
    let found = session.rows(
        "SELECT q.provider, q.reference, e.channel, e.address, q.asks, q.at,
                (SELECT MIN(s.language) FROM contact c JOIN subscriber s ON s.number = c.subscriber
                 WHERE c.endpoint = q.endpoint AND s.removed_at IS NULL)
         FROM text_question q JOIN endpoint e ON e.number = q.endpoint
         WHERE q.is_due = 1 AND q.at > ?1 AND e.suppressed_at IS NULL ORDER BY q.at LIMIT ?2",
        &[&milliseconds(now - FRESH), &left],
        |row| {
            let language = row.get::<Option<String>>(6)?;
            let language = language.map(|tag| Language::new(&tag).ok_or_else(|| unreadable("language")));
            let question = TextQuestion {
                reference: row.get(1)?,
                to: endpoint(row.get(2)?, &row.get::<String>(3)?)?,
                asks: if row.get::<i64>(4)? == HELP { Ask::Help } else { Ask::Status },
                language: language.transpose()?,
                at: moment(row.get(5)?)?,
            };
            Ok((row.get::<String>(0)?, question))
        },
    )?;
    let mut taken = Vec::with_capacity(found.len());
    for (provider, question) in found {
        let is_first = session.execute(
            "UPDATE text_question SET is_due = 0 WHERE provider = ?1 AND reference = ?2 AND is_due = 1",
            &[&provider, &question.reference],
        )? > 0;
        if is_first {
            super::sign_ups::add(session, super::sign_ups::TEXTS, now)?;
            taken.push(question);
        }
    }
    Ok(taken)
}

pub(super) fn replies(session: &mut Session<'_>) -> Result<Vec<TextReply>, LedgerFault> {
    let most = i64::try_from(REPLIES_MAX).unwrap_or(i64::MAX);
    session.rows(
        "SELECT e.channel, e.address, q.words, q.at FROM text_question q JOIN endpoint e ON e.number = q.endpoint
         WHERE q.asks = 2 AND e.channel = ?1 ORDER BY q.at DESC, q.reference LIMIT ?2",
        &[&channel_number(Channel::Text), &most],
        |row| {
            Ok(TextReply {
                from: endpoint(row.get(0)?, &row.get::<String>(1)?)?,
                words: row.get(2)?,
                at: moment(row.get(3)?)?,
            })
        },
    )
}
