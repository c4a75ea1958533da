-- What subscribers wrote by text that is neither STOP nor START: HELP (0) and STATUS (1), due until they are answered, and
-- other words (2), which a person reads. Kept for 30 days.
CREATE TABLE text_question (
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    endpoint INTEGER NOT NULL,
    asks INTEGER NOT NULL,
    words TEXT NOT NULL,
    at INTEGER NOT NULL,
    is_due INTEGER NOT NULL,
    PRIMARY KEY (provider, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX text_question_at ON text_question (at);
CREATE INDEX text_question_endpoint ON text_question (endpoint, at);
