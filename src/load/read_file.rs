//! One incident file with what was read from it, or the problem that prevented that.

use std::sync::Arc;

use crate::model::incident::Incident;
use crate::model::problem::Problem;

use super::incident::Parsed;
use super::translation::{ParsedTranslation, Translation};

/// One file and what was made of it, without a look at the others.
pub(super) struct ReadFile {
    pub(super) file: String,
    pub(super) text: Arc<str>,
    /// Why it could not be read, or what its name gets wrong.
    pub(super) problem: Option<Problem>,
    pub(super) content: Content,
}

/// What a file is for. The last good version, and what can be read as open, are only there if
/// the current one cannot be used.
pub(super) enum Content {
    Main { current: Box<Parsed>, last_good: Option<Arc<Incident>>, ongoing: Option<Arc<Incident>> },
    Translation { main: String, current: Box<ParsedTranslation>, last_good: Option<Box<Translation>> },
    Nothing,
}

impl ReadFile {
    /// Whether the file itself can be used.
    pub(super) fn reads(&self) -> bool {
        match &self.content {
            Content::Main { current, .. } => current.incident.is_some(),
            Content::Translation { current, .. } => current.translation.is_some(),
            Content::Nothing => false,
        }
    }

    /// Whether the incident is missing: neither the file nor a replacement can be used.
    pub(super) fn is_lost(&self) -> bool {
        match &self.content {
            Content::Main { current, last_good, ongoing } => {
                current.incident.is_none() && last_good.is_none() && ongoing.is_none()
            }
            Content::Translation { .. } => false,
            Content::Nothing => true,
        }
    }
}
