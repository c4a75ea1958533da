//! Finds damage in a file: by SQLite's own checks, and by the checksums of its rows.

use rusqlite::Connection;

use super::checksum;

/// What is wrong with a file that can be opened, if anything is: its indexes, or rows that do not add up. Takes time
/// with the size of the file. Wants a transaction around it.
pub(in crate::ledger) fn find(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if let Some(what) = look(connection, "integrity_check")? {
        return Ok(Some(what));
    }
    find_in_sums(connection)
}

/// What is wrong with the rows that could send a message to the wrong recipient, or with the indexes by which subscribers are found.
/// Takes time with the number of subscribers and of queued steps, and not with what was sent before. Wants a transaction around it.
pub(in crate::ledger) fn find_in_rows(connection: &Connection) -> rusqlite::Result<Option<String>> {
    // The steps are the history.
    for table in checksum::summed(connection)?.into_iter().filter(|table| *table != "step") {
        let word: String =
            connection.query_row(&format!("PRAGMA integrity_check('{table}')"), [], |row| row.get(0))?;
        if word != "ok" {
            return Ok(Some(word));
        }
    }
    find_in_sums(connection)
}

fn find_in_sums(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let table = checksum::find_damage(connection)?;
    Ok(table.map(|table| format!("the checksum of its table {table} does not match")))
}

/// The first complaint of one of SQLite's own checks.
pub(in crate::ledger) fn look(connection: &Connection, check: &str) -> rusqlite::Result<Option<String>> {
    let word: String = connection.query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get(0))?;
    Ok((word != "ok").then_some(word))
}
