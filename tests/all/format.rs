//! Holds `docs/format.md` to the program: its examples are read, its table names the rules there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use allclear::load::{Loaded, read_site};
use allclear::model::localized::{Language, Localized};
use allclear::model::page::Page;

/// A fenced block marked as `markdown`.
struct Example {
    line: usize,
    file: String,
    problem: Option<String>,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(root().join("docs/format.md")).unwrap()
}

fn examples() -> Vec<Example> {
    let document = document();
    let mut examples = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let info = line.trim_start_matches('`');
        let fence = &line[..line.len() - info.len()];
        if fence.len() < 3 {
            continue;
        }
        let block: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != fence).collect();
        let mut words = info.split(' ');
        if words.next() != Some("markdown") {
            continue;
        }
        let words: BTreeMap<&str, &str> = words.map(|word| word.split_once('=').unwrap()).collect();
        examples.push(Example {
            line: index + 1,
            file: words.get("file").unwrap_or(&"incidents/example.md").to_string(),
            problem: words.get("problem").map(|rule| rule.to_string()),
            text: block.join("\n") + "\n",
        });
    }
    examples
}

fn read(files: &[&Example]) -> Loaded {
    let folder = tempfile::TempDir::new().unwrap();
    for example in files {
        let path = folder.path().join(&example.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &example.text).unwrap();
    }
    let page = Page {
        name: Localized::plain("Example"),
        description: None,
        url: "https://status.example.org".into(),
        languages: ["en", "es"].map(|tag| Language::new(tag).unwrap()).to_vec(),
        time_zone: "UTC".into(),
        support_url: None,
        subscribe_url: None,
        desk: None,
        looks: allclear::model::looks::Branding::default(),
        theme: "default".into(),
        groups: Vec::new(),
        history_days: 90,
        links: Default::default(),
        audiences: Vec::new(),
        read_by: None,
    };
    read_site(folder.path(), page, None)
}

#[test]
fn every_example_is_read_as_it_is_said_to_be() {
    let examples = examples();
    assert!(examples.len() >= 15, "only {} examples were found", examples.len());
    let mut mains: BTreeMap<String, &Example> = BTreeMap::new();
    for example in &examples {
        let main = example.file.replace(".es.md", ".md");
        let beside = mains.get(&main).copied().filter(|_| main != example.file);
        let files: Vec<&Example> = beside.into_iter().chain([example]).collect();
        let loaded = read(&files);
        let rules: Vec<&str> = loaded.problems.iter().map(|problem| problem.rule).collect();
        let expected: Vec<&str> = example.problem.as_deref().into_iter().collect();
        assert_eq!(rules, expected, "docs/format.md:{}: {:?}", example.line, loaded.problems);
        if example.problem.is_none() {
            assert_eq!(loaded.site.incidents.len(), 1, "docs/format.md:{}", example.line);
            mains.insert(example.file.clone(), example);
        }
    }
}

#[test]
fn the_examples_say_what_the_text_around_them_says() {
    let examples = examples();
    let loaded = |text: &str| {
        let example =
            examples.iter().find(|example| example.problem.is_none() && example.text.contains(text)).unwrap();
        read(&[example]).site.incidents.remove(0)
    };
    assert_eq!(loaded("up to ten seconds").updates.len(), 1);
    assert_eq!(loaded("id = \"2026/card-payments\"").id.as_str(), "2026/card-payments");
    assert_eq!(loaded("A queue was full").updates.len(), 3, "the heading in the code is none");
    let attributes = loaded("audience=internal");
    assert_eq!((attributes.updates.len(), attributes.public_updates().count()), (3, 2));
    let yaml = loaded("checkout: partial_outage");
    assert_eq!(yaml.impact.as_ref().unwrap().default, "About half of card payments in Europe fail.");
}

#[test]
fn the_table_names_every_rule_and_no_other() {
    let document = document();
    let table = document.lines().skip_while(|line| *line != "| rule | means | to fix it |").skip(2);
    let rows = table.take_while(|line| line.starts_with("| `"));
    let rows: Vec<&str> = rows.collect();
    let has_a_fix = |row: &&str| row.split(" | ").nth(2).is_some_and(|fix| fix.len() > 5);
    assert_eq!(rows.iter().find(|row| !has_a_fix(row)), None, "a rule without a way to fix it");
    let told: BTreeSet<String> = rows.iter().map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
    let reported = rules_in("src/load");
    let unknown: Vec<_> = reported.difference(&told).collect();
    assert!(unknown.is_empty(), "docs/format.md does not tell of {unknown:?}");
    let shared: BTreeSet<String> =
        ["src/located", "src/model/moment"].into_iter().flat_map(rules_in).collect();
    let gone: Vec<_> =
        told.iter().filter(|rule| !reported.contains(*rule) && !shared.contains(*rule)).collect();
    assert!(gone.is_empty(), "no file reports {gone:?}, which docs/format.md tells of");
}

/// The rules that the files of a folder name: literals of lower-case words joined by hyphens, and the two of one
/// word. Tests are left out.
fn rules_in(folder: &str) -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() || path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for literal in code.split('"') {
            let words = literal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            let joined = literal.contains('-') && literal.starts_with(|c: char| c.is_ascii_lowercase());
            if words && joined && !literal.ends_with('-') || matches!(literal, "symlink" | "syntax") {
                rules.insert(literal.to_owned());
            }
        }
    }
    rules
}

#[test]
fn an_update_in_another_dress_is_an_error_and_never_swallowed() {
    let head = "+++\ntitle = \"Search is slow\"\nseverity = \"minor\"\naffected = [\"search\"]\neta = \"unknown\"\n\
                started = 2026-03-01T09:00:00Z\nnext_update = 2026-03-01T12:00:00Z\nimpact = \"Slow.\"\n+++\n\n\
                ## 2026-03-01 09:00 UTC · Investigating\n\nWe look.\n\n";
    for dress in [
        "2026-03-01 09:30 UTC · Identified\n----------------------------------\n\nFound.\n",
        "2026-03-01 09:30 UTC · Identified\n==================================\n\nFound.\n",
        "**2026-03-01 09:30 UTC · Identified**\n\nFound.\n",
        "### 2026-03-01 09:30 UTC · Identified\n\nFound.\n",
        "<<<<<<< ours\nFound.\n=======\nNot found.\n>>>>>>> theirs\n",
    ] {
        let house = crate::fixtures::house::House::new().at("2026-03-01 10:00");
        let house = house.file("incidents/search.md", &format!("{head}{dress}")).run(&["check"]);
        assert_eq!(house.last_code(), Some(3), "{dress}: {}", house.stderr());
    }
}
