//! Opt-outs by text: STOP suppresses a number at once, START allows it again.
//!
//! Promises: a text counts once, however often its provider brings it; START lifts only what STOP suppressed, and nothing else does but
//! an operator. STOP of a number on no record holds as well, as a keyed hash: nothing is sent to it, no matter who
//! adds it later. Never adds a subscriber, or the number of a stranger.

use chrono::TimeDelta;

use super::columns::{channel_number, milliseconds};
use super::fault::LedgerFault;
use super::kept;
use super::people;
use super::questions;
use super::session::Session;
use crate::ledger::{Ask, InboundText, OptOut};
use crate::model::keyword::Keyword;

/// How long a text is recognized that came in before.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Why a number is suppressed whose owner sent STOP.
const STOPPED: &str = "its owner replied STOP";

/// The same for a number that was suppressed for the reason that follows.
const STOPPED_AS_WELL: &str = "its owner replied STOP; before that: ";

pub(super) fn receive(session: &mut Session<'_>, text: &InboundText) -> Result<OptOut, LedgerFault> {
    session.execute("DELETE FROM inbound_text WHERE at < ?1", &[&milliseconds(text.at - KEPT)])?;
    let asks = match text.keyword {
        Some(Keyword::Help) => Some(Ask::Help),
        Some(Keyword::Status) => Some(Ask::Status),
        Some(Keyword::Stop | Keyword::Start) | None => None,
    };
    let is_new = session.execute(
        "INSERT INTO inbound_text (provider, reference, at) VALUES (?1, ?2, ?3) ON CONFLICT (provider, reference) DO NOTHING",
        &[&text.provider.as_str(), &text.reference.as_str(), &milliseconds(text.at)],
    )? > 0;
    Ok(match text.keyword {
        _ if !is_new => OptOut::Unchanged,
        Some(Keyword::Stop) if stop(session, text)? => OptOut::Stopped,
        Some(Keyword::Start) if lift(session, text)? => OptOut::Started,
        Some(Keyword::Stop | Keyword::Start) => OptOut::Unchanged,
        Some(Keyword::Help | Keyword::Status) | None => {
            questions::receive(session, text, asks)?;
            OptOut::Unchanged
        }
    })
}

/// Suppresses the number, also one that is suppressed already: what lifts that suppression must not lift this one.
fn stop(session: &mut Session<'_>, text: &InboundText) -> Result<bool, LedgerFault> {
    if people::suppress(session, &text.from, STOPPED, text.at)? {
        return Ok(true);
    }
    let stopped = session.execute(
        &format!(
            "UPDATE endpoint SET suppressed_because = '{STOPPED_AS_WELL}' || suppressed_because
             WHERE channel = ?1 AND canonical = ?2 AND suppressed_because NOT LIKE '{STOPPED}%'"
        ),
        &[&channel_number(text.from.channel()), &text.from.canonical()],
    )?;
    Ok(stopped > 0 || stop_unknown(session, text)?)
}

/// The same for a number that is on no record: of someone who was erased, or a code was sent to it that its owner did not ask for.
fn stop_unknown(session: &mut Session<'_>, text: &InboundText) -> Result<bool, LedgerFault> {
    let known = session.find(
        "SELECT 1 FROM endpoint WHERE channel = ?1 AND canonical = ?2",
        &[&channel_number(text.from.channel()), &text.from.canonical()],
        |row| row.get::<i64>(0),
    )?;
    if known.is_some() {
        return Ok(false);
    }
    let reason = match kept::of(session, &text.from)? {
        Some((before, _)) if before.starts_with(STOPPED) => return Ok(false),
        Some((before, _)) => format!("{STOPPED_AS_WELL}{before}"),
        None => STOPPED.to_owned(),
    };
    kept::change(session, &text.from, &reason, text.at)?;
    Ok(true)
}

/// Takes back what STOP did; a number that was suppressed before stays so, for that reason.
fn lift(session: &mut Session<'_>, text: &InboundText) -> Result<bool, LedgerFault> {
    let lifted = session.execute(
        "UPDATE endpoint SET suppressed_at = NULL, suppressed_because = NULL
         WHERE channel = ?1 AND canonical = ?2 AND suppressed_because = ?3",
        &[&channel_number(text.from.channel()), &text.from.canonical(), &STOPPED],
    )?;
    session.execute(
        &format!(
            "UPDATE endpoint SET suppressed_because = substr(suppressed_because, {})
             WHERE channel = ?1 AND canonical = ?2 AND suppressed_because LIKE '{STOPPED_AS_WELL}%'",
            STOPPED_AS_WELL.len() + 1
        ),
        &[&channel_number(text.from.channel()), &text.from.canonical()],
    )?;
    let Some((reason, _)) = kept::of(session, &text.from)? else { return Ok(lifted > 0) };
    if let Some(before) = reason.strip_prefix(STOPPED_AS_WELL) {
        kept::change(session, &text.from, before, text.at)?;
    } else if reason == STOPPED {
        kept::forget(session, &text.from)?;
        return Ok(true);
    }
    Ok(lifted > 0)
}
