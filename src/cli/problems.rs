//! Problems on the screen and as JSON, in the order of the files, with the line each is about.
//!
//! Promises: JSON has every one; the screen has at most 200 of a file, and the number of the others.

use annotate_snippets::{AnnotationKind, Group, Level as Look, Origin, Renderer, Snippet};
use serde_json::json;

use crate::model::line::visible;
use crate::model::problem::{Problem, ProblemLevel};

use crate::cli::arguments::Format;
use crate::cli::print;
use crate::cli::{annotations, markdown};

/// The most problems of one file that are shown on the screen: a list of subscribers may have one in each line.
const PER_FILE_MAX: usize = 200;

/// Prints the problems, each once (readers see stderr, scripts stdout), and says whether a file cannot be used.
pub(crate) fn show(problems: &mut Vec<Problem>, format: Format) -> bool {
    problems.sort();
    problems.dedup();
    match format {
        Format::Json => print::exact(&as_json(problems)),
        _ => shown(problems).iter().for_each(|text| print::warn(text)),
    }
    has_errors(problems)
}

/// What the screen shows of the problems, which are in the order of their files.
fn shown(problems: &[Problem]) -> Vec<String> {
    let files = problems.chunk_by(|one, next| one.file == next.file);
    files
        .flat_map(|problems| {
            let (first, others) = problems.split_at(problems.len().min(PER_FILE_MAX));
            let more = others.first().map(|other| {
                let others = print::count(others.len(), "more problem", "more problems");
                format!("{others} of {}, which `--format json` shows", visible(&other.file))
            });
            first.iter().map(as_text).chain(more)
        })
        .collect()
}

/// The same in the format the command was asked for, which may be a git host's: `prefix` leads from the top of the
/// repository to the site. A report for a git host goes to a file, so people who read the log see them as well.
pub(crate) fn show_for(format: Format, prefix: &dyn Fn() -> String, problems: &mut Vec<Problem>) -> bool {
    match format {
        Format::Text | Format::Json => return show(problems, format),
        Format::Github => {
            problems.sort();
            annotations::for_github(problems, &prefix()).iter().for_each(|line| print::exact(line));
        }
        Format::Markdown => {
            problems.sort();
            print::exact(markdown::problems(problems, &prefix()).trim_end());
        }
        Format::Gitlab => {
            show(problems, Format::Text);
            print::exact(&annotations::for_gitlab(problems, &prefix()));
        }
    }
    has_errors(problems)
}

/// Whether any file cannot be used.
pub(crate) fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.level == ProblemLevel::Error)
}

/// The problem as rustc shows its own: the sentence, the line with the place marked, the hint.
pub(crate) fn as_text(problem: &Problem) -> String {
    let look = match problem.level {
        ProblemLevel::Error => Look::ERROR,
        ProblemLevel::Warning => Look::WARNING,
    };
    // A name of a file may hold anything, and a message or a hint may repeat it.
    let [file, message] = [&problem.file, &problem.message].map(|text| visible(text));
    let mut group = Group::with_title(look.primary_title(message.as_str()).id(problem.rule));
    let source;
    match &problem.place {
        // The line is withheld: it holds an address, or a secret.
        Some(place) if place.source.trim().is_empty() => {
            group = group.element(Origin::path(file.as_str()).line(place.line).char_column(place.column));
        }
        Some(place) => {
            source = visible(&place.source);
            let start = byte_of_column(&source, place.column);
            let end = byte_of_column(&source, place.column + place.length.max(1)).max(start);
            group = group.element(
                Snippet::source(source.as_str())
                    .path(file.as_str())
                    .line_start(place.line)
                    .annotation(AnnotationKind::Primary.span(start..end)),
            );
        }
        None => group = group.element(Origin::path(file.as_str())),
    }
    let hint = problem.hint.as_deref().map(visible);
    if let Some(hint) = &hint {
        group = group.element(Look::HELP.message(hint.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The problems as an array of objects; lines and columns count from 1, columns in characters.
pub(crate) fn as_json(problems: &[Problem]) -> String {
    let rows: Vec<_> = problems
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref();
            json!({
                "file": problem.file,
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
                "length": place.map(|place| place.length),
                "level": problem.level.word(),
                "rule": problem.rule,
                "message": problem.message,
                "hint": problem.hint,
            })
        })
        .collect();
    format!("{:#}", serde_json::Value::Array(rows))
}

fn byte_of_column(line: &str, column: usize) -> usize {
    line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::SourceSpan;

    fn problems(file: &str, count: usize) -> Vec<Problem> {
        let place = |line| Some(SourceSpan { line, column: 1, length: 1, source: String::new() });
        let problem = |line| Problem {
            file: file.to_owned(),
            place: place(line),
            level: ProblemLevel::Error,
            rule: "unusable-subscriber",
            message: format!("line {line} cannot be used"),
            hint: None,
        };
        (1..=count).map(problem).collect()
    }

    #[test]
    fn each_file_has_a_number_of_problems_on_the_screen_and_the_others_are_counted() {
        for (counts, lines, last) in [
            (&[0][..], 0, ""),
            (&[200], 200, "line 200 cannot be used"),
            (&[201], 201, "1 more problem of list-0.csv, which `--format json` shows"),
            (&[200_000], 201, "199800 more problems of list-0.csv"),
            (&[203, 1], 202, "line 1 cannot be used"),
            (&[3, 240], 204, "40 more problems of list-1.csv"),
        ] {
            let all: Vec<Problem> = (0..)
                .zip(counts)
                .flat_map(|(file, count)| problems(&format!("list-{file}.csv"), *count))
                .collect();
            let shown = shown(&all);
            assert_eq!(shown.len(), lines, "{counts:?}");
            assert!(shown.last().is_none_or(|text| text.contains(last)), "{counts:?}: {:?}", shown.last());
            assert_eq!(as_json(&all).matches("\"line\"").count(), all.len());
        }
    }
}
