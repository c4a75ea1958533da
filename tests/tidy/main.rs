//! Holds the house to its own rules: who may use whom, what only some rooms may do, how a file looks.
//!
//! Each complaint is a sentence with file and line. The rules are functions of a path and a text, so the
//! last tests plant a breach of each and see that it is found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod code;
mod docs;
mod knots;
mod phrases;
mod skips;
mod supply;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use code::{blank_comments_and_strings, first_test_line};

/// Which rooms a room may use, in addition to itself. `commands` joins them all.
const WALLS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("files", &[]),
    ("chain", &["model"]),
    ("limits", &["model"]),
    ("control", &["model"]),
    ("net", &[]),
    ("process", &[]),
    ("located", &["model"]),
    ("provider", &["model"]),
    ("cdn", &["model", "net", "provider"]),
    ("config", &["model", "files", "located", "provider", "cdn"]),
    ("theme", &["model", "files"]),
    ("load", &["model", "files", "located", "config"]),
    ("check", &["model", "located", "config", "theme"]),
    ("render", &["model", "config", "theme"]),
    ("publish", &["model", "files", "config", "net", "process"]),
    ("purge", &["model", "config", "net", "provider", "cdn"]),
    ("diff", &["model"]),
    ("compose", &["model", "config", "theme"]),
    ("ledger", &["model", "chain", "limits", "net"]),
    ("deliver", &["model", "config", "chain", "limits", "ledger", "net", "provider"]),
    ("reports", &["model", "config", "ledger", "net", "provider"]),
    ("desk", &["model", "config", "theme", "compose", "ledger", "deliver", "net"]),
    ("import", &["model", "files", "theme"]),
    ("cli", &["model"]),
    ("preview", &["model", "net"]),
    (
        "workspace",
        &[
            "model", "files", "process", "located", "config", "theme", "load", "render", "publish", "ledger",
            "cli",
        ],
    ),
    ("gate", &["model", "control", "config", "net", "publish", "ledger", "cli", "workspace"]),
    (
        "flow",
        &[
            "model",
            "chain",
            "net",
            "process",
            "located",
            "config",
            "check",
            "diff",
            "compose",
            "publish",
            "purge",
            "ledger",
            "limits",
            "deliver",
            "reports",
            "cli",
            "workspace",
            "gate",
        ],
    ),
    ("host", &["model", "config", "net", "check", "render", "publish", "cli", "workspace", "gate", "flow"]),
    (
        "doctor",
        &[
            "model",
            "config",
            "net",
            "limits",
            "provider",
            "cdn",
            "publish",
            "deliver",
            "cli",
            "workspace",
            "flow",
        ],
    ),
    (
        "drill",
        &[
            "model",
            "files",
            "process",
            "config",
            "diff",
            "ledger",
            "cli",
            "workspace",
            "flow",
            "preview",
            "demo",
        ],
    ),
    (
        "demo",
        &[
            "model",
            "files",
            "chain",
            "load",
            "diff",
            "ledger",
            "deliver",
            "cli",
            "workspace",
            "gate",
            "flow",
            "preview",
        ],
    ),
    (
        "commands",
        &[
            "model",
            "files",
            "chain",
            "limits",
            "control",
            "net",
            "process",
            "provider",
            "cdn",
            "located",
            "config",
            "theme",
            "load",
            "check",
            "render",
            "publish",
            "purge",
            "diff",
            "compose",
            "ledger",
            "deliver",
            "reports",
            "desk",
            "import",
            "cli",
            "preview",
            "workspace",
            "gate",
            "flow",
            "host",
            "doctor",
            "demo",
            "drill",
        ],
    ),
];

/// What only some rooms or files may do: the forbidden text, the rooms and files, and what to do instead.
const BANS: &[(&[&str], &[&str], &str)] = &[
    (
        &["Utc::now", "Local::now", "SystemTime::now", "Zoned::now", "Timestamp::now"],
        &["workspace", "flow"],
        "reads the clock; take the moment as an argument",
    ),
    (
        &["Instant::now"],
        &["process", "workspace", "flow", "gate", "host", "demo", "drill", "commands", "deliver"],
        "reads the clock; take the moment as an argument",
    ),
    (
        &["env::var", "env::vars", "env::args", "env::temp_dir", "env::current_dir"],
        &["config", "workspace", "gate", "host", "doctor", "commands", "the crate's root"],
        "reads the environment; take the value as an argument",
    ),
    (
        &["println!", "print!", "eprintln!", "eprint!", "io::stdout", "io::stderr"],
        &["cli"],
        "prints; return the value and let a command print it",
    ),
    (
        &[
            "fs::write",
            "fs::remove",
            "fs::rename",
            "fs::create_dir",
            "fs::copy",
            "File::create",
            "OpenOptions",
        ],
        &["files", "workspace", "flow", "host", "ledger", "publish"],
        "writes files; return the bytes and let a command write them",
    ),
    (
        &["fs::read", "fs::metadata", "fs::symlink_metadata", "File::open", "WalkDir"],
        &[
            "files",
            // It compares what it writes below a folder that the operator named.
            "src/workspace/write.rs",
            // Whether a folder that the operator named holds anything else.
            "src/workspace/output.rs",
            // When the machine was started.
            "src/workspace/clock.rs",
            // Who may read the folder of the state.
            "src/workspace/state.rs",
            // The machine's own name.
            "src/workspace/machine.rs",
            // The user's number.
            "src/gate/mod.rs",
            // The secret of the webhook, which the command line names.
            "src/host/hook.rs",
            // The folder that a program of the operator's is handed, made for it alone.
            "src/publish/command_target.rs",
            // `current` is a link by design, and its folders are flushed and counted.
            "src/publish/releases.rs",
            // A folder is flushed after its files.
            "src/publish/store/folder.rs",
            // Only the time and the length, to know which files were written since.
            "src/load/memory.rs",
            // The machine's own name servers.
            "src/doctor/ask.rs",
            // Its own file, which it keeps from others.
            "src/ledger/sqlite/mod.rs",
            "src/ledger/sql/file/inspection.rs",
            // A folder that it has just made.
            "src/demo/stage.rs",
            // A list that is named on the command line.
            "src/commands/subscribers/import.rs",
            // What the operator's plan names may lie anywhere, such as `/run/secrets`.
            "src/config/secret.rs",
            "src/net/tls.rs",
        ],
        "reads files by their path; use `files`, which follows no link and knows limits",
    ),
    (&[".unwrap()", ".expect(", "panic!(", "unreachable!("], &[], "may panic; return an error"),
    (&["PoisonError", "std::sync::Mutex"], &[], "can be poisoned; use the locks of `parking_lot`"),
    (&["Clearance::grant"], &["gate"], "permits planning; ask the room `gate` for a clearance"),
    (&["#[allow("], &[], "silences a lint for good; use #[expect(…, reason = \"…\")]"),
    (
        &["fastrand::bool", "fastrand::u", "fastrand::i", "fastrand::f", "fastrand::shuffle", "Rng::new()"],
        &["workspace", "flow", "doctor", "demo"],
        "draws by chance; take the generator as an argument",
    ),
    (
        &[".expose()"],
        &[
            "model",
            "ledger",
            "provider",
            "deliver",
            "desk",
            "publish",
            "purge",
            "workspace",
            "doctor",
            "demo",
            "commands",
        ],
        "takes the mask off an address; print the address itself, which is masked",
    ),
    (
        &["cfg(debug_assertions)", "cfg(not(debug_assertions))"],
        &[],
        "gives a release build lines that no test compiles; write `if cfg!(debug_assertions)`",
    ),
];

const NAMES_WITHOUT_MEANING: &[&str] =
    &["utils", "util", "helpers", "common", "manager", "imp", "prelude", "misc", "errors"];
/// How many packages `Cargo.lock` may name. Raising it is a decision: each is code that someone else can change.
const PACKAGES_MAX: usize = 404;
const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn the_house_is_tidy() {
    let mut files = BTreeMap::new();
    read_below(Path::new(env!("CARGO_MANIFEST_DIR")), "src", &mut files);
    assert!(files.len() > 20, "the walk found only {} files", files.len());
    let complaints: Vec<String> = files.iter().flat_map(|(path, text)| complaints(path, text)).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn no_file_of_a_room_imports_back_from_one_that_imports_it() {
    let mut files = BTreeMap::new();
    read_below(Path::new(env!("CARGO_MANIFEST_DIR")), "src", &mut files);
    files.retain(|path, _| {
        !path.ends_with("/tests.rs") && !path.ends_with("/suite.rs") && !path.contains("/tests/")
    });
    let complaints = knots::complaints(&files);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_room_has_its_wall() {
    let rooms = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    for room in rooms.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir()) {
        let name = room.file_name().into_string().unwrap();
        assert!(WALLS.iter().any(|(known, _)| *known == name), "src/{name} is in no row of WALLS");
    }
}

#[test]
fn dependencies_are_counted() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let packages = lock.lines().filter(|line| line.starts_with("name = ")).count();
    assert!(packages <= PACKAGES_MAX, "{packages} packages, and {PACKAGES_MAX} are agreed on");
}

fn complaints(path: &str, text: &str) -> Vec<String> {
    let code = blank_comments_and_strings(text);
    let lines: Vec<&str> = code.lines().collect();
    let test_from = first_test_line(path, &lines);
    let mut found = shape(path, text, &lines);
    for (index, line) in lines.iter().enumerate() {
        let mut complain = |what: String| found.push(format!("{path}:{}: {what}", index + 1));
        walls(path, line, index >= test_from, &mut complain);
        if index < test_from {
            bans(path, line, &mut complain);
        }
    }
    found
}

fn walls(path: &str, line: &str, in_test: bool, complain: &mut impl FnMut(String)) {
    let room = room_of(path);
    let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == room) else { return };
    for (at, _) in line.match_indices("crate::") {
        if line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        let used: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if used.is_empty() {
            complain("names several rooms in one `use crate::{…}`; write a line for each".to_owned());
        } else if used != room && !allowed.contains(&used.as_str()) {
            complain(format!("`{room}` may not use `{used}`: see the table of rooms"));
        }
    }
    if line.contains("allclear::") {
        complain("names its own crate; write `crate::`".to_owned());
    }
    let depth = path.split('/').count() - 1 - usize::from(path.ends_with("/mod.rs")) + usize::from(in_test);
    if line.contains(&"super::".repeat(depth)) {
        complain(format!("climbs out of `{room}` by `super::`; write `crate::`"));
    }
}

fn bans(path: &str, line: &str, complain: &mut impl FnMut(String)) {
    for (words, rooms, instead) in BANS {
        for word in words.iter().filter(|word| line.contains(**word)) {
            if !rooms.contains(&room_of(path)) && !rooms.contains(&path) {
                complain(format!("`{word}` {instead}"));
            }
        }
    }
}

fn shape(path: &str, text: &str, lines: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    if !text.starts_with("//! ") {
        found.push(format!("{path}:1: does not open with what it promises (`//! …`)"));
    }
    if lines.len() > FILE_LINES_MAX {
        found.push(format!("{path}:1: has {} lines; split it at {FILE_LINES_MAX}", lines.len()));
    }
    let stem = path.trim_end_matches("/mod.rs").trim_end_matches(".rs").rsplit('/').next().unwrap_or("");
    if NAMES_WITHOUT_MEANING.contains(&stem) {
        found.push(format!("{path}:1: `{stem}` says nothing; name the idea"));
    }
    for (start, length) in functions(lines) {
        if length > FUNCTION_LINES_MAX {
            found.push(format!("{path}:{}: a function of {length} lines; split it", start + 1));
        }
    }
    found
}

/// Start and length in lines of each function that opens with `fn` at the start of a line's words and is
/// closed by a brace at the same indentation, as rustfmt writes them. A signature without a body is none.
fn functions(lines: &[&str]) -> Vec<(usize, usize)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let opens = words.iter().take(4).any(|word| *word == "fn");
        if opens && !line.contains(';') && !line.trim_end().ends_with('}') {
            let level = |other: &&&str| indent(other) == indent(line) && !other.trim().is_empty();
            let after: Vec<_> =
                lines[start + 1..].iter().enumerate().filter(|(_, other)| level(other)).collect();
            let has_body = after.first().is_none_or(|(_, first)| !first.ends_with(';'));
            let end = after.iter().find(|(_, other)| other.trim_start().starts_with('}'));
            if let (true, Some((end, _))) = (has_body, end) {
                found.push((start, end + 2));
            }
        }
    }
    found
}

fn room_of(path: &str) -> &str {
    let mut parts = path.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(room), Some(_)) => room,
        _ => "the crate's root",
    }
}

fn read_below(root: &Path, folder: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let name = format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap());
        if root.join(&name).is_dir() {
            read_below(root, &name, files);
        } else if name.ends_with(".rs") {
            files.insert(name.clone(), fs::read_to_string(root.join(&name)).unwrap());
        }
    }
}

#[test]
fn a_planted_breach_of_each_rule_is_found() {
    let planted = [
        ("src/diff/mod.rs", "use crate::ledger::Ledger;", "`diff` may not use `ledger`"),
        ("src/render/page.rs", "fn a() { crate::commands::run() }", "`render` may not use `commands`"),
        ("src/diff/mod.rs", "use crate::{model, ledger};", "names several rooms"),
        ("src/diff/mod.rs", "use super::ledger;", "climbs out of `diff`"),
        ("src/diff/text.rs", "use super::super::ledger;", "climbs out of `diff`"),
        ("src/diff/text.rs", "use allclear::ledger;", "names its own crate"),
        ("src/diff/mod.rs", "fn a() { chrono::Utc::now(); }", "reads the clock"),
        ("src/render/mod.rs", "fn a() { std::env::var(\"HOME\"); }", "reads the environment"),
        ("src/deliver/mod.rs", "fn a() { println!(\"x\"); }", "prints"),
        ("src/load/mod.rs", "fn a() { std::fs::write(a, b); }", "writes files"),
        ("src/load/mod.rs", "fn a() { std::fs::read(a); }", "reads files by their path"),
        ("src/theme/open.rs", "fn a() { std::fs::File::open(a); }", "reads files by their path"),
        ("src/load/mod.rs", "fn a() { b.unwrap(); }", "may panic"),
        ("src/load/mod.rs", "#[allow(dead_code)]", "silences a lint"),
        ("src/deliver/mod.rs", "fn a() { fastrand::u64(0..9); }", "draws by chance"),
        ("src/render/mod.rs", "fn a() { address.expose(); }", "takes the mask off"),
        ("src/flow/notify.rs", "fn a() { Clearance::grant(Ground::Shown); }", "permits planning"),
        ("src/host/wake_signal.rs", "use std::sync::PoisonError;", "can be poisoned"),
        ("src/host/mod.rs", "#[cfg(not(debug_assertions))]", "that no test compiles"),
        ("src/load/utils.rs", "fn a() {}", "says nothing"),
    ];
    for (path, line, complaint) in planted {
        let text = format!("//! Promises.\n{line}\n");
        let found = complaints(path, &text);
        assert_eq!(found.len(), 1, "{path} {line}: {found:?}");
        assert!(found[0].contains(complaint), "{found:?} lacks {complaint:?}");
        assert!(found[0].starts_with(path), "{found:?}");
    }
    let long = format!("//! Long.\nfn a() {{\n{}}}\n", "    b();\n".repeat(FUNCTION_LINES_MAX));
    assert!(complaints("src/load/mod.rs", &long)[0].contains("a function of 72 lines"));
    let signature = "    fn a(\n        b: u8,\n    ) -> u8;\n";
    let without_body =
        format!("//! Long.\ntrait A {{\n{signature}{}}}\n", "\n    fn b();\n".repeat(FUNCTION_LINES_MAX));
    assert_eq!(complaints("src/load/mod.rs", &without_body), [""; 0]);
    assert!(complaints("src/load/mod.rs", "fn a() {}")[0].contains("what it promises"));
}

#[test]
fn what_is_allowed_is_left_alone() {
    let fine = [
        ("src/diff/mod.rs", "use crate::model::change::Change;"),
        ("src/diff/text.rs", "use super::lines;"),
        ("src/deliver/mod.rs", "// println! is told of here, and Utc::now too"),
        ("src/load/mod.rs", "const A: &str = \"call .unwrap() and std::env::var\";"),
        ("src/load/mod.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n    fn a() { b.unwrap(); }\n}"),
        ("src/workspace/clock.rs", "fn a() { chrono::Utc::now(); }"),
        ("src/workspace/clock.rs", "fn a() -> bool { cfg!(debug_assertions) }"),
    ];
    for (path, line) in fine {
        assert_eq!(
            complaints(path, &format!("//! Promises.\n{line}\n")),
            Vec::<String>::new(),
            "{path} {line}"
        );
    }
}
