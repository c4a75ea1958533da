//! Delivery reports: recorded first, then applied to their step, if there is one.
//!
//! Promises: reports are only appended, and each (provider, reference, status) once; a report that cannot be applied yet
//! (its message is unknown, or still in progress) is applied when its step begins to wait for it.

use super::columns::{
    TAKEN, channel, channel_number, milliseconds, moment, report_status, report_status_number, small,
    step_key,
};
use super::fault::LedgerFault;
use super::session::{Session, Values};
use super::steps::Loaded;
use crate::chain::Event;
use crate::ledger::{DeliveryReceipt, Posting, ReceiptOutcome, ReportRecord};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::endpoint::Endpoint;
use crate::model::incident::IncidentId;
use crate::model::notice::{StepId, StepState};
use crate::model::report::ReceiptStatus;
use crate::model::subscriber::SubscriberId;

/// No more of the provider's words are kept.
const WORDS_CHARACTERS_MAX: usize = 300;

/// How the reason begins for which a report suppresses an address.
const UNDELIVERABLE_BECAUSE: &str = "undeliverable by a delivery receipt:";

/// No reference is longer; of one that is, nothing is known.
const REFERENCE_BYTES_MAX: usize = 300;

pub(super) fn report(
    session: &mut Session<'_>,
    report: &DeliveryReceipt,
) -> Result<ReceiptOutcome, LedgerFault> {
    let mut notice = find(session, report)?;
    let number = notice.as_ref().map(Loaded::number).transpose()?;
    // While a worker is handing it off, a failure is kept until the answer is known.
    let kept = match &notice {
        Some(notice) => notice.step()?.state == StepState::Claimed,
        None => true,
    };
    if !record(session, report, number, !kept)? {
        return Ok(ReceiptOutcome::Repeated);
    }
    let Some(notice) = &mut notice else { return Ok(ReceiptOutcome::Unknown) };
    if report.status == ReceiptStatus::Undeliverable {
        suppress(session, notice.endpoint()?, (&report.provider, &report.words), report.at)?;
    }
    let moved = notice.happen(&Event::Reported(report.status), report.at);
    if notice.step()? == notice.step_before()? {
        return Ok(ReceiptOutcome::Recorded);
    }
    notice.write(session, None)?;
    if moved.next.is_some() {
        session.signal_work()?;
    }
    let (before, state) = (notice.step_before()?.state, notice.step()?.state);
    let late = before.is_end() && !before.is_success() && state.is_success();
    Ok(ReceiptOutcome::Applied { state, next: notice.channel(moved.next), late })
}

/// Puts an address on the suppression list that a report calls lost: whatever happened to its step, the next would be lost as well.
fn suppress(
    session: &mut Session<'_>,
    endpoint: i64,
    (provider, words): (&str, &str),
    now: Moment,
) -> Result<(), LedgerFault> {
    let reason = format!("{UNDELIVERABLE_BECAUSE} {provider} {words}");
    session.execute(
        "UPDATE endpoint SET suppressed_at = ?2, suppressed_because = ?3 WHERE number = ?1 AND suppressed_at IS NULL",
        &[&endpoint, &milliseconds(now), &reason.trim_end()],
    )?;
    Ok(())
}

/// The notice of the step a report is about, held: by the step's own id, or by the id a provider gave.
fn find(session: &mut Session<'_>, report: &DeliveryReceipt) -> Result<Option<Loaded>, LedgerFault> {
    if report.reference.len() > REFERENCE_BYTES_MAX {
        return Ok(None);
    }
    let step = match find_by_id(session, &StepId::from_stored(report.reference.as_str()))? {
        None => session.find(
            "SELECT step FROM attempt WHERE reference = ?2 AND provider = ?1 ORDER BY number DESC LIMIT 1",
            &[&report.provider, &report.reference],
            |row| row.get(0),
        )?,
        found => found,
    };
    step.map_or(Ok(None), |step| Loaded::of(session, step))
}

fn find_by_id(session: &mut Session<'_>, id: &StepId) -> Result<Option<i64>, LedgerFault> {
    let alike = session.rows(
        "SELECT s.number, c.id, p.id, s.channel, s.position FROM step s JOIN notice n ON n.number = s.notice
             JOIN change c ON c.number = n.change JOIN subscriber p ON p.number = n.subscriber WHERE s.key = ?1",
        &[&step_key(id)],
        |row| {
            let change = ChangeId::from_stored(row.get::<String>(1)?);
            let subscriber = SubscriberId::from_stored(row.get::<String>(2)?);
            let id = StepId::derive(&change, &subscriber, channel(row.get(3)?)?, small(row.get(4)?)?);
            Ok((row.get(0)?, id))
        },
    )?;
    Ok(alike.into_iter().find(|(_, other)| other == id).map(|(number, _)| number))
}

/// Writes a report down; `false` when it is there already.
fn record(
    session: &mut Session<'_>,
    report: &DeliveryReceipt,
    step: Option<i64>,
    heard: bool,
) -> Result<bool, LedgerFault> {
    let words: String = report.words.chars().take(WORDS_CHARACTERS_MAX).collect();
    let reference: String = report.reference.chars().take(REFERENCE_BYTES_MAX).collect();
    let inserted = session.execute(
        "INSERT INTO report (provider, reference, status, step, words, received_at, heard)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (provider, reference, status) DO NOTHING",
        &[
            &report.provider,
            &reference,
            &report_status_number(report.status),
            &step,
            &words,
            &milliseconds(report.at),
            &i64::from(heard),
        ],
    )?;
    Ok(inserted > 0)
}

/// Lets a step hear the reports that were kept for it. Returns the place of the step that takes over.
pub(super) fn apply_recorded(
    session: &mut Session<'_>,
    notice: &mut Loaded,
    now: Moment,
) -> Result<Option<usize>, LedgerFault> {
    let step = notice.number()?;
    let kept = session.rows(
        "SELECT r.number, r.status, r.provider, r.words FROM report r WHERE r.step = ?1 AND r.heard = 0
         UNION ALL
         SELECT r.number, r.status, r.provider, r.words FROM attempt a JOIN report r
             ON r.provider = a.provider AND r.reference = a.reference
         WHERE a.step = ?1 AND r.step IS NULL
         ORDER BY 1",
        &[&step],
        |row| {
            let said = (row.get::<String>(2)?, row.get::<String>(3)?);
            Ok((row.get::<i64>(0)?, report_status(row.get(1)?)?, said))
        },
    )?;
    let mut next = None;
    for (number, status, (provider, words)) in kept {
        if status == ReceiptStatus::Undeliverable {
            suppress(session, notice.endpoint()?, (&provider, &words), now)?;
        }
        next = notice.happen(&Event::Reported(status), now).next.or(next);
        session.execute("UPDATE report SET heard = 1, step = ?2 WHERE number = ?1", &[&number, &step])?;
    }
    Ok(next)
}

/// Every report of a notice's steps with the step's number, oldest first.
pub(super) fn of_notice(
    session: &mut Session<'_>,
    notice: i64,
) -> Result<Vec<(i64, ReportRecord)>, LedgerFault> {
    session.rows(
        "SELECT r.step, r.provider, r.status, r.words, r.received_at FROM step s JOIN report r ON r.step = s.number
         WHERE s.notice = ?1 ORDER BY r.number",
        &[&notice],
        |row| {
            let record = ReportRecord {
                provider: row.get(1)?,
                status: report_status(row.get(2)?)?,
                words: row.get(3)?,
                at: moment(row.get(4)?)?,
            };
            Ok((row.get(0)?, record))
        },
    )
}

/// The reference that a provider gave last for what it took for an address about one incident.
pub(super) fn thread(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    provider: &str,
    incident: &IncidentId,
) -> Result<Option<String>, LedgerFault> {
    let mut postings = postings(session, endpoint, incident)?.into_iter();
    Ok(postings.rfind(|posting| posting.provider == provider).map(|posting| posting.reference))
}

/// What providers took for an address about one incident and gave a reference for, oldest first.
pub(super) fn postings(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    incident: &IncidentId,
) -> Result<Vec<Posting>, LedgerFault> {
    let text = format!(
        "SELECT a.provider, a.reference, c.id, a.ended_at
         FROM endpoint e JOIN attempt a ON a.endpoint = e.number JOIN step s ON s.number = a.step
              JOIN change c ON c.number = s.change JOIN incident i ON i.number = c.incident
         WHERE e.channel = ?1 AND e.canonical = ?2 AND i.origin = ?3 AND a.class = {TAKEN}
               AND a.reference IS NOT NULL ORDER BY a.number"
    );
    let values: Values<'_> =
        &[&channel_number(endpoint.channel()), &endpoint.canonical(), &incident.as_str()];
    session.rows(&text, values, |row| {
        Ok(Posting {
            provider: row.get(0)?,
            reference: row.get(1)?,
            change: ChangeId::from_stored(row.get::<String>(2)?),
            at: moment(row.get(3)?)?,
        })
    })
}
