//! A checkout and its state: the operator's folder, its git history, and this host's `.allclear/`.
//!
//! Promises: problems of every file are collected before anything is decided; a broken file is replaced by its last good
//! version; only the output folder, `.allclear/`, and the files that a command names are written.

pub(crate) mod access;
pub(crate) mod alarm_memory;
pub(crate) mod allowed_signers;
pub(crate) mod assets;
mod audience;
pub(crate) mod clock;
pub(crate) mod committed;
pub(crate) mod control_refs;
pub(crate) mod control_store;
pub(crate) mod draft;
pub(crate) mod find;
mod followed;
pub(crate) mod git;
pub(crate) mod heartbeat;
pub(crate) mod high_water_mark;
pub(crate) mod ignored;
mod kept_state;
mod languages;
pub(crate) mod last_good;
pub(crate) mod machine;
pub(crate) mod origin;
pub(crate) mod output;
mod parsed;
pub(crate) mod rebuild;
pub(crate) mod root;
pub(crate) mod sample;
pub(crate) mod saves;
mod staging;
pub(crate) mod stale_checkout;
mod stamps;
pub(crate) mod state;
pub(crate) mod stream;
pub(crate) mod test_hooks;
pub(crate) mod tree;
pub(crate) mod worker_lock;
pub(crate) mod write;
