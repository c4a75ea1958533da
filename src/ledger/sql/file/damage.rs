//! Finds damage in a file: by SQLite's own checks, and by the checksums of its rows.

use rusqlite::Connection;

use super::checksum;

/// What is wrong with a file that can be opened, if anything is: its indexes, or rows that do not add up. Takes time
/// with the size of the file. Wants a transaction around it.
pub(in crate::ledger) fn find(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if let Some(what) = look(connection, "integrity_check")? {
        return Ok(Some(what));
    }
    let table = checksum::find_damage(connection)?;
    Ok(table.map(|table| format!("the checksum of its table {table} does not match")))
}

/// The first complaint of one of SQLite's own checks.
pub(in crate::ledger) fn look(connection: &Connection, check: &str) -> rusqlite::Result<Option<String>> {
    let word: String = connection.query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get(0))?;
    Ok((word != "ok").then_some(word))
}
