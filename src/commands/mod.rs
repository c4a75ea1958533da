//! One thin file for each command: it reads its arguments, calls rooms, and returns the exit code.
//!
//! Promises: every exit code is one of [`crate::cli::exit::Exit`].

mod adopt;
mod allow;
mod approve;
mod build;
mod channels;
mod check;
mod completions;
mod control;
mod deliver;
mod desk;
mod findings;
mod import;
mod init;
mod man;
mod new;
mod notify;
mod ongoing;
mod owner;
mod person;
mod preview;
mod publish;
mod pull_request_report;
mod record;
mod report;
mod rollback;
mod speaker;
mod subscribers;
mod suppressed;
mod update;
mod why;
mod withdraw;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches;

use crate::cli::arguments::{self, Cli, Command, Format};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::demo;
use crate::doctor;
use crate::drill;
use crate::host;
use crate::model::audience::Audience;
use crate::workspace::access;
use crate::workspace::root::Root;

/// Runs the command line and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let parsed = arguments::command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and are no failure.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            let lost = error.print().err().filter(print::is_loss);
            return unless_lost(exit, lost).into();
        }
    };
    print::set_verbosity(cli.global.verbosity());
    let exit = command(&cli).unwrap_or_else(|failure| {
        print::failure(&failure);
        failure.exit()
    });
    unless_lost(exit, print::lost()).into()
}

/// How the command ends if its output was cut off.
fn unless_lost(exit: Exit, lost: Option<std::io::Error>) -> Exit {
    let Some(error) = lost else { return exit };
    print::failure(&Failure::World(anyhow::Error::new(error).context("failed to write to stdout")));
    if exit == Exit::Done { Exit::OperationFailed } else { exit }
}

fn command(cli: &Cli) -> Outcome {
    if !cli.command.prints(cli.global.format) {
        let why = "this command does not support that format: github and gitlab are for `check`, markdown for \
                   `check` and `notify`, json for every command whose output a script would read";
        return Err(Failure::Usage(why.to_owned()));
    }
    let root = match &cli.command {
        Command::Completions(options) => return completions::run(options),
        Command::Man(options) => return man::run(options),
        Command::Init(_) | Command::Import(_) | Command::Demo(_) => Root::of_a_new_site(&cli.global),
        _ => Root::find(&cli.global)?,
    };
    allow::restrict(&cli.global, &root)?;
    refuse_audience(&cli.command, &root)?;
    on_site(cli, &root).map_err(|failure| access::explained(&root, failure))
}

fn on_site(cli: &Cli, root: &Root) -> Outcome {
    match &cli.command {
        Command::Completions(_) | Command::Man(_) => Ok(Exit::Done),
        Command::Init(options) => init::run(root, options),
        Command::New(options) => new::run(root, options),
        Command::Update(options) => update::run(root, options),
        Command::Withdraw(options) => withdraw::run(root, options),
        Command::Approve(options) => approve::run(root, options),
        Command::Control(options) => control::run(root, options),
        Command::Check => check::run(root),
        Command::Build(options) => build::run(root, options),
        Command::Preview(options) => preview::run(root, options),
        Command::Publish(options) => publish::run(root, options),
        Command::Notify(options) if options.preview.is_some() => notify::preview::run(root, options),
        Command::Notify(options) if root.format == Format::Markdown => {
            pull_request_report::run(root, options)
        }
        Command::Rollback(options) => rollback::run(root, options),
        Command::Notify(options) => notify::run(root, options),
        Command::Deliver(options) => deliver::run(root, options),
        Command::Run(options) => host::run(root, options),
        Command::Desk(options) => desk::run(root, options),
        Command::Adopt(options) => adopt::run(root, options),
        Command::Subscribers(options) => subscribers::run(root, options),
        Command::Why(options) => why::run(root, options),
        Command::Report(options) => report::run(root, options),
        Command::Import(options) => import::run(root, options),
        Command::Channels => channels::run(root),
        Command::Doctor(options) => doctor::run(root, options),
        Command::Drill(options) => drill::run(root, options),
        Command::Demo(options) => demo::run(root, options),
    }
}

/// Refuses an audience that the command does not work for.
fn refuse_audience(command: &Command, root: &Root) -> Result<(), Failure> {
    let is_for_staff = matches!(command, Command::Build(_) | Command::Preview(_) | Command::Check);
    if root.audience == Audience::Internal && !is_for_staff {
        let why = "--audience internal: only `build`, `preview` and `check` have it; staff are notified through a destination \
                   with `audience = \"internal\"`, and `update --internal` writes for them";
        return Err(Failure::Usage(why.to_owned()));
    }
    root.refuse_unknown_audience()
}
