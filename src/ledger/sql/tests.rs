//! What tests see of a ledger that nobody else does: how the database goes about the statements of a claim, and every
//! chain as it stands.

use super::candidates;
use super::columns::{channel, small};
use super::fault::LedgerFault;
use super::lanes::{self, ClaimQueue};
use super::session::Session;
use super::steps::{Loaded, StepKey};
use super::store::SqlLedger;
use crate::chain::FailoverChain;
use crate::ledger::tests::bulk::{Chains, Places};
use crate::model::change::ChangeId;
use crate::model::notice::StepId;
use crate::model::subscriber::SubscriberId;

impl SqlLedger {
    /// Each statement of a claim with the database's own plan for it.
    pub(in crate::ledger) fn plans_of_a_claim(&mut self) -> Vec<(String, String)> {
        let lanes = [ClaimQueue::Fresh(1), ClaimQueue::Again].map(candidates::due_in);
        let statements = lanes.into_iter().chain(lanes::statements());
        let plans = |session: &mut Session<'_>| {
            let (word, column) = match session {
                Session::Sqlite(_) => ("EXPLAIN QUERY PLAN", 3),
                Session::Postgres { .. } => ("EXPLAIN", 0),
            };
            session.execute("ANALYZE step", &[])?;
            statements
                .clone()
                .map(|statement| {
                    let plan = session
                        .rows(&format!("{word} {}", filled(&statement)), &[], |row| row.get(column))?;
                    let plan: Vec<String> = plan;
                    Ok((statement, plan.join("\n")))
                })
                .collect()
        };
        self.write("explain a claim", plans).unwrap()
    }
}

impl SqlLedger {
    /// Every chain.
    pub(in crate::ledger) fn chains(&mut self) -> Chains {
        let read = |session: &mut Session<'_>| {
            let rows = notices(session)?;
            let load = |row: StepKey| Ok((row.notice, Loaded::within(session, row)?.chain));
            rows.into_iter().map(load).collect::<Result<Chains, LedgerFault>>()
        };
        self.write("read the chains", read).unwrap()
    }

    /// Lets `happen` change every chain.
    pub(in crate::ledger) fn live(&mut self, mut happen: impl FnMut(&mut FailoverChain)) {
        let write = |session: &mut Session<'_>| {
            for row in notices(session)? {
                let mut notice = Loaded::within(session, row)?;
                happen(&mut notice.chain);
                notice.write(session, None)?;
            }
            Ok(())
        };
        self.write("write the chains", write).unwrap();
    }

    /// Where each step stands.
    pub(in crate::ledger) fn places(&mut self) -> Places {
        let text = "SELECT c.id, p.id, s.channel, s.position, s.notice FROM step s
             JOIN notice n ON n.number = s.notice JOIN change c ON c.number = n.change
             JOIN subscriber p ON p.number = n.subscriber";
        let read = |session: &mut Session<'_>| {
            session.rows(text, &[], |row| {
                let change = ChangeId::from_stored(row.get::<String>(0)?);
                let subscriber = SubscriberId::from_stored(row.get::<String>(1)?);
                let position = small(row.get(3)?)?;
                let id = StepId::derive(&change, &subscriber, channel(row.get(2)?)?, position);
                Ok((id.as_str().to_owned(), (row.get(4)?, usize::from(position))))
            })
        };
        self.read("read the steps", read).unwrap().into_iter().collect()
    }
}

fn notices(session: &mut Session<'_>) -> Result<Vec<StepKey>, LedgerFault> {
    let text = "SELECT MIN(number), notice FROM step GROUP BY notice ORDER BY notice";
    session.rows(text, &[], |row| Ok(StepKey { number: row.get(0)?, notice: row.get(1)? }))
}

/// The statement with values: mail, major, whatever is due, a hundred, the first change.
fn filled(statement: &str) -> String {
    let values = [("?1", "0"), ("?2", "2"), ("?3", "9000000000000"), ("?4", "100"), ("?5", "1")];
    values.into_iter().fold(statement.to_owned(), |text, (sign, value)| text.replace(sign, value))
}
