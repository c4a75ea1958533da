//! How markdown is parsed: CommonMark with tables, strikethrough and task lists.
//!
//! Promises: no text of an event holds a control character or a letter that XML forbids, not even one that was written
//! as an entity, such as `&#27;`: it would break every feed and command every terminal.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TextMergeStream};

use super::marks::{MARK_CLOSE, MARK_OPEN};
use super::text::is_allowed;

/// The events of a text, with neighboring texts merged into one.
pub(super) fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    TextMergeStream::new(Parser::new_ext(text, options)).map(cleaned)
}

fn cleaned(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Text(text) => Event::Text(plain(text)),
        Event::Code(text) => Event::Code(plain(text)),
        Event::Html(text) => Event::Html(plain(text)),
        Event::InlineHtml(text) => Event::InlineHtml(plain(text)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => Event::Start(Tag::Link {
            link_type,
            dest_url: plain(dest_url),
            title: plain(title),
            id: plain(id),
        }),
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => Event::Start(Tag::Image {
            link_type,
            dest_url: plain(dest_url),
            title: plain(title),
            id: plain(id),
        }),
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(plain(info))))
        }
        event => event,
    }
}

fn plain(text: CowStr<'_>) -> CowStr<'_> {
    let is_kept = |c: char| is_allowed(c) || matches!(c, MARK_OPEN | MARK_CLOSE);
    if text.chars().all(is_kept) {
        text
    } else {
        text.chars().filter(|c| is_kept(*c)).collect::<String>().into()
    }
}
