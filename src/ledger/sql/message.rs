//! Messages: each is stored once, and refused if its bytes do not give its id.

use super::fault::LedgerFault;
use super::session::Session;
use crate::ledger::stored::{ID_VERSION, message_id, read_message, write_message};
use crate::model::message::Message;

/// Stores a message and returns its number; messages with the same bytes are one row.
pub(super) fn insert(session: &mut Session<'_>, message: &Message) -> Result<i64, LedgerFault> {
    let content = write_message(message);
    // The update that changes nothing makes RETURNING answer for a message that is there already.
    session.value(
        "INSERT INTO message (id, id_version, content) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING number",
        &[&message_id(&content), &ID_VERSION, &content],
    )
}

/// Reads the message of that number; one whose bytes do not give its id is damage.
pub(super) fn read(session: &mut Session<'_>, number: i64) -> Result<Message, LedgerFault> {
    let text = "SELECT content, id, id_version FROM message WHERE number = ?1";
    let stored = session.find(text, &[&number], |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?))
    })?;
    let (content, id, id_version) = stored.ok_or(LedgerFault::Unreadable("message of a step"))?;
    if id_version == ID_VERSION && message_id(&content) != id {
        return Err(LedgerFault::Unreadable("message"));
    }
    Ok(read_message(&content)?)
}
