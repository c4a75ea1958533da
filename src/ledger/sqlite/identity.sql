-- A channel and an address, as messages go to it and as it is compared.
ALTER TABLE endpoint ADD COLUMN channel INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN canonical TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN left_at INTEGER;

-- Earlier versions knew two channels, and told them apart by the address.
UPDATE endpoint SET channel = CASE WHEN address LIKE '%@%' THEN 0 ELSE 1 END, canonical = lower(address);
CREATE INDEX endpoint_merging ON endpoint (canonical);

-- Two spellings of one address become its first row, with whatever stopped either of them.
UPDATE endpoint SET
    suppressed_at = (SELECT MIN(o.suppressed_at) FROM endpoint o WHERE o.canonical = endpoint.canonical),
    suppressed_because = (SELECT o.suppressed_because FROM endpoint o
        WHERE o.canonical = endpoint.canonical AND o.suppressed_at IS NOT NULL ORDER BY o.suppressed_at LIMIT 1)
    WHERE EXISTS (SELECT 1 FROM endpoint o WHERE o.canonical = endpoint.canonical AND o.number <> endpoint.number);
UPDATE contact SET endpoint = (SELECT MIN(k.number) FROM endpoint k JOIN endpoint d ON d.canonical = k.canonical
        WHERE d.number = contact.endpoint)
    WHERE endpoint IN (SELECT d.number FROM endpoint d JOIN endpoint k ON k.canonical = d.canonical AND k.number < d.number);
UPDATE step SET endpoint = (SELECT MIN(k.number) FROM endpoint k JOIN endpoint d ON d.canonical = k.canonical
        WHERE d.number = step.endpoint)
    WHERE endpoint IN (SELECT d.number FROM endpoint d JOIN endpoint k ON k.canonical = d.canonical AND k.number < d.number);
UPDATE attempt SET endpoint = (SELECT MIN(k.number) FROM endpoint k JOIN endpoint d ON d.canonical = k.canonical
        WHERE d.number = attempt.endpoint)
    WHERE endpoint IN (SELECT d.number FROM endpoint d JOIN endpoint k ON k.canonical = d.canonical AND k.number < d.number);
DELETE FROM endpoint
    WHERE EXISTS (SELECT 1 FROM endpoint k WHERE k.canonical = endpoint.canonical AND k.number < endpoint.number);
DROP INDEX endpoint_merging;

-- Subscribers who have one address together: what is queued for it is still sent, once.
CREATE TABLE shared_address (
    subscriber INTEGER NOT NULL,
    endpoint INTEGER NOT NULL,
    PRIMARY KEY (subscriber, endpoint)
) STRICT, WITHOUT ROWID;
INSERT INTO shared_address (subscriber, endpoint)
    SELECT DISTINCT mine.subscriber, mine.endpoint FROM contact mine JOIN subscriber me ON me.number = mine.subscriber
    WHERE me.removed_at IS NULL AND EXISTS (
        SELECT 1 FROM contact o JOIN subscriber os ON os.number = o.subscriber
        WHERE o.endpoint = mine.endpoint AND o.subscriber <> mine.subscriber AND os.removed_at IS NULL);

-- An address belongs to one subscriber: to one who stayed rather than one who left, and else to the first.
DELETE FROM contact WHERE EXISTS (
    SELECT 1 FROM contact o JOIN subscriber os ON os.number = o.subscriber
        JOIN subscriber me ON me.number = contact.subscriber
    WHERE o.endpoint = contact.endpoint AND (
        (os.removed_at IS NULL AND me.removed_at IS NOT NULL)
        OR ((os.removed_at IS NULL) = (me.removed_at IS NULL)
            AND (o.subscriber < contact.subscriber
                OR (o.subscriber = contact.subscriber AND o.position < contact.position)))));
DROP INDEX contact_endpoint;
CREATE UNIQUE INDEX contact_endpoint ON contact (endpoint);

-- When the owner of an address left. A list that still has it brings nobody back.
UPDATE endpoint SET left_at = (SELECT s.removed_at FROM contact c JOIN subscriber s ON s.number = c.subscriber
    WHERE c.endpoint = endpoint.number);

-- Whoever has not confirmed is not told. Consent is not known of those that earlier versions added. Free columns are JSON.
ALTER TABLE subscriber ADD COLUMN confirmed_at INTEGER;
ALTER TABLE subscriber ADD COLUMN consent_way TEXT;
ALTER TABLE subscriber ADD COLUMN consent_source TEXT;
ALTER TABLE subscriber ADD COLUMN consent_at INTEGER;
ALTER TABLE subscriber ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
ALTER TABLE subscriber ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
UPDATE subscriber SET confirmed_at = added_at;

-- Another key needs another table; the numbers of addresses that are gone stay given away.
CREATE TABLE endpoint_next (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    channel INTEGER NOT NULL,
    address TEXT NOT NULL,
    canonical TEXT NOT NULL,
    suppressed_at INTEGER,
    suppressed_because TEXT,
    left_at INTEGER,
    UNIQUE (channel, canonical)
) STRICT;
INSERT INTO endpoint_next (number, channel, address, canonical, suppressed_at, suppressed_because, left_at)
    SELECT number, channel, address, canonical, suppressed_at, suppressed_because, left_at FROM endpoint;
DELETE FROM sqlite_sequence WHERE name = 'endpoint_next';
INSERT INTO sqlite_sequence (name, seq) SELECT 'endpoint_next', seq FROM sqlite_sequence WHERE name = 'endpoint';
DROP TABLE endpoint;
ALTER TABLE endpoint_next RENAME TO endpoint;
