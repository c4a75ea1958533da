//! Every CDN at once: its row and its documentation.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::KINDS;
use crate::provider::tests::docs::{HEAD, default, hold};

#[test]
fn the_keys_in_the_documentation_are_those_of_the_rows() {
    let kinds: Vec<String> = KINDS.iter().map(|kind| format!("`{}`", kind.word)).collect();
    let mut text = format!("\n{HEAD}| `targets.cdn.kind` | required | {} |\n", kinds.join(", "));
    for kind in KINDS {
        for key in kind.keys {
            let (name, title, default) = (key.name, kind.title, default(key));
            let _ = writeln!(text, "| `targets.cdn.{name}` | {default} | {title}: {} |", key.help);
        }
    }
    hold("docs/configuration.md", ("<!-- cdns -->", "<!-- /cdns -->"), &text);
}

#[test]
fn every_row_is_complete() {
    let words: BTreeSet<&str> = KINDS.iter().map(|kind| kind.word).collect();
    assert_eq!(words.len(), KINDS.len(), "a word is taken twice");
    for kind in KINDS {
        let names: BTreeSet<&str> = kind.keys.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), kind.keys.len(), "{} has a key twice", kind.word);
        for key in kind.keys {
            assert!(key.help.ends_with('.') && !key.help.contains('|'), "{}.{}", kind.word, key.name);
        }
    }
}
