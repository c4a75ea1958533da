//! Prints data to stdout and messages for people to stderr, with color only on a terminal that wants it.
//!
//! Promises: text from files, providers and targets cannot command the terminal or the git host that shows it. A closed
//! pipe ends the printing and not the command. If a full disk loses output, the command does not exit with 0.

use std::io::{Error, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use anstyle::{AnsiColor, Style};
use parking_lot::Mutex;

use crate::cli::describe::clock;
use crate::cli::exit::Failure;
use crate::model::Moment;
use crate::model::line::printed;

/// How much is said to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Problems, refusals and errors only.
    Quiet,
    /// Results, warnings and errors: the default.
    Usual,
    /// Also what succeeds, one by one.
    Verbose,
}

/// Set once, by the command line.
static VERBOSITY: AtomicU8 = AtomicU8::new(Verbosity::Usual as u8);

/// Kept until the command has done its work.
static LOST: Mutex<Option<Error>> = Mutex::new(None);

/// The time of lines that have none of their own, where a log is written.
static CLOCK: OnceLock<Box<dyn Fn() -> Moment + Send + Sync>> = OnceLock::new();

/// Begins every line that is said from now on with its time: for a command that runs on and writes a log.
pub(crate) fn say_with_time(clock: impl Fn() -> Moment + Send + Sync + 'static) {
    let _set_before = CLOCK.set(Box::new(clock));
}

/// Decides how much is said from now on.
pub(crate) fn set_verbosity(verbosity: Verbosity) {
    VERBOSITY.store(verbosity as u8, Ordering::Relaxed);
}

/// Whether what succeeds is said one by one.
pub(crate) fn is_verbose() -> bool {
    VERBOSITY.load(Ordering::Relaxed) == Verbosity::Verbose as u8
}

/// A heading or a word that carries a result.
pub(crate) const STRONG: Style = Style::new().bold();
/// Something succeeded.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Something wants attention.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default().bold();
/// Something failed.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Details that may be skipped.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Prints a line of words or data for people to stdout.
pub(crate) fn data(line: &str) {
    exact(&printed(line));
}

/// Prints data for programs to stdout as it is: JSON, commands of a git host, a report in Markdown. They are escaped by
/// their own rules, none of which escapes the controls of the upper half (C1), which terminals obey.
pub(crate) fn exact(text: &str) {
    let is_upper = |c: char| matches!(c, '\u{7f}'..='\u{9f}');
    let mut out = anstream::stdout();
    let written = writeln!(out, "{}", text.replace(is_upper, "\u{fffd}")).and_then(|()| out.flush());
    if let Some(error) = written.err().filter(is_loss) {
        LOST.lock().get_or_insert(error);
    }
}

/// Why data did not reach stdout, if any was lost that a reader still wants: a full disk.
pub(crate) fn lost() -> Option<Error> {
    LOST.lock().take()
}

/// Whether a failure to write loses data that a reader still wants; one who closed the pipe has read enough.
pub(crate) fn is_loss(error: &Error) -> bool {
    error.kind() != ErrorKind::BrokenPipe
}

/// Prints a line of words for people to stderr, unless they want problems only.
pub(crate) fn say(line: &str) {
    if is_said() {
        warn(line);
    }
}

/// The same for a line that has its own time, which is put before it.
pub(crate) fn say_at(at: Moment, line: &str) {
    if is_said() {
        print(&timed(at, line));
    }
}

/// Prints a line to stderr that people must see: a problem, a refusal, an error.
pub(crate) fn warn(line: &str) {
    match CLOCK.get() {
        Some(clock) => print(&timed(clock(), line)),
        None => print(line),
    }
}

fn is_said() -> bool {
    VERBOSITY.load(Ordering::Relaxed) > Verbosity::Quiet as u8
}

fn print(line: &str) {
    let _closed = writeln!(anstream::stderr(), "{}", printed(line));
}

/// Every line of a text behind the same time.
fn timed(at: Moment, text: &str) -> String {
    let time = styled(FAINT, &clock(at));
    text.lines().map(|line| format!("{time} {line}")).collect::<Vec<_>>().join("\n")
}

/// Prints without ending the line, for a question.
pub(crate) fn ask(question: &str) {
    let mut out = anstream::stderr();
    let _closed = write!(out, "{} ", printed(question)).and_then(|()| out.flush());
}

/// Asks a question and waits for the answer. Everything but a yes is a no.
pub(crate) fn answers_yes(question: &str) -> std::io::Result<bool> {
    ask(question);
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A text in a style.
pub(crate) fn styled(style: Style, words: &str) -> String {
    format!("{style}{words}{style:#}")
}

/// Whether a person can answer a question.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Whether words for people go to a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Says why a command stopped.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::World(error) => warn(&format!("{} {error:#}", styled(BAD, "error:"))),
        Failure::Usage(why) => warn(&format!("{} {why}", styled(BAD, "error:"))),
        Failure::Problems => {}
        Failure::Refused { why, hint } => {
            warn(&format!("{} {why}", styled(WARN, "refused:")));
            warn(&format!("{} {hint}", styled(STRONG, "  help:")));
        }
    }
}

/// `1 mail`, `2 mails`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
