//! An `allclear run` as a child, and what it has said so far.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fixtures::house::House;

pub(crate) struct Running {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Running {
    pub(crate) fn start(house: &House, arguments: &[&str]) -> Self {
        Self::spawn(house.command(&[&["run"], arguments].concat()))
    }

    /// Stops dead at that place of its work, after making a file.
    pub(crate) fn paused(house: &House, place: &str, reached: &Path) -> Self {
        let mut command = house.command(&["run"]);
        command.env("ALLCLEAR_PAUSE_AT", format!("{place}:1")).env("ALLCLEAR_PAUSED", reached);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stderr, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        Self { child, said }
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it has said that.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        for _ in 0..400 {
            if self.said().contains(words) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{words:?} was never said:\n{}", self.said());
    }

    /// What it says between two pieces of a line.
    #[track_caller]
    pub(crate) fn hears(&self, before: &str, after: &str) -> String {
        self.says(before);
        let said = self.said();
        let (_, rest) = said.split_once(before).unwrap();
        rest.split_once(after).unwrap().0.to_owned()
    }

    /// Sends a signal, waits for the end and says with which code it was.
    pub(crate) fn end(&mut self, signal: &str) -> Option<i32> {
        let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(told.success(), "{}", self.said());
        self.child.wait().unwrap().code()
    }

    /// Kills it with nothing to be done about it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}
