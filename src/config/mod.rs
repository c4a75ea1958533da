//! The configuration: `site/page.toml`, `site/plan.toml` and the secrets they name.
//!
//! Promises: every problem of a file is reported at once, each with its place; whatever is in a file, reading it
//! never panics. Never writes, never talks to a network; the environment is read in one place only, when a secret
//! is revealed.

pub mod allowed;
pub mod page;
pub mod plan;
pub mod secret;
pub mod target;

mod file;
mod judged;
mod keys;
mod outbound;
mod quoting;
mod sample_names;
mod sender;
mod zone;

#[cfg(test)]
mod tests;

pub use judged::{read_ledger_place, read_page, read_plan, read_targets};
pub use page::{parse_page, read_product_domains, write_page};
pub use plan::parse_plan;
pub use sample_names::{SAMPLE_INCIDENTS, is_sample, sample_names};
pub use target::{parse_targets, write_targets};

use crate::model::problem::{Problem, SourceMap};

/// What reading a file gives: the value if it could be put together, every problem in the order of the file,
/// and where its keys stand.
pub type Reading<T> = (Option<T>, Vec<Problem>, SourceMap);
