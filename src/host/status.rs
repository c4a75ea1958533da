//! `run --status`: asks the running process for its health, at a socket in its state folder.
//!
//! Promises: a request changes nothing; the document is the one of `--health`; a process that hangs is not waited for. Only
//! users who may enter the state folder reach the socket.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::workspace::root::Root;

/// How long the process has to answer.
const ANSWER: Duration = Duration::from_secs(5);

fn socket(root: &Root) -> PathBuf {
    root.state.join("run.sock")
}

/// Opens the socket. What a process left that is no more is in nobody's way: this one holds the lock of the folder.
pub(super) fn bind(root: &Root) -> Result<UnixListener, Failure> {
    let path = socket(root);
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(anyhow::Error::new(error).context(format!("failed to remove {}", path.display())).into());
    }
    let listener = UnixListener::bind(&path).with_context(|| format!("failed to open {}", path.display()))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Prints the status of the running process; ends with 0 if it is healthy, with 1 if a part fails, with 4 if none runs.
pub(super) fn show(root: &Root) -> Outcome {
    let refused = |why: String| Failure::Refused {
        why,
        hint: "start it with `allclear run`, or name its folder with --root".to_owned(),
    };
    let mut stream = UnixStream::connect(socket(root)).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
            refused("no `allclear run` is running in this folder".to_owned())
        }
        _ => Failure::World(anyhow::Error::new(error).context("failed to ask the running process")),
    })?;
    stream.set_read_timeout(Some(ANSWER))?;
    let mut answer = String::new();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut answer))
        .context("the running process does not answer")?;
    let (head, body) =
        answer.split_once("\r\n\r\n").context("the running process gave an unexpected response")?;
    print::exact(body.trim_end());
    Ok(if head.starts_with("HTTP/1.1 200 ") { Exit::Done } else { Exit::OperationFailed })
}
