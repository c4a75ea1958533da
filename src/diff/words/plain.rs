//! Markdown as the words that a reader sees, with the targets of its links.
//!
//! Promises: emphasis, list marks, headings' hashes and line breaks leave no trace; a link's target does.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A link's words follow.
pub(super) const LINK: char = '\u{e000}';
/// A link's words are over, and its target follows…
pub(super) const TARGET: char = '\u{e001}';
/// …up to here.
pub(super) const TARGET_END: char = '\u{e002}';
/// A paragraph, heading or row is over.
pub(super) const BLOCK_END: char = '\u{e003}';
/// Text that is struck through begins or ends: it says the opposite of what it says.
pub(super) const STRUCK: char = '\u{e004}';

/// What is shown of a markdown text. Headings whose every word stands elsewhere in the text are left out.
pub(super) fn plain(markdown: &str) -> String {
    let mut shown = String::with_capacity(markdown.len());
    let mut headings: Vec<(usize, usize)> = Vec::new();
    let mut links: Vec<(String, usize)> = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                let is_plain = |letter: &char| !matches!(*letter, LINK..=STRUCK);
                shown.extend(text.chars().filter(is_plain));
            }
            Event::SoftBreak | Event::HardBreak => shown.push(' '),
            Event::Start(Tag::Heading { .. }) => headings.push((shown.len(), shown.len())),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(heading) = headings.last_mut() {
                    heading.1 = shown.len();
                }
                shown.push(BLOCK_END);
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                shown.push(LINK);
                links.push((dest_url.into_string(), shown.len()));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => end_link(&mut shown, links.pop()),
            Event::Start(Tag::Strikethrough) | Event::End(TagEnd::Strikethrough) => shown.push(STRUCK),
            Event::End(TagEnd::Item | TagEnd::TableCell) => shown.push(' '),
            Event::End(TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::TableRow | TagEnd::HtmlBlock) => {
                shown.push(BLOCK_END);
            }
            _ => {}
        }
    }
    without_labels(&shown, &headings)
}

fn end_link(shown: &mut String, link: Option<(String, usize)>) {
    let Some((target, begins)) = link else { return };
    if shown.get(begins..).is_some_and(|words| words.trim() == target || format!("mailto:{words}") == target)
    {
        shown.truncate(begins);
    }
    shown.push(TARGET);
    shown.push_str(&target);
    shown.push(TARGET_END);
}

/// The text without the headings that only repeat its words.
fn without_labels(shown: &str, headings: &[(usize, usize)]) -> String {
    let mut rest = shown.to_owned();
    for (start, end) in headings.iter().rev() {
        let (before, after) = (rest.get(..*start).unwrap_or_default(), rest.get(*end..).unwrap_or_default());
        let elsewhere = format!("{before}{after}").to_lowercase();
        let heading = rest.get(*start..*end).unwrap_or_default().to_lowercase();
        let mut words =
            heading.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        if words
            .all(|word| elsewhere.split(|letter: char| !letter.is_alphanumeric()).any(|other| other == word))
        {
            rest = format!("{before}{after}");
        }
    }
    rest
}
