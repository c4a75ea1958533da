//! Splits the body of a post into its entries, oldest first.
//!
//! Entries begin at marks (`marks.rs`), at `track` shortcodes and, where a body has neither, at rules. Most people write
//! the newest entry first; times, phases, numbers and words show the order. No text is lost: text above the first mark is
//! the opening, or the news if it states the end.

use chrono::NaiveDate;

use super::dress;
use super::endings::says_over;
use super::markdown::{Fences, is_rule, paragraph_lines};
use super::marks::{self, Role};
use super::order;
use super::piece::{Piece, trim_rules};
use super::planned;
use super::times::{Stated, Zone};
use super::track::without_track;
use super::words::{WORDS, has, spaced, speaks};
use crate::model::Moment;
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

/// How short an opening line is that stands alone above everything else, in characters.
const LINE_CHARS_MAX: usize = 80;

/// Parts the body of what started at `started`. Empty when the body is.
pub(super) fn split(body: &str, started: Moment, zone: &Zone) -> Vec<Entry> {
    let mut pieces = pieces(body, zone.day(started));
    untime_announcement(&mut pieces, started, zone);
    if pieces.iter().any(|piece| !piece.is_bare()) {
        join_rules(&mut pieces);
        part_trailing_opening(&mut pieces);
        part_untimed_opening(&mut pieces, started, zone);
    }
    let line = take_line(&mut pieces);
    let newest_first = order::is_newest_first(&pieces, started, zone);
    let summary = take_summary(&mut pieces, newest_first);
    let lead = line.or_else(|| take_announcement(&mut pieces, newest_first));
    if newest_first {
        pieces.reverse();
    }
    pieces.extend(summary);
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
    let numbered = paragraph_lines(body);
    let mut pieces = vec![Piece { line: 1, ..Piece::default() }];
    let mut is_new_paragraph = true;
    // Who dates entries by shortcodes writes times alone only in a summary.
    let has_tracks = body.lines().any(|line| without_track(line, today).1.is_some());
    // A track above the first words is above those of every entry.
    let first = body.lines().find(|line| !line.trim().is_empty()).map(|line| without_track(line, today));
    let tracks_lead = first.is_some_and(|(text, track)| track.is_some() && text.trim().is_empty());
    let dresses = dress::of_marks(body, today);
    let ends_paragraph: Vec<bool> =
        numbered.iter().skip(1).map(|(_, line)| line.trim().is_empty()).chain([true]).collect();
    for (position, (number, line)) in numbered.iter().enumerate() {
        let in_code = fences.covers(line);
        let (line, track) = if in_code { (line.clone(), None) } else { without_track(line, today) };
        let is_inner = in_code || line.starts_with("  ") && !is_new_paragraph;
        // An indented line belongs to the one above.
        let mark = if is_inner { None } else { marks::mark(&line, today) };
        let mark = mark.or_else(|| dress::mark(&line, &dresses).filter(|_| !is_inner && is_new_paragraph));
        let mark = mark.filter(|mark| !mark.is_time || !has_tracks);
        let is_rule = !in_code && is_rule(&line);
        let is_break = is_rule || line.trim().is_empty() || track.is_some();
        let fresh = |mark, track, lines| Piece { mark, track, lines, line: number + 1, ..Piece::default() };
        let mut last = pieces.last_mut();
        if let (Some(mark), Some(last)) = (&mark, &mut last)
            && mark.is_time
            && last.takes_time()
        {
            last.take_time(mark, &line);
        } else if let (Some(time), Some(last)) = (&mark, &mut last)
            && time.is_time
            && time.rest.is_empty()
            && !is_new_paragraph
            && ends_paragraph.get(position) == Some(&true)
            && last.takes_time_below()
        {
            last.mark.iter_mut().for_each(|mark| mark.stated = time.stated);
        } else if let Some(last) =
            last.as_mut().filter(|last| mark.as_ref().is_some_and(|mark| last.takes_label(mark)))
            && let Some(mark) = mark.clone()
        {
            last.take_label(mark);
        } else if let Some(mark) = mark {
            let lines = vec![mark.rest.clone()];
            let dated_line = mark.is_time.then(|| line.clone());
            let tracked_lines = usize::from(track.is_some());
            pieces.push(Piece { dated_line, tracked_lines, ..fresh(Some(mark), track, lines) });
        } else if is_rule {
            pieces.push(fresh(None, None, Vec::new()));
        } else if tracks_lead && track.is_some() && line.trim().is_empty() {
            pieces.push(fresh(None, track, Vec::new()));
        } else if let (Some(track), Some(last)) = (track, last) {
            let is_end = !is_new_paragraph || line.trim().is_empty();
            if last.takes_track(is_end) {
                last.push_tracked(track, line);
            } else {
                let mut next = fresh(None, None, last.behind_track(is_end));
                next.push_tracked(track, line);
                pieces.push(next);
            }
        } else if let Some(last) = pieces.last_mut() {
            last.lines.push(line);
        }
        is_new_paragraph = is_break;
    }
    pieces.retain(|piece| piece.mark.is_some() || !piece.text().is_empty());
    pieces
}

/// An announcement may begin with the time at which the work is to begin: `18 December at 09:00 UTC: we will …`. That is when it
/// was written only if other entries say a time too, or if the time is before the start.
fn untime_announcement(pieces: &mut [Piece], started: Moment, zone: &Zone) {
    let dated = pieces.iter().filter(|piece| piece.stated().is_some()).count();
    let is_alone = pieces.len() == 1;
    let is_ahead = |piece: &&mut Piece| {
        let opens = piece.role() == Some(Role::Opening) || is_alone;
        let is_ahead = piece.stated().after(started, zone).is_some_and(|at| at >= started);
        opens && is_ahead && planned::announces(&piece.text())
    };
    if dated == 1
        && let Some(piece) = pieces.iter_mut().find(is_ahead)
    {
        piece.untime();
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
    // A time alone may date all that follows it.
    let is_time = last.mark.as_ref().is_some_and(|mark| mark.is_time);
    let below = trim_rules(last.lines.get(end..).unwrap_or_default());
    let opens = !is_time || planned::announces(&below) || speaks(&spaced(&below), &WORDS.trouble.phrases);
    if !below.is_empty() && opens {
        let (lines, line) = (last.lines.split_off(end), last.line + end);
        pieces.push(Piece { line, lines, ..Piece::default() });
    }
}

/// Where updates with times or days stand newest first and the oldest of them, not before the start, is the only one with
/// a second paragraph, or with a rule or a heading: what is below is the first message, which nobody marked.
fn part_untimed_opening(pieces: &mut Vec<Piece>, started: Moment, zone: &Zone) {
    let is_timed = |piece: &Piece| {
        let is_news = matches!(piece.role(), Some(Role::News | Role::Closing));
        is_news && piece.track.is_none() && piece.stated().is_some()
    };
    if pieces.len() < 2 || !pieces.iter().all(is_timed) || order::by_time(pieces) != Some(true) {
        return;
    }
    let Some((last, others)) = pieces.split_last_mut() else { return };
    let is_late = last.stated().is_day() || last.stated().after(started, zone).is_some_and(|at| at > started);
    let is_inline = last.mark.as_ref().is_some_and(|mark| !mark.rest.is_empty());
    let is_break = |line: &str| is_rule(line) || line.starts_with('#');
    let ends = |line: &String| is_break(line) || is_inline && line.trim().is_empty();
    let is_parted = |piece: &Piece| {
        let text = piece.text();
        if is_inline { text.contains("\n\n") } else { text.lines().any(is_break) }
    };
    if !is_late || others.iter().any(is_parted) || !is_parted(last) {
        return;
    }
    let Some(end) = last.lines.iter().position(ends) else { return };
    let (lines, line) = (last.lines.split_off(end), last.line + end);
    pieces.push(Piece { line, lines, ..Piece::default() });
}

/// Takes out a short line that is above everything else: it is older than all of it.
fn take_line(pieces: &mut Vec<Piece>) -> Option<Piece> {
    let is_lead =
        pieces.len() > 1 && pieces.first().is_some_and(|first| first.is_bare() && is_line(&first.text()));
    is_lead.then(|| pieces.remove(0))
}

/// Takes out the text above everything else that tells the whole story: its heading states that, or it ends with the end above
/// updates that stand oldest first and reach the end. It was written last.
fn take_summary(pieces: &mut Vec<Piece>, newest_first: bool) -> Option<Piece> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let text = first.text();
    let heading = text.lines().next().filter(|line| line.starts_with('#')).unwrap_or_default();
    let is_headed = spaced(heading).split_whitespace().any(|word| has(&WORDS.marks.summary, word));
    let tells_end = |text: &str| {
        !planned::announces(text)
            && text.split(['.', '!']).rfind(|part| !part.trim().is_empty()).is_some_and(says_over)
    };
    let is_ended = last.role() == Some(Role::Closing) || says_over(&last.text());
    let is_timed = pieces.iter().skip(1).any(|piece| piece.stated().is_some());
    let is_told = !newest_first && is_ended && is_timed && tells_end(&text);
    (pieces.len() > 1 && first.is_bare() && (is_headed || is_told)).then(|| pieces.remove(0))
}

/// Takes out the text above updates that stand newest first, unless it is the newest itself, put there without a mark.
fn take_announcement(pieces: &mut Vec<Piece>, newest_first: bool) -> Option<Piece> {
    let has_time = pieces.iter().skip(1).any(|piece| piece.stated().is_some());
    let has_end = pieces.iter().any(|piece| piece.role() == Some(Role::Closing));
    let is_newest = |first: &Piece| {
        let text = first.text();
        says_over(&text) && (!has_time || has_end && !planned::announces(&text))
    };
    let is_lead = newest_first
        && pieces.len() > 1
        && pieces.first().is_some_and(|first| first.is_bare() && !is_newest(first))
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
