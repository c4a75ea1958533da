//! allclear publishes a status page from files in git, and notifies subscribers of what changes.
//!
//! Incidents are markdown files in git. A build turns them into a static status site; a notifier works out
//! what changed since the last announcement and notifies each subscriber, by the channel that reaches them,
//! once.
//!
//! Data flows one way through the rooms, and each arrow carries a type of [`model`]:
//!
//! ```text
//! site/ incidents/ ──load──▶ Site ──check──▶ Problems
//!                             │
//!                             ├──render──▶ Tree ──▶ public/
//!                             │
//!         Announced ──diff──▶ Changes ──compose──▶ Notices ──▶ ledger ──deliver──▶ mail · text
//!         (ledger)                   (plan, subscribers)
//! ```
//!
//! Which room may use which is in `docs/architecture.md`, and `tests/tidy` holds it.

pub mod cdn;
pub mod chain;
pub mod check;
pub mod cli;
pub mod commands;
pub mod compose;
pub mod config;
pub mod control;
pub mod deliver;
pub mod demo;
pub mod desk;
pub mod diff;
pub mod doctor;
pub mod drill;
pub mod files;
pub mod flow;
pub mod gate;
pub mod host;
pub mod import;
pub mod ledger;
pub mod limits;
pub mod load;
pub mod located;
pub mod model;
pub mod net;
pub mod preview;
pub mod process;
pub mod provider;
pub mod publish;
pub mod purge;
pub mod render;
pub mod reports;
pub mod theme;
pub mod workspace;
