-- Made by the migration to addresses of one subscriber each, unless that ran before it did so.
CREATE TABLE IF NOT EXISTS shared_address (
    subscriber INTEGER NOT NULL,
    endpoint INTEGER NOT NULL,
    PRIMARY KEY (subscriber, endpoint)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_address_endpoint ON shared_address (endpoint);
