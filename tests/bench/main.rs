//! Measurements for `docs/performance.md`: `cargo test --release --bench bench -- --ignored --nocapture`.
//!
//! They assert no times: they measure. `cargo test` alone does not build them.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints and stops at what fails")]

mod build;
#[path = "../all/fixtures/mod.rs"]
#[expect(dead_code, reason = "the measurements use a part of what the tests use")]
mod fixtures;
mod hosting;
mod ledger;
mod mail;
mod peers;
