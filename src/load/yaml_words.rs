//! The errors of the YAML parser, in sentences for authors.
//!
//! Promises: every error has a sentence; one that is not in the table keeps the parser's text.

/// How the parser's sentence begins, and what it means. The first that fits counts.
const MEANINGS: &[(&str, &str)] = &[
    ("mapping values are not allowed", "there is a second `: ` in this line"),
    ("illegal placement of ':'", "this `:` is in the wrong place"),
    ("mapping keys are not allowed", "a key cannot be here"),
    ("simple key expect", "this line has no `:` after its key"),
    ("block sequence entries are not allowed", "a list item that begins with `-` cannot be here"),
    ("while parsing a block collection", "this line is indented less than the list item before it"),
    (
        "while parsing a block mapping",
        "this line does not begin with a key, or its indentation differs from the line before",
    ),
    ("while parsing a flow mapping", "the `{` that opens here or before has no `}`, or a comma is missing"),
    ("while parsing a flow sequence", "the `[` that opens here or before has no `]`, or a comma is missing"),
    ("misplaced bracket", "this bracket does not close anything"),
    ("while scanning a quoted scalar, found unexpected", "the quote that opens here is not closed"),
    ("invalid trailing content after double-quoted", "there is text after the closing quote"),
    ("while parsing a quoted scalar", "the text in quotes has a `\\` that means nothing"),
    ("invalid indentation in quoted", "the quote that opens here is not closed"),
    ("invalid indentation", "the indentation differs from the line before"),
    ("wrongly indented line", "the indentation differs from the line before"),
    ("tab", "tabs cannot indent a line; use spaces"),
    ("a block scalar content cannot start with a tab", "tabs cannot indent a line; use spaces"),
    ("while scanning a plain scalar, found a tab", "tabs cannot indent a line; use spaces"),
    ("plain scalar cannot start", "text that begins with this character needs quotes"),
    ("unexpected character", "text that begins with this character needs quotes"),
    ("unexpected end of plain scalar", "the text ends too early"),
    ("unexpected eof", "the block ends too early"),
    ("found unprintable character", "there is an invisible character here"),
    ("recursion limit", "lists and tables are nested too deep"),
    ("while parsing a node", "a value is missing here"),
    ("did not find expected", "this does not belong here"),
];

/// The sentence for what the parser says.
pub(super) fn meaning(said: &str) -> String {
    let known = MEANINGS.iter().find(|(begins, _)| said.starts_with(begins));
    known.map_or_else(|| format!("this is not valid YAML: {said}"), |(_, meaning)| (*meaning).to_owned())
}
