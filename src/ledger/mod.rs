//! The durable record of notices, steps, attempts and their outcomes.
