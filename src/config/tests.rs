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
