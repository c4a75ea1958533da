//! The program: hands the arguments to [`allclear::commands`] and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    allclear::commands::run(std::env::args_os())
}
