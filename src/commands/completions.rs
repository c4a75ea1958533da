//! `allclear completions`: what a shell completes of the command line.

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
