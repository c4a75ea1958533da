//! The reader's settings for markdown: language, time zone, and base of links.

use super::super::calendar::Zone;
use super::super::words::Translations;

/// For whom a text is written, and where.
#[derive(Clone, Copy, Debug)]
pub struct MarkdownContext<'a> {
    /// The words of the reader's language.
    pub words: &'a Translations,
    /// The reader's time zone.
    pub zone: &'a Zone,
    /// What stands before links within the site: `../../` on a page two folders deep, the page's own
    /// address with a slash at its end in a mail.
    pub base: &'a str,
}
