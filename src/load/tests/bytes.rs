//! Any bytes at all: nothing panics, every problem lies in its file, and reading takes bounded time.

use std::time::Duration;

use proptest::prelude::*;

use super::CARD;
use crate::load::{append_update, parse_incident, translation};
use crate::located::FILE_BYTES_MAX;
use crate::model::localized::Language;
use crate::model::problem::{Problem, ProblemLevel};

fn all_problems(text: &str) -> Vec<Problem> {
    let parsed = parse_incident("incidents/x.md", text);
    let is_good = parsed.problems.iter().all(|problem| problem.level == ProblemLevel::Warning);
    assert_eq!(parsed.incident.is_some(), is_good);
    let translated = translation::parse("incidents/x.es.md", text, &Language::new("es").unwrap());
    parsed.problems.into_iter().chain(translated.problems).collect()
}

fn assert_inside(problems: &[Problem], text: &str) {
    for problem in problems {
        let Some(place) = &problem.place else { continue };
        let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
        let line = lines.get(place.line - 1).unwrap_or_else(|| panic!("{problem:?} in {text:?}"));
        assert!(line.starts_with(&place.source), "{problem:?} quotes another line");
        assert!(place.column <= line.chars().count() + 1, "{problem:?} stands behind its line");
        assert!(place.length >= 1);
    }
}

/// The example with some bytes replaced, in either syntax.
fn mutated() -> impl Strategy<Value = String> {
    let scraps = proptest::sample::select(vec![
        "+++",
        "---",
        "##",
        "## ",
        "{",
        "}",
        "=",
        "\"",
        "'",
        "\n",
        "\r\n",
        "\r",
        "[",
        "]",
        "é",
        "\u{feff}",
        "```",
        "<!--",
        "&a",
        "*a",
        "!!x",
        ": ",
        "2026-11-20",
        "25:61",
        "UTC",
        "·",
        "eta=",
        "{time ",
        "Europe/Madrid",
        "\0",
    ]);
    let edits = proptest::collection::vec((any::<proptest::sample::Index>(), scraps, 0_usize..12), 1..8);
    (any::<bool>(), edits).prop_map(|(yaml, edits)| {
        let mut text =
            if yaml { CARD.replace("+++", "---").replacen(" = ", ": ", 8) } else { CARD.to_owned() };
        for (index, scrap, removed) in edits {
            let at = text.floor_char_boundary(index.index(text.len()));
            let end = text.ceil_char_boundary((at + removed).min(text.len()));
            text.replace_range(at..end, scrap);
        }
        text
    })
}

proptest! {
    #[test]
    fn mutations_give_problems_inside_the_file(text in mutated()) {
        let problems = all_problems(&text);
        assert_inside(&problems, &text);
    }

    #[test]
    fn random_text_gives_problems_inside_the_file(text in "(\\+\\+\\+\n|---\n|\\PC|[\\x00-\\x7f]|\r?\n){0,80}") {
        assert_inside(&all_problems(&text), &text);
    }

    #[test]
    fn appending_to_mutations_never_panics(text in mutated()) {
        let update = parse_incident("incidents/x.md", CARD).incident.unwrap().updates[0].clone();
        let update = crate::model::incident::Update { at: super::at(23, 59), ..update };
        if let Ok(result) = append_update(&text, &update, "incidents/x.md") {
            prop_assert!(parse_incident("incidents/x.md", &result).incident.is_some());
        }
    }
}

/// A bomb may take 200 times as long as plain words of the same length; what grows with the square of the length takes
/// thousands of times as long. They are read 20 times, because once is too short to measure.
const PLAIN_READS: u32 = 20;
const SLOWER_MAX: u32 = 200;

/// The unit of [`processor_time`].
const TICK: Duration = Duration::from_millis(10);

/// How long this thread was worked on, whatever else the machine does: the fields utime and stime of proc(5).
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    TICK * (fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap())
}

#[test]
fn bombs_burn_slowly_nowhere() {
    let front = &CARD[..CARD.find("\n##").unwrap()];
    let filled = |scrap: &str| {
        let story = scrap.repeat((FILE_BYTES_MAX - front.len() - 2) / scrap.len());
        format!("{front}\n\n{story}")
    };
    let plain = filled("Some payments fail, and we look for the reason.\n");
    let begun = processor_time();
    for _ in 0..PLAIN_READS {
        assert_inside(&all_problems(&plain), &plain);
    }
    let most = (processor_time() - begun).max(TICK) * (SLOWER_MAX / PLAIN_READS);
    for scrap in [
        "[",
        "![",
        "> ",
        "- ",
        "*a ",
        "_a ",
        "`",
        "``` ",
        "<a>\n\n",
        "<!--",
        "## \n",
        "## 2026-11-20\n",
        "##2026-11-20\n",
        "<b>\n## 2026-\n\n",
        "{time ",
        "{time x}",
        "`{time x}` ",
        "[a](",
        "&amp;",
        "\\",
        "\r",
        "\u{7}",
        "a\n---\n",
        "{",
        "{a=",
        "## 2026-11-20 10:05 Europe/Madird\n",
    ] {
        let text = filled(scrap);
        let begun = processor_time();
        assert_inside(&all_problems(&text), &text);
        let taken = processor_time() - begun;
        assert!(
            taken < most,
            "{scrap:?} took {taken:?} of the processor, and no more than {most:?} is allowed"
        );
    }
    for block in ["[", "{a=", "a.", "[a.b]\n", "\"\"\"", "a = [", "a = 1\n"] {
        let toml = format!("+++\n{}\n+++\n", block.repeat(FILE_BYTES_MAX / block.len() - 10));
        let yaml = toml.replace("+++", "---").replace(" = ", ": ");
        for text in [toml, yaml] {
            let begun = processor_time();
            all_problems(&text);
            let taken = processor_time() - begun;
            assert!(
                taken < most,
                "{block:?} took {taken:?} of the processor, and no more than {most:?} is allowed"
            );
        }
    }
}
