//! Programs as children: found, started, waited for, ended.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian puts programs that users do not call.
const FOLDERS: [&str; 5] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/kannel/test"];

/// A running program, ended when it is dropped.
pub(crate) struct Part(Child);

impl Part {
    /// Starts a program; what it says goes to a file of its name in `folder`.
    pub(crate) fn start(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let stem = name.rsplit('/').next().unwrap_or(name);
        let said = File::create(folder.join(format!("{stem}.out"))).unwrap();
        let child = Command::new(program(name))
            .args(arguments)
            // Some end when their input does; so it stays open as long as they live.
            .stdin(Stdio::piped())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Whether it is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Asked first, so that it ends its own children; a drop has nobody to report a failure to.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        for _ in 0..40 {
            if !self.is_running() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where a program is.
pub(crate) fn program(name: &str) -> PathBuf {
    if name.contains('/') && Path::new(name).is_file() {
        return PathBuf::from(name);
    }
    let places = FOLDERS.map(|folder| Path::new(folder).join(name));
    let found = places.into_iter().find(|place| place.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: run tests/install as root"))
}

/// Runs a program to its end.
pub(crate) fn run(name: &str, arguments: &[&str]) {
    let output = Command::new(program(name)).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {arguments:?}: {said}");
}

/// A port of the loopback that nobody uses.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Looks again and again until there is something, for at most 20 seconds; `None` after that.
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if start.elapsed() > Duration::from_secs(20) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until somebody listens.
pub(crate) fn wait_for_port(port: u16) {
    let listening = wait_for(|| std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    assert!(listening.is_some(), "nothing came up on port {port}");
}
