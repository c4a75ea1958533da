-- What people asked for at the desk and have not confirmed, or confirmed as that subscriber. Kept for a week.
CREATE TABLE sign_up (
    id TEXT PRIMARY KEY,
    channel INTEGER NOT NULL,
    address TEXT NOT NULL,
    canonical TEXT NOT NULL,
    follows TEXT NOT NULL,
    from_severity INTEGER NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    source TEXT NOT NULL,
    guesses INTEGER NOT NULL DEFAULT 0,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    confirmed TEXT,
    -- When its confirmation is to be sent, until it was.
    due_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_up_due ON sign_up (due_at) WHERE due_at IS NOT NULL;

-- Requests that count against a limit: of a network, to an address, in all. Names are keyed hashes. Kept for 30 days.
CREATE TABLE asked (
    subject TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX asked_subject ON asked (subject, at);
CREATE INDEX asked_at ON asked (at);
