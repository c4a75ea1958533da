//! The program: hands the arguments to [`allclear::commands`] and ends with its exit code.

fn main() {}
