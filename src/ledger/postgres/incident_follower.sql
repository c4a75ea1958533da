-- Who is told of one incident until it is over, by the name under which it is first announced.
CREATE TABLE incident_follower (
    subscriber BIGINT NOT NULL,
    origin TEXT NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (subscriber, origin)
);
CREATE INDEX incident_follower_origin ON incident_follower (origin);

ALTER TABLE sign_up ADD COLUMN incident TEXT;
