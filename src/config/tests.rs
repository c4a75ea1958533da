//! What the tests of this room share: templates with their examples switched on, damage.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

pub(super) use crate::located::tests::line;
use crate::model::problem::Problem;

/// A template with its examples: the lines that begin with `#` and no blank.
pub(super) fn uncommented(template: &str) -> String {
    let example =
        |line: &str| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    template.lines().map(|line| example(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// Values at the edges of what TOML holds, of every type.
const EDGES: [&str; 22] = [
    "0000-01-01",
    "9999-12-31",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999-23:59",
    "23:59:59",
    "-9223372036854775808",
    "9223372036854775807",
    "-0",
    "1e308",
    "-inf",
    "nan",
    "true",
    "''",
    "' '",
    "\"\\u0000\"",
    "'99999999999999999999h'",
    "'-1s'",
    "'https://x:99999/'",
    "'../../etc'",
    "[]",
    "{}",
    "[[''], {a = 1}]",
];

/// Puts each of the edges in place of each value of a template. `read` says whether the rest could be used, and what is wrong:
/// a text that cannot be used always says why.
pub(super) fn check_edges(template: &str, read: impl Fn(&str) -> (bool, Vec<Problem>)) {
    let lines: Vec<&str> = template.lines().collect();
    let mut tried = 0;
    for (number, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with(['#', ' '])) else {
            continue;
        };
        for edge in EDGES {
            let edged = format!("{key} = {edge}");
            let text = [&lines[..number], &[edged.as_str()], &lines[number + 1..]].concat().join("\n");
            let (is_read, problems) = read(&text);
            assert!(is_read || !problems.is_empty(), "line {}: nothing is said of {edged}", number + 1);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried} values");
}

/// Reads `text` with `length` characters from `at` replaced by `put`; every place must lie in it.
pub(super) fn check_damaged(
    text: &str,
    at: usize,
    length: usize,
    put: &str,
    read: impl Fn(&str) -> Vec<Problem>,
) -> Result<(), TestCaseError> {
    let head = text.chars().take(at);
    let damaged: String = head.chain(put.chars()).chain(text.chars().skip(at + length)).collect();
    let lines: Vec<&str> = damaged.split('\n').collect();
    // The problem that more were found than are listed has no place.
    for problem in read(&damaged).into_iter().filter(|problem| problem.rule != "too-many-problems") {
        let place = problem.place.expect("a place");
        let line = lines[place.line - 1];
        prop_assert_eq!(place.source.chars().count(), line.chars().count());
        prop_assert!(place.column >= 1 && place.column <= line.chars().count() + 1, "{:?}", place);
    }
    Ok(())
}
