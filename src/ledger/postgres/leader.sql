-- Which of the hosts that share this ledger leads, and until when by the server's clock. Its worker is named so that the next
-- leader takes over what that one has claimed and not begun.
CREATE TABLE leader (
    one SMALLINT PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    host TEXT NOT NULL,
    worker TEXT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT NOT NULL
);
