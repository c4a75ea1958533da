//! Work that grows no faster than the text: pathological inputs, each made at one size and at twice that size.
//!
//! Nothing here reads a clock to judge; `times_of_pathological_inputs` only prints.

use super::super::cost::{self, COST_MAX, cost};
use super::super::parse::events;
use super::with_reader;
use super::{MarkdownContext, to_html, to_plain};
use pulldown_cmark::Event;

/// Makes an input of about this many bytes.
type Make = fn(usize) -> String;

const INPUTS: &[(&str, Make)] = &[
    ("quote marks", |size| fill(">", size)),
    ("spaced quote marks", |size| fill("> ", size)),
    ("quote marks behind a control character", |size| format!("\u{7}{}", fill(">", size))),
    ("quotes in blocks", |size| fill(">\n\n", size)),
    ("quotes a level deeper on each line", |size| rows(size, |row| format!("{}x\n\n", "> ".repeat(row)))),
    ("deep quotes continued lazily", |size| format!("{}a\n{}", fill(">", size / 2), fill("b\n", size / 2))),
    ("deep quotes with hard breaks", |size| {
        format!("{}a\n{}", fill("> ", size / 2), fill("b  \n", size / 2))
    }),
    ("deep quotes and empty lines", |size| format!("{}a\n{}", fill(">", size / 2), fill("\n", size / 2))),
    ("list items in one line", |size| format!("{}a", fill("- ", size))),
    ("numbers in one line", |size| fill("1. ", size)),
    ("large numbers in one line", |size| fill("999999999. ", size)),
    ("quotes and items in turn", |size| fill("> - ", size)),
    ("quotes and items, continued", |size| {
        format!("{}a\n{}", fill("> - ", size / 2), fill("> b\n", size / 2))
    }),
    ("deep items continued lazily", |size| format!("{}a\n{}", fill("- ", size / 2), fill("b\n", size / 2))),
    ("nested lists", |size| rows(size, |row| format!("{}- x\n", "  ".repeat(row)))),
    ("nested lists by tabs", |size| rows(size, |row| format!("{}- x\n", "\t".repeat(row)))),
    ("nested lists in steps", |size| {
        rows(size, |row| format!("{}{}x\n", " ".repeat(200 * row), "- ".repeat(100)))
    }),
    ("items", |size| fill("- a\n", size)),
    ("tasks", |size| fill("- [ ] a\n", size)),
    ("brackets", |size| fill("[", size)),
    ("image brackets", |size| fill("![", size)),
    ("brackets in pairs", |size| format!("{}{}", fill("[", size / 2), fill("]", size / 2))),
    ("links in links", |size| format!("{}x{}", fill("[", size / 4), fill("](y)", size / 2))),
    ("images in images", |size| format!("{}x{}", fill("![", size / 4), fill("](y)", size / 2))),
    ("links", |size| fill("[a](b) ", size)),
    ("links without an end", |size| fill("[a](", size)),
    ("links with parentheses", |size| format!("[a]({}", fill("(", size))),
    ("links to one long address", |size| {
        format!("[a]: {}\n\n{}", fill("x", size / 2), fill("[a]", size / 2))
    }),
    ("emphasis", |size| fill("*a* ", size)),
    ("emphasis without an end", |size| fill("*a **b ", size)),
    ("stars and underscores", |size| fill("*a_", size)),
    ("nested emphasis", |size| format!("{}x{}", fill("*a ", size / 2), fill(" b*", size / 2))),
    ("nested emphasis of three kinds", |size| {
        format!("{}x{}", fill("*_~~", size / 2), fill("~~_*", size / 2))
    }),
    ("stars", |size| format!("{}x{}", fill("*", size / 2), fill("*", size / 2))),
    ("backquotes", |size| fill("`", size)),
    ("longer and longer backquotes", |size| rows(size, |row| format!("{} ", "`".repeat(row + 1)))),
    ("long tables", |size| format!("|a|b|\n|-|-|\n{}", fill("|1|2|\n", size))),
    ("wide tables", |size| format!("{}|\n{}|\n", fill("|a", size / 2), fill("|-", size / 2))),
    ("tables to be filled in", |size| {
        format!("{}|\n{}|\n{}", fill("|a", size / 3), fill("|-", size / 3), fill("|\n", size / 3))
    }),
    ("entities", |size| fill("&amp;", size)),
    ("half entities", |size| fill("&#x", size)),
    ("angle brackets", |size| fill("<", size)),
    ("half comments", |size| fill("a <!-- ", size)),
    ("half tags", |size| fill("<a b=\"", size)),
    ("lines", |size| fill("a\n", size)),
    ("hard breaks", |size| fill("a  \n", size)),
    ("backslashes", |size| fill("\\", size)),
    ("headings", |size| fill("# a\n", size)),
    ("fences", |size| fill("```\n", size)),
    ("times", |size| fill("{time 2026-11-20T11:30Z} ", size)),
    ("half times", |size| fill("{time ", size)),
    ("bare addresses", |size| fill("http://a.example ", size)),
    ("half addresses", |size| fill("http", size)),
    ("an address and its parentheses", |size| format!("http://a.example/{}", fill(")", size))),
];

fn fill(unit: &str, size: usize) -> String {
    unit.repeat(size.div_ceil(unit.len()))
}

/// Rows made from their numbers, until there are enough bytes.
fn rows(size: usize, make: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for row in 0.. {
        if text.len() >= size {
            break;
        }
        text.push_str(&make(row));
    }
    text
}

/// What is counted for one text: steps of the parser and the writers, and bytes written in both forms.
fn work(markdown: &str, reader: &MarkdownContext<'_>) -> [usize; 3] {
    [cost::counted(markdown), to_html(markdown, reader).len(), to_plain(markdown, reader).len()]
}

#[test]
fn twice_the_text_is_at_most_twice_the_work() {
    let judge = |reader: &MarkdownContext<'_>, name: &str, make: Make| {
        let (small, large) = (make(16 * 1024), make(32 * 1024));
        let counts = work(&small, reader).into_iter().zip(work(&large, reader));
        for (what, (before, after)) in ["steps", "bytes of HTML", "bytes of text"].iter().zip(counts) {
            // A tenth and a little more for what begins and ends a text.
            let most = before * 22 / 10 * large.len() / (2 * small.len()) + 2_000;
            assert!(after <= most, "{name}: {before} {what} became {after}, {most} at most");
        }
    };
    with_reader(|reader| INPUTS.iter().for_each(|(name, make)| judge(reader, name, *make)));
}

#[test]
fn nested_work_would_be_found_by_counting() {
    let deep = |size: usize| format!("{}a\n{}", fill(">", size / 2), fill("b\n", size / 2));
    let unbounded = |size| {
        let mut open = 0_usize;
        events(&deep(size))
            .map(|event| match event {
                Event::Start(_) => {
                    open += 1;
                    open
                }
                Event::End(_) => {
                    open -= 1;
                    0
                }
                Event::SoftBreak => open,
                _ => 0,
            })
            .sum::<usize>()
    };
    assert!(unbounded(8_192) > 3 * unbounded(4_096), "without a limit the work grows with the square");
}

#[test]
fn the_largest_file_of_prose_is_within_its_budget() {
    let prose = "Card payments *fail* for [some](https://shop.example.org) customers; `PAY-7` is shown.\n\n- Pay by transfer.\n\n";
    let cost = cost(&fill(prose, 256 * 1024));
    assert!(0 < cost && cost < COST_MAX / 4, "{cost}");
}

#[test]
fn a_short_text_that_is_not_counted_is_cheap() {
    for (name, make) in INPUTS {
        let text = make(COST_MAX / 110);
        if cost(&text) == 0 {
            assert!(cost::counted(&text) <= COST_MAX, "{name}");
        }
    }
}

#[test]
#[ignore = "a measurement: prints times, judges nothing"]
fn times_of_pathological_inputs() {
    let print = |reader: &MarkdownContext<'_>, name: &str, make: Make| {
        let times = [64, 128, 256].map(|kibibytes| {
            let text = make(kibibytes * 1024);
            let begun = std::time::Instant::now();
            let written = to_html(&text, reader).len() + to_plain(&text, reader).len();
            format!("{:>7.1} ms {written:>9} B", begun.elapsed().as_secs_f64() * 1000.0)
        });
        println!("{name:36} {}", times.join(" | "));
    };
    with_reader(|reader| INPUTS.iter().for_each(|(name, make)| print(reader, name, *make)));
}
