//! One file of incidents and what was made of it.

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

/// What a file is for. The last good version is only there where the current one cannot be used.
pub(super) enum Content {
    Main { current: Box<Parsed>, last_good: Option<Arc<Incident>> },
    Translation { main: String, current: Box<ParsedTranslation>, last_good: Option<Translation> },
    Nothing,
}
