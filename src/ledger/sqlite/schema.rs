//! The tables, as a list of migrations that only ever grows at its end.
//!
//! Promises: a migration that was released is never edited; the file's `user_version` is how many it has had. Moments
//! are milliseconds since 1970, states and channels small numbers (`sql/columns.rs`), ids text once and numbers
//! elsewhere. A step holds the number of an address, never the address.

use rusqlite::Transaction;

/// `allc`, in the file's header: the mark of our files among SQLite's.
pub(super) const APPLICATION: i64 = 0x616c_6c63;

/// What brings a database from nothing to today's schema, step by step.
pub(super) fn migrations() -> &'static [&'static str] {
    &MIGRATIONS
}

/// The schema that this program writes.
pub(super) fn newest() -> i64 {
    i64::try_from(migrations().len()).unwrap_or(i64::MAX)
}

/// Whether there is nothing to migrate.
pub(super) fn is_newest(transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
    Ok(version(transaction)? >= newest())
}

/// Whether the file's rows are summed.
pub(super) fn has_sums(transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
    let text = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'tally')";
    transaction.query_row(text, [], |row| row.get(0))
}

/// Brings a file of any older schema to the newest.
pub(super) fn migrate(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let version = version(transaction)?;
    let done = usize::try_from(version).unwrap_or(0);
    for migration in migrations().iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    if version < newest() {
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", newest())?;
    }
    Ok(())
}

fn version(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    transaction.pragma_query_value(None, "user_version", |row| row.get(0))
}

const MIGRATIONS: [&str; 20] = [
    FIRST,
    SUCCESS_AND_QUIET_HOURS,
    SUMS,
    LIMITS,
    REPORTS,
    FORCED,
    IDS_OF_BYTES,
    BUDGETS,
    include_str!("identity.sql"),
    DESTINATIONS,
    include_str!("sign_ups.sql"),
    include_str!("turns.sql"),
    include_str!("erased.sql"),
    include_str!("shared.sql"),
    include_str!("withdrawn.sql"),
    include_str!("incident_follower.sql"),
    include_str!("inbound_text.sql"),
    include_str!("further_address.sql"),
    include_str!("text_question.sql"),
    include_str!("kept_suppression.sql"),
];

const FIRST: &str = "
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Ids of subscribers are derived from it, so that nobody can tell from an id which address it is.
INSERT INTO setting VALUES ('secret', randomblob(32));

CREATE TABLE baseline (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    announced TEXT NOT NULL,
    moved_at INTEGER NOT NULL
) STRICT;

CREATE TABLE brake (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    reason TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE subscriber (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    follows TEXT NOT NULL,
    from_severity INTEGER NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;

-- AUTOINCREMENT: the number of an address that was erased never comes to mean another one.
CREATE TABLE endpoint (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL UNIQUE,
    suppressed_at INTEGER,
    suppressed_because TEXT
) STRICT;

CREATE TABLE contact (
    subscriber INTEGER NOT NULL REFERENCES subscriber,
    position INTEGER NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    PRIMARY KEY (subscriber, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_endpoint ON contact (endpoint);

CREATE TABLE incident (
    number INTEGER PRIMARY KEY,
    origin TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    incident INTEGER NOT NULL REFERENCES incident,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    what TEXT NOT NULL,
    planned_at INTEGER NOT NULL
) STRICT;

CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
) STRICT;

-- A notice's id follows from its change and its subscriber and is not stored.
CREATE TABLE notice (
    number INTEGER PRIMARY KEY,
    change INTEGER NOT NULL REFERENCES change,
    subscriber INTEGER NOT NULL REFERENCES subscriber,
    incident INTEGER NOT NULL REFERENCES incident,
    UNIQUE (subscriber, incident, change)
) STRICT;
CREATE INDEX notice_change ON notice (change);

-- A step's id follows from its notice, channel and position; the key is how it begins, to find the step by.
CREATE TABLE step (
    number INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    notice INTEGER NOT NULL REFERENCES notice,
    position INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoint,
    message INTEGER NOT NULL REFERENCES message,
    state INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- How long it may be tried before the next step; becomes an earlier expires_at at the first handoff.
    try_for INTEGER,
    epoch INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until INTEGER,
    started_at INTEGER,
    ended_at INTEGER,
    reason TEXT
) STRICT;
CREATE INDEX step_key ON step (key);
CREATE UNIQUE INDEX step_chain ON step (notice, position);
CREATE INDEX step_due ON step (channel, severity, due_at) WHERE state = 1;
CREATE INDEX step_waiting ON step (notice) WHERE state = 0;
CREATE INDEX step_held ON step (lease_until) WHERE state = 2;

-- Only ever appended to. Holds the address's number so that the brake can count handoffs to one address.
CREATE TABLE attempt (
    number INTEGER PRIMARY KEY,
    step INTEGER NOT NULL REFERENCES step,
    endpoint INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    provider TEXT NOT NULL,
    class INTEGER NOT NULL,
    code TEXT NOT NULL,
    words TEXT NOT NULL,
    reference TEXT,
    retry_after INTEGER,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempt_step ON attempt (step);
CREATE INDEX attempt_handoff ON attempt (endpoint, ended_at) WHERE class = 0;
";

const SUCCESS_AND_QUIET_HOURS: &str = "
-- What has to be known of a message for its person to count as reached; steps of before were content with acceptance.
ALTER TABLE step ADD COLUMN success INTEGER NOT NULL DEFAULT 0;
-- The hours in which a message that can wait does not leave.
ALTER TABLE step ADD COLUMN quiet_from INTEGER;
ALTER TABLE step ADD COLUMN quiet_until INTEGER;
";

/// Who keeps them: `tally.rs`.
const SUMS: &str = "
CREATE TABLE tally (
    what TEXT PRIMARY KEY,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

const LIMITS: &str = "
-- The change once more, so that each has its turn in a claim without a look at its notices.
ALTER TABLE step ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
UPDATE step SET change = (SELECT n.change FROM notice n WHERE n.number = step.notice);
DROP INDEX step_due;
CREATE INDEX step_fresh ON step (channel, severity, change, due_at) WHERE state = 1 AND attempts = 0;
CREATE INDEX step_again ON step (channel, severity, due_at) WHERE state = 1 AND attempts > 0;

-- What a provider's rate still allows, in microseconds since 1970.
CREATE TABLE bucket (
    provider TEXT PRIMARY KEY,
    next INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Providers that are left alone.
CREATE TABLE pause (
    provider TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the handoffs to an owner's providers came to in the last minute, and since when nobody waits for them.
CREATE TABLE circuit (
    owner TEXT PRIMARY KEY,
    slices TEXT NOT NULL,
    opened_at INTEGER,
    because TEXT,
    failed_at INTEGER,
    probe_at INTEGER,
    probes INTEGER
) STRICT, WITHOUT ROWID;

-- Text steps that left, or may have: claimed, accepted, delivered, in doubt, watching. They are counted against budgets.
CREATE INDEX step_texted ON step (change, ended_at) WHERE channel = 1 AND state IN (2, 3, 4, 10, 11);
";

const REPORTS: &str = "
-- What is known of a message, and when a provider first said that it took it.
ALTER TABLE step ADD COLUMN evidence INTEGER;
ALTER TABLE step ADD COLUMN taken_at INTEGER;
UPDATE step SET evidence = 0,
    taken_at = (SELECT MIN(a.ended_at) FROM attempt a WHERE a.step = step.number AND a.class = 0)
    WHERE EXISTS (SELECT 1 FROM attempt a WHERE a.step = step.number AND a.class = 0);
CREATE INDEX step_watching ON step (expires_at) WHERE state = 11;
CREATE INDEX attempt_reference ON attempt (reference) WHERE reference IS NOT NULL;

-- Delivery reports, only ever appended to. One whose message is not known yet has no step.
CREATE TABLE report (
    number INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    status INTEGER NOT NULL,
    step INTEGER,
    words TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    heard INTEGER NOT NULL,
    UNIQUE (provider, reference, status)
) STRICT;
CREATE INDEX report_step ON report (step) WHERE step IS NOT NULL;
";

const FORCED: &str = "
-- Changes that were told before any public page showed them, by whose order and with which hash of what they tell.
CREATE TABLE forced (
    change INTEGER PRIMARY KEY REFERENCES change,
    who TEXT NOT NULL,
    site TEXT NOT NULL
) STRICT;
";

const IDS_OF_BYTES: &str = "
-- Which rule a message's id follows (`stored/message.rs`). Those of version 1 cannot be checked any more.
ALTER TABLE message ADD COLUMN id_version INTEGER NOT NULL DEFAULT 1;
";

const BUDGETS: &str = "
-- Pending steps beyond their channel's budget, which somebody has to release.
ALTER TABLE step ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
UPDATE step SET held = 1 WHERE state = 1 AND reason LIKE 'held: %';
CREATE INDEX step_on_hold ON step (channel) WHERE held = 1;

-- What left, or may have, on any channel but mail: claimed, accepted, delivered, in doubt, watching.
DROP INDEX step_texted;
CREATE INDEX step_spent ON step (channel, change, ended_at) WHERE channel > 0 AND state IN (2, 3, 4, 10, 11);
";

const DESTINATIONS: &str = "
-- The name of a destination in the plan; nobody who is a person has one.
ALTER TABLE subscriber ADD COLUMN destination TEXT;
CREATE UNIQUE INDEX subscriber_destination ON subscriber (destination) WHERE destination IS NOT NULL;

-- Whether a handoff that may have been heard is made again: as the channel has it, always, never, only as an edit.
ALTER TABLE step ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
";
