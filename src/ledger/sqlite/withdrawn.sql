-- What was withdrawn has a state of its own. Earlier rows have it as suppressed, with this reason.
UPDATE step SET state = 12, reason = 'it was reported in error'
    WHERE state = 6 AND reason = 'withdrawn: it was reported in error';
