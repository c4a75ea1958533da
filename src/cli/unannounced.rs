//! Why a difference is not announced, and what was edited, in the operator's words.

use serde_json::{Value, json};

use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::edit::{Part, Reason, TextEdit, Verdict};
use crate::model::incident::{Audience, IncidentId};

use crate::cli::describe::{all, part_name, precise};

/// The longest sentence that is shown of an edit.
const SHOWN_CHARACTERS_MAX: usize = 300;

/// A reason as the end of a sentence.
pub(crate) fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Cosmetic => "the edit changes no meaning".to_owned(),
        Reason::Renamed => {
            "it was already announced: only its name, its start or the time of a heading changed".to_owned()
        }
        Reason::Future { at } => {
            format!("its time is in the future; run `allclear notify` again after {}", precise(*at))
        }
        Reason::Old => "it is more than a day old, or a detail of an incident that is over".to_owned(),
        Reason::Removed { at } => format!(
            "the update of {} was removed, and those who received it are not notified of that; to correct it, post an \
             update",
            precise(*at)
        ),
        Reason::Internal { audience, update } => narrow(*audience, *update),
        Reason::Silenced { by_file, what } => silenced(*by_file, what),
        Reason::Faulty => "its file has an error; it is announced once that is fixed".to_owned(),
        Reason::Unapproved { by, rejected } => unapproved(by, rejected),
        Reason::Controlled { why } => why.clone(),
        Reason::Skipped => "left out by --only or --skip; a later run announces it".to_owned(),
    }
}

/// For whom an incident or its update is, and how they are notified of it.
fn narrow(audience: Audience, update: Option<Moment>) -> String {
    let it = update.map_or_else(|| "it".to_owned(), |at| format!("the update of {}", precise(at)));
    match audience {
        Audience::Named(name) => {
            format!("{it} is for the audience `{name}`: `allclear notify --audience {name}` announces it")
        }
        Audience::Internal | Audience::Public => {
            format!("{it} is internal: only the internal site shows it, and no subscriber is notified of it")
        }
    }
}

/// Whose approval is missing, and why the approvals that were found do not count.
fn unapproved(by: &[String], rejected: &[String]) -> String {
    let found: String = rejected.iter().map(|why| format!("; {why}")).collect();
    format!("it needs the approval of {}{found}", by.join(", and of "))
}

/// What an author keeps from subscribers, and by which mark.
fn silenced(by_file: bool, what: &[ChangeKind]) -> String {
    let what = if what.is_empty() { "this edit".to_owned() } else { all(what) };
    match by_file {
        true => format!(
            "its file says `notify = \"silent\"`, so no subscriber is ever notified of: {what}. To announce later changes, \
             remove that line"
        ),
        false => format!("marked `{{silent}}`: {what}"),
    }
}

/// That a new incident may be an announced one under another name, and how to answer.
pub(crate) fn may_be(incident: &IncidentId, announced: &IncidentId) -> String {
    format!(
        "may be `{announced}` under another name, which was announced as open and whose file is gone; if it is, add \
         `--renamed {announced}={incident}`"
    )
}

/// The edits of an incident, three lines each: what becomes of it and why, the text as told, the text now.
pub(crate) fn edits(edits: &[TextEdit], incident: &IncidentId) -> Vec<String> {
    let of_incident = edits.iter().filter(|edit| edit.incident == *incident);
    of_incident
        .flat_map(|edit| {
            [head(edit), format!("- {}", cut(&edit.edit.before)), format!("+ {}", cut(&edit.edit.after))]
        })
        .collect()
}

/// What becomes of an edit, and why.
pub(crate) fn head(edit: &TextEdit) -> String {
    let language = edit.language.as_ref().map(|language| format!(" ({language})")).unwrap_or_default();
    let part = part_name(edit.part);
    let why = edit.edit.why;
    match edit.edit.verdict {
        Verdict::Silent => format!("{part}{language}: not announced, {why}"),
        Verdict::Tell if edit.is_addition() => format!("{part}{language}: announced, {why}"),
        Verdict::Tell => format!("{part}{language}: announced as a correction, {why}"),
        Verdict::Ask => {
            let way_out = match edit.part {
                Part::Update { .. } => "mark its heading `{silent}`",
                Part::Title | Part::Impact | Part::Workaround => "restore the old text",
            };
            format!("{part}{language}: {why}; announced as a correction unless you {way_out}")
        }
    }
}

/// The same for scripts.
pub(crate) fn edits_json(edits: &[TextEdit], incident: &IncidentId) -> Vec<Value> {
    let of_incident = edits.iter().filter(|edit| edit.incident == *incident);
    of_incident
        .map(|edit| {
            json!({
                "part": edit.part.word(),
                "language": edit.language.as_ref().map(ToString::to_string),
                "verdict": edit.edit.verdict.word(),
                "why": edit.edit.why,
                "before": edit.edit.before,
                "after": edit.edit.after,
            })
        })
        .collect()
}

/// A sentence on one line, cut if it is very long.
pub(crate) fn cut(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= SHOWN_CHARACTERS_MAX {
        return flat;
    }
    flat.chars().take(SHOWN_CHARACTERS_MAX).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::edit::Edit;
    use crate::model::localized::Language;

    fn at() -> Moment {
        "2026-11-20T10:00:30Z".parse().unwrap()
    }

    fn edit(part: Part, tag: Option<&str>, verdict: Verdict, texts: (&str, &str)) -> TextEdit {
        TextEdit {
            incident: IncidentId::new("cards").unwrap(),
            part,
            language: tag.and_then(Language::new),
            edit: Edit { before: texts.0.to_owned(), after: texts.1.to_owned(), verdict, why: "a number" },
        }
    }

    #[test]
    fn a_reason_names_the_time_the_update_or_the_mark() {
        let marked = |by_file, what: &[ChangeKind]| Reason::Silenced { by_file, what: what.to_vec() };
        for (of, said) in [
            (Reason::Cosmetic, "changes no meaning"),
            (Reason::Future { at: at() }, "again after 2026-11-20 10:00:30 UTC"),
            (Reason::Removed { at: at() }, "the update of 2026-11-20 10:00:30 UTC was removed"),
            (
                Reason::Internal { audience: Audience::Internal, update: Some(at()) },
                "the update of 2026-11-20 10:00:30 UTC is internal",
            ),
            (
                Reason::Internal { audience: Audience::from_word("partners").unwrap(), update: None },
                "it is for the audience `partners`: `allclear notify --audience partners` announces it",
            ),
            (Reason::Faulty, "has an error"),
            (Reason::Skipped, "--only or --skip"),
            (
                Reason::Unapproved {
                    by: vec!["Bo (support manager)".into(), "Ana or Cy (incident manager)".into()],
                    rejected: vec!["Bo wrote it".into()],
                },
                "it needs the approval of Bo (support manager), and of Ana or Cy (incident manager); Bo wrote it",
            ),
            (marked(false, &[]), "marked `{silent}`: this edit"),
            (marked(false, &[ChangeKind::Resolved]), "marked `{silent}`: resolved"),
            (marked(true, &[ChangeKind::Opened]), "no subscriber is ever notified of: opened."),
            (marked(true, &[]), "no subscriber is ever notified of: this edit."),
        ] {
            assert!(reason(&of).contains(said), "{of:?}: {}", reason(&of));
        }
        let (new, old) = (IncidentId::new("2026/cards").unwrap(), IncidentId::new("cards").unwrap());
        assert!(may_be(&new, &old).ends_with("add `--renamed cards=2026/cards`"), "{}", may_be(&new, &old));
    }

    #[test]
    fn an_edit_is_shown_with_what_becomes_of_it_and_both_texts() {
        let update = Part::Update { at: at() };
        for (edit, said) in [
            (edit(Part::Title, None, Verdict::Silent, ("a", "b")), "title: not announced, a number"),
            (
                edit(Part::Impact, Some("es"), Verdict::Tell, ("a", "b")),
                "impact (es): announced as a correction, a number",
            ),
            (edit(Part::Impact, None, Verdict::Tell, ("", "b")), "impact: announced, a number"),
            (
                edit(Part::Workaround, None, Verdict::Ask, ("a", "b")),
                "workaround: a number; announced as a correction unless you restore the old text",
            ),
            (
                edit(update, None, Verdict::Ask, ("a", "b")),
                "update of 2026-11-20 10:00:30 UTC: a number; announced as a correction unless you mark its heading `{silent}`",
            ),
        ] {
            assert_eq!(head(&edit), said);
        }
        let found = [
            edit(Part::Title, Some("es"), Verdict::Ask, ("two\n words", "three")),
            TextEdit {
                incident: IncidentId::new("search").unwrap(),
                ..edit(update, None, Verdict::Tell, ("x", "y"))
            },
        ];
        let lines = edits(&found, &found[0].incident);
        assert_eq!((lines.len(), &lines[1..]), (3, &["- two words".to_owned(), "+ three".to_owned()][..]));
        let json = edits_json(&found, &found[0].incident);
        assert_eq!(
            json,
            [
                json!({ "part": "title", "language": "es", "verdict": "ask", "why": "a number", "before": "two\n words", "after": "three" })
            ]
        );
        assert_eq!(edits_json(&found, &found[1].incident)[0]["language"], Value::Null);
    }

    #[test]
    fn a_long_sentence_is_cut_between_characters_and_shows_it() {
        for (text, characters, is_cut) in
            [("a\t b\n\nc".to_owned(), 5, false), ("é".repeat(300), 300, false), ("é".repeat(301), 301, true)]
        {
            let shown = cut(&text);
            assert_eq!((shown.chars().count(), shown.ends_with('…')), (characters, is_cut), "{text}");
        }
    }
}
