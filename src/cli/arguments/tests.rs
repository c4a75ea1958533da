//! Every command that a message of the program names is one that the program takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::error::ErrorKind;

use super::command;

/// The commands between backticks in the source, joined where a string continues in the next line.
fn named(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            named(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let joined: Vec<&str> = text.split("\\\n").map(str::trim_start).collect();
        for part in joined.concat().split("`allclear ").skip(1) {
            found.extend(part.split_once('`').map(|(command, _)| command.to_owned()));
        }
    }
}

/// What is wrong with a command apart from the values that a reader is to fill in.
fn fault(line: &str) -> Option<ErrorKind> {
    let words =
        line.split_whitespace().map(|word| word.trim_matches(['"', '…']).replace(['{', '}', '[', ']'], "x"));
    let error = command().try_get_matches_from(std::iter::once("allclear".to_owned()).chain(words)).err()?;
    let is_wrong = matches!(
        error.kind(),
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand | ErrorKind::ArgumentConflict
    );
    is_wrong.then(|| error.kind())
}

#[test]
fn messages_name_commands_that_exist() {
    let mut found = BTreeSet::new();
    named(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 60, "only {} commands were found", found.len());
    let wrong: Vec<_> = found.iter().filter_map(|line| Some((line, fault(line)?))).collect();
    assert_eq!(wrong, []);
}

#[test]
fn a_command_that_does_not_exist_is_found() {
    for (line, kind) in [
        ("new --kind maintenance", ErrorKind::UnknownArgument),
        ("unwithdraw ID", ErrorKind::InvalidSubcommand),
        ("adopt --accept-old", ErrorKind::UnknownArgument),
    ] {
        assert_eq!(fault(line), Some(kind), "{line}");
    }
    for line in ["update ID --phase resolved", "notify --renamed OLD=NEW", "withdraw {id}", "why SUBSCRIBER"]
    {
        assert_eq!(fault(line), None, "{line}");
    }
}
