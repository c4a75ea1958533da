//! Runs programs: each has a time limit, and is killed together with every process it started.
//!
//! Promises: no program runs longer than its limit, or after its caller stopped it; its output is read while it runs, and a
//! child that outlives it and keeps its pipes open delays no one. Never decides which program runs.

use std::fmt;
use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process_group};

/// How long a running program is left between two looks: an eighth of its time so far, so that one of a few milliseconds,
/// such as most calls of git, is noticed at its end. At least and at most.
const LOOK: Duration = Duration::from_micros(100);
const LOOK_MAX: Duration = Duration::from_millis(5);

/// How long the last words of a program that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How long a program may run.
#[derive(Clone)]
pub struct Limit {
    time: Duration,
    is_stopped: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Limit {
    /// At most that long.
    pub fn of(time: Duration) -> Self {
        Self { time, is_stopped: Arc::new(|| false) }
    }

    /// The same, and ends once `is_stopped` is true.
    pub fn or_until(self, is_stopped: Arc<dyn Fn() -> bool + Send + Sync>) -> Self {
        Self { is_stopped, ..self }
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit").field("time", &self.time).finish_non_exhaustive()
    }
}

/// Why a program did not come to its own end.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// It could not be started or watched.
    #[error(transparent)]
    Failed(#[from] io::Error),
    /// It took too long.
    #[error("it was stopped because it did not finish within {} s", .0.as_secs())]
    Late(Duration),
    /// The caller wanted no more of it.
    #[error("it was stopped because allclear is stopping")]
    Stopped,
}

/// What a program left.
#[derive(Debug)]
pub struct Output {
    /// The exit status or signal.
    pub status: ExitStatus,
    /// What it printed to its standard output, if that was a pipe.
    pub stdout: Vec<u8>,
    /// What it printed to its standard error, if that was a pipe.
    pub stderr: Vec<u8>,
}

/// Runs a program to its end, with `input` on its standard input if there is any.
///
/// # Errors
/// It could not be started, or was ended before its end. A program that ends with a failure is no error here.
pub fn run(command: &mut Command, input: Option<Vec<u8>>, limit: &Limit) -> Result<Output, Ended> {
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    // A group of its own, so that what it starts can be ended with it.
    let mut child = command.stdin(stdin).process_group(0).spawn()?;
    if let Some((mut stdin, input)) = child.stdin.take().zip(input) {
        // A program that does not read its input has not failed; it may also answer while it still reads.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
    let (stdout, stderr) = (Pipe::read(child.stdout.take()), Pipe::read(child.stderr.take()));
    let status = wait(&mut child, limit)?;
    Ok(Output { status, stdout: stdout.bytes(), stderr: stderr.bytes() })
}

fn wait(child: &mut Child, limit: &Limit) -> Result<ExitStatus, Ended> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let elapsed = started.elapsed();
        let is_late = elapsed > limit.time;
        if is_late || (limit.is_stopped)() {
            end(child);
            return Err(if is_late { Ended::Late(limit.time) } else { Ended::Stopped });
        }
        thread::sleep((elapsed / 8).clamp(LOOK, LOOK_MAX));
    }
}

/// Ends a program and everything in its group. One that is gone already is what is wanted.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _gone = kill_process_group(group, Signal::KILL);
    }
    let _gone = child.kill().and_then(|()| child.wait());
}

/// What comes out of a pipe, read next to the waiting: a full pipe would hold the program up.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

impl Pipe {
    fn read(pipe: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (ended, end) = channel::<()>();
        let heard = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut part = [0; 8192];
            let mut pipe = pipe;
            // What came before a broken pipe is what there is.
            while let Some(length) = pipe.as_mut().and_then(|pipe| pipe.read(&mut part).ok()) {
                if length == 0 {
                    break;
                }
                let part = part.get(..length).unwrap_or_default();
                heard.lock().extend_from_slice(part);
            }
            drop(ended);
        });
        Self { bytes, end }
    }

    /// Everything up to its end. A child that keeps it open is not waited for.
    fn bytes(self) -> Vec<u8> {
        // Nothing is ever sent: the sender is dropped at the end of the pipe.
        let _end = self.end.recv_timeout(LAST_WORDS);
        std::mem::take(&mut *self.bytes.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[test]
    fn a_program_gets_its_input_and_leaves_its_words_and_its_end() {
        let limit = Limit::of(Duration::from_secs(60));
        let output = run(&mut shell("cat; echo no >&2; exit 7"), Some(vec![b'x'; 100_000]), &limit).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(7), 100_000));
        assert_eq!(output.stderr, b"no\n");
        let missing = run(&mut Command::new("/nowhere/at/all"), None, &limit).unwrap_err();
        assert!(matches!(missing, Ended::Failed(_)), "{missing}");
    }

    #[test]
    fn a_late_or_unwanted_program_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        let script = format!("exec 9>{}; flock 9; sleep 3600 & echo; wait", lock.display());
        let late = run(&mut shell(&script), None, &Limit::of(Duration::from_millis(300))).unwrap_err();
        assert!(matches!(late, Ended::Late(_)), "{late}");
        // The child of the shell held the lock too; it is ours only when both are gone.
        let free = run(&mut shell(&format!("flock {} true", lock.display())), None, &Limit::of(LAST_WORDS));
        assert!(free.unwrap().status.success());
        let limit = Limit::of(Duration::from_secs(3600)).or_until(Arc::new(|| true));
        assert!(matches!(run(&mut shell("sleep 3600"), None, &limit), Err(Ended::Stopped)));
    }
}
