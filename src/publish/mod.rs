//! The rendered tree to the places where readers see it, in an order that never shows a broken page.
//!
//! Promises: only what changed travels; anyone who comes in the middle finds a page whose links and assets are all
//! there; a build that is not newer by git is refused, whatever the clocks say; nothing that the live build names is
//! ever deleted. Never reads a clock, prints, or asks git: the caller says what it knows.
//!
//! A *target* is where the page goes, a *build* a rendered tree with its id, the *manifest* its files with their hashes,
//! and the *pointer* the one small file that says which build is live.

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
