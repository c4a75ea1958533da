//! The heading of an update: `## 2026-11-20 10:05 UTC · Identified {eta=2026-11-20T11:30Z}`.
//!
//! Promises: a heading that cannot be read is reported at the word that is wrong, and never guessed: no time
//! without a zone, no phase from half a word.

use crate::located::{Document, quoted, suggestion};
use crate::model::Moment;
use crate::model::moment::{self, Reason};
use crate::model::phase::{IncidentKind, Phase};

use super::attributes::{self, Attributes};
use super::fault::Fault;
use super::piece::SpannedText;

/// How a heading is written, for hints.
const EXAMPLE: &str = "## 2026-11-20 10:05 UTC · Identified";

/// What stands between the time and the phase, in addition to a hyphen between blanks.
const SEPARATORS: [char; 3] = ['·', '—', '–'];

/// An update's heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// The moment of the update.
    pub(super) at: Moment,
    /// The phase from then on, if it is named.
    pub(super) phase: Option<Phase>,
    /// The attributes in braces after the phase.
    pub(super) attributes: Attributes,
}

/// Reads the line of a heading. `None` where its time was reported as unreadable; what is wrong in the rest is
/// reported and left out.
pub(super) fn read(document: &Document<'_>, line: SpannedText<'_>, kind: IncidentKind) -> Option<Heading> {
    let (title, braces) = title_and_braces(line);
    let (when, phase) = when_and_phase(title);
    let at = moment_of(when).map_err(|fault| fault.report(document)).ok();
    let phase = phase.and_then(|phase| {
        let phase = read_phase(phase, kind);
        phase.map_err(|fault| fault.report(document)).ok()
    });
    let attributes = braces.map(|braces| attributes::read(document, braces)).unwrap_or_default();
    if kind == IncidentKind::Maintenance && attributes.eta.is_some() {
        maintenance_eta(braces.unwrap_or(line)).report(document);
    }
    Some(Heading { at: at?, phase, attributes })
}

/// Reads the line of a translation's heading: the time counts, a phase may be written in any language, and
/// attributes belong in the main file.
pub(super) fn read_translated(document: &Document<'_>, line: SpannedText<'_>) -> Option<Moment> {
    let (title, braces) = title_and_braces(line);
    if let Some(braces) = braces {
        let message = "a translation's heading has attributes";
        let hint = "delete them: those in the main file count for every language";
        Fault::new("misplaced-attributes", braces.span(), message, hint).report(document);
    }
    moment_of(when_and_phase(title).0).map_err(|fault| fault.report(document)).ok()
}

/// Whether a line would be a whole update if it were a heading of the right level: a time and a phase.
pub(super) fn looks_like_update(line: SpannedText<'_>) -> bool {
    let (when, phase) = when_and_phase(title_and_braces(line).0);
    moment_of(when).is_ok() && phase.is_some_and(|phase| Phase::from_word(phase.text()).is_some())
}

/// Whether a line begins with a whole time.
pub(super) fn begins_with_time(line: SpannedText<'_>) -> bool {
    moment_of(when_and_phase(title_and_braces(line).0).0).is_ok()
}

/// What the heading says, and its attributes with their braces.
fn title_and_braces(line: SpannedText<'_>) -> (SpannedText<'_>, Option<SpannedText<'_>>) {
    let words = line.trim().trim_start_of('#').trim();
    let (title, braces) = words.cut_before(|c| c == '{');
    if braces.is_empty() { (without_closing_marks(title), None) } else { (title.trim(), Some(braces)) }
}

/// Without the `##` that may close a heading.
fn without_closing_marks(title: SpannedText<'_>) -> SpannedText<'_> {
    let open = title.text().trim_end_matches('#');
    if open.ends_with([' ', '\t']) { title.cut(open.len()).0.trim() } else { title.trim() }
}

fn when_and_phase(title: SpannedText<'_>) -> (SpannedText<'_>, Option<SpannedText<'_>>) {
    let hyphen = title.text().find(" - ").map(|at| at + 1);
    let separator = title.text().find(SEPARATORS).into_iter().chain(hyphen).min();
    let Some(at) = separator else {
        return (title, None);
    };
    let (when, rest) = title.cut(at);
    let length = rest.text().chars().next().map_or(0, char::len_utf8);
    let phase = rest.cut(length).1.trim();
    (when.trim(), (!phase.is_empty()).then_some(phase))
}

fn read_phase(piece: SpannedText<'_>, kind: IncidentKind) -> Result<Phase, Fault> {
    let words: Vec<&str> =
        Phase::ALL.into_iter().filter(|phase| phase.kind() == kind).map(Phase::word).collect();
    match Phase::from_word(piece.text()) {
        Some(phase) if phase.kind() == kind => Ok(phase),
        Some(phase) => {
            let whose = match kind {
                IncidentKind::Incident => "an incident",
                IncidentKind::Maintenance => "a maintenance",
            };
            let message = format!("`{}` is not a phase of {whose}", phase.word());
            let hint = format!("one of `{}`", words.join("`, `"));
            Err(Fault::new("wrong-phase", piece.span(), message, hint))
        }
        None => {
            let message = format!("{} is not a phase", quoted(piece.text()));
            let hint = suggestion(piece.text(), &words).unwrap_or_default();
            Err(Fault::new("unknown-word", piece.span(), message, hint))
        }
    }
}

fn maintenance_eta(braces: SpannedText<'_>) -> Fault {
    let message = "maintenance has no ETA";
    Fault::new(
        "misplaced-key",
        braces.span(),
        message,
        "move `ends` in the front matter: it says when the work ends",
    )
}

/// Reads the text before the phase; a heading that does not begin with a digit is no update's.
fn moment_of(when: SpannedText<'_>) -> Result<Moment, Fault> {
    if !when.text().starts_with(|c: char| c.is_ascii_digit()) {
        let message = "this level-2 heading is not an update: there is no time after `##`";
        let hint = format!("write it like `{EXAMPLE}`; inside an update, use `###`");
        return Err(Fault::new("bad-heading", when.span(), message, hint));
    }
    let first_byte = when.span().start;
    moment::read(when.text()).map_err(|fault| {
        let span = first_byte + fault.span.start..first_byte + fault.span.end;
        match fault.reason {
            Reason::TrailingText => {
                let hint = "put ` · ` between the time and the phase";
                Fault::new("bad-heading", span, fault.sentence(when.text()), hint)
            }
            _ => Fault::new(fault.rule(), span, fault.sentence(when.text()), fault.hint(when.text())),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::located::{Located, Value};
    use crate::model::problem::Problem;

    fn read_one(line: &str, kind: IncidentKind) -> (Option<Heading>, Vec<Problem>) {
        let document = Document::from_tree("f.md", line, Located::new(Value::Nothing, 0..0));
        let heading = read(&document, SpannedText::new(line, 0..line.len()), kind);
        (heading, document.into_parts().0)
    }

    fn understood(line: &str) -> (String, Option<Phase>) {
        let (heading, problems) = read_one(line, IncidentKind::Incident);
        assert_eq!(problems, [], "{line}");
        let heading = heading.unwrap();
        (heading.at.format("%Y-%m-%d %H:%M:%S").to_string(), heading.phase)
    }

    #[test]
    fn every_way_to_write_it_means_the_same() {
        for line in [
            "## 2026-11-20 10:05 UTC · Identified",
            "##  2026-11-20  10:05 UTC  ·  IDENTIFIED  ",
            "## 2026-11-20 10:05 UTC - identified",
            "## 2026-11-20 10:05 UTC — Identified",
            "## 2026-11-20 10:05 UTC–Identified ##",
            "## 2026-11-20 10:05Z · Identified {}",
            "## 2026-11-20T10:05Z · Identified",
            "## 2026-11-20T10:05:00Z · Identified",
            "## 2026-11-20 12:05 +02:00 · Identified",
            "## 2026-11-20 12:05+02:00 · Identified",
            "## 2026-11-20 05:05 -05:00 · Identified",
            "## 2026-11-20 11:05 Europe/Madrid · Identified",
        ] {
            assert_eq!(understood(line), ("2026-11-20 10:05:00".into(), Some(Phase::Identified)), "{line}");
        }
        assert_eq!(understood("## 2026-11-20 10:05:30 UTC"), ("2026-11-20 10:05:30".into(), None));
        assert_eq!(understood("## 2026-11-20 10:05 UTC ·"), ("2026-11-20 10:05:00".into(), None));
    }

    #[test]
    fn phases_of_two_words_are_read_for_maintenance() {
        for word in ["In progress", "in_progress", "In-Progress"] {
            let (heading, problems) =
                read_one(&format!("## 2026-11-20 10:05 UTC · {word}"), IncidentKind::Maintenance);
            assert_eq!((heading.unwrap().phase, problems), (Some(Phase::InProgress), Vec::new()), "{word}");
        }
    }

    #[test]
    fn each_mistake_points_at_its_word() {
        let cases = [
            ("## Root cause", "bad-heading", 4, 10, "use `###`"),
            ("##", "bad-heading", 3, 1, "write it like"),
            ("## 2026-13-20 10:05 UTC", "bad-time", 4, 10, "`2026-11-20`"),
            ("## 2026-11-20", "bad-time", 4, 10, "write it like"),
            ("## 2026-11-20 · Identified", "bad-time", 4, 10, "write it like"),
            ("## 2026-11-20 9:05 UTC", "bad-time", 15, 4, "`09:05`"),
            ("## 2026-11-20 24:00 UTC", "bad-time", 15, 5, "`09:05`"),
            ("## 2026-11-20 10:05", "missing-zone", 4, 16, "`2026-11-20 10:05 UTC`"),
            ("## 2026-11-20 10:05 · Identified", "missing-zone", 4, 16, "Europe/Madrid"),
            ("## 2026-11-20 10:05 PST · Identified", "unknown-zone", 21, 3, "write `UTC`"),
            ("## 2026-11-20 10:05 Europe/Madird", "unknown-zone", 21, 13, "`Europe/Madrid`"),
            ("## 2026-10-25 02:30 Europe/Madrid", "ambiguous-time", 4, 30, "`+02:00` or `+01:00`"),
            ("## 2026-03-29 02:30 Europe/Madrid", "skipped-time", 4, 30, "`+01:00` or `+02:00`"),
            ("## 2026-11-20 10:05 UTC Identified", "bad-heading", 25, 10, "` · `"),
            ("## 2026-11-20 10:05 UTC · Identifed", "unknown-word", 27, 9, "`identified`"),
            ("## 2026-11-20 10:05 UTC · Scheduled", "wrong-phase", 27, 9, "`investigating`"),
            ("## 2026-11-20 10:05 UTC {eta=soon}", "bad-time", 30, 4, "2026"),
        ];
        for (line, rule, column, length, hint) in cases {
            let (_, problems) = read_one(line, IncidentKind::Incident);
            assert_eq!(problems.len(), 1, "{line}: {problems:?}");
            let place = problems[0].place.clone().unwrap();
            assert_eq!((problems[0].rule, place.column, place.length), (rule, column, length), "{line}");
            let said = problems[0].hint.clone().unwrap_or_default();
            assert!(said.contains(hint), "{line}: {said}");
        }
    }

    #[test]
    fn two_mistakes_are_both_reported() {
        let (heading, problems) =
            read_one("## 2026-11-20 10:05 · Identifed {severity=majr}", IncidentKind::Incident);
        assert_eq!(heading, None);
        assert_eq!(problems.len(), 3);
    }

    #[test]
    fn a_maintenance_has_no_eta() {
        let (_, problems) = read_one("## 2026-11-20 10:05 UTC {eta=unknown}", IncidentKind::Maintenance);
        assert_eq!(problems[0].rule, "misplaced-key");
    }
}
