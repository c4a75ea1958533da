//! What happened in one run, in order: a hash of all of it, and its last lines for people.

use std::collections::VecDeque;

/// How many lines are kept.
const LINES_MAX: usize = 60;

pub(super) struct Trace {
    hash: u64,
    last: VecDeque<String>,
}

impl Default for Trace {
    fn default() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, last: VecDeque::new() }
    }
}

impl Trace {
    pub(super) fn note(&mut self, line: String) {
        for byte in line.bytes().chain([b'\n']) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        if self.last.len() == LINES_MAX {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// The FNV-1a hash of every line so far.
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn last_lines(&self) -> String {
        self.last.iter().map(|line| format!("  {line}\n")).collect()
    }
}
