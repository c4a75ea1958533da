//! Other systems' files to ours.
//!
//! Promises: nothing is lost. Every file of the source becomes an incident, or is named in a note that says
//! why not; what could not be understood is named file by file, with the line where it stands. The same
//! files give the same result: no clock, no environment, no network. Never writes: the caller decides where
//! the page and the incidents go.

mod cstate;
mod files;
pub mod subscribers;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;

use crate::model::Moment;
use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::phase::{Kind, Phase};
use crate::model::problem::Problem;

/// What was understood of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The page, with every feature any incident names.
    pub page: Page,
    /// Incidents and maintenances, ordered by the source's path; ids are unique.
    pub incidents: Vec<Incident>,
    /// What could not be understood, what was assumed and what was left out, ordered by file and line. An
    /// error means that words or facts of the file need a person's eye.
    pub notes: Vec<Problem>,
}

impl Imported {
    /// Fits what was understood to the moment of the import, because cState knows no clock: what is in its
    /// files is shown, and what is not resolved goes on.
    ///
    /// What is dated after `now` moves to `now`, keeping its order, or it would be told again when its day
    /// comes; only the end of planned work that has not begun keeps its time. Work that should have ended by
    /// `now` and is not resolved is in progress still, where our clock would have completed it.
    #[must_use]
    pub fn said_by(mut self, now: Moment) -> Self {
        for incident in &mut self.incidents {
            bring_forward(incident, now);
            keep_going(incident, now);
        }
        self
    }
}

fn bring_forward(incident: &mut Incident, now: Moment) {
    let is_ahead = incident.kind == Kind::Maintenance && incident.started > now;
    let mut latest = now;
    for update in incident.updates.iter_mut().rev() {
        if !(is_ahead && update.phase.is_some_and(Phase::is_over)) {
            update.at = update.at.min(latest);
            latest = update.at - TimeDelta::minutes(1);
        }
    }
}

fn keep_going(incident: &mut Incident, now: Moment) {
    let Some(window) = incident.window.filter(|window| window.ends <= now) else { return };
    if incident.updates.iter().any(|update| update.phase.is_some_and(Phase::is_over)) {
        return;
    }
    match incident.updates.binary_search_by_key(&window.ends, |update| update.at) {
        Ok(at) => {
            incident.updates.iter_mut().skip(at).take(1).for_each(|u| u.phase = Some(Phase::InProgress))
        }
        Err(at) => incident.updates.insert(at, cstate::phase_alone(window.ends, Phase::InProgress)),
    }
}

/// Why a source could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder holds neither configuration nor incidents.
    #[error("failed to find a cState site in {}: no config file and no content/issues", .0.display())]
    NotASite(PathBuf),
    /// A file or folder could not be read.
    #[error("failed to read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Reads the cState site in the folder `root`: its configuration and every file below `content/issues`.
///
/// # Errors
/// When the folder is no cState site, or a file of it cannot be read. Files that can be read but not
/// understood are notes, never errors.
pub fn cstate(root: &Path) -> Result<Imported, Error> {
    let files = files::read(root, cstate::is_of_interest)?;
    if !files.keys().any(|path| cstate::is_site_file(path)) {
        return Err(Error::NotASite(root.to_owned()));
    }
    Ok(cstate_files(&files))
}

/// Does the work of [`cstate`] on files already in memory, by their path from the site's folder with `/` between
/// folders. An incident depends on its own file and the configuration alone, save that a second file of the same
/// name gets a number.
pub fn cstate_files(files: &BTreeMap<String, Vec<u8>>) -> Imported {
    cstate::import(files)
}
