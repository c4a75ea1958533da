//! Collects the notes and problems of one imported file.

use crate::model::problem::{Problem, ProblemLevel, SourceSpan};

/// The longest part of a line that is shown with a note: a line may be as long as its file, and have a note for each word.
const QUOTED_CHARACTERS_MAX: usize = 500;

/// The notes on one file of the source.
#[derive(Default)]
pub(super) struct Notes {
    file: String,
    lines: Vec<String>,
    problems: Vec<Problem>,
}

impl Notes {
    /// Starts the notes on `file`, whose text is `text`.
    pub(super) fn new(file: &str, text: &str) -> Self {
        let lines = text.lines().map(str::to_owned).collect();
        Self { file: file.to_owned(), lines, problems: Vec::new() }
    }

    /// Something was assumed or left out that is worth a look.
    pub(super) fn warn(&mut self, line: Option<usize>, rule: &'static str, message: String, hint: &str) {
        self.add(ProblemLevel::Warning, line, rule, message, hint);
    }

    /// Something could not be understood and needs a person.
    pub(super) fn error(&mut self, line: Option<usize>, rule: &'static str, message: String, hint: &str) {
        self.add(ProblemLevel::Error, line, rule, message, hint);
    }

    /// The notes, in the order they were made.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    fn add(
        &mut self,
        level: ProblemLevel,
        line: Option<usize>,
        rule: &'static str,
        message: String,
        hint: &str,
    ) {
        let place = line.and_then(|line| self.place(line));
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        self.problems.push(Problem { file: self.file.clone(), place, level, rule, message, hint });
    }

    fn place(&self, line: usize) -> Option<SourceSpan> {
        let whole = self.lines.get(line.checked_sub(1)?)?;
        let end = whole.char_indices().nth(QUOTED_CHARACTERS_MAX).map_or(whole.len(), |(end, _)| end);
        let source = whole.get(..end).unwrap_or_default();
        let column = source.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let length = source.trim().chars().count().max(1);
        Some(SourceSpan { line, column, length, source: source.to_owned() })
    }
}
