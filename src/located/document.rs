//! One block of a file as a tree, with every problem found while it is read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{Entry, Lines, Located, PROBLEMS_MAX, Table, Value, toml};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap, SourceSpan};

/// A block of a file as a tree, with the problems collected so far.
///
/// Where the syntax is broken, the tree is what could be rescued. So nothing is called missing then, and
/// a line with broken syntax gets no second problem.
#[derive(Debug)]
pub struct Document<'t> {
    file: String,
    lines: Lines<'t>,
    root: Located,
    findings: RefCell<Findings>,
}

#[derive(Debug, Default)]
struct Findings {
    problems: Vec<Problem>,
    surplus: usize,
    places: SourceMap,
    broken_lines: BTreeSet<usize>,
    known_keys: BTreeSet<String>,
    secrets: Vec<Range<usize>>,
}

impl<'t> Document<'t> {
    /// Reads TOML: the bytes `block` of `text`, which is the whole text of `file`.
    pub fn from_toml(file: &str, text: &'t str, block: Range<usize>) -> Self {
        let (root, faults) = toml::parse(text, block);
        let document = Self::from_tree(file, text, root);
        for fault in faults {
            document.broken(fault.span, fault.rule, fault.message, fault.hint);
        }
        document
    }

    /// Takes a tree built from another syntax. `text` is the whole text of `file`, and the root a table; its
    /// span is where a missing key is reported.
    pub fn from_tree(file: &str, text: &'t str, root: Located) -> Self {
        Self { file: file.to_owned(), lines: Lines::new(text), root, findings: RefCell::default() }
    }

    /// The reader of the outermost table; an empty one where the block is no table, which is a problem.
    pub fn root(&self) -> Table<'_> {
        match &self.root.value {
            Value::Table(entries) => Table::new(self, entries, self.root.span.clone(), String::new()),
            Value::Nothing => Table::new(self, &[], self.root.span.clone(), String::new()),
            other => {
                let message = format!("keys and values were expected here, not {}", other.kind());
                self.broken(self.root.span.clone(), "wrong-type", message, None);
                Table::new(self, &[], self.root.span.clone(), String::new())
            }
        }
    }

    /// The reader of another table of the same file, such as the attributes of a heading.
    pub fn table<'d>(&'d self, entries: &'d [Entry], span: Range<usize>) -> Table<'d> {
        Table::new(self, entries, span, String::new())
    }

    /// The file's name, as problems write it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The place of some bytes of the file.
    pub fn place(&self, span: Range<usize>) -> SourceSpan {
        self.lines.place(span)
    }

    /// Reports an error about some bytes of the file.
    pub fn error(&self, span: Range<usize>, rule: &'static str, message: String, hint: Option<String>) {
        self.report(ProblemLevel::Error, span, rule, message, hint);
    }

    /// Reports a warning about some bytes of the file.
    pub fn warning(&self, span: Range<usize>, rule: &'static str, message: String, hint: Option<String>) {
        self.report(ProblemLevel::Warning, span, rule, message, hint);
    }

    /// Reports that the syntax is broken, so that what follows from it is not reported again.
    pub fn broken(&self, span: Range<usize>, rule: &'static str, message: String, hint: Option<String>) {
        let line = self.lines.line_of(span.start);
        self.report(ProblemLevel::Error, span, rule, message, hint);
        self.findings.borrow_mut().broken_lines.insert(line);
    }

    /// Whether the syntax is broken somewhere, so that what is not there may only not have been rescued.
    pub fn is_broken(&self) -> bool {
        !self.findings.borrow().broken_lines.is_empty()
    }

    /// Keeps some bytes of the file out of every problem and place: they hold a secret.
    pub fn hide(&self, span: Range<usize>) {
        self.findings.borrow_mut().secrets.push(span);
    }

    /// Every key a reader has asked for so far, dotted, without the positions in lists: `groups.features.id`.
    pub fn known_keys(&self) -> BTreeSet<String> {
        self.findings.borrow().known_keys.clone()
    }

    /// The problems in the order of the file, and where the keys that were read stand: `eta`,
    /// `groups[0].features[1].id`, and `affected.checkout` for the item `"checkout"` of a list.
    pub fn into_parts(self) -> (Vec<Problem>, SourceMap) {
        let mut findings = self.findings.into_inner();
        for span in findings.secrets {
            let hidden = hidden_characters(&self.lines, span);
            let of_problems = findings.problems.iter_mut().filter_map(|problem| problem.place.as_mut());
            of_problems.for_each(|place| hide(place, &hidden));
            findings.places.change(|place| hide(place, &hidden));
        }
        findings.problems.sort();
        findings.problems.dedup();
        if findings.surplus > 0 {
            findings.problems.push(Problem {
                file: self.file,
                place: None,
                level: ProblemLevel::Error,
                rule: "too-many-problems",
                message: format!("{} more problems are not shown", findings.surplus),
                hint: None,
            });
        }
        (findings.problems, findings.places)
    }

    /// Whether problems are only counted from now on.
    pub(super) fn is_full(&self) -> bool {
        self.findings.borrow().problems.len() >= PROBLEMS_MAX
    }

    pub(super) fn missing(&self, span: Range<usize>, message: String, hint: String) {
        if !self.is_broken() {
            self.error(span, "missing-key", message, Some(hint));
        }
    }

    pub(super) fn remember(&self, path: &str, span: Range<usize>) {
        let place = self.lines.place(span);
        self.findings.borrow_mut().places.remember(&self.file, SourceKey::Key(path.to_owned()), place);
    }

    pub(super) fn know(&self, path: &str) {
        let after = |part: &str| part.split_once(']').map_or(part, |(_, rest)| rest).to_owned();
        let plain = path.split('[').map(after).collect();
        self.findings.borrow_mut().known_keys.insert(plain);
    }

    fn report(
        &self,
        level: ProblemLevel,
        span: Range<usize>,
        rule: &'static str,
        message: String,
        hint: Option<String>,
    ) {
        let mut findings = self.findings.borrow_mut();
        if findings.broken_lines.contains(&self.lines.line_of(span.start)) {
            return;
        }
        if findings.problems.len() >= PROBLEMS_MAX {
            findings.surplus += 1;
            return;
        }
        let place = Some(self.lines.place(span));
        findings.problems.push(Problem { file: self.file.clone(), place, level, rule, message, hint });
    }
}

/// The characters of each line that a span of bytes covers: line, then the columns from and up to.
fn hidden_characters(lines: &Lines<'_>, span: Range<usize>) -> Vec<(usize, Range<usize>)> {
    let last = lines.place(span.end..span.end);
    let mut hidden = Vec::new();
    let first = lines.place(span);
    for line in first.line..=last.line {
        let from = if line == first.line { first.column } else { 1 };
        let to = if line == last.line { last.column } else { usize::MAX };
        hidden.push((line, from..to));
    }
    hidden
}

/// Puts stars over the hidden characters; a line keeps its length, so the column still points right.
fn hide(place: &mut SourceSpan, hidden: &[(usize, Range<usize>)]) {
    for (line, columns) in hidden {
        if place.line == *line {
            let starred = |(at, c): (usize, char)| if columns.contains(&(at + 1)) { '*' } else { c };
            place.source = place.source.chars().enumerate().map(starred).collect();
        }
    }
}
