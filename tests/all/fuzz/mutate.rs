//! Damages inputs: the same seed and corpus give the same inputs in the same order.

use fastrand::Rng;

/// No input is longer.
const BYTES_MAX: usize = 64 * 1_024;

/// What readers stumble over.
const WORDS: &[&str] = &[
    "\0",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\u{feff}",
    "\u{202e}",
    "\u{2028}",
    "\u{200b}",
    "é",
    "e\u{301}",
    "𝒳",
    "\u{fffd}",
    "\"",
    "\"\"\"",
    "'",
    "''",
    "`",
    "```\n",
    "~~~\n",
    "+++\n",
    "---\n",
    "...\n",
    "## ",
    "## 2026-03-01 10:00 UTC · Resolved\n\n",
    "{time:2026-03-01T10:00Z}",
    "> ",
    "- ",
    "1. ",
    "[",
    "](",
    "![",
    "<",
    "<script>",
    "&#x6a;",
    "&#27;",
    "&#x9b;",
    "&#xfff9;",
    "javascript:",
    "|",
    "|-|\n",
    "*",
    "**",
    "_",
    "\\",
    "#",
    "=",
    " = ",
    "[[",
    "]]",
    "[a]\n",
    "{",
    "}",
    "{{",
    "}}",
    "{%",
    ": ",
    "? ",
    "&a ",
    "*a ",
    "!!binary ",
    "<<: ",
    "%YAML 1.2\n",
    "- - - ",
    "null",
    "true",
    "1e999",
    "-0",
    "0x",
    "9223372036854775808",
    "2026-02-30",
    "2026-03-01T10:00:00Z",
    "24:00",
    "+99:99",
    "../",
    "/",
    "..",
    "con",
    "@",
    "a@b.c",
    "+34600000001",
    ",",
    ";",
    "=cmd|",
    "250-",
    "250 ",
    "554 5.7.1 ",
    "\r\n.\r\n",
    "%00",
    "%0d%0a",
    "&a=b",
    "null,",
    "[[[[[[[[[[",
    "{\"a\":",
    "}}}}",
];

/// Makes inputs.
pub(crate) struct Mutator<'c> {
    rng: Rng,
    corpus: &'c [Vec<u8>],
}

impl<'c> Mutator<'c> {
    pub(crate) fn new(seed: u64, corpus: &'c [Vec<u8>]) -> Self {
        Self { rng: Rng::with_seed(seed), corpus }
    }

    /// The next input: one of the corpus with a few damages.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.corpus[self.rng.usize(..self.corpus.len())].clone();
        if self.rng.u8(..4) == 0 && bytes.len() > 64 {
            let from = self.rng.usize(..bytes.len() / 2);
            bytes.drain(..from);
        }
        for _ in 0..self.rng.usize(..=8) {
            self.damage(&mut bytes);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.rng.usize(..=bytes.len());
        let length = self.rng.usize(..=64).min(bytes.len() - at);
        match self.rng.u8(..8) {
            0 if at < bytes.len() => bytes[at] = self.rng.u8(..),
            1 if at < bytes.len() => bytes[at] ^= 1 << self.rng.u8(..8),
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let piece = bytes[at..at + length].repeat(self.rng.usize(1..=40));
                bytes.splice(at..at, piece);
            }
            4 => {
                let other = &self.corpus[self.rng.usize(..self.corpus.len())];
                let from = self.rng.usize(..=other.len());
                let piece = other[from..(from + self.rng.usize(..=400)).min(other.len())].to_vec();
                bytes.splice(at..at + length, piece);
            }
            5 => bytes.truncate(at),
            _ => {
                let word = WORDS[self.rng.usize(..WORDS.len())];
                let times = if self.rng.u8(..16) == 0 { self.rng.usize(1..=2_000) } else { 1 };
                bytes.splice(at..at, word.repeat(times).into_bytes());
            }
        }
    }
}
