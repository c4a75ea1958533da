//! The report as Markdown: short where all is well, and nothing in it that a file's words could turn into something else.
//!
//! Promises: at most so many rows are written that a forge takes the report as a comment, and what is left out is
//! counted. Never holds an address.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::model::change::Change;
use crate::model::problem::{Level, Problem};

use super::super::notify::reach;
use super::super::print::count;
use super::super::say_change;
use super::{Forecast, Prepared};

/// The most rows, pages and wordings that are written out.
const PROBLEMS_MAX: usize = 50;
const PAGES_MAX: usize = 30;
const WORDINGS_MAX: usize = 24;

/// The whole report.
pub(super) fn report(forecast: &Forecast) -> String {
    let mut text = "## What this change does to the status page\n\n".to_owned();
    text += &problems(&forecast.problems, &forecast.prefix);
    text += &told(forecast);
    if let Some(pages) = &forecast.pages {
        text += &changed(pages);
    }
    text.trim_end().to_owned()
}

/// The problems as a table, or that there is none.
pub(crate) fn problems(problems: &[Problem], prefix: &str) -> String {
    if problems.is_empty() {
        return "No problem in the files.\n\n".to_owned();
    }
    let errors = problems.iter().filter(|problem| problem.level == Level::Error).count();
    let mut text = format!(
        "**{} and {} in the files.** Nobody is told of a change in a file with an error.\n\n\
         | file | line | problem |\n|---|---|---|\n",
        count(errors, "error", "errors"),
        count(problems.len() - errors, "warning", "warnings"),
    );
    for problem in problems.iter().take(PROBLEMS_MAX) {
        let line = problem.place.as_ref().map(|place| place.line.to_string()).unwrap_or_default();
        let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        let said = inline(&format!("{}{hint}", problem.message));
        let (file, level) = (inline(&format!("{prefix}{}", problem.file)), problem.level.word());
        let _ = writeln!(text, "| {file} | {line} | {level}: {said} |");
    }
    if problems.len() > PROBLEMS_MAX {
        let _ = writeln!(text, "\nand {} more.", problems.len() - PROBLEMS_MAX);
    }
    text + "\n"
}

fn told(forecast: &Forecast) -> String {
    let changes = &forecast.words.difference.changes;
    if changes.is_empty() {
        return "### Who is told\n\nNobody: nothing changes that people should hear about.\n\n".to_owned();
    }
    let mut text = "### Who is told\n\n".to_owned();
    for change in changes {
        let what = inline(&say_change::all(&change.what));
        let who = match &forecast.people {
            Some(people) => reach(change, &people.notices),
            None => {
                "to everybody who follows it; how many is in the ledger, which is not read here".to_owned()
            }
        };
        let _ = writeln!(text, "- **{}**: {what}, {who}\n", change.incident);
        text += &wordings(change, &forecast.words);
    }
    text
}

/// Each wording of a change once, folded away.
fn wordings(change: &Change, words: &Prepared) -> String {
    let notices = words.notices.notices.iter().filter(|notice| notice.change == change.id);
    let steps = notices.flat_map(|notice| notice.steps.iter().map(move |step| (&notice.subscriber, step)));
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut text = String::new();
    for (specimen, step) in steps.filter(|(_, step)| seen.insert(step.message)).take(WORDINGS_MAX) {
        let Some(message) = words.notices.message_of(step) else { continue };
        let name = specimen.as_str().replacen('-', " in ", 1);
        let title = message.subject().map_or_else(|| name.clone(), |subject| format!("{name}: {subject}"));
        let body = message.plain_text();
        let fence = fence(body);
        let title = html(&title);
        let _ = writeln!(
            text,
            "  <details><summary>{title}</summary>\n\n{fence}text\n{body}\n{fence}\n\n  </details>\n"
        );
    }
    text
}

fn changed(paths: &BTreeSet<String>) -> String {
    let is_page = |path: &&String| path.ends_with(".html") && !path.starts_with("errors/");
    let (pages, others): (Vec<&String>, Vec<&String>) = paths.iter().partition(is_page);
    let mut text = format!(
        "### What changes on the page\n\n{} and {} for machines and error pages.\n\n",
        count(pages.len(), "page", "pages"),
        count(others.len(), "file", "files")
    );
    for page in pages.iter().take(PAGES_MAX) {
        let _ = writeln!(text, "- {}", inline(page));
    }
    if pages.len() > PAGES_MAX {
        let _ = writeln!(text, "- and {} more", pages.len() - PAGES_MAX);
    }
    text
}

/// Words within a line: no markup, no table, nobody called by name.
fn inline(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in html(text).chars() {
        if matches!(letter, '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '~') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

/// Words within an element, where Markdown is not read.
fn html(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => plain += "&amp;",
            '<' => plain += "&lt;",
            '>' => plain += "&gt;",
            '@' => plain += "&commat;",
            _ if letter.is_control() => plain.push(' '),
            _ => plain.push(letter),
        }
    }
    plain
}

/// A fence that nothing in the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_file_are_words_of_the_report_and_nothing_else() {
        let hostile = "<img src=x> @everybody | a | [x](javascript:1) `b`\n# c";
        let plain = inline(hostile);
        for markup in ["<img", "@", "\n", "| a", "[x]("] {
            assert!(
                !plain.replace("\\|", "").replace("\\[", "").contains(markup),
                "{markup:?} is in {plain}"
            );
        }
        assert_eq!(fence("a ```` b"), "`````");
        assert_eq!(fence("nothing"), "```");
    }
}
