//! The options of the commands that describe the command line itself.
//!
//! Promises: declarations only.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print the completions of a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Shell to print completions for
    pub(crate) shell: Shell,
}

/// Write the manual pages.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write one page per command into [default: print the main page]
    pub(crate) dir: Option<PathBuf>,
}
