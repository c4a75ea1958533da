//! `allclear completions`: prints the completion script for a shell.

use crate::cli::arguments::{self, Completions};
use crate::cli::exit::{Exit, Outcome};
use crate::cli::print;

/// Prints the script that the shell reads.
pub(crate) fn run(options: &Completions) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut arguments::command(), "allclear", &mut script);
    print::exact(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Done)
}
