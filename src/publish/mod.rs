//! Uploads the rendered page to its targets, in an order that never shows a broken page.
//!
//! Promises: only changed files are uploaded; a reader during an upload finds all links and assets of a page; a build that
//! is not newer by git is refused, independent of clocks; no file that the live build names is ever deleted. Never reads a
//! clock, prints, or runs git: the caller passes what it knows.
//!
//! A *target* is where the page goes, a *build* a rendered tree with its id, the *manifest* its files with their hashes,
//! and the *pointer* the one small file that names the live build.

pub mod branch;
pub mod class;
pub mod command_target;
pub mod compress;
pub mod gone;
pub mod headers;
pub mod live;
pub mod manifest;
pub mod newer;
pub mod pointer;
pub mod record;
pub mod releases;
mod retired;
pub mod send;
pub mod store;
pub mod verify;

pub use store::probe;
