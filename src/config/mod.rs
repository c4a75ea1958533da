//! What the operator chose: `site/page.toml`, `site/plan.toml` and the secrets they name.
//!
//! Promises: every problem of a file is reported at once, each with its place; whatever stands in a file, reading
//! it never panics. Never writes, never talks to a network; the environment is read in one place only, when a
//! secret is revealed.

pub mod located;
