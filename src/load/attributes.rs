//! The attributes of an update's heading: `{eta=2026-11-20T11:30Z severity=major checkout=degraded}`.
//!
//! Promises: every wrong attribute is reported at its own columns; the values are read by the same readers as the
//! front matter's, so both take the same words and times and name the same rules.

use std::collections::BTreeMap;

use crate::located::{Document, Entry, Field, Located, Table, Value, nearest, quoted, suggestion};
use crate::model::Moment;
use crate::model::audience::{Audience, AudienceName};
use crate::model::author_mark::AuthorMark;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::Eta;
use crate::model::phase::Severity;

use super::fault::Fault;
use super::piece::SpannedText;

/// The attributes that are no features. A feature of one of these names cannot be given a status in a heading.
pub(super) const NAMES: [&str; 5] = ["eta", "severity", "next_update", "audience", "notify"];

/// What changed at the moment of an update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) eta: Option<Eta>,
    pub(super) next_update: Option<Moment>,
    pub(super) severity: Option<Severity>,
    pub(super) audience: Option<Audience>,
    pub(super) author_mark: Option<AuthorMark>,
    pub(super) statuses: BTreeMap<FeatureId, Status>,
}

/// Reads the attributes with their braces. What cannot be read is reported and left out.
pub(super) fn read(document: &Document<'_>, braces: SpannedText<'_>) -> Attributes {
    let entries = match entries(braces) {
        Ok(entries) => entries,
        Err(fault) => {
            fault.report(document);
            return Attributes::default();
        }
    };
    let mut table = document.table(&entries, braces.span());
    Attributes {
        eta: eta(&table.optional("eta")),
        next_update: table.optional("next_update").moment(),
        severity: severity(&table.optional("severity")),
        audience: audience(&table.optional("audience")),
        author_mark: author_mark(&table.optional("notify")),
        statuses: statuses(&table),
    }
}

/// A time, or the word `unknown`.
pub(super) fn eta(field: &Field<'_>) -> Option<Eta> {
    match field.value()? {
        Value::Text(word) if word == "unknown" => Some(Eta::Unknown),
        _ => field.moment().map(Eta::At),
    }
}

/// One of the severities.
pub(super) fn severity(field: &Field<'_>) -> Option<Severity> {
    field.choice(&Severity::ALL, Severity::word, Severity::from_word)
}

/// One of the statuses.
pub(super) fn status(field: &Field<'_>) -> Option<Status> {
    field.choice(&Status::ALL, Status::word, Status::from_word)
}

/// Whether the operator wants it told.
pub(super) fn author_mark(field: &Field<'_>) -> Option<AuthorMark> {
    field.choice(&AuthorMark::ALL, AuthorMark::word, AuthorMark::from_word)
}

fn audience(field: &Field<'_>) -> Option<Audience> {
    field.shaped("bad-audience", AudienceName::SHAPE, Audience::from_word)
}

fn statuses(table: &Table<'_>) -> BTreeMap<FeatureId, Status> {
    let mut statuses = BTreeMap::new();
    for (key, field) in table.all() {
        if NAMES.contains(&key) {
            continue;
        }
        let is_status = matches!(field.value(), Some(Value::Text(word)) if Status::from_word(word).is_some());
        let meant = if is_status { None } else { nearest(key, NAMES) };
        match FeatureId::new(key).filter(|_| meant.is_none()) {
            Some(feature) => {
                let status = status(&field);
                statuses.extend(status.map(|status| (feature, status)));
            }
            None => {
                let message = format!("{} is not an attribute or a feature", quoted(key));
                table.document().error(table.key_span(key), "unknown-key", message, suggestion(key, &NAMES));
            }
        }
    }
    statuses
}

fn entries(braces: SpannedText<'_>) -> Result<Vec<Entry>, Fault> {
    let Some(inside) = braces.text().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        let hint = "end the heading with `}`";
        return Err(Fault::new("bad-attributes", braces.span(), "the attributes are not closed", hint));
    };
    let mut rest = braces.inside().trim();
    let mut entries = Vec::with_capacity(inside.matches('=').count());
    while !rest.is_empty() {
        let (key, after) = rest.cut_before(|c| c == '=' || c.is_whitespace());
        if AuthorMark::from_word(key.text()).is_some() && !after.text().starts_with('=') {
            let located = Located::new(Value::Text(key.text().to_owned()), key.span());
            entries.push(Entry::new("notify", key.span(), located));
            rest = after.trim();
            continue;
        }
        if key.is_empty() || !after.text().starts_with('=') {
            return Err(no_value(rest, key));
        }
        let (value, after) = value(after.cut(1).1)?;
        let located = Located::new(Value::Text(value.text().to_owned()), value.span());
        entries.push(Entry::new(key.text(), key.span(), located));
        rest = after.trim();
    }
    Ok(entries)
}

/// The value that the piece begins with, without its quotes, and what follows it.
fn value(piece: SpannedText<'_>) -> Result<(SpannedText<'_>, SpannedText<'_>), Fault> {
    if let Some(quotes) = piece.text().strip_prefix('"') {
        let Some(length) = quotes.find('"') else {
            let hint = "add `\"` behind the value";
            return Err(Fault::new("bad-attributes", piece.span(), "the quotes are not closed", hint));
        };
        let (quoted, after) = piece.cut(length + 2);
        return Ok((quoted.inside(), after));
    }
    let (value, after) = piece.cut_before(char::is_whitespace);
    if value.text().ends_with(',') {
        let (_, comma) = value.cut(value.text().len() - 1);
        let message = "attributes are separated by spaces";
        return Err(Fault::new("bad-attributes", comma.span(), message, "delete the comma"));
    }
    Ok((value, after))
}

fn no_value(rest: SpannedText<'_>, key: SpannedText<'_>) -> Fault {
    let word = rest.words().next().unwrap_or(rest);
    let message = format!("{} is not an attribute with a value", quoted(word.text()));
    let mark = nearest(key.text(), AuthorMark::ALL.map(AuthorMark::word));
    let near = nearest(key.text(), NAMES).filter(|near| *near != key.text());
    let hint = match (mark, near) {
        (Some(mark), _) => format!("did you mean `{mark}`?"),
        (None, Some(near)) => format!("did you mean `{near}=…`?"),
        (None, None) => {
            let name = if key.is_empty() { "eta" } else { key.text() };
            format!("write it like `{name}=…`, without spaces around the equals sign")
        }
    };
    Fault::new("bad-attributes", word.span(), message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::problem::Problem;
    use chrono::{TimeZone, Utc};

    fn read_all(text: &str) -> (Attributes, Vec<Problem>) {
        let document = Document::from_tree("f.md", text, Located::new(Value::Nothing, 0..0));
        let attributes = read(&document, SpannedText::new(text, 0..text.len()));
        (attributes, document.into_parts().0)
    }

    fn complaint(text: &str) -> (&'static str, usize, usize, Option<String>) {
        let (_, problems) = read_all(text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        let place = problems[0].place.clone().unwrap();
        (problems[0].rule, place.column, place.length, problems[0].hint.clone())
    }

    #[test]
    fn every_attribute_is_read() {
        let text = "{eta=2026-11-20T11:30Z next_update=\"2026-11-20 10:30 UTC\"  severity=major audience=internal \
                    checkout=degraded refunds=operational}";
        let (attributes, problems) = read_all(text);
        assert_eq!(problems, []);
        let at = |hour| Utc.with_ymd_and_hms(2026, 11, 20, hour, 30, 0).unwrap();
        assert_eq!(attributes.eta, Some(Eta::At(at(11))));
        assert_eq!(attributes.next_update, Some(at(10)));
        assert_eq!(attributes.severity, Some(Severity::Major));
        assert_eq!(attributes.audience, Some(Audience::Internal));
        let statuses: Vec<_> = attributes.statuses.iter().map(|(id, s)| (id.as_str(), *s)).collect();
        assert_eq!(statuses, [("checkout", Status::Degraded), ("refunds", Status::Operational)]);
        assert_eq!(read_all("{}"), (Attributes::default(), Vec::new()));
        assert_eq!(read_all("{eta=unknown}").0.eta, Some(Eta::Unknown));
        assert_eq!(read_all("{silent}").0.author_mark, Some(AuthorMark::Silent));
        assert_eq!(read_all("{severity=major tell}").0.author_mark, Some(AuthorMark::Tell));
        assert_eq!(read_all("{notify=tell}").0.author_mark, Some(AuthorMark::Tell));
    }

    #[test]
    fn each_mistake_points_at_its_word() {
        let did_you_mean = |word: &str| Some(format!("did you mean `{word}`?"));
        assert_eq!(complaint("{severity=majr}"), ("unknown-word", 11, 4, did_you_mean("major")));
        assert_eq!(complaint("{sevrity=major}"), ("unknown-key", 2, 7, did_you_mean("severity")));
        assert_eq!(complaint("{next-update=x}"), ("unknown-key", 2, 11, did_you_mean("next_update")));
        assert_eq!(complaint("{checkout=degradd}"), ("unknown-word", 11, 7, did_you_mean("degraded")));
        assert_eq!(complaint("{Größe=1}").0, "unknown-key");
        assert_eq!(complaint("{a=degraded eta=noon}").1, 17);
        assert_eq!(complaint("{eta=noon}").0, "bad-time");
        assert_eq!(complaint("{eta=unknown eta=unknown}").0, "duplicate-key");
    }

    #[test]
    fn a_misspelt_word_without_a_value_is_recognized() {
        let like = |name: &str| format!("write it like `{name}=…`, without spaces around the equals sign");
        for (text, hint) in [
            ("{slient}", "did you mean `silent`?".to_owned()),
            ("{Silent}", "did you mean `silent`?".to_owned()),
            ("{severity=major tel}", "did you mean `tell`?".to_owned()),
            ("{etta}", "did you mean `eta=…`?".to_owned()),
            ("{eta}", like("eta")),
            ("{checkout}", like("checkout")),
            ("{=x}", like("eta")),
        ] {
            assert_eq!(complaint(text).3, Some(hint), "{text}");
        }
    }

    #[test]
    fn broken_syntax_says_how_to_write_it() {
        for (text, column, length) in [
            ("{eta=unknown", 1, 12),
            ("{eta}", 2, 3),
            ("{eta = unknown}", 2, 3),
            ("{=x}", 2, 2),
            ("{severity=major, checkout=degraded}", 16, 1),
            ("{eta=\"unknown}", 6, 8),
        ] {
            let (rule, found_column, found_length, _) = complaint(text);
            assert_eq!((rule, found_column, found_length), ("bad-attributes", column, length), "{text}");
        }
    }
}
