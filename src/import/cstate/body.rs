//! Parts a body into the entries people wrote into it.
//!
//! cState has one body per incident. Its authors mark entries by `[Final Message]`, `**Update 10:30 UTC:**`,
//! `## 2023-07-13 08:49 UTC`, `*Monitoring* - …` or the `track` shortcode, mostly newest first. A mark counts
//! only when all its words are words of marks, so that `[ci.example.org] is slow` stays prose.

use crate::model::Moment;
use crate::model::phase::Phase;

use super::text::{Fences, is_rule};
use super::times;

/// What an entry is to the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The first words said.
    Opening,
    /// News in between.
    News,
    /// The last words said.
    Closing,
    /// An entry that says its phase.
    Phase(Phase),
}

/// One entry of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is to the story.
    pub(super) role: Role,
    /// When it was said, where it says so.
    pub(super) at: Option<Moment>,
    /// Its text, as written, without the mark.
    pub(super) text: String,
    /// The line of its mark, from 1 within the body.
    pub(super) line: usize,
}

/// A mark and what stands behind it on its line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    role: Role,
    number: Option<u32>,
    at: Option<Moment>,
    rest: String,
}

/// An entry as it stands in the file, before the order is known.
struct Piece {
    mark: Option<Mark>,
    line: usize,
    lines: Vec<String>,
}

/// Parts a body, oldest entry first. `reference` is when it started. Empty when the body is.
pub(super) fn split(body: &str, reference: Moment) -> Vec<Entry> {
    let mut pieces = pieces(body, reference);
    part_trailing_opening(&mut pieces);
    let newest_first = is_newest_first(&pieces);
    let first_is_bare = pieces.first().is_some_and(|piece| piece.mark.is_none());
    let count = pieces.len();
    let mut entries: Vec<Entry> = Vec::new();
    for (position, piece) in pieces.into_iter().enumerate() {
        let bare_role = match (position, newest_first) {
            (0, true) if count > 1 && first_is_bare => Role::News,
            (0, _) => Role::Opening,
            _ if position + 1 == count && newest_first => Role::Opening,
            _ => Role::News,
        };
        let text = trim_rules(&piece.lines);
        let (role, at) = piece.mark.map_or((bare_role, None), |mark| (mark.role, mark.at));
        let news_at = if role == Role::News { leading_moment(&text, reference) } else { None };
        let at = tracked(&text).or(at).or(news_at);
        let text = without_track(&text);
        if !text.is_empty() || matches!(role, Role::Phase(_)) {
            entries.push(Entry { role, at, text, line: piece.line });
        }
    }
    if newest_first {
        entries.reverse();
    }
    entries
}

fn pieces(body: &str, reference: Moment) -> Vec<Piece> {
    let mut fences = Fences::default();
    let mut pieces = vec![Piece { mark: None, line: 1, lines: Vec::new() }];
    let mut tracked = false;
    for (number, line) in body.lines().enumerate() {
        let in_code = fences.covers(line);
        let mark = if in_code { None } else { mark(line, reference) };
        let ends_tracked = tracked && !in_code && !line.trim().is_empty() && !is_rule(line);
        if let Some(mark) = mark {
            let lines = vec![mark.rest.clone()];
            pieces.push(Piece { mark: Some(mark), line: number + 1, lines });
            tracked = has_track(line);
        } else if ends_tracked {
            pieces.push(Piece { mark: None, line: number + 1, lines: vec![line.to_owned()] });
            tracked = has_track(line);
        } else {
            tracked = (tracked && line.trim().is_empty()) || (!in_code && has_track(line));
            if let Some(piece) = pieces.last_mut() {
                piece.lines.push(line.to_owned());
            }
        }
    }
    pieces.retain(|piece| piece.mark.is_some() || !trim_rules(&piece.lines).is_empty());
    pieces
}

/// Where news was put above the first message without marking that one, the last marked piece holds both: its
/// own words end at the first rule, or at the first empty line when they began behind the mark.
fn part_trailing_opening(pieces: &mut Vec<Piece>) {
    let is_late = |piece: &Piece| {
        piece.mark.as_ref().is_some_and(|mark| matches!(mark.role, Role::News | Role::Closing))
    };
    let all_late = !pieces.is_empty() && pieces.iter().all(is_late);
    let numbered = pieces.iter().filter_map(|piece| piece.mark.as_ref()?.number);
    if !all_late || !numbered.is_sorted_by(|first, second| first >= second) {
        return;
    }
    let Some(last) = pieces.last_mut() else { return };
    let inline = last.mark.as_ref().is_some_and(|mark| !mark.rest.is_empty());
    let ends = |line: &String| is_rule(line) || (inline && line.trim().is_empty());
    let Some(end) = last.lines.iter().position(ends) else { return };
    let lines = last.lines.split_off(end);
    if !trim_rules(&lines).is_empty() {
        let line = last.line + end;
        pieces.push(Piece { mark: None, line, lines });
    }
}

fn is_newest_first(pieces: &[Piece]) -> bool {
    let moments: Vec<Moment> = pieces.iter().filter_map(|piece| piece.mark.as_ref()?.at).collect();
    if let (Some(first), Some(last)) = (moments.first(), moments.last())
        && first != last
    {
        return first > last;
    }
    let opens = |piece: &Piece| {
        let role = piece.mark.as_ref().map(|mark| mark.role);
        matches!(role, Some(Role::Opening | Role::Phase(Phase::Investigating)))
    };
    if let Some(position) = pieces.iter().position(opens) {
        return position > 0;
    }
    let numbers: Vec<u32> = pieces.iter().filter_map(|piece| piece.mark.as_ref()?.number).collect();
    if let (Some(first), Some(last)) = (numbers.first(), numbers.last())
        && first != last
    {
        return first > last;
    }
    pieces.first().is_some_and(|piece| piece.mark.is_some())
}

fn mark(line: &str, reference: Moment) -> Option<Mark> {
    let text = line.trim();
    let heading = text.trim_start_matches('#');
    if heading.len() < text.len() && heading.starts_with(' ') {
        let heading = heading.trim();
        return bracketed(heading, reference)
            .or_else(|| emphasised(heading, reference))
            .or_else(|| plain(heading, reference))
            .or_else(|| classify(heading, "", reference));
    }
    bracketed(text, reference).or_else(|| emphasised(text, reference)).or_else(|| plain(text, reference))
}

/// `[Final Message] text`
fn bracketed(text: &str, reference: Moment) -> Option<Mark> {
    let (inner, rest) = text.strip_prefix('[')?.split_once(']')?;
    if rest.starts_with(['(', '[']) {
        return None;
    }
    classify(inner, rest, reference)
}

/// `**Update 10:30 UTC:** text`; the closing mark may be forgotten after two asterisks.
fn emphasised(text: &str, reference: Moment) -> Option<Mark> {
    let run = ["**", "__", "*", "_"].into_iter().find(|run| text.starts_with(run))?;
    let inner = text.strip_prefix(run)?;
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    match inner.split_once(run) {
        Some((inner, rest)) => classify(inner, rest, reference),
        None if run == "**" => classify(inner, "", reference),
        None => None,
    }
}

/// `Final message: text`, `Update: text`, `2023-07-13 08:49 UTC`.
fn plain(text: &str, reference: Moment) -> Option<Mark> {
    let dated = text.starts_with(|c: char| c.is_ascii_digit()) && times::states_day_and_time(text, reference);
    if dated && text.split_whitespace().all(times::is_time_word) {
        return classify(text, "", reference);
    }
    let (inner, rest) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")))?;
    let mark = classify(inner, rest, reference)?;
    let first = inner.split_whitespace().next().unwrap_or_default().to_lowercase();
    let sure = inner.to_lowercase().contains("message") || first.starts_with("update") || first == "edit";
    sure.then_some(mark)
}

/// Takes a mark's words apart; `None` when one of them is no word of marks.
fn classify(inner: &str, rest: &str, reference: Moment) -> Option<Mark> {
    if inner.len() > 80 {
        return None;
    }
    let words: Vec<String> = inner.split(|c: char| c.is_whitespace() || c == '/').map(plain_word).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    let (first, others) = words.split_first()?;
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let at = times::stated(inner, reference);
    let known = others.iter().all(|word| FILLERS.contains(word) || times::is_time_word(word));
    let role = role_of(stem, others).or_else(|| {
        let all_time = times::is_time_word(first) && times::states_day_and_time(inner, reference);
        all_time.then_some(Role::News)
    })?;
    let number = first.get(stem.len()..).filter(|digits| !digits.is_empty() && !stem.is_empty());
    let number = number.or_else(|| others.first().copied().filter(|_| others.len() == 1));
    let rest = rest.trim_start_matches([':', '-', '–', '—', ' ', '.']).trim_end().to_owned();
    known.then_some(Mark { role, number: number.and_then(|digits| digits.parse().ok()), at, rest })
}

/// Words that may follow the first of a mark.
const FILLERS: [&str; 17] = [
    "message",
    "messages",
    "msg",
    "incident",
    "issue",
    "maintenance",
    "outage",
    "report",
    "note",
    "post",
    "final",
    "began",
    "announcement",
    "information",
    "mortem",
    "progress",
    "message:",
];

fn role_of(first: &str, others: &[&str]) -> Option<Role> {
    if first == "not" && others.first() == Some(&"final") {
        return Some(Role::News);
    }
    let phase = Phase::from_word(&format!("{first}{}", others.first().unwrap_or(&"")));
    match first {
        "initial" | "opening" | "open" | "start" | "original" | "just" => Some(Role::Opening),
        "final" | "closing" | "close" | "closed" | "end" | "ended" | "fixed" | "solved" => {
            Some(Role::Closing)
        }
        "resolved" | "completed" => Some(Role::Closing),
        "update" | "updates" | "updated" | "edit" | "edited" => Some(Role::News),
        _ => Phase::from_word(first).or(phase).map(Role::Phase),
    }
}

fn plain_word(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

/// The moment an entry's own first words state, set off by a colon: `Friday 26 September 2025 at 09:35am UTC: …`.
fn leading_moment(text: &str, reference: Moment) -> Option<Moment> {
    let first = text.lines().next()?;
    let (lead, _) = first.split_once(": ")?;
    if !lead.split_whitespace().all(times::is_time_word) {
        return None;
    }
    times::states_day_and_time(lead, reference).then(|| times::stated(lead, reference)).flatten()
}

fn has_track(line: &str) -> bool {
    track(line).is_some()
}

/// The time of the last `track` shortcode, and nothing else of it.
fn tracked(text: &str) -> Option<Moment> {
    text.lines().rev().find_map(track).and_then(|(_, inner, _)| {
        times::moment(inner.trim_matches(['"', '\'', '`', ' ']), None).map(|reading| reading.at)
    })
}

fn track(line: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = line.split_once("{{< track")?;
    let (inner, after) = from.split_once(">}}")?;
    Some((before, inner.trim(), after))
}

fn without_track(text: &str) -> String {
    let strip = |line: &str| match track(line) {
        Some((before, _, after)) => format!("{}{after}", before.trim_end()),
        None => line.to_owned(),
    };
    text.lines().map(strip).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The lines without empty ones and rules at either end.
fn trim_rules(lines: &[String]) -> String {
    let blank = |line: &String| line.trim().is_empty() || is_rule(line);
    let start = lines.iter().position(|line| !blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !blank(line)).map_or(start, |end| end + 1);
    lines.get(start..end).unwrap_or_default().join("\n")
}
