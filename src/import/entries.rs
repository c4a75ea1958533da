//! Splits the body of a post into its entries, oldest first.
//!
//! Entries begin at marks (`marks.rs`), at `track` shortcodes and, where a body has neither, at rules. Most people write
//! the newest entry first; times, phases, numbers and words show the order. No text is lost: text above the first mark is
//! the opening, or the news if it states the end.

use chrono::NaiveDate;

use super::markdown::{Fences, is_rule};
use super::marks::{self, Mark, Role};
use super::times::{self, Stated};
use super::words::{WORDS, spaced, speaks};
use crate::model::phase::Phase;

/// One entry of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its role among the updates.
    pub(super) role: Role,
    /// When it was written, as far as it is dated.
    pub(super) stated: Stated,
    /// Its text, as written, without the mark.
    pub(super) text: String,
    /// The line of its mark, from 1 within the body.
    pub(super) line: usize,
}

/// An entry as it is in the body, before the order is known.
#[derive(Default)]
struct Piece {
    mark: Option<Mark>,
    track: Option<Stated>,
    line: usize,
    lines: Vec<String>,
}

impl Piece {
    fn text(&self) -> String {
        trim_rules(&self.lines)
    }

    fn stated(&self) -> Stated {
        let marked = self.mark.as_ref().map(|mark| mark.stated).filter(Stated::is_some);
        self.track.or(marked).unwrap_or_default()
    }

    /// Whether it is a mark alone, whose time may be on the next line.
    fn takes_time(&self) -> bool {
        self.mark.is_some() && !self.stated().is_some() && self.text().is_empty()
    }

    fn take_time(&mut self, time: &Mark) {
        if let Some(mark) = &mut self.mark {
            mark.stated = time.stated;
        }
        self.lines.push(time.rest.clone());
    }

    fn role(&self) -> Option<Role> {
        self.mark.as_ref().map(|mark| mark.role)
    }

    fn is_bare(&self) -> bool {
        self.mark.is_none() && self.track.is_none()
    }
}

/// How short an opening line is that stands alone above everything else, in characters.
const LINE_CHARS_MAX: usize = 80;

/// Parts a body. `today` is the day it reports. Empty when the body is.
pub(super) fn split(body: &str, today: NaiveDate) -> Vec<Entry> {
    let mut pieces = pieces(body, today);
    if pieces.iter().any(|piece| !piece.is_bare()) {
        join_rules(&mut pieces);
        part_trailing_opening(&mut pieces);
    }
    let line = take_line(&mut pieces);
    let newest_first = is_newest_first(&pieces);
    let lead = line.or_else(|| take_announcement(&mut pieces, newest_first));
    if newest_first {
        pieces.reverse();
    }
    if let Some(lead) = lead {
        put_first(&mut pieces, lead);
    }
    let entries = pieces.iter().enumerate().map(|(position, piece)| Entry {
        role: piece.role().unwrap_or(if position == 0 { Role::Opening } else { Role::News }),
        stated: piece.stated(),
        text: piece.text(),
        line: piece.line,
    });
    entries
        .filter(|entry| !entry.text.is_empty() || matches!(entry.role, Role::Phase(_) | Role::Closing))
        .collect()
}

fn pieces(body: &str, today: NaiveDate) -> Vec<Piece> {
    let mut fences = Fences::default();
    let mut pieces = vec![Piece { line: 1, ..Piece::default() }];
    let mut is_new_paragraph = true;
    for (number, line) in body.lines().enumerate() {
        let in_code = fences.covers(line);
        let (line, track) = if in_code { (line.to_owned(), None) } else { without_track(line, today) };
        let mark = if in_code { None } else { marks::mark(&line, today) };
        let is_rule = !in_code && is_rule(&line);
        let is_break = is_rule || line.trim().is_empty() || track.is_some();
        let fresh = |mark, track, lines| Piece { mark, track, lines, line: number + 1 };
        let mut last = pieces.last_mut();
        if let (Some(mark), Some(last)) = (&mark, &mut last)
            && mark.is_time
            && last.takes_time()
        {
            last.take_time(mark);
        } else if let Some(mark) = mark {
            let lines = vec![mark.rest.clone()];
            pieces.push(fresh(Some(mark), track, lines));
        } else if is_rule {
            pieces.push(fresh(None, None, Vec::new()));
        } else if let (Some(track), Some(last)) = (track, last) {
            let is_first_time =
                last.track.is_none() && (last.mark.is_some() || !is_new_paragraph || last.text().is_empty());
            if is_first_time {
                last.track = Some(track);
                last.lines.push(line);
            } else {
                pieces.push(fresh(None, Some(track), vec![line]));
            }
        } else if let Some(last) = pieces.last_mut() {
            last.lines.push(line);
        }
        is_new_paragraph = is_break;
    }
    pieces.retain(|piece| piece.mark.is_some() || !piece.text().is_empty());
    pieces
}

/// The line without its `track` shortcode, and the time that says.
fn without_track(line: &str, today: NaiveDate) -> (String, Option<Stated>) {
    let shortcode = |open: &str, close: &str| {
        let (before, from) = line.split_once(open)?;
        let (inner, after) = from.split_once(close)?;
        let inner = inner.trim_matches(|c: char| c.is_whitespace() || c == '-').strip_prefix("track")?;
        let inner = inner.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '/'));
        Some((format!("{}{}", before.trim_end(), after.trim_end()), times::stated(inner, today)))
    };
    match shortcode("{{<", ">}}").or_else(|| shortcode("{{%", "%}}")) {
        Some((rest, stated)) => (rest, Some(stated).filter(Stated::is_some)),
        None => (line.to_owned(), None),
    }
}

/// Where something marks entries, a rule alone begins none: its text belongs to what is above.
fn join_rules(pieces: &mut Vec<Piece>) {
    let mut joined: Vec<Piece> = Vec::new();
    for piece in pieces.drain(..) {
        match joined.last_mut() {
            Some(last) if piece.is_bare() => {
                last.lines.extend([String::new(), "---".to_owned(), String::new()]);
                last.lines.extend(piece.lines);
            }
            _ => joined.push(piece),
        }
    }
    *pieces = joined;
}

/// Where news was put above the first message without marking that one, the last marked piece holds both: its
/// own words end at the first rule, or at the first empty line when they began behind the mark.
fn part_trailing_opening(pieces: &mut Vec<Piece>) {
    let is_late =
        |piece: &Piece| matches!(piece.role(), Some(Role::News | Role::Closing)) && piece.track.is_none();
    let says_time = pieces.iter().skip(1).any(|piece| piece.stated().is_some());
    let numbered = pieces.iter().filter_map(|piece| piece.mark.as_ref()?.number);
    if pieces.is_empty() || says_time || !pieces.iter().all(is_late) || !numbered.is_sorted_by(|a, b| a >= b)
    {
        return;
    }
    let Some(last) = pieces.last_mut() else { return };
    let inline = last.mark.as_ref().is_some_and(|mark| !mark.rest.is_empty());
    let ends = |line: &String| is_rule(line) || (inline && line.trim().is_empty());
    let Some(end) = last.lines.iter().position(ends) else { return };
    let lines = last.lines.split_off(end);
    if !trim_rules(&lines).is_empty() {
        let line = last.line + end;
        pieces.push(Piece { line, lines, ..Piece::default() });
    }
}

fn is_newest_first(pieces: &[Piece]) -> bool {
    by_time(pieces)
        .or_else(|| by_opening(pieces))
        .or_else(|| by_number(pieces))
        .or_else(|| by_words(pieces))
        .unwrap_or_else(|| pieces.first().is_some_and(|piece| piece.mark.is_some()))
}

fn by_time(pieces: &[Piece]) -> Option<bool> {
    let stated: Vec<Stated> = pieces.iter().map(Piece::stated).filter(Stated::is_some).collect();
    let key = |stated: &Stated| (stated.day, stated.clock.unwrap_or(0) - stated.offset.unwrap_or(0));
    let (first, last) = (stated.first()?, stated.last()?);
    if first.day.is_some() && last.day.is_some() {
        return (key(first) != key(last)).then(|| key(first) > key(last));
    }
    // Times alone may pass midnight, so each step counts.
    let clocks: Vec<i64> = stated.iter().filter_map(|stated| stated.clock).collect();
    let falls = clocks.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let rises = clocks.windows(2).filter(|pair| pair[0] < pair[1]).count();
    (falls != rises).then_some(falls > rises)
}

fn by_opening(pieces: &[Piece]) -> Option<bool> {
    let opens = |piece: &Piece| {
        matches!(piece.role(), Some(Role::Opening | Role::Phase(Phase::Investigating | Phase::Scheduled)))
    };
    let first_marked = pieces.iter().position(|piece| piece.mark.is_some())?;
    let opening = pieces.iter().rposition(opens)?;
    (pieces.len() > 1).then_some(opening > first_marked)
}

fn by_number(pieces: &[Piece]) -> Option<bool> {
    let numbers: Vec<u32> = pieces.iter().filter_map(|piece| piece.mark.as_ref()?.number).collect();
    let (first, last) = (numbers.first()?, numbers.last()?);
    (first != last).then_some(first > last)
}

/// The end that says that it is over is the newest.
fn by_words(pieces: &[Piece]) -> Option<bool> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let closes = |piece: &Piece| piece.role() == Some(Role::Closing) || says_over(&piece.text());
    match (closes(first), closes(last)) {
        _ if pieces.len() < 2 => None,
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ if first.is_bare() && last.is_bare() => Some(true),
        _ => None,
    }
}

/// Takes out a short line that is above everything else: it is older than all of it.
fn take_line(pieces: &mut Vec<Piece>) -> Option<Piece> {
    let is_lead =
        pieces.len() > 1 && pieces.first().is_some_and(|first| first.is_bare() && is_line(&first.text()));
    is_lead.then(|| pieces.remove(0))
}

/// Takes out the text above updates that stand newest first, unless it is the newest itself, put there without a mark.
fn take_announcement(pieces: &mut Vec<Piece>, newest_first: bool) -> Option<Piece> {
    let has_time = pieces.iter().skip(1).any(|piece| piece.stated().is_some());
    let is_lead = newest_first
        && pieces.len() > 1
        && pieces.first().is_some_and(|first| first.is_bare() && (has_time || !says_over(&first.text())))
        && pieces.iter().skip(1).any(|piece| !piece.is_bare());
    is_lead.then(|| pieces.remove(0))
}

/// Puts a lead before everything else; a first message of its own takes it in as its preface.
fn put_first(pieces: &mut Vec<Piece>, lead: Piece) {
    let opens = |piece: &&mut Piece| {
        let role = piece.role();
        piece.is_bare()
            || matches!(role, Some(Role::Opening | Role::Phase(Phase::Investigating | Phase::Scheduled)))
    };
    match pieces.first_mut().filter(opens) {
        Some(first) => {
            let own = std::mem::take(&mut first.lines);
            first.lines = lead.lines;
            first.lines.push(String::new());
            first.lines.extend(own);
        }
        None => pieces.insert(0, lead),
    }
}

fn is_line(text: &str) -> bool {
    text.lines().count() == 1
        && text.chars().count() <= LINE_CHARS_MAX
        && !text.trim_end().ends_with(['.', '!'])
}

/// Whether a text says that something is over.
pub(super) fn says_over(text: &str) -> bool {
    let words = spaced(text);
    speaks(&words, &WORDS.endings.over)
}

/// The lines without empty ones, rules and lone backslashes at either end.
fn trim_rules(lines: &[String]) -> String {
    let blank = |line: &String| line.trim().is_empty() || is_rule(line) || line.trim() == "\\";
    let start = lines.iter().position(|line| !blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !blank(line)).map_or(start, |end| end + 1);
    lines.get(start..end).unwrap_or_default().join("\n")
}
