//! Problems where a git host shows them: next to the lines of a pull request.
//!
//! Promises: a problem points at its file as the git host knows it, from the top of the repository, also where the site
//! is in a folder of it; text of a file never becomes a command of the git host.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::hash::derive;
use crate::model::line::is_unprintable;
use crate::model::problem::{Problem, ProblemLevel};

/// The problems as commands of a GitHub workflow, a line each. `prefix` leads from the repository to the site.
pub(crate) fn for_github(problems: &[Problem], prefix: &str) -> Vec<String> {
    let line = |problem: &Problem| {
        let mut at = format!("file={}", property(&format!("{prefix}{}", problem.file)));
        if let Some(place) = &problem.place {
            let last = place.column + place.length.max(1) - 1;
            at += &format!(",line={},col={},endColumn={last}", place.line, place.column);
        }
        let (level, rule) = (problem.level.word(), property(problem.rule));
        format!("::{level} {at},title={rule}::{}", message(&said(problem)))
    };
    problems.iter().map(line).collect()
}

/// The problems as a report of GitLab's Code Quality. A fingerprint stays while the problem does, wherever its line
/// moves, because that is how GitLab tells old problems from new ones.
pub(crate) fn for_gitlab(problems: &[Problem], prefix: &str) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let row = |problem: &Problem| -> Value {
        let file = format!("{prefix}{}", problem.file);
        let source = problem.place.as_ref().map_or("", |place| place.source.as_str());
        let alike = [file.as_str(), problem.rule, &problem.message, source];
        let times = seen.entry(derive("problem", &alike)).or_default();
        *times += 1;
        let [file, rule, words, source] = alike;
        json!({
            "description": said(problem),
            "check_name": problem.rule,
            "fingerprint": derive("problem", &[file, rule, words, source, &times.to_string()]),
            "severity": match problem.level { ProblemLevel::Error => "major", ProblemLevel::Warning => "minor" },
            "location": {
                "path": file,
                "lines": { "begin": problem.place.as_ref().map_or(1, |place| place.line) },
            },
        })
    };
    format!("{:#}", Value::Array(problems.iter().map(row).collect()))
}

fn said(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{}; {hint}", problem.message),
        None => problem.message.clone(),
    }
}

/// What ends a command of a workflow, written so that it does not.
fn message(text: &str) -> String {
    let seen = |c: char| if is_unprintable(c) && !matches!(c, '\r' | '\n' | '\t') { '\u{fffd}' } else { c };
    let text: String = text.chars().map(seen).collect();
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::SourceSpan;

    fn problem(line: usize, message: &str) -> Problem {
        let place = SourceSpan { line, column: 3, length: 5, source: "a line".to_owned() };
        Problem {
            file: "incidents/a,b.md".to_owned(),
            place: Some(place),
            level: ProblemLevel::Error,
            rule: "unknown-key",
            message: message.to_owned(),
            hint: Some("did you mean `eta`?".to_owned()),
        }
    }

    #[test]
    fn a_workflow_command_points_at_the_line_and_cannot_be_broken_out_of() {
        let hostile = problem(7, "100% `x`\n::error file=other::gotcha\r");
        let whole =
            Problem { place: None, level: ProblemLevel::Warning, hint: None, ..problem(1, "no text") };
        assert_eq!(
            for_github(&[hostile, whole], "status/"),
            [
                "::error file=status/incidents/a%2Cb.md,line=7,col=3,endColumn=7,title=unknown-key::\
                 100%25 `x`%0A::error file=other::gotcha%0D; did you mean `eta`?",
                "::warning file=status/incidents/a%2Cb.md,title=unknown-key::no text",
            ]
        );
    }

    #[test]
    fn a_fingerprint_moves_with_its_line_and_is_nobody_elses() {
        let fingerprints = |problems: &[Problem]| -> Vec<String> {
            let rows: Vec<Value> = serde_json::from_str(&for_gitlab(problems, "")).unwrap();
            rows.iter().map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
        };
        let (one, other) = (problem(7, "one"), problem(7, "other"));
        let found = fingerprints(&[one.clone(), other, one.clone()]);
        assert!(found[0] != found[1] && found[0] != found[2] && found[1] != found[2], "{found:?}");
        assert_eq!(fingerprints(&[problem(70, "one")]), found[..1]);
    }
}
