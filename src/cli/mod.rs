//! The command line: arguments, output and exit codes.
//!
//! Promises: data goes to stdout and messages for people to stderr; color only on a terminal; arguments are declarations
//! only. Never opens a file, a ledger or a connection.

pub(crate) mod annotations;
pub(crate) mod arguments;
pub(crate) mod choice;
pub(crate) mod describe;
pub(crate) mod duration;
pub(crate) mod examples;
pub mod exit;
pub(crate) mod markdown;
pub(crate) mod named;
pub(crate) mod print;
pub(crate) mod problems;
pub(crate) mod unannounced;
pub(crate) mod version;
pub(crate) mod written;
