//! How a database goes about the statements that run for every claim.

use super::lanes::{self, Lane};
use super::{Session, SqlLedger, claim};

impl SqlLedger {
    /// Each statement of a claim with the database's own plan for it.
    pub(in crate::ledger) fn plans_of_a_claim(&mut self) -> Vec<(String, String)> {
        let lanes = [Lane::Fresh(1), Lane::Again].map(claim::due_in);
        let statements = lanes.into_iter().chain(lanes::STATEMENTS.map(str::to_owned));
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

/// The statement with values: mail, major, whatever is due, a hundred, the first change.
fn filled(statement: &str) -> String {
    let values = [("?1", "0"), ("?2", "2"), ("?3", "9000000000000"), ("?4", "100"), ("?5", "1")];
    values.into_iter().fold(statement.to_owned(), |text, (sign, value)| text.replace(sign, value))
}
