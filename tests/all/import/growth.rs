//! Twice the source is about twice the work, however the source is damaged.
//!
//! Compared is the processor time of one thread for a source and for one of four times its size: the ratio, never the time. Work
//! that grows with the square has a ratio of 16.

use std::collections::BTreeMap;
use std::time::Duration;

use allclear::{config, import};

use crate::fixtures::judge::root;
use crate::fixtures::processor;

/// The most that four times the source may cost. What grows with the source alone costs 4.
const RATIO_MAX: f64 = 9.0;
/// A measurement is repeated on larger sources until it takes this long, so that the clock's own steps do not matter.
const MEASURED_MIN: Duration = Duration::from_millis(4);
const SIZE_MIN: usize = 8 * 1_024;
/// What takes no measurable time at this size is no danger.
const SIZE_MAX: usize = 512 * 1_024;

/// Makes an input of about a number of bytes.
type Make = fn(usize) -> String;

const FRONT: &str = "---\ntitle: Payments fail\ndate: 2026-03-01 10:00:00\nresolved: true\nresolvedWhen: 2026-03-01 12:00:00\n\
                     severity: disrupted\naffected:\n  - Checkout\nsection: issue\n---\n\n";

fn body(unit: &str, size: usize) -> String {
    format!("{FRONT}{}\n", unit.repeat(size / unit.len()))
}

/// A file with front matter made of numbered pieces between two texts.
fn front(begin: &str, size: usize, piece: impl Fn(usize) -> String, end: &str) -> String {
    let length = piece(10_000).len();
    let pieces: String = (0..size / length).map(piece).collect();
    format!("---\ntitle: x\ndate: 2026-03-01\n{begin}{pieces}{end}\n---\nIt fails.\n")
}

const FILES: &[(&str, Make)] = &[
    ("angle brackets", |size| body("<", size)),
    ("angle brackets that are closed at last", |size| body("<", size) + ">\n"),
    ("tags on one line", |size| body("<b>a</b>", size)),
    ("links that are not closed", |size| body("<a href=\"x\">", size)),
    ("half comments", |size| body("<!-- ", size)),
    ("comments on one line", |size| body("<!---->", size)),
    ("comments on lines", |size| body("<!--\n-->\n", size)),
    ("shorter and shorter backquotes", |size| {
        let runs = (1..).take_while(|run| run * run / 2 < size).collect::<Vec<_>>();
        body(&runs.iter().rev().map(|run| "`".repeat(*run) + " ").collect::<String>(), size)
    }),
    ("a long run of backquotes", |size| format!("{FRONT}{}{}\n", "`".repeat(size / 2), "a".repeat(size / 2))),
    ("times", |size| body("{{< track \"2026-03-01 12:00:00\" >}}\n", size)),
    ("times on one line", |size| body("{{< track \"2026-03-01 12:00:00\" >}} ", size)),
    ("half shortcodes", |size| body("{{< ", size)),
    ("marks", |size| body("Update 10:30\n", size)),
    ("marks in emphasis", |size| body("**Update 10:30:**\n", size)),
    ("entries", |size| body("*Monitoring* - It works.\n\n", size)),
    ("rules", |size| body("a\n\n---\n\n", size)),
    ("lines", |size| body("a\n", size)),
    ("one long word", |size| body("a", size)),
    ("words", |size| body("Update ", size)),
    ("times of day on one line", |size| body("10:30 ", size)),
    ("brackets", |size| body("[", size)),
    ("half links", |size| body("](", size)),
    ("links to other posts", |size| body("[a](/issues/x/) ", size)),
    ("fences", |size| body("```\n", size)),
    ("asterisks", |size| body("**", size)),
    ("keys", |size| front("", size, |number| format!("k{number:05}: 1\n"), "")),
    ("keys on one line", |size| front("a: {", size, |number| format!("k{number:05}: 1, "), "}")),
    ("all keys on one line", |size| {
        let keys: String = (0..size / 11).map(|number| format!("k{number:05}: 1, ")).collect();
        format!("---\n{{title: x, date: 2026-03-01, {keys}}}\n---\nIt fails.\n")
    }),
    ("broken lines", |size| front("", size, |_| "%% bad\n".to_owned(), "")),
    ("names", |size| front("affected:\n", size, |number| format!("- s{number:05}\n"), "")),
    ("a long name", |size| front("affected:\n- ", size, |_| "s".to_owned(), "")),
    ("a long severity", |size| front("severity: ", size, |_| "d".to_owned(), "")),
    ("lengths of time", |size| front("duration: ", size, |_| "1h ".to_owned(), "")),
    ("a long date", |size| front("resolvedWhen: ", size, |_| "1".to_owned(), "")),
    ("an open quote", |size| front("a: \"", size, |_| "a\n".to_owned(), "")),
    ("an open list", |size| front("a: [", size, |_| "a, ".to_owned(), "")),
    ("keys of TOML", |size| {
        let keys: String = (0..size / 11).map(|number| format!("k{number:05} = 1\n")).collect();
        format!("+++\ntitle = \"x\"\ndate = 2026-03-01\n{keys}+++\nIt fails.\n")
    }),
    ("a list of TOML", |size| {
        format!("+++\ntitle = \"x\"\ndate = 2026-03-01\na = [{}]\n+++\nIt fails.\n", "1,".repeat(size / 2))
    }),
    ("front matter that is not closed", |size| format!("---\n{}", "title: x\n".repeat(size / 9))),
];

/// Lists of subscribers.
const LISTS: &[(&str, Make)] = &[
    ("rows", |size| {
        let rows: String = (0..size / 22).map(|number| format!("a{number:06}@example.org,en\n")).collect();
        format!("mail,language\n{rows}")
    }),
    ("the same row", |size| format!("mail\n{}", "ana@example.org\n".repeat(size / 16))),
    ("broken rows", |size| format!("mail\n{}", "@,@\n".repeat(size / 4))),
    ("columns", |size| {
        let names: String = (0..size / 8).map(|number| format!(",c{number:06}")).collect();
        format!("mail{names}\nana@example.org\n")
    }),
    ("cells of one row", |size| format!("mail\n{}\n", ",".repeat(size))),
    ("quotes", |size| format!("mail\n{}\n", "\"".repeat(size))),
    ("an open quote", |size| format!("mail\n\"{}", "a\n".repeat(size / 2))),
    ("half quotes", |size| format!("mail\n{}", "\"a\n".repeat(size / 3))),
];

/// The processor time of this thread for one call, the least of some.
fn cost(work: &dyn Fn()) -> Duration {
    (0..3).map(|_| processor::time_of(work)).min().unwrap()
}

/// How many times as much four times the input costs; `None` if even a large one costs nothing.
fn ratio<T>(make: fn(usize) -> T, run: &dyn Fn(&T)) -> Option<f64> {
    let mut size = SIZE_MIN;
    loop {
        let small = make(size);
        let before = cost(&|| run(&small));
        if before >= MEASURED_MIN {
            let large = make(size * 4);
            return Some(cost(&|| run(&large)).as_secs_f64() / before.as_secs_f64());
        }
        if size >= SIZE_MAX {
            return None;
        }
        size *= 2;
    }
}

/// A name and what makes an input of a size.
type Growing<T> = (&'static str, fn(usize) -> T);

fn grows_slowly<T>(inputs: &[Growing<T>], run: &dyn Fn(&T)) {
    let is_bad = |(_, make): &&Growing<T>| {
        // Other work on the machine can make a measurement worse, never better: one that is good is enough.
        (0..4).all(|_| ratio(*make, run).is_some_and(|ratio| ratio > RATIO_MAX))
    };
    let found: Vec<&str> = inputs.iter().filter(is_bad).map(|(name, _)| *name).collect();
    assert!(found.is_empty(), "four times the input costs more than {RATIO_MAX} times as much: {found:?}");
}

#[test]
fn four_times_the_source_is_at_most_nine_times_the_work() {
    grows_slowly(FILES, &|text: &String| {
        let issue = ("content/issues/a.md".to_owned(), text.as_bytes().to_vec());
        let files = BTreeMap::from([("config.yml".to_owned(), CONFIG.into()), issue]);
        drop(import::cstate_files(&files, None));
    });
}

/// A source by the paths of its files.
type Source = BTreeMap<String, Vec<u8>>;

/// A number in two signs that names of files and systems lose.
fn in_signs(number: usize, [zero, one]: [char; 2]) -> String {
    format!("{number:024b}").chars().map(|digit| if digit == '0' { zero } else { one }).collect()
}

fn source(config: &str, names: impl Iterator<Item = String>) -> Source {
    let issues = names.map(|name| (format!("content/issues/{name}.md"), body("It fails. ", 20).into_bytes()));
    issues.chain([("config.yml".to_owned(), config.as_bytes().to_vec())]).collect()
}

const CONFIG: &str = "title: Status\nparams:\n  systems:\n    - name: Checkout\n";

const SOURCES: &[Growing<Source>] = &[
    ("files", |size| source(CONFIG, (0..size / 256).map(|number| format!("{number:06}")))),
    ("files of one name", |size| {
        source(CONFIG, (0..size / 256).map(|number| format!("a{}", in_signs(number, ['-', '.']))))
    }),
    ("systems of one name", |size| {
        let name = |number| format!("    - name: \"API{}\"\n", in_signs(number, ['!', '?']));
        source(&(CONFIG.to_owned() + &(0..size / 64).map(name).collect::<String>()), std::iter::empty())
    }),
];

#[test]
fn four_times_the_files_are_at_most_nine_times_the_work() {
    grows_slowly(SOURCES, &|files| drop(import::cstate_files(files, None)));
}

#[test]
fn four_times_the_list_is_at_most_nine_times_the_work() {
    let page = config::read_page(root()).0.unwrap();
    grows_slowly(LISTS, &|text: &String| {
        drop(import::subscribers::read("people.csv", text.as_bytes(), &page))
    });
}

#[test]
fn what_grows_with_the_square_is_found() {
    let square: &[(&str, Make)] = &[("square", |size| "a".repeat(size / 8))];
    let compares = |text: &String| {
        let equal = text.bytes().map(|one| text.bytes().filter(|other| *other == one).count()).sum::<usize>();
        assert_eq!(equal, text.len() * text.len());
    };
    let found = std::panic::catch_unwind(|| grows_slowly(square, &compares));
    assert!(found.is_err());
}
