//! One transaction on SQLite or PostgreSQL behind one interface: statements and rows look the same on both.
//!
//! Promises: a statement is written once, with parameters `?1`, `?2`…, and each database gets it in its own
//! spelling; whole numbers are 64 bits on both. Locks are locks of rows on PostgreSQL, and nothing on SQLite, whose
//! writers take turns for whole transactions.

use std::borrow::Cow;
use std::collections::HashMap;

use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql as ToPostgres, Type};

use super::column::Column;
use super::fault::LedgerFault;

/// A value that goes into a statement.
pub(in crate::ledger) trait Parameter: rusqlite::ToSql + ToPostgres + Sync {
    /// The application name for PostgreSQL.
    fn type_sent(&self) -> Type;
}

impl<T: rusqlite::ToSql + ToPostgres + Sync> Parameter for T {
    fn type_sent(&self) -> Type {
        // A whole number is one of 64 bits, whatever the column has; of anything else the server finds the type.
        if T::accepts(&Type::INT8) { Type::INT8 } else { Type::UNKNOWN }
    }
}

/// The values of a statement, in the order of its parameters.
pub(in crate::ledger) type Values<'v> = &'v [&'v (dyn Parameter + Sync)];

/// PostgreSQL's prepared statements, by their text.
pub(in crate::ledger) type Prepared = HashMap<String, postgres::Statement>;

/// An open transaction.
pub(in crate::ledger) enum Session<'s> {
    /// In a SQLite file.
    Sqlite(rusqlite::Transaction<'s>),
    /// On a PostgreSQL server.
    Postgres {
        transaction: postgres::Transaction<'s>,
        /// The statements prepared so far on this connection.
        prepared: &'s mut Prepared,
        /// Whether the server passes on that there is work.
        tells: bool,
    },
}

/// One row of an answer.
pub(in crate::ledger) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    /// From PostgreSQL.
    Postgres(&'r postgres::Row),
}

impl Row<'_> {
    /// The value of a column.
    pub(in crate::ledger) fn get<T: Column>(&self, column: usize) -> Result<T, LedgerFault> {
        match self {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => Ok(T::from_postgres(row, column)?),
        }
    }
}

impl Session<'_> {
    /// Runs a statement and says how many rows it touched.
    pub(in crate::ledger) fn execute(&mut self, text: &str, values: Values<'_>) -> Result<u64, LedgerFault> {
        match self {
            Self::Sqlite(transaction) => {
                let touched = transaction.prepare_cached(text)?.execute(sqlite(values).as_slice())?;
                Ok(touched as u64)
            }
            Self::Postgres { transaction, prepared, .. } => {
                let statement = prepare(transaction, prepared, text, values)?;
                Ok(transaction.execute(&statement, &postgres(values))?)
            }
        }
    }

    /// Runs a statement whose text will not come again, and says how many rows it touched.
    pub(in crate::ledger) fn execute_once(
        &mut self,
        text: &str,
        values: Values<'_>,
    ) -> Result<u64, LedgerFault> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.execute(text, sqlite(values).as_slice())? as u64),
            Self::Postgres { transaction, .. } => {
                Ok(transaction.execute_typed(&spelled(text), &typed(values))?)
            }
        }
    }

    /// Every row of the answer, read by `read`.
    pub(in crate::ledger) fn rows<T>(
        &mut self,
        text: &str,
        values: Values<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<T, LedgerFault>,
    ) -> Result<Vec<T>, LedgerFault> {
        let mut all = Vec::new();
        self.each(text, values, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The first row of the answer, if there is one.
    pub(in crate::ledger) fn find<T>(
        &mut self,
        text: &str,
        values: Values<'_>,
        read: impl FnMut(&Row<'_>) -> Result<T, LedgerFault>,
    ) -> Result<Option<T>, LedgerFault> {
        Ok(self.rows(text, values, read)?.into_iter().next())
    }

    /// The first column of the only row of an answer that always has one.
    pub(in crate::ledger) fn value<T: Column>(
        &mut self,
        text: &str,
        values: Values<'_>,
    ) -> Result<T, LedgerFault> {
        self.find(text, values, |row| row.get(0))?.ok_or(LedgerFault::Unreadable("answer"))
    }

    /// Shows every row of the answer to `see`, one after the other, without keeping them.
    pub(in crate::ledger) fn each(
        &mut self,
        text: &str,
        values: Values<'_>,
        mut see: impl FnMut(&Row<'_>) -> Result<(), LedgerFault>,
    ) -> Result<(), LedgerFault> {
        match self {
            Self::Sqlite(transaction) => {
                let mut statement = transaction.prepare_cached(text)?;
                let mut rows = statement.query(sqlite(values).as_slice())?;
                while let Some(row) = rows.next()? {
                    see(&Row::Sqlite(row))?;
                }
            }
            Self::Postgres { transaction, prepared, .. } => {
                let statement = prepare(transaction, prepared, text, values)?;
                let mut rows = transaction.query_raw(&statement, postgres(values))?;
                while let Some(row) = rows.next()? {
                    see(&Row::Postgres(&row))?;
                }
            }
        }
        Ok(())
    }

    /// The rows of two numbers that answer a statement whose text will not come again.
    pub(in crate::ledger) fn pairs_once(
        &mut self,
        text: &str,
        values: Values<'_>,
    ) -> Result<Vec<(i64, i64)>, LedgerFault> {
        match self {
            Self::Sqlite(transaction) => {
                let mut statement = transaction.prepare(text)?;
                let pairs =
                    statement.query_map(sqlite(values).as_slice(), |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(pairs.collect::<Result<_, _>>()?)
            }
            Self::Postgres { transaction, .. } => {
                let rows = transaction.query_typed(&spelled(text), &typed(values))?;
                rows.iter()
                    .map(|row| Ok((i64::from_postgres(row, 0)?, i64::from_postgres(row, 1)?)))
                    .collect()
            }
        }
    }

    /// Signals waiting workers, once the transaction is committed, that a step may be due. Who waits for a
    /// file looks at the file.
    pub(in crate::ledger) fn signal_work(&mut self) -> Result<(), LedgerFault> {
        match self {
            Self::Postgres { tells: true, .. } => {
                self.execute("SELECT pg_notify('allclear', '')", &[]).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Locks the rows that `text` selects until the transaction ends, where rows can be locked.
    pub(in crate::ledger) fn lock(&mut self, text: &str, values: Values<'_>) -> Result<(), LedgerFault> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres { .. } => self.execute(text, values).map(drop),
        }
    }

    /// A query that locks the rows it selects, where rows can be locked; `lock` is the clause at its end.
    pub(in crate::ledger) fn locking<'t>(&self, text: &'t str, lock: &str) -> Cow<'t, str> {
        match self {
            Self::Sqlite(_) => Cow::Borrowed(text),
            Self::Postgres { .. } => Cow::Owned(format!("{text} {lock}")),
        }
    }
}

fn prepare(
    transaction: &mut postgres::Transaction<'_>,
    prepared: &mut Prepared,
    text: &str,
    values: Values<'_>,
) -> Result<postgres::Statement, LedgerFault> {
    if let Some(statement) = prepared.get(text) {
        return Ok(statement.clone());
    }
    let types: Vec<Type> = values.iter().map(|value| value.type_sent()).collect();
    let statement = transaction.prepare_typed(&spelled(text), &types)?;
    prepared.insert(text.to_owned(), statement.clone());
    Ok(statement)
}

/// The text with PostgreSQL's sign for parameters. No statement of the ledger has a question mark elsewhere.
fn spelled(text: &str) -> String {
    text.replace('?', "$")
}

fn sqlite<'v>(values: Values<'v>) -> Vec<&'v dyn rusqlite::ToSql> {
    values.iter().map(|value| *value as &dyn rusqlite::ToSql).collect()
}

fn postgres<'v>(values: Values<'v>) -> Vec<&'v (dyn ToPostgres + Sync)> {
    values.iter().map(|value| *value as &(dyn ToPostgres + Sync)).collect()
}

fn typed<'v>(values: Values<'v>) -> Vec<(&'v (dyn ToPostgres + Sync), Type)> {
    values.iter().map(|value| (*value as &(dyn ToPostgres + Sync), value.type_sent())).collect()
}
