//! Any bytes at all: nothing panics, every problem lies in its file, and reading takes bounded time.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::CARD;
use crate::load::{append_update, parse_incident, translation};
use crate::located::FILE_BYTES_MAX;
use crate::model::localized::Language;
use crate::model::problem::{Level, Problem};

fn all_problems(text: &str) -> Vec<Problem> {
    let parsed = parse_incident("incidents/x.md", text);
    let is_good = parsed.problems.iter().all(|problem| problem.level == Level::Warning);
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

#[test]
fn bombs_burn_slowly_nowhere() {
    let front = &CARD[..CARD.find("\n##").unwrap()];
    let filled = |scrap: &str| {
        let story = scrap.repeat((FILE_BYTES_MAX - front.len() - 2) / scrap.len());
        format!("{front}\n\n{story}")
    };
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
        let begun = Instant::now();
        assert_inside(&all_problems(&text), &text);
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(8), "{scrap:?} took {taken:?} in a build without optimization");
    }
    for block in ["[", "{a=", "a.", "[a.b]\n", "\"\"\"", "a = [", "a = 1\n"] {
        let text = format!("+++\n{}\n+++\n", block.repeat(FILE_BYTES_MAX / block.len() - 10));
        let begun = Instant::now();
        all_problems(&text);
        let yaml = text.replace("+++", "---").replace(" = ", ": ");
        all_problems(&yaml);
        assert!(begun.elapsed() < Duration::from_secs(16), "{block:?} took {:?}", begun.elapsed());
    }
}
