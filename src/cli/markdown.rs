//! Markdown for a git host: problems as a table, and words that a file cannot turn into markup.
//!
//! Promises: at most 50 rows, and what is left out is counted. Never holds an address.

use std::fmt::Write;

use crate::cli::print::count;
use crate::model::problem::{Problem, ProblemLevel};

/// The most rows that are written out.
const PROBLEMS_MAX: usize = 50;

/// The problems as a table, or that there is none.
pub(crate) fn problems(problems: &[Problem], prefix: &str) -> String {
    if problems.is_empty() {
        return "No problems in the files.\n\n".to_owned();
    }
    let errors = problems.iter().filter(|problem| problem.level == ProblemLevel::Error).count();
    let mut text = format!(
        "**{} and {} in the files.** A change in a file with an error is not announced.\n\n\
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

/// Words within a line: no markup, no table, nobody called by name.
pub(crate) fn inline(text: &str) -> String {
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
pub(crate) fn html(text: &str) -> String {
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
pub(crate) fn fence(text: &str) -> String {
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
