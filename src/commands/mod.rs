//! Where the rooms are joined: one file for each command.
//!
//! Promises: the only room that reads the clock, prints and writes the operator's files. Data goes to stdout,
//! words for people to stderr, and the exit code says how it ended ([`exit::Exit`]).

mod adopt;
mod annotations;
mod build;
mod check;
mod cli;
mod clock;
mod deliver;
mod demo;
mod doctor;
pub mod exit;
mod forecast;
mod gate;
mod git;
mod import;
mod init;
mod mark;
mod new;
mod notify;
mod overtaken;
mod pause;
mod presence;
mod preview;
mod print;
mod problems;
mod publish;
mod rebuild;
mod report;
mod rollback;
mod root;
mod run;
mod sample;
mod saves;
mod say_change;
mod say_span;
mod server;
pub mod sinks;
mod subscribers;
mod telling;
mod update;
mod watch;
mod why;
mod write;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, Format};
use exit::{Exit, Failure, Outcome};
use root::Root;

/// Runs the command line and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and are no failure.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let _closed = error.print();
            return exit.into();
        }
    };
    let exit = command(&cli).unwrap_or_else(|failure| {
        print::failure(&failure);
        failure.exit()
    });
    exit.into()
}

fn command(cli: &Cli) -> Outcome {
    let root = Root::new(&cli.global);
    if !cli.command.prints(root.format) {
        let why = "this command prints text or json; github and gitlab are for `check`, markdown for `check` and `notify`";
        return Err(Failure::Usage(why.to_owned()));
    }
    match &cli.command {
        Command::Init(options) => init::run(options),
        Command::New(options) => new::run(&root, options),
        Command::Update(options) => update::run(&root, options),
        Command::Check => check::run(&root),
        Command::Build(options) => build::run(&root, options),
        Command::Preview(options) => preview::run(&root, options),
        Command::Publish(options) => publish::run(&root, options),
        Command::Notify(options) if root.format == Format::Markdown => forecast::run(&root, options),
        Command::Rollback(options) => rollback::run(&root, options),
        Command::Notify(options) => notify::run(&root, options),
        Command::Deliver(options) => deliver::run(&root, options),
        Command::Run(options) => run::run(&root, options),
        Command::Adopt(options) => adopt::run(&root, options),
        Command::Subscribers(options) => subscribers::run(&root, options),
        Command::Why(options) => why::run(&root, options),
        Command::Report(options) => report::run(&root, options),
        Command::Import(options) => import::run(&root, options),
        Command::Doctor(options) => doctor::run(&root, options),
        Command::Demo(options) => demo::run(options),
    }
}
