-- What people asked for at the desk and have not confirmed, or confirmed as that subscriber. Kept for a week.
CREATE TABLE sign_up (
    id TEXT PRIMARY KEY,
    channel BIGINT NOT NULL,
    address TEXT NOT NULL,
    canonical TEXT NOT NULL,
    follows TEXT NOT NULL,
    from_severity BIGINT NOT NULL,
    language TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    source TEXT NOT NULL,
    guesses BIGINT NOT NULL DEFAULT 0,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    confirmed TEXT,
    -- When its confirmation is to be sent, until it was.
    due_at BIGINT,
    tries BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sign_up_due ON sign_up (due_at) WHERE due_at IS NOT NULL;

-- Requests that count against a limit: of a network, to an address, in all. Names are keyed hashes. Kept for 30 days.
CREATE TABLE asked (
    subject TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX asked_subject ON asked (subject, at);
CREATE INDEX asked_at ON asked (at);
