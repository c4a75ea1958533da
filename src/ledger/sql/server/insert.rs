//! Writes notices and steps as arrays, thousands in one statement: row by row, each would be a round trip.

use postgres::Transaction;

use crate::ledger::sql::fault::LedgerFault;
use crate::ledger::sql::rows::{NoticeRow, StepRow};
use crate::model::Moment;

pub(in crate::ledger) fn insert(
    transaction: &mut Transaction<'_>,
    notices: &[NoticeRow<'_>],
    steps: &[StepRow<'_>],
    now: Moment,
) -> Result<(), LedgerFault> {
    insert_notices(transaction, notices)?;
    insert_steps(transaction, steps, now)
}

fn insert_notices(transaction: &mut Transaction<'_>, notices: &[NoticeRow<'_>]) -> Result<(), LedgerFault> {
    let numbers: Vec<i64> = notices.iter().map(|row| row.number).collect();
    let changes: Vec<i64> = notices.iter().map(|row| row.change).collect();
    let incidents: Vec<i64> = notices.iter().map(|row| row.incident).collect();
    let subscribers: Vec<&str> = notices.iter().map(|row| row.notice.subscriber.as_str()).collect();
    let inserted = transaction.execute(
        "INSERT INTO notice (number, change, incident, subscriber)
         SELECT new.number, new.change, new.incident, p.number
         FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::TEXT[])
              AS new (number, change, incident, subscriber) JOIN subscriber p ON p.id = new.subscriber",
        &[&numbers, &changes, &incidents, &subscribers],
    )?;
    if inserted == notices.len() as u64 {
        return Ok(());
    }
    Err(LedgerFault::Unfounded("a notice is for an unknown subscriber".to_owned()))
}

fn insert_steps(
    transaction: &mut Transaction<'_>,
    steps: &[StepRow<'_>],
    now: Moment,
) -> Result<(), LedgerFault> {
    let mut columns: [Vec<i64>; 14] = Default::default();
    for row in steps {
        for (column, number) in columns.iter_mut().zip(row.numbers(now)) {
            column.push(number);
        }
    }
    let [
        numbers,
        keys,
        notices,
        positions,
        channels,
        severities,
        endpoints,
        messages,
        states,
        due,
        expire,
        success,
        changes,
        repeats,
    ] = &columns;
    let try_for: Vec<Option<i64>> = steps.iter().map(StepRow::try_for).collect();
    let (quiet_from, quiet_until): (Vec<_>, Vec<_>) =
        steps.iter().map(StepRow::quiet).map(|[from, until]| (from, until)).unzip();
    transaction.execute(
        "INSERT INTO step (number, key, notice, position, channel, severity, endpoint, message, state, due_at,
             expires_at, success, change, repeats, try_for, quiet_from, quiet_until)
         SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[],
             $6::BIGINT[], $7::BIGINT[], $8::BIGINT[], $9::BIGINT[], $10::BIGINT[], $11::BIGINT[], $12::BIGINT[],
             $13::BIGINT[], $14::BIGINT[], $15::BIGINT[], $16::BIGINT[], $17::BIGINT[])",
        &[
            numbers, keys, notices, positions, channels, severities, endpoints, messages, states, due, expire,
            success, changes, repeats, &try_for, &quiet_from, &quiet_until,
        ],
    )?;
    Ok(())
}
