//! The marks that entries of a post begin with: `[Final Message]`, `**Update 10:30 UTC:**`, `## 2023-07-13 08:49 UTC`,
//! `*Monitoring* - …`, `Update: 20:11 - …`, `Nachtrag 14.07.2026, 10:15 Uhr`.
//!
//! A mark is read word by word: a phrase of `words.toml`, then words that may follow it, a time. It counts only if it is
//! set off (by brackets, emphasis, a heading, a colon, a dash, the end of the line), so that `[ci.example.org] is slow` and
//! `Update center jobs are queued` stay prose.

use chrono::NaiveDate;

use crate::model::phase::Phase;

use super::times::{self, Stated};
use super::words::{WORDS, has};

/// The role of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The first words said.
    Opening,
    /// An update between the first and the last.
    News,
    /// The last words said.
    Closing,
    /// An entry that says its phase.
    Phase(Phase),
}

/// A mark and what stands behind it on its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) role: Role,
    /// Its number: `Update 3`.
    pub(super) number: Option<u32>,
    pub(super) stated: Stated,
    /// Whether it is a time and nothing else.
    pub(super) is_time: bool,
    pub(super) rest: String,
}

/// How much sets a mark off from what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// Brackets, emphasis or a heading hold it all: every word must belong to it.
    Off,
    /// It is in the line, and its own punctuation ends it.
    Bare,
}

/// How long a mark may be, in bytes.
const MARK_BYTES_MAX: usize = 90;

/// The mark a line begins with. `today` completes dates that leave out their year.
pub(super) fn mark(line: &str, today: NaiveDate) -> Option<Mark> {
    let text = line.trim();
    if text.starts_with("* ") || text.starts_with("- ") || text.starts_with("+ ") || text.starts_with('|') {
        return None;
    }
    let quoted = text.strip_prefix("> ").filter(|inner| inner.starts_with(['*', '_', '[']));
    let text = quoted.unwrap_or(text);
    // Some editors escape the emphasis.
    let unescaped = text.replace("\\*", "*");
    let text = if text.starts_with("\\*") { unescaped.as_str() } else { text };
    let heading = text.trim_start_matches('#');
    let is_heading = heading.len() < text.len();
    let text = heading.trim();
    let text = text.strip_prefix('\\').filter(|text| text.starts_with('[')).unwrap_or(text);
    let held = bracketed(text, today).or_else(|| emphasised(text, today));
    let whole = || read(text, "", today, Set::Off).filter(|_| is_heading);
    let labelled = || read(text.strip_prefix("Status:")?.trim_start(), "", today, Set::Off);
    held.or_else(whole).or_else(labelled).or_else(|| read(text, "", today, Set::Bare))
}

/// `[Final Message] text`, `/Update 13:34/ text`.
fn bracketed(text: &str, today: NaiveDate) -> Option<Mark> {
    let (inner, rest) = match text.strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None => text.strip_prefix('/')?.split_once('/')?,
    };
    if rest.starts_with(['(', '[']) {
        return None;
    }
    read(inner, rest, today, Set::Off)
}

/// `**Update 10:30 UTC:** text`; the closing mark may be forgotten after two asterisks.
fn emphasised(text: &str, today: NaiveDate) -> Option<Mark> {
    let run = ["***", "**", "__", "*", "_"].into_iter().find(|run| text.starts_with(run))?;
    // Editors escape the dash behind a label.
    let text = &text.replacen("\\-", "-", 1);
    let inner = text.strip_prefix(run)?;
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    match inner.split_once(run) {
        Some((inner, rest)) => read(inner, rest, today, Set::Off)
            .map(|mark| with_day_behind(with_time_behind(mark, today), today))
            .or_else(|| labelled(inner, rest, today)),
        None if run == "**" => read(inner, "", today, Set::Off),
        None => None,
    }
}

/// `*Vendor is asked | 09/26 10:12am* - text`: a label of any words, then a bar and a time.
fn labelled(inner: &str, rest: &str, today: NaiveDate) -> Option<Mark> {
    let (label, time) = inner.split_once('|').filter(|_| inner.len() <= MARK_BYTES_MAX)?;
    let mark = read(time, rest, today, Set::Off).filter(|mark| mark.is_time)?;
    let words: Vec<String> = label.split_whitespace().map(plain_word).collect();
    let (role, ..) = phrase(&words);
    Some(Mark { role: role.unwrap_or(Role::News), is_time: false, ..mark })
}

/// `**Update** 10:30 - text`: the time that stands behind a mark without one.
fn with_time_behind(mark: Mark, today: NaiveDate) -> Mark {
    if mark.stated.is_some() {
        return mark;
    }
    match read(&mark.rest, "", today, Set::Bare) {
        Some(behind)
            if behind.role == Role::News && behind.stated.clock.is_some() && behind.number.is_none() =>
        {
            let is_time = leading_words(&mark.rest).next().is_some_and(|word| times::is_time_word(word.text));
            if is_time { Mark { stated: behind.stated, rest: behind.rest, ..mark } } else { mark }
        }
        _ => mark,
    }
}

/// `**Update: 11:58** (26 Feb 2013) - text`: the day in brackets behind a time of day.
fn with_day_behind(mark: Mark, today: NaiveDate) -> Mark {
    let in_brackets = || mark.rest.strip_prefix('(')?.split_once(')');
    let Some((inner, behind)) = in_brackets().filter(|_| mark.stated.clock.is_some()) else { return mark };
    let day = times::stated(inner, today).day.filter(|_| inner.split_whitespace().all(times::is_time_word));
    if day.is_none() || mark.stated.day.is_some() {
        return mark;
    }
    let rest = behind.trim_start_matches([':', '-', '–', '—', ' ']).to_owned();
    Mark { stated: Stated { day, ..mark.stated }, rest, ..mark }
}

/// A word of a line and where it ends.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    end: usize,
}

fn leading_words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let pieces = text.split_inclusive(char::is_whitespace);
    pieces
        .scan(0, |end, piece| {
            *end += piece.len();
            Some(Word { text: piece.trim_end(), end: *end })
        })
        .filter(|word| !word.text.is_empty())
}

/// Reads the mark that a text is, or begins with.
fn read(text: &str, rest: &str, today: NaiveDate, set: Set) -> Option<Mark> {
    if set == Set::Off && text.len() > MARK_BYTES_MAX {
        return None;
    }
    let words: Vec<Word<'_>> = leading_words(text).take(24).collect();
    let plain: Vec<String> = words.iter().map(|word| plain_word(word.text)).collect();
    let (role, taken, mut number) = phrase(&plain);
    let mut end = Taken { words: taken, is_closed: words.get(..taken).is_some_and(ends_closed) };
    while let Some(word) = words.get(end.words) {
        let text = plain.get(end.words).map_or("", String::as_str);
        let is_first_number = role.is_some() && number.is_none() && end.words == taken;
        let next = plain.get(end.words + 1).map_or("", String::as_str);
        if is_first_number
            && times::clock_of(text, next).is_none()
            && text.len() <= 2
            && text.parse::<u32>().is_ok()
        {
            number = text.parse().ok();
        } else if !times::is_time_word(word.text)
            && (end.is_closed || role.is_none() || !has(&WORDS.marks.fillers, text))
        {
            break;
        }
        end.words += 1;
        end.is_closed = end.is_closed || is_closed(word.text) && end.words > taken.max(1);
    }
    let end = if set == Set::Off { end.words } else { back_to_time(&words, end.words, taken) };
    let inner_end = end.checked_sub(1).and_then(|last| words.get(last)).map(|word| word.end)?;
    let inner = text.get(..inner_end)?;
    let stated = times::stated(inner, today);
    let behind = text.get(inner_end..).unwrap_or_default();
    let is_whole = behind.trim().is_empty();
    if set == Set::Off && !is_whole {
        // `[12:00 UTC] Post-mortem`: a time before its label.
        let label = read(behind, rest, today, set).filter(|mark| !mark.is_time && !mark.stated.is_some());
        let is_led = role.is_none() && stated.clock.is_some();
        return label.filter(|_| is_led).map(|label| Mark { stated, ..label });
    }
    let role = role.or_else(|| {
        (stated.clock.is_some() || set == Set::Off && stated.day.is_some()).then_some(Role::News)
    })?;
    let delimited = is_closed(inner.trim_end()) || starts_closed(behind);
    let is_sure = match set {
        Set::Off => true,
        Set::Bare if taken == 0 => stated.clock.is_some() && (is_whole || delimited),
        Set::Bare if is_whole => is_line_of_marks(text, role, end) || delimited || stated.clock.is_some(),
        Set::Bare => delimited || stated.clock.is_some() && role == Role::News,
    };
    let behind = if is_whole { rest } else { behind };
    let rest = behind.trim_start_matches([':', '-', '–', '—', ' ', '.', '|', '*', '_', ']']).trim_end();
    is_sure.then(|| Mark { role, number, stated, is_time: taken == 0, rest: kept_emphasis(behind, rest) })
}

/// Whether a line of nothing but words of marks is one: `Done.` and `Fixed` are words of the text.
fn is_line_of_marks(text: &str, role: Role, words: usize) -> bool {
    !text.trim_end().ends_with(['.', '!']) && (words > 1 || role == Role::News)
}

struct Taken {
    words: usize,
    is_closed: bool,
}

/// The emphasis that the text itself begins with is its own.
fn kept_emphasis(behind: &str, rest: &str) -> String {
    let cut = behind.trim_end().strip_suffix(rest).unwrap_or_default();
    let marks: String = cut.chars().rev().take_while(|c| matches!(c, '*' | '_')).collect();
    if rest.contains(marks.as_str()) && !marks.is_empty() {
        format!("{marks}{rest}")
    } else {
        rest.to_owned()
    }
}

/// In a line, a mark ends with the last word that can only be a time, or with its own phrase: `Update: the database …`.
fn back_to_time(words: &[Word<'_>], end: usize, taken: usize) -> usize {
    let is_hard =
        |word: &Word<'_>| word.text.chars().any(|c| c.is_ascii_digit()) || is_zone_or_hour(word.text);
    let is_own =
        |at: usize| at < taken || words.get(at).is_some_and(|word| is_hard(word) || is_closed(word.text));
    (0..end).rev().find(|at| is_own(*at)).map_or(0, |at| at + 1)
}

fn is_zone_or_hour(word: &str) -> bool {
    let plain = plain_word(word);
    WORDS.zones.contains_key(&plain)
        || has(&WORDS.hour_words, &plain)
        || matches!(plain.as_str(), "am" | "pm")
}

fn ends_closed(words: &[Word<'_>]) -> bool {
    words.last().is_some_and(|word| is_closed(word.text))
}

fn is_closed(text: &str) -> bool {
    text.trim_end_matches(['*', '_', ')', ']']).ends_with([':', '–', '—', '|'])
        || matches!(text, "-" | "–" | "—")
        || text.ends_with(" -")
}

fn starts_closed(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches(['*', '_']);
    text.starts_with([':', '–', '—', '|']) || text.starts_with("- ")
}

/// The role of the longest phrase the words begin with, how many words it takes, and its number: `update2`.
fn phrase(plain: &[String]) -> (Option<Role>, usize, Option<u32>) {
    let marks = &WORDS.marks;
    let lists = [
        (Role::News, &marks.news),
        (Role::Opening, &marks.opening),
        (Role::Closing, &marks.closing),
        (Role::Phase(Phase::Investigating), &marks.investigating),
        (Role::Phase(Phase::Identified), &marks.identified),
        (Role::Phase(Phase::Monitoring), &marks.monitoring),
        (Role::Phase(Phase::InProgress), &marks.in_progress),
        (Role::Phase(Phase::Scheduled), &marks.scheduled),
        (Role::Phase(Phase::Cancelled), &marks.cancelled),
        (Role::Phase(Phase::Postmortem), &marks.postmortem),
    ];
    for count in (1..=plain.len().min(4)).rev() {
        let joined = plain.get(..count).unwrap_or_default().join(" ");
        let stem = joined.trim_end_matches(|c: char| c.is_ascii_digit());
        let number =
            joined.get(stem.len()..).filter(|_| !stem.is_empty()).and_then(|digits| digits.parse().ok());
        if let Some((role, _)) = lists.iter().find(|(_, list)| has(list, stem) || has(list, &joined)) {
            return (Some(*role), count, number);
        }
        let is_mark = |phase: &Phase| count < 3 && *phase != Phase::Withdrawn;
        if let Some(phase) = Phase::from_word(&joined).filter(is_mark) {
            let role = if phase == Phase::Resolved || phase == Phase::Completed {
                Role::Closing
            } else {
                Role::Phase(phase)
            };
            return (Some(role), count, None);
        }
    }
    (None, 0, None)
}

fn plain_word(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(Role, Option<String>, String)> {
        let today = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let mark = super::mark(line, today)?;
        let clock =
            mark.stated.clock.map(|seconds| format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60));
        Some((mark.role, clock, mark.rest))
    }

    fn is(line: &str, role: Role, clock: &str, rest: &str) {
        let clock = (!clock.is_empty()).then(|| clock.to_owned());
        assert_eq!(read(line), Some((role, clock, rest.to_owned())), "{line}");
    }

    #[test]
    fn marks_are_read_in_every_dress() {
        is("[Final Message] All is well.", Role::Closing, "", "All is well.");
        is("**Update 10:30 UTC:** Half work.", Role::News, "10:30", "Half work.");
        is("**Update** 10:30 - Half work.", Role::News, "10:30", "Half work.");
        is("**Update:** **Half** work.", Role::News, "", "**Half** work.");
        is("## 2023-07-13 08:49 UTC", Role::News, "08:49", "");
        is("##2024-01-23 22:00", Role::News, "22:00", "");
        is("2024-07-16 23:20:00 UTC", Role::News, "23:20", "");
        is("16:05 UTC", Role::News, "16:05", "");
        is("*Monitoring* - A fix is in.", Role::Phase(Phase::Monitoring), "", "A fix is in.");
        is("*Investigating*", Role::Phase(Phase::Investigating), "", "");
        is("Update: 20:11 - The copy is made.", Role::News, "20:11", "The copy is made.");
        is("Update: 10am  Issue with configs", Role::News, "10:00", "Issue with configs");
        is("Update 10:24 Wow, rolled back", Role::News, "10:24", "Wow, rolled back");
        is("/Update 13:34/ Back.", Role::News, "13:34", "Back.");
        is("Update: the database is moved", Role::News, "", "the database is moved");
        is("[Update 3]", Role::News, "", "");
        is("10:15 Uhr: Die Ursache ist gefunden.", Role::News, "10:15", "Die Ursache ist gefunden.");
        is("### Update 02.03.2026 10:15 Uhr:", Role::News, "10:15", "");
        is("## Stand 11.10.2023: 00:00", Role::News, "00:00", "");
        is("Update 2026-03-02 10:15 GMT+1: Back.", Role::News, "10:15", "Back.");
        is("\\*\\*Update 10:15\\*\\* Half work.", Role::News, "10:15", "Half work.");
        is("\\[Update 03-02 10:15]", Role::News, "10:15", "");
        is(
            "*The vendor is asked | 03/02 10:12am* - A ticket is open.",
            Role::News,
            "10:12",
            "A ticket is open.",
        );
        is(
            "*Investigating | 03/01 11:24pm* - No line.",
            Role::Phase(Phase::Investigating),
            "23:24",
            "No line.",
        );
        is("**[10:15 UTC] Post-mortem:** A disk.", Role::Phase(Phase::Postmortem), "10:15", "A disk.");
        is("> **Update, 10:15 UTC:** Half work.", Role::News, "10:15", "Half work.");
        is("Status: Identified (2026-03-02 10:15 UTC)", Role::Phase(Phase::Identified), "10:15", "");
        is("### All done!", Role::Closing, "", "");
    }

    #[test]
    fn marks_are_read_in_other_languages() {
        is("**Mise à jour 14h30 :** Rétabli.", Role::News, "14:30", "Rétabli.");
        is("*Résolu* - Tout fonctionne.", Role::Closing, "", "Tout fonctionne.");
        is("**Actualización (10:15):** Seguimos.", Role::News, "10:15", "Seguimos.");
        is("**Resuelto 12:00** - Ya funciona.", Role::Closing, "12:00", "Ya funciona.");
        is("Atualização 10h15 - Seguimos.", Role::News, "10:15", "Seguimos.");
        is("Aggiornamento ore 10:15: quasi pronto", Role::News, "10:15", "quasi pronto");
        is("Behoben 11:30 Uhr: läuft", Role::Closing, "11:30", "läuft");
        is("**In Untersuchung**", Role::Phase(Phase::Investigating), "", "");
        is("Opgelost om 14:00 uur: alles werkt", Role::Closing, "14:00", "alles werkt");
    }

    #[test]
    fn prose_is_no_mark() {
        for line in [
            "[ci.example.org] is slow",
            "Update center jobs: queued.",
            "## Timeline - May 1, 2023",
            "* 10:05 UTC - first report",
            "Open the page again.",
            "Started at once, we are looking.",
            "On 3 May the search moves",
            "[INFRA-2846](https://issues.example.org)",
            "Final tests are running: nothing yet",
            "## Please note:",
            "Updates:",
            "*one | two* - three",
            "14 servers: all down",
            "Status: unknown",
            "> We are on it.",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
