//! A feed and its entries, in no particular format.

use crate::model::Moment;

/// A feed, whatever its format.
pub(super) struct Feed<'a> {
    pub(super) id: String,
    pub(super) title: String,
    /// Whose feed it is.
    pub(super) author: String,
    pub(super) language: &'a str,
    /// The page that tells the same to people.
    pub(super) home: String,
    /// The feed's own address without the end that names its format.
    pub(super) address: String,
    /// When anything was last said; the epoch if nothing ever was.
    pub(super) updated: Moment,
    pub(super) entries: Vec<FeedEntry>,
}

/// One incident.
pub(super) struct FeedEntry {
    pub(super) id: String,
    pub(super) title: String,
    /// The language of the title if it is not the feed's.
    pub(super) title_language: Option<String>,
    pub(super) address: String,
    pub(super) published: Moment,
    pub(super) updated: Moment,
    /// The facts and every update, newest first.
    pub(super) html: String,
    /// The names of the features it touched.
    pub(super) features: Vec<String>,
}
