//! Holds documents to the house: the table of rooms is the wall, every path is there, and every test that proves a
//! defense is there.

use std::collections::BTreeMap;
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
            assert!(root.join(path).exists(), "{page} names `{path}`, which is not there");
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
    let (_, table) = page.split_once("| threat | what stops it | test |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let cell = row.trim_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test in: {row}");
        for name in names {
            assert!(is_test(name), "docs/security.md names the test `{name}`, which is not there");
        }
    }
}
