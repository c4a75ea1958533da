//! Markdown events as plain text.
//!
//! Promises: no line ends with blanks; blocks are parted by one empty line; the words are those of the HTML,
//! in the same order, and a paragraph is one line unless its writer said otherwise.

use pulldown_cmark::{Event, LinkType, Tag, TagEnd};

use super::link::safe_target;
use super::marks::{Marked, Piece, pieces, unmarked};
use super::reader::MarkdownContext;

/// Maximum number of open quotes, lists and items that the beginning of a line shows. A line costs no more than
/// they do, however deep it lies.
const PREFIXES_MAX: usize = 24;

pub(super) fn write<'a>(
    events: impl Iterator<Item = Event<'a>>,
    moments: &[Marked<'_>],
    reader: &MarkdownContext<'_>,
) -> String {
    let mut writer = Writer {
        out: String::new(),
        prefixes: Vec::new(),
        links: Vec::new(),
        fresh: true,
        first_cell: true,
        moments,
        reader,
    };
    for event in events {
        writer.event(event);
    }
    writer.out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

struct Writer<'a> {
    out: String,
    /// What the lines within the open quotes and lists begin with, outermost first.
    prefixes: Vec<Prefix>,
    /// The addresses of the open links, each with the length of the text before its words.
    links: Vec<(Option<String>, usize)>,
    /// Whether nothing was written since the start or since the marker of a quote or an item.
    fresh: bool,
    first_cell: bool,
    moments: &'a [Marked<'a>],
    reader: &'a MarkdownContext<'a>,
}

enum Prefix {
    Quote,
    /// A list, with the number of its next item where it counts.
    List(Option<u64>),
    /// An item of it: its lines after the first are indented by this number of blanks.
    Item(usize),
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.lines(&unmarked(&text, self.moments)),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.new_line(),
            Event::Rule => {
                self.block();
                self.push("---");
            }
            Event::TaskListMarker(done) => self.push(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Table(_) => {
                self.block();
            }
            Tag::TableHead => self.first_cell = true,
            Tag::TableRow => {
                self.new_line();
                self.first_cell = true;
            }
            Tag::TableCell => {
                let parting = if std::mem::take(&mut self.first_cell) { "" } else { " | " };
                self.push(parting);
            }
            Tag::BlockQuote(_) => {
                self.block();
                self.push("> ");
                self.prefixes.push(Prefix::Quote);
                self.fresh = true;
            }
            Tag::List(first) => self.list(first),
            Tag::Item => self.item(),
            Tag::Strikethrough => self.push("~~"),
            Tag::Link { dest_url, link_type, .. } => {
                let told = matches!(link_type, LinkType::Autolink | LinkType::Email);
                self.open_link((!told).then_some(&dest_url));
            }
            Tag::Image { dest_url, .. } => self.open_link(Some(&dest_url)),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => {
                self.prefixes.pop();
            }
            TagEnd::Strikethrough => self.push("~~"),
            TagEnd::Link | TagEnd::Image => self.close_link(),
            _ => {}
        }
    }

    /// A list within an item follows its words directly; others are parted from what stands before.
    fn list(&mut self, first: Option<u64>) {
        if !matches!(self.prefixes.last(), Some(Prefix::Item(_))) {
            self.block();
            self.fresh = true;
        }
        self.prefixes.push(Prefix::List(first));
    }

    fn item(&mut self) {
        let marker = match self.prefixes.last_mut() {
            Some(Prefix::List(Some(number))) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "- ".to_owned(),
        };
        if !self.fresh {
            self.new_line();
        }
        self.push(&marker);
        self.prefixes.push(Prefix::Item(marker.len()));
        self.fresh = true;
    }

    fn open_link(&mut self, address: Option<&str>) {
        let safe = |address: &str| safe_target(&unmarked(address, self.moments), self.reader.base);
        self.links.push((address.and_then(safe), self.out.len()));
    }

    /// Tells where a link leads, unless its words are the address already.
    fn close_link(&mut self) {
        let Some((Some(target), from)) = self.links.pop() else { return };
        let shown = target.strip_prefix("mailto:").or(target.strip_prefix("tel:")).unwrap_or(&target);
        let words = self.out.get(from..).unwrap_or_default();
        if words.is_empty() {
            self.push(shown);
        } else if words != shown && words != target {
            self.push(&format!(" ({shown})"));
        }
    }

    fn text(&mut self, text: &str) {
        for piece in pieces(text, self.moments) {
            match piece {
                Piece::Text(text) => self.lines(text),
                Piece::Time((moment, _)) => {
                    let human = self.reader.words.date_time(moment, self.reader.zone);
                    self.push(&human);
                }
            }
        }
    }

    /// Text that may hold line breaks, as code does.
    fn lines(&mut self, text: &str) {
        for (number, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            if number > 0 {
                self.new_line();
            }
            self.push(line);
        }
    }

    fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.push_str(text);
            self.fresh = false;
        }
    }

    /// Begins a block with an empty line before it, unless it is the first of its quote, item or text.
    fn block(&mut self) {
        if !self.fresh {
            self.new_line();
            self.new_line();
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        for prefix in self.prefixes.iter().take(PREFIXES_MAX) {
            match prefix {
                Prefix::Quote => self.out.push_str("> "),
                Prefix::Item(width) => self.out.extend(std::iter::repeat_n(' ', *width)),
                Prefix::List(_) => {}
            }
        }
    }
}
