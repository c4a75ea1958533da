//! Control of incidents and owed alarms, each kept as a setting of its own.
//!
//! Promises: of several who change the same record, one does, and the others know that they did not. An alarm is owed in the
//! same transaction as what it is about.

use super::approvals;
use super::fault::LedgerFault;
use super::session::Session;
use super::store::SqlLedger;
use crate::ledger::{Controls, Error, OwedAlarm};
use crate::model::Moment;
use crate::model::approval::Approval;
use crate::model::control::ControlChange;
use crate::model::hash::derive;
use crate::model::incident::IncidentId;

/// What the names of the settings begin with: of records, and of alarms.
const RECORD: &str = "control ";
const ALARM: &str = "owed alarm ";

impl Controls for SqlLedger {
    fn control(&mut self, incident: &IncidentId) -> Result<Option<String>, Error> {
        let name = record_name(incident);
        self.read("read who controls an incident", |session| {
            let text = "SELECT value FROM setting WHERE name = ?1";
            let found = session.find(text, &[&name], |row| row.get::<Vec<u8>>(0))?;
            found.map(readable).transpose()
        })
    }

    fn controls(&mut self) -> Result<Vec<String>, Error> {
        self.read("read who controls the incidents", |session| {
            Ok(settings(session, RECORD)?.into_iter().map(|(_, value)| value).collect())
        })
    }

    fn change_control(
        &mut self,
        change: &ControlChange,
        alarm: Option<&str>,
        now: Moment,
    ) -> Result<bool, Error> {
        self.write("keep who controls an incident", |session| {
            let is_changed = replace(session, change)?;
            if let (true, Some(words)) = (is_changed, alarm) {
                owe(session, words, now)?;
            }
            Ok(is_changed)
        })
    }

    fn approve_by_exception(&mut self, approval: &Approval, alarm: &str) -> Result<(), Error> {
        self.write("keep an approval", |session| {
            approvals::add(session, approval)?;
            owe(session, alarm, approval.at).map(drop)
        })
    }

    fn owe_alarm(&mut self, words: &str, now: Moment) -> Result<String, Error> {
        self.write("keep an alarm", |session| owe(session, words, now))
    }

    fn owed_alarms(&mut self) -> Result<Vec<OwedAlarm>, Error> {
        self.read("look for alarms", |session| {
            let owed = settings(session, ALARM)?;
            Ok(owed.into_iter().map(|(id, words)| OwedAlarm { id, words }).collect())
        })
    }

    fn settle_alarm(&mut self, id: &str) -> Result<(), Error> {
        self.write("keep that an alarm was sent", |session| {
            session.execute("DELETE FROM setting WHERE name = ?1", &[&format!("{ALARM}{id}")]).map(drop)
        })
    }
}

/// Replaces a record, if it is still the one that the change was made from.
pub(super) fn replace(session: &mut Session<'_>, change: &ControlChange) -> Result<bool, LedgerFault> {
    let ControlChange { incident, before, after } = change;
    let (name, after) = (record_name(incident), after.clone().into_bytes());
    let changed = match before {
        Some(before) => session.execute(
            "UPDATE setting SET value = ?3 WHERE name = ?1 AND value = ?2",
            &[&name, &before.clone().into_bytes(), &after],
        )?,
        None => session.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
            &[&name, &after],
        )?,
    };
    Ok(changed > 0)
}

fn owe(session: &mut Session<'_>, words: &str, now: Moment) -> Result<String, LedgerFault> {
    let id = derive("owed alarm", &[words, &now.to_rfc3339()]);
    let name = format!("{ALARM}{id}");
    let text = "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
    session.execute(text, &[&name, &words.to_owned().into_bytes()])?;
    Ok(id)
}

/// The settings whose names begin so, each with the rest of its name.
fn settings(session: &mut Session<'_>, prefix: &str) -> Result<Vec<(String, String)>, LedgerFault> {
    let text = format!("SELECT name, value FROM setting WHERE name LIKE '{prefix}%' ORDER BY name");
    let rows = session.rows(&text, &[], |row| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?)))?;
    rows.into_iter()
        .map(|(name, value)| Ok((name.strip_prefix(prefix).unwrap_or(&name).to_owned(), readable(value)?)))
        .collect()
}

fn record_name(incident: &IncidentId) -> String {
    format!("{RECORD}{incident}")
}

fn readable(value: Vec<u8>) -> Result<String, LedgerFault> {
    String::from_utf8(value).map_err(|_| LedgerFault::Unreadable("setting"))
}
