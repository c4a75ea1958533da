//! Holds the direction inside rooms: no file or folder imports back from one that imports it.
//!
//! At each level of a room its files and folders are the nodes, and what any file of a folder imports counts as the folder's.
//! The head of a folder (`mod.rs`) and what lies below it are one: a head declares what its files share. A file is found by the
//! longest part of a path that names one, so that re-exports by a head count as the head.

use std::collections::{BTreeMap, BTreeSet};

use super::code::{blank_comments_and_strings, first_test_line};

/// Levels that still have a knot, with the reason. The aim is none.
pub(super) const KNOTS: &[(&str, &str)] = &[];

/// The sentences about knots, and the exceptions that are needed no longer.
pub(super) fn complaints(files: &BTreeMap<String, String>) -> Vec<String> {
    let levels = levels(files);
    let knotted = |level: &str| KNOTS.iter().any(|(known, _)| *known == level);
    let mut found = Vec::new();
    for (level, arrows) in &levels {
        let back = arrows.iter().filter(|((from, to), _)| reaches(arrows, to, from));
        let back: Vec<_> = back.collect();
        match (back.is_empty(), knotted(level)) {
            (true, true) => found.push(format!("src/{level}: has no knot any more; take it from KNOTS")),
            (false, false) => found.extend(back.iter().map(|((from, to), place)| {
                format!("{place}: `{from}` imports from `{to}`, which imports from it, in src/{level}")
            })),
            _ => {}
        }
    }
    found
}

type Arrows = BTreeMap<(String, String), String>;

/// For each level its arrows between nodes, each with one file and line that draws it.
fn levels(files: &BTreeMap<String, String>) -> BTreeMap<String, Arrows> {
    let modules: BTreeSet<Vec<&str>> = files.keys().map(|path| module(path)).collect();
    let mut levels: BTreeMap<String, Arrows> = BTreeMap::new();
    for (path, text) in files {
        let me = module(path);
        let code = blank_comments_and_strings(text);
        let lines: Vec<&str> = code.lines().collect();
        let live = lines[..first_test_line(path, &lines)].join("\n");
        for (named, line) in named(&me, &modules, &live) {
            let longest = (1..=named.len()).rev().map(|length| &named[..length]);
            let Some(target) = longest.into_iter().find(|part| modules.contains(*part)) else { continue };
            let shared = me.iter().zip(target).take_while(|(mine, theirs)| mine == theirs).count();
            if shared == 0 || shared == me.len() || shared == target.len() {
                continue;
            }
            let arrow = (me[shared].to_owned(), target[shared].to_owned());
            levels
                .entry(me[..shared].join("/"))
                .or_default()
                .entry(arrow)
                .or_insert(format!("{path}:{line}"));
        }
    }
    levels
}

/// `src/render/machine/mod.rs` is `["render", "machine"]`.
fn module(path: &str) -> Vec<&str> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    path.strip_suffix("/mod").unwrap_or(path).split('/').collect()
}

/// Every path that the code names below its own crate, from the crate on, with its line.
fn named<'c>(me: &[&'c str], modules: &BTreeSet<Vec<&str>>, code: &'c str) -> Vec<(Vec<&'c str>, usize)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_child = |word: &str| modules.contains(&[me, &[word]].concat());
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    // What stands before each open brace of a `use` tree.
    let mut before: Vec<Vec<&str>> = Vec::new();
    while let Some(letter) = code[at..].chars().next() {
        match letter {
            '\n' => line += 1,
            '}' => drop(before.pop()),
            ';' => before.clear(),
            '{' => before.push(Vec::new()),
            _ if is_word(letter) => {
                let end = at + code[at..].find(|c| !is_word(c) && c != ':').unwrap_or(code.len() - at);
                let end = if code[at..end].ends_with("::") {
                    end
                } else {
                    at + code[at..end].trim_end_matches(':').len()
                };
                let mut words: Vec<&str> =
                    code[at..end].split("::").filter(|word| !word.is_empty()).collect();
                let prefix = before.last().cloned().unwrap_or_default();
                let path = match words.first().copied() {
                    Some("crate") if words.len() > 1 => words.split_off(1),
                    Some("super") => {
                        let up = words.iter().take_while(|word| **word == "super").count();
                        [&me[..me.len().saturating_sub(up)], &words[up..]].concat()
                    }
                    Some("self") if prefix.is_empty() => [me, &words[1..]].concat(),
                    _ if !prefix.is_empty() => [prefix, words].concat(),
                    Some(word) if is_child(word) && words.len() > 1 => [me, &words].concat(),
                    _ => Vec::new(),
                };
                if code[at..end].ends_with("::") && code[end..].starts_with('{') {
                    before.push(path.clone());
                    at = end + 1;
                    continue;
                }
                if !path.is_empty() {
                    found.push((path, line));
                }
                at = end.max(at + letter.len_utf8());
                continue;
            }
            _ => {}
        }
        at += letter.len_utf8();
    }
    found
}

fn reaches(arrows: &Arrows, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        if seen.insert(node) {
            open.extend(arrows.keys().filter(|(start, _)| start == node).map(|(_, end)| end.as_str()));
        }
    }
    false
}

#[test]
fn a_planted_import_back_is_found_with_its_line() {
    let house = |other: &str| {
        [
            ("src/diff/mod.rs", "//! Head.\nmod words;\nmod pairing;\n"),
            ("src/diff/words.rs", "//! Words.\nuse super::pairing::{self, Pair};\n"),
            ("src/diff/pairing.rs", other),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into_iter()
        .collect()
    };
    assert_eq!(complaints(&house("//! Pairs.\nuse super::Head;\n")), Vec::<String>::new());
    for back in ["use super::words;", "use crate::diff::words::Word;", "fn a() { super::words::b() }"] {
        let found = complaints(&house(&format!("//! Pairs.\n\n{back}\n")));
        assert_eq!(found.len(), 2, "{back}: {found:?}");
        assert!(found[0].starts_with("src/diff/pairing.rs:3: `pairing` imports from `words`"), "{found:?}");
    }
    let tests = "//! Pairs.\n#[cfg(test)]\nmod tests {\n    use super::super::words;\n}\n";
    assert_eq!(complaints(&house(tests)), Vec::<String>::new());
}
