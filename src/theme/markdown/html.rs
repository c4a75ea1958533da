//! Markdown events as HTML.
//!
//! Promises: every element opened is closed in its order; every text and attribute is escaped; an event takes the
//! same time at any depth.

use pulldown_cmark::{Alignment, Event, LinkType, Tag, TagEnd};

use super::link::{bare_addresses, safe_target};
use super::marks::{Marked, Piece, pieces, unmarked};
use super::reader::MarkdownContext;
use super::text::push_escaped;
use crate::model::Moment;
use crate::model::nesting::DEPTH_MAX;

const LINK_END: &str = "</a>";
const CODE_END: &str = "</code></pre>\n";
const QUOTE_END: &str = "</blockquote>\n";
const ITEM_END: &str = "</li>\n";
/// Closings of the elements that may hold others of their kind.
const NESTING_ENDS: [&str; 5] = [QUOTE_END, ITEM_END, "</em>", "</strong>", "</del>"];

pub(super) fn write<'a>(
    events: impl Iterator<Item = Event<'a>>,
    moments: &[Marked<'_>],
    reader: &MarkdownContext<'_>,
) -> String {
    let mut writer = Writer {
        out: String::new(),
        open: Vec::new(),
        depth: 0,
        links: 0,
        table: Table::default(),
        moments,
        reader,
    };
    for event in events {
        writer.event(event);
    }
    writer.out
}

struct Writer<'a> {
    out: String,
    /// What closes each open element, innermost last; empty for an element that was not written.
    open: Vec<&'static str>,
    /// How many of the open elements may hold others of their kind.
    depth: usize,
    /// How many links are open: one or none.
    links: usize,
    table: Table,
    moments: &'a [Marked<'a>],
    reader: &'a MarkdownContext<'a>,
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// Where the head begins in the text, and whether it says anything.
    head_start: usize,
    head_has_words: bool,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => {
                self.close();
                if tag == TagEnd::TableHead {
                    self.drop_empty_head();
                }
            }
            Event::Text(text) => self.text(&text),
            Event::Code(code) => {
                self.out.push_str("<code>");
                self.literal(&code);
                self.out.push_str("</code>");
            }
            Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.literal(&text),
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(done) => self.out.push_str(if done { "☑ " } else { "☐ " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.element("<p>", "</p>\n"),
            // An update is headed by `##`, so that its own headings begin with `###`.
            Tag::Heading { level, .. } => match level as u8 {
                ..=3 => self.element("<h4>", "</h4>\n"),
                4 => self.element("<h5>", "</h5>\n"),
                _ => self.element("<h6>", "</h6>\n"),
            },
            Tag::BlockQuote(_) => self.nesting("<blockquote>\n", QUOTE_END),
            Tag::CodeBlock(_) => self.element("<pre><code>", CODE_END),
            Tag::List(None) => self.nesting("<ul>\n", "</ul>\n"),
            Tag::List(Some(1)) => self.nesting("<ol>\n", "</ol>\n"),
            Tag::List(Some(first)) => self.nesting(&format!("<ol start=\"{first}\">\n"), "</ol>\n"),
            Tag::Item => self.nesting("<li>", ITEM_END),
            Tag::Table(alignments) => {
                self.table = Table { alignments, ..Table::default() };
                self.element("<div class=\"table\"><table>\n", "</tbody></table></div>\n");
            }
            Tag::TableHead => self.row("<thead><tr>", "</tr></thead>\n<tbody>\n", true),
            Tag::TableRow => self.row("<tr>", "</tr>\n", false),
            Tag::TableCell => self.cell(),
            Tag::Emphasis => self.nesting("<em>", "</em>"),
            Tag::Strong => self.nesting("<strong>", "</strong>"),
            Tag::Strikethrough => self.nesting("<del>", "</del>"),
            Tag::Link { dest_url, link_type: LinkType::Email, .. } => {
                self.link(&format!("mailto:{dest_url}"))
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.link(&dest_url),
            _ => self.element("", ""),
        }
    }

    fn element(&mut self, opening: &str, closing: &'static str) {
        self.out.push_str(opening);
        self.open.push(closing);
    }

    /// An element that may hold others of its kind: not written where it would lie too deep.
    fn nesting(&mut self, opening: &str, closing: &'static str) {
        if self.depth < DEPTH_MAX {
            self.depth += usize::from(NESTING_ENDS.contains(&closing));
            self.element(opening, closing);
        } else {
            self.element("", "");
        }
    }

    fn close(&mut self) {
        let closing = self.open.pop().unwrap_or_default();
        self.depth -= usize::from(NESTING_ENDS.contains(&closing));
        self.links -= usize::from(closing == LINK_END);
        self.out.push_str(closing);
    }

    fn row(&mut self, opening: &str, closing: &'static str, in_head: bool) {
        self.table.column = 0;
        self.table.in_head = in_head;
        if in_head {
            self.table.head_start = self.out.len();
        }
        self.element(opening, closing);
    }

    /// Markdown knows no table without a head; one without words means none.
    fn drop_empty_head(&mut self) {
        if !self.table.head_has_words {
            self.out.truncate(self.table.head_start);
            self.out.push_str("<tbody>\n");
        }
    }

    fn cell(&mut self) {
        let class = match self.table.alignments.get(self.table.column) {
            Some(Alignment::Center) => " class=\"center\"",
            Some(Alignment::Right) => " class=\"end\"",
            _ => "",
        };
        self.table.column += 1;
        if self.table.in_head {
            self.element(&format!("<th scope=\"col\"{class}>"), "</th>");
        } else {
            self.element(&format!("<td{class}>"), "</td>");
        }
    }

    /// A link never lies in another: an image in a link is only its words.
    fn link(&mut self, address: &str) {
        let target = safe_target(&unmarked(address, self.moments), self.reader.base);
        match target {
            Some(target) if !self.in_link() => {
                self.anchor(&target);
                self.links += 1;
                self.open.push(LINK_END);
            }
            _ => self.open.push(""),
        }
    }

    fn in_link(&self) -> bool {
        self.links > 0
    }

    fn anchor(&mut self, target: &str) {
        self.out.push_str("<a href=\"");
        push_escaped(&mut self.out, target);
        self.out.push_str("\">");
    }

    fn text(&mut self, text: &str) {
        self.table.head_has_words |= self.table.in_head;
        if self.open.last() == Some(&CODE_END) {
            return self.literal(text);
        }
        for piece in pieces(text, self.moments) {
            match piece {
                Piece::Time((moment, _)) => self.time(moment),
                Piece::Text(text) if self.in_link() => push_escaped(&mut self.out, text),
                Piece::Text(text) => self.text_with_addresses(text),
            }
        }
    }

    fn text_with_addresses(&mut self, text: &str) {
        for (before, address) in bare_addresses(text) {
            push_escaped(&mut self.out, before);
            if !address.is_empty() {
                self.anchor(address);
                push_escaped(&mut self.out, address);
                self.out.push_str(LINK_END);
            }
        }
    }

    fn time(&mut self, moment: Moment) {
        let machine = moment.format("%Y-%m-%dT%H:%M:%SZ");
        let human = self.reader.words.date_time(moment, self.reader.zone);
        self.out.push_str(&format!("<time datetime=\"{machine}\">"));
        push_escaped(&mut self.out, &human);
        self.out.push_str("</time>");
    }

    fn literal(&mut self, text: &str) {
        self.table.head_has_words |= self.table.in_head;
        push_escaped(&mut self.out, &unmarked(text, self.moments));
    }
}
