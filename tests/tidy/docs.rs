//! Holds documents to the house: the table of rooms is the wall, every path, link and heading is there, every page says
//! for whom it is and is in the index, and every test that proves a defense is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{WALLS, read_below};

/// What the table says of the room that may use all others.
const ALL: &str = "all";

#[test]
fn the_table_of_rooms_in_the_docs_is_the_wall() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if let [room, _, may_use] = cells[..] {
            rows.push((room.trim_matches('`').to_owned(), may_use.to_owned()));
        }
    }
    let wall: Vec<(String, String)> = WALLS
        .iter()
        .map(|(room, uses)| {
            let may_use = match uses.len() {
                0 => "nothing".to_owned(),
                many if many == WALLS.len() - 1 => ALL.to_owned(),
                _ => uses.join(", "),
            };
            ((*room).to_owned(), may_use)
        })
        .collect();
    assert_eq!(rows, wall, "the table in docs/architecture.md and WALLS differ");
}

#[test]
fn every_path_in_the_docs_of_the_house_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in ["docs/architecture.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let paths = text.split('`').filter(|code| {
            let is_path = |top: &&str| code.starts_with(&format!("{top}/"));
            ["src", "tests", "docs", "themes", "site"].iter().any(is_path) && !code.contains(['*', ' ', '<'])
        });
        for path in paths {
            assert!(root.join(path).exists(), "{page} names `{path}`, which does not exist");
        }
    }
}

#[test]
fn every_test_that_the_table_of_threats_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let mut files = BTreeMap::new();
    for folder in ["src", "tests"] {
        read_below(root, folder, &mut files);
    }
    let is_test = |name: &str| {
        files
            .values()
            .any(|text| text.contains(&format!("fn {name}(")) || text.contains(&format!("fn {name}<")))
    };
    let rows_of = |head: &str| {
        let (_, table) = page.split_once(head).unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        table.lines().skip(2).collect::<Vec<&str>>()
    };
    let mut rows = rows_of("| threat | what stops it | test |");
    rows.extend(rows_of("| what happened | what is different here | test |"));
    rows.extend(rows_of("| danger | what stops it | test |"));
    assert!(rows.len() > 85, "{}", rows.len());
    for row in rows {
        let cell = row.trim_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test in: {row}");
        for name in names {
            assert!(is_test(name), "docs/security.md names the test `{name}`, which does not exist");
        }
    }
}

/// The lines of the five documents behind the plan, by the letter that they begin with.
const LINES: [(char, usize); 6] = [('I', 16), ('A', 30), ('B', 2), ('C', 26), ('M', 35), ('S', 22)];

#[test]
fn every_line_of_the_plan_has_a_row_whose_file_and_tests_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/plan.md")).unwrap();
    let (_, table) = page.split_once("| line | asks for | command or key | file | test |\n").unwrap();
    let mut files = BTreeMap::new();
    for folder in ["src", "tests"] {
        read_below(root, folder, &mut files);
    }
    let source = files.values().flat_map(|text| text.lines());
    let functions: BTreeSet<&str> =
        source.filter_map(|line| line.split_once("fn ")?.1.split(['(', '<']).next()).collect();
    let mut lines = Vec::new();
    for row in table.lines().skip(1).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [line, asked, command, file, test] = cells[..] else { panic!("not five cells: {row}") };
        let names: Vec<&str> = test.split('`').skip(1).step_by(2).collect();
        for name in &names {
            assert!(functions.contains(name), "{line} names the test `{name}`, which does not exist");
        }
        let is_left = test.starts_with("not built") || test.starts_with("does not apply");
        assert_ne!(names.is_empty(), !is_left, "neither a test nor why there is none: {row}");
        assert_eq!(file == "–", is_left, "no file: {row}");
        if !is_left {
            assert!(root.join(file.trim_matches('`')).is_file(), "{line} names {file}, which does not exist");
        }
        assert!(!asked.is_empty() && !command.is_empty(), "{row}");
        lines.push(line.to_owned());
    }
    let wanted =
        LINES.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}")));
    assert_eq!(lines, wanted.collect::<Vec<_>>(), "docs/plan.md has each line once, in order");
}

/// Every page of the documentation, by its path, without its blocks of code.
fn pages() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let below = |folder: &str| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.map(|name| format!("{folder}/{name}")).filter(|path| path.ends_with(".md")).collect::<Vec<_>>()
    };
    let others =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "themes/README.md"].map(str::to_owned).into();
    let paths = [below("docs"), below("docs/tutorial"), others].concat();
    let prose = |path: &String| {
        let text = fs::read_to_string(root.join(path)).unwrap();
        let mut is_code = false;
        let lines = text.lines().filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    paths.into_iter().map(|path| (path.clone(), prose(&path))).collect()
}

/// The anchors of a page's headings, as git hosts make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The page and the anchor that each link leads to, from a page at `path`.
fn links(path: &str, page: &str) -> Vec<(String, Option<String>)> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    let resolve = |target: &str| {
        let (file, anchor) =
            target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
        let mut parts: Vec<&str> = path.split('/').collect();
        if !file.is_empty() {
            parts.pop();
        }
        for part in file.split('/').filter(|part| !part.is_empty()) {
            if part == ".." {
                parts.pop();
            } else {
                parts.push(part);
            }
        }
        (parts.join("/"), anchor.map(str::to_owned))
    };
    local.map(resolve).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = pages();
    let mut number = 0;
    for (path, page) in &pages {
        for (target, anchor) in links(path, page) {
            number += 1;
            assert!(root.join(&target).exists(), "{path} links to {target}, which does not exist");
            if let (Some(anchor), Some(page)) = (anchor, pages.get(&target)) {
                let found = anchors(page);
                assert!(found.contains(&anchor), "{path} links to {target}#{anchor}; it has {found:?}");
            }
        }
    }
    assert!(number > 100, "only {number} links were found");
}

#[test]
fn every_page_says_for_whom_it_is_and_is_in_the_index() {
    let pages = pages();
    let index: BTreeSet<String> =
        links("docs/README.md", &pages["docs/README.md"]).into_iter().map(|(target, _)| target).collect();
    for (path, page) in pages.iter().filter(|(path, _)| path.starts_with("docs/")) {
        let first: String = page.lines().skip(1).skip_while(|line| line.is_empty()).take(3).collect();
        assert!(first.starts_with("For "), "{path} does not say for whom it is: {first}");
        assert!(first.contains("fter "), "{path} does not say what its reader can do afterwards: {first}");
        assert!(path == "docs/README.md" || index.contains(path), "docs/README.md does not list {path}");
    }
}
