-- Texts that came in, so that each counts once. Holds neither number nor words. Kept for 30 days.
CREATE TABLE inbound_text (
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (provider, reference)
);
CREATE INDEX inbound_text_at ON inbound_text (at);
