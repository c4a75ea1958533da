//! Checksums over rows, so that a flipped bit on the disk is found before it can cause a send. SQLite checksums its
//! journal, but not the database file.
//!
//! Promises: every row that could send a message to the wrong person is covered: settings, baseline, brake, subscribers,
//! addresses, changes, messages, and every unfinished step. Finished steps, notices and attempts are not, because they only
//! grow and the check must not take longer every year: the claim checks that a step's id follows from its notice.
//!
//! Each connection updates the checksums in the transactions that change the rows, by temporary triggers. So a row that was
//! changed in any other way, for example by hand, makes its checksum wrong.

use std::iter;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Result};

use crate::ledger::sql::columns::state_number;
use crate::model::notice::StepState;

const SUMMED: [&str; 12] = [
    "setting",
    "baseline",
    "brake",
    "subscriber",
    "endpoint",
    "contact",
    "incident",
    "change",
    "message",
    "step",
    "shared_address",
    "incident_follower",
];

/// Sums stay below this power of two, so that SQL can add and subtract two of them.
const BITS: u32 = 60;
const MASK: u64 = (1 << BITS) - 1;

/// Teaches a connection to keep the sums. The schema must be today's.
pub(in crate::ledger) fn keep(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("row_sum", -1, flags, |row| Ok(sum_of_arguments(row).cast_signed()))?;
    for table in SUMMED {
        connection.execute_batch(&triggers(table, &columns(connection, table)?))?;
    }
    Ok(())
}

/// Takes the rows as they are for right: for a file that is being made, or brought to a newer schema.
pub(in crate::ledger) fn store_checksum(connection: &Connection) -> Result<()> {
    for table in summed(connection)? {
        connection.execute(
            "INSERT INTO tally (what, sum) VALUES (?1, ?2) ON CONFLICT (what) DO UPDATE SET sum = excluded.sum",
            (table, sum_of_table(connection, table)?.cast_signed()),
        )?;
    }
    connection.execute(
        "INSERT INTO tally (what, sum) VALUES ('schema', ?1) ON CONFLICT (what) DO UPDATE SET sum = excluded.sum",
        [sum_of_schema(connection)?.cast_signed()],
    )?;
    Ok(())
}

/// Adds the steps from a number on to their sum. They come by the hundred thousand, and summed together each costs a
/// tenth of what a trigger would.
pub(in crate::ledger) fn add_steps(connection: &Connection, first: i64) -> Result<()> {
    let columns = columns(connection, "step")?.join(", ");
    let sum = sum_of_rows(connection, &format!("SELECT {columns} FROM step WHERE number >= ?1"), [first])?;
    let text = format!("UPDATE tally SET sum = (sum + ?1) & {MASK} WHERE what = 'step'");
    connection.execute(&text, [sum.cast_signed()])?;
    Ok(())
}

/// The first table whose rows do not add up, if there is one. Wants a transaction around it, so that nobody writes
/// between the rows and their sum.
pub(in crate::ledger) fn find_damage(connection: &Connection) -> Result<Option<&'static str>> {
    for table in summed(connection)? {
        if kept(connection, table)? != Some(sum_of_table(connection, table)?) {
            return Ok(Some(table));
        }
    }
    let whole = kept(connection, "schema")? == Some(sum_of_schema(connection)?);
    Ok((!whole).then_some("schema"))
}

/// The tables to sum that the file has: a later migration makes the others. One that is lost changes the sum of the schema.
pub(in crate::ledger) fn summed(connection: &Connection) -> Result<Vec<&'static str>> {
    let has = |table: &&str| Ok(!columns(connection, table)?.is_empty());
    SUMMED.into_iter().filter_map(|table| has(&table).map(|has| has.then_some(table)).transpose()).collect()
}

fn kept(connection: &Connection, what: &str) -> Result<Option<u64>> {
    let mut statement = connection.prepare_cached("SELECT sum FROM tally WHERE what = ?1")?;
    let mut rows = statement.query([what])?;
    rows.next()?.map(|row| Ok(row.get::<_, i64>(0)?.cast_unsigned())).transpose()
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare_cached("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

fn triggers(table: &str, columns: &[String]) -> String {
    let (old, new) = (sum_in_sql(table, columns, "OLD"), sum_in_sql(table, columns, "NEW"));
    let trigger = |event: &str, what: &str| {
        format!(
            "CREATE TEMP TRIGGER IF NOT EXISTS tally_{table}_{event} AFTER {event} ON main.{table} BEGIN
                 UPDATE tally SET sum = (sum {what}) & {MASK} WHERE what = '{table}';
             END;"
        )
    };
    let changed = trigger("UPDATE", &format!("+ {new} - {old}")) + &trigger("DELETE", &format!("- {old}"));
    if table == "step" { changed } else { trigger("INSERT", &format!("+ {new}")) + &changed }
}

/// What a row adds to the sum of its table, in a trigger.
fn sum_in_sql(table: &str, columns: &[String], row: &str) -> String {
    let values: Vec<String> = columns.iter().map(|column| format!("{row}.{column}")).collect();
    let sum = format!("row_sum({})", values.join(", "));
    if table != "step" {
        return sum;
    }
    let live: Vec<String> = live_states().map(|state| state.to_string()).collect();
    format!("CASE WHEN {row}.state IN ({}) THEN {sum} ELSE 0 END", live.join(", "))
}

fn live_states() -> impl Iterator<Item = i64> {
    StepState::ALL.into_iter().filter(|state| !state.is_end()).map(state_number)
}

fn sum_of_table(connection: &Connection, table: &str) -> Result<u64> {
    let text = format!("SELECT {} FROM {table}", columns(connection, table)?.join(", "));
    if table != "step" {
        return sum_of_rows(connection, &text, []);
    }
    // One query per state, with the number in the text: only so are the partial indexes used.
    let sums =
        live_states().map(|state| sum_of_rows(connection, &format!("{text} WHERE state = {state}"), []));
    Ok(sums.sum::<Result<u64>>()? & MASK)
}

/// The text of the schema; not where its tables lie, because tidying the file up moves them.
fn sum_of_schema(connection: &Connection) -> Result<u64> {
    sum_of_rows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema", [])
}

fn sum_of_rows(connection: &Connection, text: &str, values: impl Params) -> Result<u64> {
    let mut statement = connection.prepare(text)?;
    let columns = statement.column_count();
    let (mut rows, mut sum) = (statement.query(values)?, 0);
    while let Some(row) = rows.next()? {
        let mut mixer = Mixer::default();
        for column in 0..columns {
            mixer.add(row.get_ref(column)?);
        }
        sum = (sum + mixer.sum()) & MASK;
    }
    Ok(sum)
}

fn sum_of_arguments(row: &Context<'_>) -> u64 {
    let mut mixer = Mixer::default();
    for argument in 0..row.len() {
        mixer.add(row.get_raw(argument));
    }
    mixer.sum()
}

/// Mixes the values of a row into a number. Good against chance, which is what flips bits; not against malice.
#[derive(Default)]
struct Mixer(u64);

impl Mixer {
    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.mix(1),
            ValueRef::Integer(number) => {
                self.mix(2);
                self.mix(number.cast_unsigned());
            }
            ValueRef::Real(number) => {
                self.mix(3);
                self.mix(number.to_bits());
            }
            ValueRef::Text(bytes) => self.add_bytes(4, bytes),
            ValueRef::Blob(bytes) => self.add_bytes(5, bytes),
        }
    }

    fn add_bytes(&mut self, kind: u64, bytes: &[u8]) {
        self.mix(kind);
        self.mix(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in iter::zip(&mut word, chunk) {
                *to = *from;
            }
            self.mix(u64::from_le_bytes(word));
        }
    }

    /// Each step can be undone when the word is known, so two rows that differ in one word never meet.
    fn mix(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }

    fn sum(&self) -> u64 {
        (self.0 ^ (self.0 >> BITS)) & MASK
    }
}
