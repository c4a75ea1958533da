//! Values from columns of either database.
//!
//! Promises: a whole number is 64 bits here, however few its column has on a server.

use std::error::Error as StdError;

use postgres::types::{FromSql, Type};

/// A value that both databases can have in a column.
pub(in crate::ledger) trait Column: rusqlite::types::FromSql {
    /// Reads it from a server's answer.
    fn from_postgres(row: &postgres::Row, column: usize) -> Result<Self, postgres::Error>;
}

macro_rules! column {
    ($($kind:ty),*) => {
        $(impl Column for $kind {
            fn from_postgres(row: &postgres::Row, column: usize) -> Result<Self, postgres::Error> {
                row.try_get(column)
            }
        })*
    };
}

column!(bool, String, Option<String>, Vec<u8>);

impl Column for i64 {
    fn from_postgres(row: &postgres::Row, column: usize) -> Result<Self, postgres::Error> {
        row.try_get(column).map(|Whole(number)| number)
    }
}

impl Column for Option<i64> {
    fn from_postgres(row: &postgres::Row, column: usize) -> Result<Self, postgres::Error> {
        row.try_get::<_, Option<Whole>>(column).map(|number| number.map(|Whole(number)| number))
    }
}

/// A whole number of 16, 32 or 64 bits.
pub(in crate::ledger) struct Whole(pub(in crate::ledger) i64);

impl<'v> FromSql<'v> for Whole {
    fn from_sql(kind: &Type, bytes: &'v [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT2 => i16::from_sql(kind, bytes)?.into(),
            Type::INT4 => i32::from_sql(kind, bytes)?.into(),
            _ => i64::from_sql(kind, bytes)?,
        }))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT2 | Type::INT4 | Type::INT8)
    }
}
