//! The options of the commands that describe the command line itself.
//!
//! Promises: declarations only.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Print the completions of a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// Write the manual pages.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder for one page per command; without it, the main page is printed
    pub(crate) dir: Option<PathBuf>,
}
