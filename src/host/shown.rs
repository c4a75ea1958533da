//! What goes from the part that builds to the targets and to the notifier.

use std::sync::Arc;

use crate::model::Moment;
use crate::model::tree::Tree;
use crate::publish::pointer::Origin;
use crate::workspace::root::Opened;

/// What the board calls a page that was taken back.
pub(super) const TAKEN_BACK: &str = "taken_back";

/// What people can read, and since when.
pub(super) struct Shown {
    /// Each build has another number.
    pub(super) number: u64,
    pub(super) opened: Opened,
    pub(super) at: Moment,
}

/// A build on its way to every target.
pub(super) struct Job {
    pub(super) tree: Arc<Tree>,
    pub(super) origin: Origin,
    /// What readers of it can read.
    pub(super) shown: Arc<Shown>,
}
