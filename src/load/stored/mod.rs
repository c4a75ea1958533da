//! What was parsed, as bytes for a file, so that a new process parses only what was written since.
//!
//! Promises: bytes that were cut, damaged, or written by another program, give fewer files or none, and never another
//! incident; reading them never panics. Only main files without any problem are in them: the rest is parsed again. Never opens
//! a file itself.

mod bytes;
mod incident;

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::model::localized::Language;
use crate::model::problem::SourceMap;

use super::incident::Parsed;
use super::memory::{Facts, Kept, ParseCache};
use super::read_file::{Content, ReadFile};
use super::reading::in_shares;
use bytes::{Input, Output, Stored};

/// How much of a SHA-256 guards each record: against damage, not against forgery.
const SUM_BYTES: usize = 16;

type Sum = [u8; SUM_BYTES];

impl ParseCache {
    /// Everything that can be stored. `program` names the very program, as another one may read the same file otherwise.
    pub fn to_bytes(&self, program: &str) -> Vec<u8> {
        let mut head = Output::new("");
        program.to_owned().put(&mut head);
        self.languages.put(&mut head);
        let head = head.bytes;
        let mut all = Vec::new();
        block(&mut all, &head, &[]);
        let mut files: Vec<_> = self.files.values().filter(|kept| kept.read.is_storable()).collect();
        files.sort_by_key(|kept| &kept.read.file);
        // One after the other: on two cores it would take half of a few hundredths of a second, and twice the memory.
        files.into_iter().for_each(|kept| put_record(kept, &head, &mut all));
        all
    }

    /// What [`to_bytes`](Self::to_bytes) of this program wrote; as much of it as is whole.
    pub fn from_bytes(bytes: &[u8], program: &str) -> Self {
        Self::read(bytes, program).unwrap_or_default()
    }

    fn read(bytes: &[u8], program: &str) -> Option<Self> {
        let mut blocks = Blocks { rest: bytes };
        let (_, head) = blocks.next().filter(|(sum, head)| *sum == sum_of(head, &[]))?;
        let mut input = Input::new(head);
        if String::take(&mut input)? != program {
            return None;
        }
        let languages: Vec<Language> = Stored::take(&mut input)?;
        let records: Vec<(Sum, &[u8])> = blocks.collect();
        let read = in_shares(&records, |share| {
            let whole = share.iter().filter(|(sum, record)| *sum == sum_of(record, head));
            whole.filter_map(|(_, record)| kept(record)).collect()
        });
        let files = read.into_iter().map(|kept: Kept| (kept.read.file.clone(), kept)).collect();
        Some(Self { languages, files, unstored: 0 })
    }
}

impl ReadFile {
    /// Whether all that was made of it can be stored.
    pub(super) fn is_storable(&self) -> bool {
        let Content::Main { current, .. } = &self.content else { return false };
        self.problem.is_none() && current.problems.is_empty() && current.incident.is_some()
    }
}

/// The blocks of a file: the sum, the length, the bytes. It ends where the next one is not whole.
struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Blocks<'a> {
    type Item = (Sum, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (sum, rest) = self.rest.split_first_chunk::<SUM_BYTES>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (block, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        self.rest = rest;
        Some((*sum, block))
    }
}

/// Adds a block; one that is too long for its length to be written is left out.
fn block(all: &mut Vec<u8>, bytes: &[u8], head: &[u8]) {
    let Ok(length) = u32::try_from(bytes.len()) else { return };
    all.extend_from_slice(&sum_of(bytes, head));
    all.extend_from_slice(&length.to_le_bytes());
    all.extend_from_slice(bytes);
}

/// The head is part of every sum: no record is read under another one's.
fn sum_of(bytes: &[u8], head: &[u8]) -> Sum {
    let digest: [u8; 32] = Sha256::new().chain_update(head).chain_update(bytes).finalize().into();
    std::array::from_fn(|at| digest[at])
}

fn put_record(kept: &Kept, head: &[u8], all: &mut Vec<u8>) {
    let Content::Main { current, .. } = &kept.read.content else { return };
    let Some(incident) = &current.incident else { return };
    let mut output = Output::new(&kept.read.text);
    kept.read.file.put(&mut output);
    kept.facts.put(&mut output);
    kept.read.text.to_string().put(&mut output);
    incident::put(incident, &current.places, &mut output);
    block(all, &output.bytes, head);
}

fn kept(record: &[u8]) -> Option<Kept> {
    let mut input = Input::new(record);
    let file = String::take(&mut input)?;
    let facts: Option<Facts> = Stored::take(&mut input)?;
    let text = input.text()?;
    input.shared = text;
    let (incident, places_bytes) = incident::take(&file, &mut input)?;
    let (text, places_bytes): (Arc<str>, Box<[u8]>) = (text.into(), places_bytes.into());
    let mut places = SourceMap::default();
    let shared = Arc::clone(&text);
    places.remember_later(&file, move || incident::take_places(&places_bytes, &shared));
    let current = Box::new(Parsed { incident: Some(Arc::new(incident)), problems: Vec::new(), places });
    let content = Content::Main { current, last_good: None, ongoing: None };
    let read = ReadFile { file, text, problem: None, content };
    Some(Kept { facts, read: Arc::new(read), is_recalled: true })
}
