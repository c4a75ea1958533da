//! How markdown is parsed: CommonMark with tables, strikethrough and task lists.

use pulldown_cmark::{Event, Options, Parser, TextMergeStream};

/// The events of a text, with neighboring texts merged into one.
pub(super) fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    TextMergeStream::new(Parser::new_ext(text, options))
}
