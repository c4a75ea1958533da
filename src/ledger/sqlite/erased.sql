
-- Addresses whose owners had themselves erased, as keyed hashes: no list brings them back.
CREATE TABLE erased (
    name TEXT PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
