
-- Why nothing may be sent to addresses that are on no record: of people who were erased, and numbers that sent STOP. Keyed hashes.
CREATE TABLE kept_suppression (
    name TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
