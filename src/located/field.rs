//! The value of a key: reads itself as text, number, list or table, or reports why it cannot.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use super::table::Defaults;
use super::{Document, Entry, ITEMS_MAX, Located, Table, Value, nearest, quoted, suggestion};
use crate::model::Moment;
use crate::model::line::{has_no_width, is_unprintable, reorders};
use crate::model::localized::{Language, Localized};
use crate::model::moment::{self, DurationFault};

/// A longer text in a list has its position as its path.
const WORD_BYTES_MAX: usize = 64;

/// The value of a key, or the lack of it. Every decoding gives `None` if there is no value, silently, and
/// if its shape is wrong, which is a problem.
#[derive(Clone, Debug)]
pub struct Field<'d> {
    document: &'d Document<'d>,
    located: Option<&'d Located>,
    path: String,
    defaults: Option<(Defaults<'d>, Range<usize>)>,
}

impl<'d> Field<'d> {
    pub(super) fn new(document: &'d Document<'d>, located: Option<&'d Located>, path: String) -> Self {
        let located = located.filter(|located| located.value != Value::Nothing);
        Self { document, located, path, defaults: None }
    }

    /// Puts a table of defaults under the field; `around` is what to point at where the file writes no table.
    pub(super) fn over_table(self, defaults: Defaults<'d>, around: Range<usize>) -> Self {
        Self { defaults: Some((defaults, around)), ..self }
    }

    /// Whether the file, or the file of defaults, gives it a value.
    pub fn is_present(&self) -> bool {
        self.located.is_some() || self.defaults.is_some()
    }

    /// The value as it stands, to choose between several shapes without a problem.
    pub fn value(&self) -> Option<&'d Value> {
        self.located.map(|located| &located.value)
    }

    /// The bytes of the value.
    pub fn span(&self) -> Option<Range<usize>> {
        self.located.map(|located| located.span.clone())
    }

    /// The dotted key, as problems write it: `providers.relay.password`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Keeps the value out of every problem and place: it is, or may be, a secret.
    pub fn hide(&self) {
        if let Some(located) = self.located {
            self.document.hide(located.span.clone());
        }
    }

    /// Reports an error about the value; does nothing if there is none.
    pub fn error(&self, rule: &'static str, message: impl Into<String>, hint: Option<String>) {
        if let Some(located) = self.located {
            self.document.error(located.span.clone(), rule, message.into(), hint);
        }
    }

    /// Reports a warning about the value; does nothing if there is none.
    pub fn warning(&self, rule: &'static str, message: impl Into<String>, hint: Option<String>) {
        if let Some(located) = self.located {
            self.document.warning(located.span.clone(), rule, message.into(), hint);
        }
    }

    /// Text on one line that is not blank, without the blanks around it. Where the file breaks a long text over
    /// lines, each break and the blanks around it become one blank; no other control character may be in it, and none that
    /// turns the direction of letters or takes no room: a name must be what it looks like.
    pub fn text(&self) -> Option<String> {
        let prose = self.prose_without(|c| is_control(c) || is_hidden(c))?;
        Some(prose.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
    }

    /// Text that is not blank and keeps its lines, without the blanks around it; lines end with `\n`. No character in it
    /// changes the order of others.
    pub fn prose(&self) -> Option<String> {
        self.prose_without(|c| is_control(c) || reorders(c))
    }

    fn prose_without(&self, is_refused: fn(char) -> bool) -> Option<String> {
        let Value::Text(text) = self.value()? else {
            self.wrong_type("text", Some("put it in quotes"));
            return None;
        };
        let text = text.trim().replace("\r\n", "\n");
        if text.is_empty() {
            self.error("empty-text", format!("`{}` is empty", self.path), None);
            return None;
        }
        if let Some(control) = text.chars().find(|c| is_refused(*c)) {
            let kind = if is_control(control) { "control" } else { "invisible" };
            let message = format!("`{}` holds the {kind} character U+{:04X}", self.path, u32::from(control));
            self.error("control-character", message, Some("delete it".to_owned()));
            return None;
        }
        Some(text)
    }

    /// Text of a shape, such as an id: `shape` takes it or not, `expected` says the shape.
    pub fn shaped<T>(
        &self,
        rule: &'static str,
        expected: &str,
        shape: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text()?;
        let shaped = shape(&text);
        if shaped.is_none() {
            self.error(rule, format!("{} is not {expected}", quoted(&text)), None);
        }
        shaped
    }

    /// `true` or `false`.
    pub fn flag(&self) -> Option<bool> {
        match self.value()? {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) if text == "true" || text == "false" => {
                self.wrong_type("true or false", Some("remove the quotes"));
                None
            }
            _ => {
                self.wrong_type("true or false", None);
                None
            }
        }
    }

    /// A whole number within `range`.
    pub fn integer<T: TryFrom<i64> + Into<i64> + Copy>(&self, range: RangeInclusive<T>) -> Option<T> {
        let Value::Integer(number) = self.value()? else {
            self.wrong_type("a whole number", None);
            return None;
        };
        let (least, most): (i64, i64) = ((*range.start()).into(), (*range.end()).into());
        if !(least..=most).contains(number) {
            let message = format!("`{}` must be between {least} and {most}, not {number}", self.path);
            self.error("out-of-range", message, None);
            return None;
        }
        T::try_from(*number).ok()
    }

    /// One word of a closed set, as the enums of `model` spell it.
    pub fn choice<T: Copy>(
        &self,
        all: &[T],
        word: fn(T) -> &'static str,
        from_word: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text()?;
        let chosen = from_word(&text);
        if chosen.is_none() {
            let words: Vec<&str> = all.iter().copied().map(word).collect();
            let message = format!("{} is not a value of `{}`", quoted(&text), self.path);
            self.error("unknown-word", message, suggestion(&text, &words));
        }
        chosen
    }

    /// A time with a zone, bare or in quotes: `2026-11-20T09:12:00Z`.
    pub fn moment(&self) -> Option<Moment> {
        let (Value::Time(text) | Value::Text(text)) = self.value()? else {
            self.wrong_type("a time", Some("write it like `2026-11-20T09:12:00Z`"));
            return None;
        };
        let read = moment::read(text);
        read.map_err(|fault| self.error(fault.rule(), fault.sentence(text), Some(fault.hint(text)))).ok()
    }

    /// A duration such as `"30m"`, within `range`.
    pub fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        let text = self.text()?;
        let read = moment::read_duration(&text);
        let refuse = |fault: DurationFault| {
            self.error("bad-duration", fault.sentence(&text), Some(fault.hint().to_owned()));
        };
        let duration = read.map_err(refuse).ok()?;
        if !range.contains(&duration) {
            let bounds = (said(*range.start()), said(*range.end()));
            let message =
                format!("`{}` must be between {} and {}, not {text}", self.path, bounds.0, bounds.1);
            self.error("out-of-range", message, None);
            return None;
        }
        Some(duration)
    }

    /// The items of a list, each a field of its own; empty if there is no list.
    pub fn items(&self) -> Vec<Field<'d>> {
        let items = match self.value() {
            None => return Vec::new(),
            Some(Value::List(items)) => items,
            Some(_) => {
                self.wrong_type("a list", Some("put it in square brackets"));
                return Vec::new();
            }
        };
        if items.len() > ITEMS_MAX {
            let message = format!("`{}` has {} items; the limit is {ITEMS_MAX}", self.path, items.len());
            self.error("too-many-items", message, None);
        }
        let item = |(at, located): (usize, &'d Located)| match &located.value {
            Value::Text(text) if (1..=WORD_BYTES_MAX).contains(&text.len()) => {
                let path = format!("{}.{text}", self.path);
                self.document.remember(&path, located.span.clone());
                Field::new(self.document, Some(located), path)
            }
            _ => Field::new(self.document, Some(located), format!("{}[{at}]", self.path)),
        };
        items.iter().take(ITEMS_MAX).enumerate().map(item).collect()
    }

    /// A list of texts. An item that is none is a problem and left out.
    pub fn texts(&self) -> Option<Vec<String>> {
        self.value()?;
        Some(self.items().iter().filter_map(Field::text).collect())
    }

    /// A table. Where only the defaults have it, it is an empty one over theirs.
    pub fn table(&self) -> Option<Table<'d>> {
        let (entries, span): (&[Entry], _) = match (self.located, &self.defaults) {
            (Some(Located { value: Value::Table(entries), span }), _) => (entries, span.clone()),
            (Some(_), _) => {
                self.wrong_type("a table", None);
                return None;
            }
            (None, Some((_, around))) => (&[], around.clone()),
            (None, None) => return None,
        };
        let table = Table::new(self.document, entries, span, self.path.clone());
        Some(match &self.defaults {
            Some((defaults, _)) => table.over_entries(*defaults),
            None => table,
        })
    }

    /// A list of tables; empty if there is none. An item that is no table is a problem and left out.
    pub fn tables(&self) -> Vec<Table<'d>> {
        self.items().iter().filter_map(Field::table).collect()
    }

    /// [`Field::text`] in the first of `languages`, or a table with a text for it and for any of the others:
    /// `{ en = "Shop", es = "Tienda" }`. With no languages known, any will do and the first written counts as
    /// the default.
    pub fn localized(&self, languages: &[Language]) -> Option<Localized> {
        self.localized_as(languages, Self::text)
    }

    /// The same for [`Field::prose`].
    pub fn localized_prose(&self, languages: &[Language]) -> Option<Localized> {
        self.localized_as(languages, Self::prose)
    }

    /// Reports that the value is of another kind than `expected`.
    pub fn wrong_type(&self, expected: &str, hint: Option<&str>) {
        if let Some(value) = self.value() {
            let message = format!("`{}` must be {expected}, not {}", self.path, value.kind());
            self.error("wrong-type", message, hint.map(str::to_owned));
        }
    }

    fn localized_as(&self, languages: &[Language], decode: fn(&Self) -> Option<String>) -> Option<Localized> {
        if !matches!(self.value()?, Value::Table(_)) {
            return decode(self).map(Localized::plain);
        }
        let table = self.table()?;
        let mut texts: Vec<(Language, String)> = Vec::new();
        for (key, field) in table.all() {
            let language = Language::new(key).filter(|tag| languages.is_empty() || languages.contains(tag));
            let Some(language) = language else {
                self.report_language(&table, key, languages);
                continue;
            };
            texts.extend(decode(&field).map(|text| (language, text)));
        }
        let first = match languages.first() {
            Some(first) => texts.iter().position(|(language, _)| language == first),
            None => (!texts.is_empty()).then_some(0),
        };
        let Some(first) = first else {
            let missing = languages.first().filter(|first| !table.has(first.as_str()));
            missing.iter().for_each(|first| table.report_missing(first.as_str()));
            return None;
        };
        let (_, default) = texts.remove(first);
        Some(Localized { default, translations: texts.into_iter().collect() })
    }

    fn report_language(&self, table: &Table<'_>, key: &str, languages: &[Language]) {
        let near = nearest(key, languages.iter().map(Language::as_str));
        let hint = near.map_or_else(
            || format!("add {} to the `languages` of the page", quoted(key)),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("{} is not a language of this page", quoted(key));
        self.document.error(table.key_span(key), "unknown-language", message, Some(hint));
    }
}

/// Whether a character may not be in text: it would break a mail header, a feed or a terminal.
fn is_control(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character may not be in a name or a title: a reader does not see it, and sees others differently.
fn is_hidden(c: char) -> bool {
    (is_unprintable(c) && !matches!(c, '\n' | '\t')) || has_no_width(c)
}

/// A duration in the largest unit that divides it.
fn said(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds > 0 && seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        seconds if seconds > 0 && seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}
