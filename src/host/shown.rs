//! The page that was built last: passed from the part that builds to the targets and to the part that notifies.

use std::sync::Arc;

use crate::model::Moment;
use crate::model::tree::SiteFiles;
use crate::publish::pointer::BuildSource;
use crate::workspace::root::LoadedSite;

/// What the board calls a page that was taken back.
pub(super) const TAKEN_BACK: &str = "taken_back";

/// What people can read, and since when.
pub(super) struct Shown {
    /// Each build has another number.
    pub(super) number: u64,
    pub(super) opened: LoadedSite,
    pub(super) at: Moment,
}

/// A build on its way to every target.
pub(super) struct Job {
    pub(super) tree: Arc<SiteFiles>,
    pub(super) origin: BuildSource,
    /// What readers of it can read.
    pub(super) shown: Arc<Shown>,
    /// When its commit was made, if it is the first build of one that came while this process ran.
    pub(super) committed: Option<Moment>,
}
