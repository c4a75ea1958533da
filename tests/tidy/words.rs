//! Holds the words: phrases that may not come back, in messages, documentation and comments.
//!
//! A phrase is looked for as whole words, whatever its case, outside of code spans and placeholders. A phrase that
//! has a legitimate place is named with it in `EXCEPTIONS`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::code::{first_test_line, texts};
use super::read_below;

/// Phrases of no message, documentation or comment, with what to write instead.
const EVERYWHERE: &[(&str, &str)] = &[
    ("somebody", "a subscriber, an operator, someone"),
    ("anybody", "anyone, or the role"),
    ("everybody", "everyone, all subscribers"),
    ("whoever", "anyone who, or the role"),
    ("the world failed", "an operation failed"),
    ("nobody carries", "no provider is available"),
    ("untold", "not announced yet"),
    ("tells nobody", "notifies nobody"),
    ("today's site", "the current site"),
    ("as known", "as already announced"),
    ("under way", "in progress"),
    ("left alone", "skipped, unchanged"),
    ("passes over", "skips"),
    ("pass over", "skip"),
    ("goes on", "continues, is open"),
    ("takes its place", "replaces it"),
    ("took its place", "replaced it"),
    ("takes the place of", "replaces"),
    ("took it", "accepted it"),
    ("gave no answer", "did not answer"),
    ("in the meantime", "meanwhile"),
    ("all the same", "anyway"),
    ("in any case", "always"),
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("anew", "again"),
    ("look whether", "check whether"),
    ("looks whether", "checks whether"),
    ("looked whether", "checked whether"),
    ("find out", "determine"),
    ("finds out", "determines"),
    ("found out", "determined"),
    ("as it should be", "correct, up to date"),
    ("went well", "succeeded"),
    ("go well", "succeed"),
    ("comes to its end", "finishes"),
    ("came to an end", "finished"),
    ("come to an end", "finish"),
    ("what became of", "what happened to"),
    ("what came of", "the result of"),
    ("too late to be of use", "expired"),
    ("our own people", "staff"),
    ("stands on", "is on"),
    ("stands there", "is there"),
    ("stands below", "is below"),
    ("speaks again", "posts the next update"),
    ("speak again", "post the next update"),
    ("would rather", "prefers to"),
    ("where nothing is", "if nothing is"),
    ("where nobody is", "if nobody is"),
    ("where none is", "if none is"),
    ("where there is", "if there is"),
    ("where there are", "if there are"),
    ("is meant", "is intended"),
    ("so many", "maximum number of"),
    ("if nothing is said", "by default"),
    ("forge", "git host"),
    ("forges", "git hosts"),
    ("wording", "message template"),
    ("wordings", "message templates"),
    ("given back", "returned"),
    ("gives back", "returns"),
    ("once more", "again"),
    ("suspiciously", "unusually"),
    ("keeps your name", "records who did it"),
    // American spelling.
    ("colour", "color"),
    ("colours", "colors"),
    ("behaviour", "behavior"),
    ("honour", "honor"),
    ("honoured", "honored"),
    ("neighbour", "neighbor"),
    ("recognise", "recognize"),
    ("organisation", "organization"),
    ("optimise", "optimize"),
    ("licence", "license"),
    ("catalogue", "catalog"),
    ("grey", "gray"),
    ("judgement", "judgment"),
];

/// Phrases of no message and no documentation. Comments may hold them.
const READ: &[(&str, &str)] = &[
    ("people were told", "subscribers were notified"),
    ("tells people", "notifies people"),
    ("passed over", "skipped"),
    ("taken over", "pulled, replaced"),
    ("lets go", "releases, purges"),
    ("let it go", "release it"),
    ("let them go", "release them"),
    ("lets us in", "accepts our login"),
    ("nobody is told", "nobody is notified"),
    ("go on", "continue"),
    ("is worthless", "is expired"),
    ("none of ours", "not written by allclear"),
    ("stands above", "is above"),
    ("stands at", "is at"),
    ("besides", "in addition to"),
    ("says it", "reports it"),
    ("stories", "timelines"),
    ("people hear", "subscribers are notified"),
    ("people read", "readers see"),
];

/// Where a phrase is right: part of a path, the phrase.
const EXCEPTIONS: &[(&str, &str)] = &[
    // What customers of the demo read, and a name of one of them.
    ("src/demo/", "everybody"),
    ("src/demo/", "somebody"),
    ("src/demo/", "go on"),
    // The words of a language, as people write them.
    ("src/diff/words/", ""),
    // Words of cState's sites.
    ("src/import/cstate/planned.rs", ""),
    // Released migrations are never changed.
    ("src/ledger/sqlite/schema.rs", ""),
    ("src/ledger/postgres/schema.rs", ""),
];

#[test]
fn no_message_document_or_comment_holds_a_banned_phrase() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut sources = BTreeMap::new();
    read_below(root, "src", &mut sources);
    for (path, text) in &sources {
        found.extend(in_source(path, text));
    }
    let pages = ["docs", "docs/tutorial"].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
    });
    let others = ["README.md", "CONTRIBUTING.md", "themes/README.md"].map(str::to_owned);
    for path in pages.filter(|path| path.ends_with(".md")).chain(others) {
        let page = fs::read_to_string(root.join(&path)).unwrap();
        found.extend(complaints(&path, 1, &without_blocks(&page), &[EVERYWHERE, READ]));
    }
    assert!(sources.len() > 20, "the walk found only {} files", sources.len());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// The complaints about the comments of a file of Rust, and about its literals up to its tests.
fn in_source(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let tests_from = first_test_line(path, &lines);
    let mut found = Vec::new();
    for (line, is_comment, text) in texts(text) {
        if is_comment {
            found.extend(complaints(path, line, &text, &[EVERYWHERE]));
        } else if line <= tests_from {
            found.extend(complaints(path, line, &text, &[EVERYWHERE, READ]));
        }
    }
    found
}

fn complaints(path: &str, line: usize, text: &str, lists: &[&[(&str, &str)]]) -> Vec<String> {
    let plain = plain(text);
    let is_excepted = |phrase: &str| {
        EXCEPTIONS.iter().any(|(place, only)| path.starts_with(place) && (only.is_empty() || *only == phrase))
    };
    let phrases = lists.iter().flat_map(|list| list.iter());
    let held = phrases.filter(|(phrase, _)| plain.contains(&format!(" {phrase} ")) && !is_excepted(phrase));
    held.map(|(phrase, instead)| format!("{path}:{line}: `{phrase}`; write: {instead}")).collect()
}

/// The words of a text in lower case, each between blanks, without code spans and placeholders.
fn plain(text: &str) -> String {
    let prose: Vec<&str> = text.split('`').step_by(2).collect();
    let mut plain = String::from(" ");
    let mut depth = 0_u32;
    for c in prose.join(" | ").to_lowercase().chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            c if c.is_alphanumeric() || c == '\'' || c == '_' || c == '-' => plain.push(c),
            c if c.is_whitespace() => plain.push(' '),
            c => plain.extend([' ', c, ' ']),
        }
    }
    format!("{} ", plain.split_whitespace().fold(String::new(), |all, word| format!("{all} {word}")))
}

/// A page without its blocks of code.
fn without_blocks(page: &str) -> String {
    page.split("```").step_by(2).collect::<Vec<_>>().join("\n|\n")
}

#[test]
fn a_planted_phrase_is_found_wherever_it_is() {
    let planted = [
        ("//! Promises.\nfn a() { say(\"somebody \\\n    left\") }\n", "src/load/a.rs:2: `somebody`"),
        ("//! Promises: it goes\n//! on.\n", "src/load/a.rs:1: `goes on`"),
        ("//! Promises.\nfn a() {} // Anew.\n", "src/load/a.rs:2: `anew`"),
        ("//! Promises.\nconst A: &str = r\"besides\";\n", "src/load/a.rs:2: `besides`"),
    ];
    for (text, complaint) in planted {
        let found = in_source("src/load/a.rs", text);
        assert!(found.len() == 1 && found[0].starts_with(complaint), "{text}: {found:?}");
    }
    let fine = "//! Promises: besides. `somebody` {anew}, manew, anew_one.\n#[cfg(test)]\nmod tests {\n    \"anew\"\n}\n";
    assert_eq!(in_source("src/load/a.rs", fine), Vec::<String>::new());
    assert_eq!(
        complaints("docs/a.md", 1, &without_blocks("a\n```\nanew\n```\nMend\nit"), &[EVERYWHERE]).len(),
        1
    );
}
