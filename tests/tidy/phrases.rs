//! Every phrase of the word files is said somewhere: no language is kept up for a feature that does not exist.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::read_below;

/// The keys (`group.name`) of the word file that are neither written whole in a text nor by their name in quotes.
fn unsaid(words: &str, texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut group = "";
    for line in words.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            group = name;
        }
        let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else { continue };
        let whole = if group.is_empty() { name.to_owned() } else { format!("{group}.{name}") };
        let quoted = format!("\"{name}\"");
        if !texts.iter().any(|text| text.contains(&whole) || text.contains(&quoted)) {
            found.push(whole);
        }
    }
    found
}

#[test]
fn every_phrase_is_said() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = BTreeMap::new();
    read_below(root, "src", &mut files);
    let mut texts: Vec<String> =
        files.into_iter().filter(|(path, _)| !path.contains("test")).map(|(_, text)| text).collect();
    for entry in fs::read_dir(root.join("themes/default")).unwrap() {
        texts.extend(fs::read_to_string(entry.unwrap().path()));
    }
    let words = fs::read_to_string(root.join("themes/default/words/en.toml")).unwrap();
    assert_eq!(unsaid(&words, &texts), Vec::<String>::new());
}

#[test]
fn a_planted_phrase_is_found() {
    let words = "language = \"English\"\n\n[nav]\nhome = \"Status\"\nexit = \"Leave\"\n";
    let texts = ["words.say(\"nav.home\")".to_owned(), "get(\"language\")".to_owned()];
    assert_eq!(unsaid(words, &texts), ["nav.exit"]);
}
