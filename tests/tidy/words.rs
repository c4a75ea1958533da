//! Holds the words: phrases that may not come back, in messages, documentation and comments.
//!
//! A phrase is looked for as whole words, whatever its case, outside of code spans and placeholders. A phrase that
//! has a legitimate place is named with it in `EXCEPTIONS`.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::code::{first_test_line, texts};
use super::read_below;

/// Phrases of no message, documentation or comment, with what to write instead. Each word may have alternatives,
/// parted by `/`. A code span or a placeholder counts as the word `|`.
///
/// `handoff`, `brake`, `moment`, `room`, `plan`, `notice` are terms of ours: `docs/glossary.md` defines them.
const EVERYWHERE: &[(&str, &str)] = &[
    // Who: the role or the noun.
    ("somebody/somebodies", "a subscriber, an operator, someone"),
    ("anybody", "anyone, or the role"),
    ("everybody", "everyone, all subscribers"),
    ("whoever", "anyone who, or the role"),
    ("nobody carries", "no provider is available"),
    ("nobody is/was/were here/told", "no subscriber …; not notified"),
    ("nobody is/was/were on record", "no subscriber is recorded"),
    ("our own people", "staff"),
    ("people were/are/hear/get/read/told", "subscribers, readers, customers"),
    ("keep/keeps your name", "records who did it"),
    ("none of ours", "not written by allclear"),
    ("of ours", "our own, or whose it is"),
    // Notifying and sending.
    ("is/are/was/were/be/been told", "notified, announced; of programs: given, asked"),
    ("tell/tells people/nobody/each/what/of", "notifies, reports, describes"),
    ("untold", "not announced yet"),
    ("today's site", "the current site"),
    ("take today", "set the baseline"),
    ("as known", "as already announced"),
    ("under way", "in progress"),
    ("speak/speaks again", "posts the next update"),
    ("too late to be of use", "expired"),
    ("is worthless", "is expired"),
    ("had/has left", "was removed, was sent"),
    ("took it", "accepted it"),
    ("gave no answer", "did not answer"),
    ("without an answer", "that nobody answers; if there is no answer"),
    ("not now", "a temporary failure; retry later"),
    ("let/lets us in", "accepts our login"),
    ("let/lets go", "release, purge"),
    ("let/lets it/them/us go", "release it"),
    ("left alone", "skipped, unchanged"),
    ("pass/passes/passed over", "skip"),
    ("take over from", "replace, be tried after"),
    ("taken over", "pulled, replaced"),
    ("given back", "returned"),
    ("give/gives back", "returns"),
    // What happens, and how it ends.
    ("the world failed", "an operation failed"),
    ("go/goes/going on", "continues, is open"),
    ("take/takes/took/taken its/the/their place", "replaces"),
    ("mend/mends/mended/mending", "fix, repair"),
    ("look/looks/looked/looking whether", "check whether"),
    ("find/finds/found out", "determine, check"),
    ("say/says it/so", "states, reports; or drop it"),
    ("as it should be", "correct, up to date"),
    ("went/go well", "succeeded"),
    ("is/are/everything/everyone well", "healthy, correct"),
    ("come/comes/came to its/an/their end", "finishes"),
    ("is/are/not/came at an/its/their end", "finished"),
    ("what became/came of", "what happened to, the result of"),
    ("is meant", "is intended"),
    // Conditions.
    ("where nothing/nobody/none/one/it/there/they is/are/can/cannot/has/was/have", "if …"),
    ("if nothing is said", "by default"),
    ("if nothing else is said", "by default"),
    ("not said", "omitted"),
    ("in any case", "always"),
    ("all the same", "anyway"),
    ("in the meantime", "meanwhile"),
    ("anew", "again"),
    ("once more", "again"),
    ("would rather", "prefers to"),
    ("so many", "maximum number of"),
    ("suspiciously", "unusually"),
    // Things.
    ("stand/stands in/there/on/at/beside/below/above/for", "is in, is below, means"),
    ("beside/besides", "next to, in addition to"),
    (
        "|/this/it/that is no attribute/commit/heading/key/language/name/phase/pointer/severity/time/toml/utf-8/word/yaml",
        "is not a …",
    ),
    ("|/this/it/that is no mail/private/regular address/key/file", "is not a …"),
    ("a/this/that/no/its span", "duration, period"),
    ("span of/from", "duration of"),
    ("forge/forges", "git host"),
    ("wording/wordings", "message template"),
    ("story/stories", "updates, timeline"),
    ("the/no words", "text, content, translation"),
    // American spelling.
    ("colour/colours", "color"),
    ("behaviour", "behavior"),
    ("honour/honoured", "honor"),
    ("neighbour", "neighbor"),
    ("recognise", "recognize"),
    ("organisation", "organization"),
    ("optimise", "optimize"),
    ("licence", "license"),
    ("catalogue", "catalog"),
    ("grey", "gray"),
    ("judgement", "judgment"),
];

/// Phrases of no message and no documentation: terms of the engine that its comments use.
const READ: &[(&str, &str)] = &[
    ("hand/hands/handed/handing off", "send, submit to the provider"),
    // One word per idea: `mail` and `text` are keys of files, of JSON and of metrics.
    ("by mail/text", "by email, by SMS"),
    ("text message/messages", "SMS message"),
    ("mail address/addresses", "email address"),
    ("a/an/each/every/the/this mail is/was", "an email …"),
    ("mails", "emails"),
    ("see whether", "check"),
    ("stand/stands deep/deeper/more", "is nested"),
    ("write/writes/written over", "overwrite"),
];

/// Where a phrase is right, and why: the beginning of a path, the phrase as above or nothing for all, the reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("src/demo/", "everybody", "what customers of the demo read"),
    ("src/demo/", "somebody/somebodies", "a name in the demo"),
    ("src/demo/", "go/goes/going on", "what customers of the demo read"),
    ("src/diff/words/", "the/no words", "edits are compared word by word"),
    ("src/diff/words/slip.rs", "colour/colours", "an example of British spelling"),
    ("src/diff/words/languages/", "", "the words of a language, as people write them"),
    ("src/diff/words/language.rs", "", "the words of a language, as people write them"),
    ("src/import/cstate/planned.rs", "", "words of cState's sites"),
    ("src/demo/", "story/stories", "the demo plays one"),
    ("tests/", "story/stories", "a test reads like one"),
    ("docs/glossary.md", "story/stories", "defines it"),
    ("src/load/", "story/stories", "the part of a file with its updates: the glossary defines it"),
    ("src/import/", "story/stories", "the part of a file with its updates: the glossary defines it"),
    ("src/commands/report/json.rs", "story/stories", "a field that scripts read"),
    ("src/render/page/incident.rs", "story/stories", "a key of the theme"),
    ("src/chain/tests/", "story/stories", "a test case is a sequence of events with names"),
    ("src/check/tests/", "story/stories", "a test case is an incident with its updates"),
    ("src/diff/tests/", "story/stories", "a test case is an incident with its updates"),
    ("src/ledger/tests/", "story/stories", "a test case is a sequence of events with names"),
    ("src/render/tests/", "story/stories", "a test case is an incident with its updates"),
    ("src/ledger/sql/sums.rs", "stand/stands in/there/on/at/beside/below/above/for", "a column in SQL"),
    ("src/files/", "beside/besides", "the type `Beside` in a link"),
    ("src/theme/", "the/no words", "the texts of one language, `words/` of a theme"),
    ("src/render/", "the/no words", "the texts of one language, `words/` of a theme"),
    ("src/import/", "the/no words", "text is weighed word by word"),
    ("src/located/", "a/this/that/no/its span", "a range of bytes, a parser's term"),
    ("src/located/", "span of/from", "a range of bytes, a parser's term"),
    ("src/load/", "a/this/that/no/its span", "a range of bytes, a parser's term"),
    ("src/load/", "span of/from", "a range of bytes, a parser's term"),
    ("src/ledger/sqlite/schema.rs", "", "released migrations are never changed"),
    ("src/ledger/postgres/schema.rs", "", "released migrations are never changed"),
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
    let mut tests = BTreeMap::new();
    read_below(root, "tests", &mut tests);
    for (path, text) in tests.iter().filter(|(path, _)| *path != "tests/tidy/words.rs") {
        let comments = texts(text).into_iter().filter(|(_, is_comment, _)| *is_comment);
        found.extend(comments.flat_map(|(line, _, text)| complaints(path, line, &text, &[EVERYWHERE])));
    }
    let pages = ["docs", "docs/tutorial", "src/config"].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
    });
    let mut recipes = BTreeMap::new();
    recipes_below(&root.join("contrib"), &mut recipes);
    for (path, text) in &recipes {
        let path = path.strip_prefix(root).unwrap().to_string_lossy();
        found.extend(complaints(&path, 1, &without_blocks(text), &[EVERYWHERE]));
    }
    let others = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "themes/README.md"]
        .map(str::to_owned);
    for path in pages.filter(|path| path.ends_with(".md") || path.ends_with(".default.toml")).chain(others) {
        let page = fs::read_to_string(root.join(&path)).unwrap();
        found.extend(complaints(&path, 1, &without_blocks(&page), &[EVERYWHERE, READ]));
    }
    assert!(sources.len() > 20, "the walk found only {} files", sources.len());
    assert!(recipes.len() > 20, "the walk found only {} recipes", recipes.len());
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// Every file below a folder, hidden ones included: scripts, workflows and settings are read as a whole.
fn recipes_below(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            recipes_below(&path, into);
        } else {
            into.insert(path.clone(), fs::read_to_string(&path).unwrap());
        }
    }
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
        let fits = |only: &str| only.is_empty() || only == phrase;
        EXCEPTIONS.iter().any(|(place, only, _)| path.starts_with(place) && fits(only))
    };
    let rows = lists.iter().flat_map(|list| list.iter());
    rows.filter(|(phrase, _)| !is_excepted(phrase))
        .flat_map(|(phrase, instead)| spelled(phrase).iter().map(move |spelled| (spelled, instead)))
        .filter(|(spelled, _)| plain.contains(spelled.as_str()))
        .map(|(spelled, instead)| format!("{path}:{line}: `{}`; write: {instead}", spelled.trim()))
        .collect()
}

/// Every phrase that a row means, between blanks. They are made once, because tens of thousands of texts ask for them.
fn spelled(phrase: &str) -> &'static [String] {
    static SPELLED: LazyLock<HashMap<&str, Vec<String>>> = LazyLock::new(|| {
        let rows = EVERYWHERE.iter().chain(READ);
        rows.map(|(phrase, _)| (*phrase, every_spelling(phrase))).collect()
    });
    &SPELLED[phrase]
}

fn every_spelling(phrase: &str) -> Vec<String> {
    phrase.split(' ').fold(vec![" ".to_owned()], |begun, word| {
        let longer =
            |begun: &String| word.split('/').map(|word| format!("{begun}{word} ")).collect::<Vec<_>>();
        begun.iter().flat_map(longer).collect()
    })
}

/// The words of a text in lower case, each between blanks; `|` for every code span and placeholder.
fn plain(text: &str) -> String {
    let prose: Vec<&str> = text.split('`').step_by(2).collect();
    let mut plain = String::from(" ");
    let mut depth = 0_u32;
    for c in prose.join(" | ").to_lowercase().chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                plain.push_str(" | ");
            }
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
        ("//! Promises.\nfn a() { say(\"somebody \\\n    else\") }\n", "src/deliver/a.rs:2: `somebody`"),
        ("//! Promises: it goes\n//! on.\n", "src/deliver/a.rs:1: `goes on`"),
        ("//! Promises.\nfn a() {} // Anew.\n", "src/deliver/a.rs:2: `anew`"),
        ("//! Promises.\nconst A: &str = r\"besides\";\n", "src/deliver/a.rs:2: `besides`"),
        ("//! Promises.\nfn a() { say(\"`{b}` is no key\") }\n", "src/deliver/a.rs:2: `| is no key`"),
        ("//! Promises.\nfn a() { say(\"handing off\") }\n", "src/deliver/a.rs:2: `handing off`"),
    ];
    for (text, complaint) in planted {
        let found = in_source("src/deliver/a.rs", text);
        assert!(found.len() == 1 && found[0].starts_with(complaint), "{text}: {found:?}");
    }
    let fine = "//! Promises: hands off. `somebody` {anew}, manew, anew_one.\n#[cfg(test)]\nmod tests {\n    \"anew\"\n}\n";
    assert_eq!(in_source("src/deliver/a.rs", fine), Vec::<String>::new());
    assert_eq!(
        complaints("docs/a.md", 1, &without_blocks("a\n```\nanew\n```\nMend\nit"), &[EVERYWHERE]).len(),
        1
    );
}
