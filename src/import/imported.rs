//! The result of an import: the page, the incidents, their pictures, and notes on what was not understood.

use std::collections::BTreeMap;

use crate::model::incident::Incident;
use crate::model::page::Page;
use crate::model::problem::Problem;

/// What was understood of a source. It means the same whenever it is imported: no clock has a part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The page, with every feature any incident names.
    pub page: Page,
    /// Incidents and maintenances, ordered by the source's path; ids are unique, whatever their case.
    pub incidents: Vec<Incident>,
    /// The source's file of each incident, by the incident's file.
    pub sources: BTreeMap<String, String>,
    /// The source's files of open posts of which no incident can be written, because nothing says when they started: without
    /// them, the page looks better than its source.
    pub open_without_start: Vec<String>,
    /// The files that the incidents show, by their path on the site, which begins with `/`.
    pub pictures: BTreeMap<String, Vec<u8>>,
    /// What could not be understood, what was assumed and what was left out, ordered by file and line. An
    /// error means that words or facts of the file need a person's eye.
    pub notes: Vec<Problem>,
}
