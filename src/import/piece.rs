//! One piece of a body, from a mark, a `track` or a rule to the next.
//!
//! Promises: the lines of a piece are those of the body, in their order. Never knows other pieces.

use super::markdown::is_rule;
use super::marks::{Mark, Role};
use super::times::Stated;

/// An entry as it is in the body, before the order is known.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) mark: Option<Mark>,
    pub(super) track: Option<Stated>,
    /// How many lines it has up to its track.
    pub(super) tracked_lines: usize,
    pub(super) line: usize,
    pub(super) lines: Vec<String>,
    /// The line that says its time and nothing else that marks it, as written.
    pub(super) dated_line: Option<String>,
}

impl Piece {
    pub(super) fn text(&self) -> String {
        trim_rules(&self.lines)
    }

    pub(super) fn stated(&self) -> Stated {
        let marked = self.mark.as_ref().map(|mark| mark.stated).filter(Stated::is_some);
        self.track.or(marked).unwrap_or_default()
    }

    /// Whether it is a mark alone, whose time may be on the next line.
    pub(super) fn takes_time(&self) -> bool {
        self.mark.is_some() && !self.stated().is_some() && self.text().is_empty()
    }

    pub(super) fn take_time(&mut self, time: &Mark, line: &str) {
        if let Some(mark) = &mut self.mark {
            mark.stated = time.stated;
        }
        self.lines = vec![time.rest.clone()];
        self.dated_line = Some(line.to_owned());
    }

    /// Whether it is a time alone, whose label may be on the next line.
    pub(super) fn takes_label(&self, label: &Mark) -> bool {
        let is_time = match &self.mark {
            Some(mark) => mark.is_time && self.track.is_none(),
            None => self.track.is_some(),
        };
        is_time && self.text().is_empty() && !label.is_time && !label.stated.is_some()
    }

    pub(super) fn take_label(&mut self, label: Mark) {
        let stated = self.mark.as_ref().map_or(label.stated, |time| time.stated);
        self.lines = vec![label.rest.clone()];
        self.dated_line = None;
        self.mark = Some(Mark { stated, ..label });
    }

    /// Whether a time below its text is its own.
    pub(super) fn takes_time_below(&self) -> bool {
        let is_label = self.mark.as_ref().is_some_and(|mark| !mark.is_time);
        is_label && !self.stated().is_some() && !self.text().is_empty()
    }

    /// Makes the line that says its time a part of its text.
    pub(super) fn untime(&mut self) {
        let Some(line) = self.dated_line.take() else { return };
        match &mut self.mark {
            Some(mark) if !mark.is_time => mark.stated = Stated::default(),
            mark => *mark = None,
        }
        if let Some(first) = self.lines.first_mut() {
            *first = line;
        }
    }

    /// Whether a track is its own; `is_end` says that the track ends a paragraph.
    pub(super) fn takes_track(&self, is_end: bool) -> bool {
        self.track.is_none() && (self.mark.is_some() || is_end || self.text().is_empty())
    }

    pub(super) fn push_tracked(&mut self, track: Stated, line: String) {
        self.track = Some(track);
        self.lines.push(line);
        self.tracked_lines = self.lines.len();
    }

    /// Takes out the lines behind its track, if the next track ends them.
    pub(super) fn behind_track(&mut self, is_end: bool) -> Vec<String> {
        let kept = if is_end && self.track.is_some() { self.tracked_lines } else { self.lines.len() };
        self.lines.split_off(kept.min(self.lines.len()))
    }

    pub(super) fn role(&self) -> Option<Role> {
        self.mark.as_ref().map(|mark| mark.role)
    }

    pub(super) fn is_bare(&self) -> bool {
        self.mark.is_none() && self.track.is_none()
    }
}

/// The lines without empty ones, rules and lone backslashes at either end, nor a hard break at the end.
pub(super) fn trim_rules(lines: &[String]) -> String {
    let blank = |line: &String| line.trim().is_empty() || is_rule(line) || line.trim() == "\\";
    let start = lines.iter().position(|line| !blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !blank(line)).map_or(start, |end| end + 1);
    let text = lines.get(start..end).unwrap_or_default().join("\n");
    // A hard break at the very end breaks nothing.
    text.strip_suffix('\\').filter(|text| !text.ends_with('\\')).map_or(text.clone(), str::to_owned)
}
