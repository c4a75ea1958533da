//! Markdown for a git host: problems as a table, and words that a file cannot turn into markup.
//!
//! Promises: at most 50 rows, no longer than a report may be, and what is left out is counted. Never holds an address, and never
//! mentions a user of the git host.

use std::fmt::Write;

use crate::cli::print::count;
use crate::model::problem::{Problem, ProblemLevel};

/// The most rows that are written out, and the most bytes of all of them.
const PROBLEMS_MAX: usize = 50;
const PROBLEMS_BYTES_MAX: usize = 16_000;

/// A commercial at that no name follows. Git hosts look for mentions after entities are resolved, so an entity alone is one.
const AT: &str = "&commat;&#8203;";

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
    let rows = problems.iter().map(|problem| row(problem, prefix));
    let (rows, left_out) = fitting(rows, PROBLEMS_MAX, PROBLEMS_BYTES_MAX);
    text += &rows;
    if left_out > 0 {
        let _ = writeln!(text, "\nand {left_out} more.");
    }
    text + "\n"
}

fn row(problem: &Problem, prefix: &str) -> String {
    let line = problem.place.as_ref().map(|place| place.line.to_string()).unwrap_or_default();
    let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    let said = inline(&format!("{}{hint}", problem.message));
    let (file, level) = (inline(&format!("{prefix}{}", problem.file)), problem.level.word());
    format!("| {file} | {line} | {level}: {said} |\n")
}

/// The parts that fit, in their order, and the number of those that do not.
pub(crate) fn fitting(
    parts: impl Iterator<Item = String>,
    count_max: usize,
    bytes_max: usize,
) -> (String, usize) {
    let (mut text, mut count, mut left_out) = (String::new(), 0, 0);
    for part in parts {
        if count < count_max && text.len() + part.len() <= bytes_max {
            text += &part;
            count += 1;
        } else {
            left_out += 1;
        }
    }
    (text, left_out)
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
            '@' => plain += AT,
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
        assert!(plain.contains("&commat;&#8203;everybody"), "an entity alone is a mention: {plain}");
        assert_eq!(fence("a ```` b"), "`````");
        assert_eq!(fence("nothing"), "```");
    }

    #[test]
    fn what_does_not_fit_is_counted_and_what_follows_it_may_fit() {
        let parts = ["aaaa", "bbbbbbbb", "cc", "d"].map(str::to_owned);
        for (count_max, bytes_max, fits, left_out) in [
            (9, 99, "aaaabbbbbbbbccd", 0),
            (9, 7, "aaaaccd", 1),
            (2, 7, "aaaacc", 2),
            (9, 3, "ccd", 2),
            (0, 9, "", 4),
        ] {
            let found = fitting(parts.clone().into_iter(), count_max, bytes_max);
            assert_eq!(found, (fits.to_owned(), left_out), "{count_max} {bytes_max}");
        }
    }
}
