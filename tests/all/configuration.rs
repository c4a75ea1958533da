//! Holds `docs/configuration.md` and `docs/rules.md` to the program: examples are read, tables compared.

use std::collections::{BTreeMap, BTreeSet};

use allclear::check::RULES;
use allclear::config::page::PAGE_TEMPLATE;
use allclear::config::plan::{self, PLAN_TEMPLATE};
use allclear::config::{parse_page, parse_plan};
use allclear::model::problem::{Problem, ProblemLevel};
use toml::{Table, Value};

const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const SIGNED_MAIL: &str = include_str!("../../docs/signed-mail.md");
const RULES_PAGE: &str = include_str!("../../docs/rules.md");

#[test]
fn every_example_is_read_without_an_error() {
    let (page, plan) = sections();
    let pages = examples(page);
    assert_eq!(pages.len(), 2);
    for example in pages {
        let (page, problems, _) = parse_page(&example);
        assert_eq!(problems, [], "{example}");
        assert!(page.is_some(), "{example}");
    }
    let plans = [examples(plan), examples(SIGNED_MAIL)].concat();
    assert_eq!(plans.len(), 14);
    for example in plans {
        let (plan, problems, _) = parse_plan(&example);
        let errors: Vec<&Problem> =
            problems.iter().filter(|problem| problem.level == ProblemLevel::Error).collect();
        assert!(errors.is_empty() && plan.is_some(), "{example}\n{errors:?}");
    }
}

#[test]
fn the_tables_name_every_key_of_the_templates_with_its_default() {
    let (page, plan) = sections();
    for (section, template) in [(page, PAGE_TEMPLATE), (plan, PLAN_TEMPLATE)] {
        // The tables of the providers and CDNs are written from their rows, and held to them where the rows are.
        let is_ours = |key: &str| !key.starts_with("providers.NAME.") && !key.starts_with("targets.cdn.");
        let mut every_key = keys(&with_examples(template));
        every_key.retain(|key, _| is_ours(key));
        let defaults = keys(template);
        let mut rows = rows(section);
        rows.retain(|(key, _)| is_ours(key));
        let told: BTreeSet<&str> = rows.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(told, every_key.keys().map(String::as_str).collect());
        for (key, default) in &rows {
            let expected: Vec<String> =
                defaults.get(key).into_iter().flatten().map(|value| format!("`{value}`")).collect();
            let is_example = key.ends_with(".kind") || expected.is_empty();
            let fits = if is_example {
                matches!(default.as_str(), "required" | "–")
            } else {
                expected.contains(default)
            };
            assert!(fits, "`{key}` has the default {expected:?}, not {default}");
        }
    }
}

#[test]
fn the_rules_page_names_every_rule() {
    let told = rows(RULES_PAGE);
    let table = RULES_PAGE.lines().filter(|line| line.starts_with("| `"));
    let is_short = |line: &&str| line.split(" | ").nth(2).is_none_or(|fix| fix.len() < 6);
    assert_eq!(table.clone().find(is_short), None, "a rule without a way to fix it");
    let of_incidents = RULES.iter().map(|rule| (rule.name.to_owned(), rule.ensures.to_owned()));
    let of_plans = plan::RULES.iter().map(|rule| (rule.name.to_owned(), rule.ensures.to_owned()));
    let of_gaps = plan::GAPS.iter().map(|gap| (gap.name.to_owned(), gap.ensures.to_owned()));
    assert_eq!(told, of_incidents.chain(of_plans).chain(of_gaps).collect::<Vec<_>>());
}

/// The parts of the page on `page.toml` and on `plan.toml`.
fn sections() -> (&'static str, &'static str) {
    let (page, plan) = CONFIGURATION.split_once("\n## `site/plan.toml`").expect("a section on the plan");
    (page.split_once("\n## `site/page.toml`").expect("a section on the page").1, plan)
}

/// The blocks of TOML.
fn examples(section: &str) -> Vec<String> {
    let blocks = section.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// The first two cells of each row that begins with a word in backticks; the first without them.
fn rows(section: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let key = cells.next()?.strip_suffix('`')?.to_owned();
        Some((key, cells.next()?.trim_end_matches(" |").to_owned()))
    };
    section.lines().filter_map(row).collect()
}

/// A template with its examples, the lines that begin with `#` and no blank.
fn with_examples(template: &str) -> String {
    let example =
        |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    template.lines().map(|line| example(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// Every key of a text, dotted, with its values; the names of providers and audiences are replaced by `NAME`.
fn keys(text: &str) -> BTreeMap<String, Vec<Value>> {
    let table: Table = text.parse().expect("TOML");
    let mut found = BTreeMap::new();
    collect(&table, "", &mut found);
    found
}

/// The tables whose keys the operator chooses.
const NAMED: [&str; 5] = ["providers.", "audiences.", "segments.", "people.", "text.price.by_country."];

fn collect(table: &Table, within: &str, found: &mut BTreeMap<String, Vec<Value>>) {
    for (key, value) in table {
        let key = if NAMED.contains(&within) { "NAME" } else { key };
        let path = format!("{within}{key}");
        let below = format!("{path}.");
        match value {
            Value::Table(place) if ["env", "file"].iter().any(|kept| place.contains_key(*kept)) => {
                found.entry(path).or_default().push(value.clone())
            }
            Value::Table(table) => collect(table, &below, found),
            Value::Array(items) if items.iter().all(Value::is_table) => {
                found.entry(path).or_default();
                items.iter().filter_map(Value::as_table).for_each(|table| collect(table, &below, found));
            }
            value => found.entry(path).or_default().push(value.clone()),
        }
    }
}
