//! The record of an earlier build into a folder, so that the next one, even in a new process, renders only what changed.
//!
//! Promises: a record is used only if it is complete, of this very program and of the same folder; a part of it only if
//! every file has the recorded length and times. Everything else is rendered again: a missing, damaged or old record costs
//! time and never changes a page.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::cli::version::VERSION;
use crate::files::{self, Durability, Folder, Trace};
use crate::render::{KnownUnits, UnitRecord};
use crate::workspace::{state, write};

/// The folder of all records, below `.allclear/`.
const FOLDER: &str = "stamps";
/// The first line; another number when the format changes.
const FORMAT: &str = "allclear stamps 1";
/// The longest record that is read, in bytes.
const BYTES_MAX: u64 = 512 << 20;

/// The record of the builds into one folder.
pub(crate) struct Stamps {
    state: PathBuf,
    file: PathBuf,
}

/// What an earlier build made and nobody changed since.
#[derive(Default)]
pub(crate) struct Known {
    /// The parts whose files are as that build left them.
    pub(crate) units: KnownUnits,
    /// The traces of those files, by path.
    traces: HashMap<String, Trace>,
}

impl Stamps {
    /// Where the record of an output folder is.
    pub(crate) fn of(state: &Path, out: &Path) -> Self {
        let place = out.canonicalize().unwrap_or_else(|_| out.to_owned());
        let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
        let name: String = HEXLOWER.encode(&digest).chars().take(16).collect();
        Self { state: state.to_owned(), file: state.join(FOLDER).join(name) }
    }

    /// The parts that an earlier build made and whose files are still as it left them.
    pub(crate) fn known(&self, out: &Folder) -> Known {
        let text =
            files::read(&self.file, BYTES_MAX).ok().flatten().and_then(|text| String::from_utf8(text).ok());
        let Some(recorded) =
            text.as_deref().zip(program().as_deref()).and_then(|(text, program)| parsed(text, program))
        else {
            return Known::default();
        };
        let changed = Mutex::new(BTreeSet::new());
        let looked = write::on_some_threads(&recorded, |(unit, traces)| {
            let mut files = unit.paths.iter().zip(traces);
            if !files.all(|(path, trace)| out.trace(path) == Some(*trace)) {
                changed.lock().insert(unit.name.clone());
            }
            Ok(())
        });
        if looked.is_err() {
            return Known::default();
        }
        let changed = changed.into_inner();
        let mut known = Known::default();
        for (unit, traces) in recorded.into_iter().filter(|(unit, _)| !changed.contains(&unit.name)) {
            known.traces.extend(unit.paths.iter().cloned().zip(traces));
            known.units.insert(unit.name.clone(), Arc::new(unit));
        }
        known
    }

    /// Records what was built over what was `known`; `is_written` says which files this build wrote. A file that it did not
    /// write keeps the trace that was verified: if anyone changes it meanwhile, it no longer has that trace. A record that
    /// cannot be written is none: the next build makes everything.
    pub(crate) fn record(
        &self,
        out: &Folder,
        known: &Known,
        units: &[Arc<UnitRecord>],
        is_written: &dyn Fn(&str) -> bool,
    ) {
        let Some(program) = program() else { return };
        let text = written(&program, units, &|path| {
            known.traces.get(path).filter(|_| !is_written(path)).copied().or_else(|| out.trace(path))
        });
        let folders = state::folder(&self.state).is_ok()
            && self.file.parent().is_some_and(|at| write::folder(at).is_ok());
        if folders {
            let _slower_next_time = files::replace(&self.file, text.as_bytes(), Durability::Cached);
        }
    }
}

/// This very program: a build of another one may make other bytes of the same files. `None` for one that was replaced while it
/// runs: what it makes is not recorded, and what others recorded is not believed.
pub(super) fn program() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    let trace = Folder::open(path.parent()?).ok()?.trace(path.file_name()?.to_str()?)?;
    Some(format!("{VERSION} {} {} {}", trace.length, trace.written, trace.changed))
}

/// A part and its files' traces.
type Recorded = (UnitRecord, Vec<Trace>);

fn written(program: &str, units: &[Arc<UnitRecord>], trace: &dyn Fn(&str) -> Option<Trace>) -> String {
    let mut text = format!("{FORMAT}\n{program}\n");
    for unit in units {
        let traces: Option<Vec<Trace>> = unit.paths.iter().map(|path| trace(path)).collect();
        let is_a_line = |name: &str| !name.contains(['\n', '\r']);
        let Some(traces) =
            traces.filter(|_| unit.paths.iter().chain([&unit.name]).all(|name| is_a_line(name)))
        else {
            continue;
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{} {} {}", unit.stamp, traces.len(), unit.name);
        for (path, Trace { length, written, changed }) in unit.paths.iter().zip(traces) {
            let _ = writeln!(text, "{length} {written} {changed} {path}");
        }
    }
    let sum = HEXLOWER.encode(&Sha256::digest(text.as_bytes()));
    text.push_str(&sum);
    text
}

/// `None` if it is not whole or of another program.
fn parsed(text: &str, program: &str) -> Option<Vec<Recorded>> {
    let (body, sum) = text.split_at_checked(text.len().checked_sub(64)?)?;
    if HEXLOWER.encode(&Sha256::digest(body.as_bytes())) != sum {
        return None;
    }
    let mut lines = body.lines();
    if lines.next() != Some(FORMAT) || lines.next() != Some(program) {
        return None;
    }
    let mut all = BTreeMap::new();
    while let Some(line) = lines.next() {
        let mut words = line.splitn(3, ' ');
        let (stamp, count, name) =
            (words.next()?.to_owned(), words.next()?.parse().ok()?, words.next()?.to_owned());
        let files: Option<Vec<(String, Trace)>> = lines.by_ref().take(count).map(parsed_file).collect();
        let (paths, traces) = files.filter(|files| files.len() == count)?.into_iter().unzip();
        all.insert(name.clone(), (UnitRecord { name, stamp, paths }, traces));
    }
    Some(all.into_values().collect())
}

fn parsed_file(line: &str) -> Option<(String, Trace)> {
    let mut words = line.splitn(4, ' ');
    let trace = Trace {
        length: words.next()?.parse().ok()?,
        written: words.next()?.parse().ok()?,
        changed: words.next()?.parse().ok()?,
    };
    Some((words.next()?.to_owned(), trace))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROGRAM: &str = "0.1.0 56 78";

    fn unit(name: &str, paths: &[&str]) -> Arc<UnitRecord> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Arc::new(UnitRecord { name: name.to_owned(), stamp: "ab".repeat(32), paths })
    }

    fn trace(length: u64) -> Trace {
        Trace { length, written: -1, changed: i128::from(u64::MAX) * 2 }
    }

    fn whole() -> String {
        let units =
            [unit("incidents/a b/", &["incidents/a b/index.html", "es/index.html"]), unit("none", &[])];
        written(PROGRAM, &units, &|path| Some(trace(path.len() as u64)))
    }

    #[test]
    fn what_is_recorded_is_read_again() {
        let read = parsed(&whole(), PROGRAM).unwrap();
        let expected = unit("incidents/a b/", &["incidents/a b/index.html", "es/index.html"]);
        let read: Vec<_> = read.into_iter().map(|(unit, traces)| (Arc::new(unit), traces)).collect();
        assert_eq!(read, [(expected, vec![trace(24), trace(13)]), (unit("none", &[]), vec![])]);
    }

    #[test]
    fn a_part_of_which_a_file_is_gone_or_whose_name_is_no_line_is_not_recorded() {
        let units =
            [unit("a", &["gone"]), unit("b\nc", &["there"]), unit("d", &["the\rre"]), unit("e", &["there"])];
        let text = written(PROGRAM, &units, &|path| (path != "gone").then(|| trace(1)));
        let names: Vec<String> =
            parsed(&text, PROGRAM).unwrap().into_iter().map(|(unit, _)| unit.name).collect();
        assert_eq!(names, ["e"]);
    }

    #[test]
    fn the_record_of_another_program_or_format_is_none() {
        for (from, to) in [(FORMAT, "allclear stamps 0"), (PROGRAM, "0.0.1 12 34")] {
            let body = whole().replacen(from, to, 1);
            let body = &body[..body.len() - 64];
            let sum = HEXLOWER.encode(&Sha256::digest(body.as_bytes()));
            assert_eq!(parsed(&format!("{body}{sum}"), PROGRAM), None, "{to}");
        }
    }

    proptest! {
        #[test]
        fn a_record_that_is_not_whole_is_none(at in any::<prop::sample::Index>(), bit in 0..8_u8, is_cut: bool) {
            let whole = whole();
            let at = at.index(whole.len());
            let mut bytes = whole.into_bytes();
            if is_cut {
                bytes.truncate(at);
            } else {
                bytes[at] ^= 1 << bit;
            }
            if let Ok(text) = String::from_utf8(bytes) {
                prop_assert_eq!(parsed(&text, PROGRAM), None);
            }
        }
    }
}
