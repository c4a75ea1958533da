-- Who is told of one incident until it is over, by the name under which it is first announced.
CREATE TABLE incident_follower (
    subscriber INTEGER NOT NULL,
    origin TEXT NOT NULL,
    since INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (subscriber, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_follower_origin ON incident_follower (origin);

ALTER TABLE sign_up ADD COLUMN incident TEXT;
