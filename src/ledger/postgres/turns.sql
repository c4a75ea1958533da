-- How much longer a step lives than its turn; nothing while no turn has begun. From now on `try_for` stays as it was planned.
ALTER TABLE step ADD COLUMN spare BIGINT;

-- The copies that may have been sent, for the pace of an address.
CREATE INDEX attempt_doubt ON attempt (endpoint, ended_at) WHERE class = 5;
