//! Reads the front matter: the current state, and the facts that do not change.
//!
//! Promises: TOML and YAML are read by the same reader, so both know the same keys and give the same problems; a
//! value of one kind of file in the other is a problem, never ignored.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::located::{Document, Field, Table, Value, quoted};
use crate::model::Moment;
use crate::model::audience::{self as texts_by, Audience, AudienceName, NarrowTexts};
use crate::model::author_mark::AuthorMark;
use crate::model::days::Days;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::{Eta, IncidentId, TimeRange};
use crate::model::phase::{IncidentKind, Severity};
use crate::model::repeats::{Repeats, Rule, SHAPE};
use crate::model::sensitivity::Sensitivity;
use crate::model::token;

use super::attributes::{author_mark, eta, severity, status};
use super::fault::{Fault, misplaced};
use super::main_only;
use super::other_names;
use super::split::{Parts, Syntax};
use super::window::{OPEN, window};
use super::yaml;

/// What a main file's block says. A fact is `None` if it is left out or has a problem.
#[derive(Clone, Debug)]
pub(super) struct FrontMatter {
    pub(super) id: Option<IncidentId>,
    pub(super) kind: IncidentKind,
    pub(super) audience: Option<Audience>,
    pub(super) title: Option<String>,
    pub(super) severity: Option<Severity>,
    pub(super) affected: Affected,
    pub(super) started: Option<Moment>,
    pub(super) window: Option<TimeRange>,
    pub(super) repeats: Option<Repeats>,
    pub(super) eta: Option<Eta>,
    pub(super) next_update: Option<Moment>,
    pub(super) impact: Option<String>,
    pub(super) workaround: Option<String>,
    pub(super) narrow: NarrowFrontMatter,
    pub(super) sensitivity: Sensitivity,
    pub(super) author_mark: Option<AuthorMark>,
    pub(super) imported_through: Option<Moment>,
    pub(super) day_only: Days,
    pub(super) accepted: BTreeMap<String, String>,
}

/// The features affected; those without a status have the one the severity implies.
pub(super) type Affected = BTreeMap<FeatureId, Option<Status>>;

/// What a translation's block says.
#[derive(Clone, Debug, Default)]
pub(super) struct TranslatedFrontMatter {
    pub(super) title: Option<String>,
    pub(super) impact: Option<String>,
    pub(super) workaround: Option<String>,
    pub(super) narrow: NarrowFrontMatter,
}

/// The texts of a block that are for narrower audiences.
#[derive(Clone, Debug, Default)]
pub(super) struct NarrowFrontMatter {
    pub(super) title: BTreeMap<Audience, String>,
    pub(super) impact: BTreeMap<Audience, String>,
    pub(super) workaround: BTreeMap<Audience, String>,
}

impl NarrowFrontMatter {
    pub(super) fn untranslated(self) -> NarrowTexts {
        NarrowTexts {
            title: texts_by::untranslated(self.title),
            impact: texts_by::untranslated(self.impact),
            workaround: texts_by::untranslated(self.workaround),
        }
    }
}

/// The block as a tree; an empty one where the file has none.
pub(super) fn document<'t>(file: &str, text: &'t str, parts: &Parts) -> Document<'t> {
    match parts.syntax {
        Some(Syntax::Yaml) => yaml::read(file, text, parts.block.clone()),
        Some(Syntax::Toml) | None => Document::from_toml(file, text, parts.block.clone()),
    }
}

/// Reads a main file's block. `needs_start` says that nothing else tells when an incident started.
pub(super) fn read(document: &Document<'_>, needs_start: bool) -> FrontMatter {
    let mut table = document.root();
    let kind = kind(&mut table);
    let (impact, workaround, narrow) = explanations(&mut table);
    let title = table.required("title");
    let (public_title, own_titles) = versions(&title, title_text);
    report_untitled(&title);
    let narrow = NarrowFrontMatter { title: own_titles, ..narrow };
    let day_only = table.optional("day_only").items().iter().filter_map(Field::moment).collect();
    let severity_field =
        if kind == IncidentKind::Incident { table.required("severity") } else { table.optional("severity") };
    let front = FrontMatter {
        id: table.optional("id").shaped(
            "bad-id",
            "an id: write letters, digits, `-`, `_` and `.`, in parts joined by `/`",
            IncidentId::new,
        ),
        kind,
        audience: audience(&table.optional("audience")),
        title: public_title,
        severity: severity(&severity_field)
            .or((kind == IncidentKind::Maintenance && !severity_field.is_present())
                .then_some(Severity::Notice)),
        affected: affected(&mut table),
        started: started(&mut table, kind, needs_start),
        window: window(&mut table, kind, &day_only),
        repeats: repeats(&mut table, kind),
        eta: eta_of(&mut table, kind),
        next_update: table.optional("next_update").moment(),
        impact,
        workaround,
        narrow,
        sensitivity: sensitivity(&table.optional("sensitivity")),
        author_mark: author_mark(&table.optional("notify")),
        imported_through: table.optional("imported_through").moment(),
        day_only,
        accepted: main_only::accepted(&table.optional("accepted")),
    };
    table.finish_with(other_names::hint);
    front
}

/// Reads a translation's block. Keys that belong in the main file are problems.
pub(super) fn read_translated(document: &Document<'_>) -> TranslatedFrontMatter {
    let mut table = document.root();
    main_only::report(&mut table);
    let (impact, workaround, narrow) = explanations(&mut table);
    let (title, own_titles) = versions(&table.optional("title"), title_text);
    let narrow = NarrowFrontMatter { title: own_titles, ..narrow };
    let front = TranslatedFrontMatter { title, impact, workaround, narrow };
    table.finish();
    front
}

/// The kind; where its word cannot be read, the one that the other keys speak of, so that they are not
/// reported as well.
fn kind(table: &mut Table<'_>) -> IncidentKind {
    let field = table.optional("kind");
    let said = field.choice(&IncidentKind::ALL, IncidentKind::word, IncidentKind::from_word);
    let unread = field.is_present() && (table.has("starts") || table.has("ends"));
    said.unwrap_or(if unread { IncidentKind::Maintenance } else { IncidentKind::Incident })
}

/// The sensitivity; where its word cannot be read, the highest, so that a slip of the pen shows nothing.
fn sensitivity(field: &Field<'_>) -> Sensitivity {
    if !field.is_present() {
        return Sensitivity::Public;
    }
    let said = field.choice(&Sensitivity::ALL, Sensitivity::word, Sensitivity::from_word);
    said.unwrap_or(Sensitivity::Confidential)
}

/// Who may read of the incident; `None` where the word cannot be read.
fn audience(field: &Field<'_>) -> Option<Audience> {
    match field.is_present() {
        true => field.shaped("bad-audience", AudienceName::SHAPE, Audience::from_word),
        false => Some(Audience::Public),
    }
}

/// Reports titles for audiences without one for everyone else.
fn report_untitled(title: &Field<'_>) {
    if matches!(title.value(), Some(Value::Table(_)))
        && let Some(table) = title.table().filter(|table| !table.has("public"))
    {
        table.report_missing("public");
    }
}

fn affected(table: &mut Table<'_>) -> Affected {
    let field = table.optional("affected");
    let affected: Affected = match field.value() {
        Some(Value::Table(_)) => field.table().map(|table| statuses(&table)).unwrap_or_default(),
        _ => field.items().iter().filter_map(feature_id).map(|id| (id, None)).collect(),
    };
    let says_nothing = match field.value() {
        None => true,
        Some(Value::List(items)) => items.is_empty(),
        Some(Value::Table(entries)) => entries.is_empty(),
        Some(_) => false,
    };
    if says_nothing {
        let span = field.span().unwrap_or_else(|| table.span());
        let hint = "name what customers cannot do: `affected = [\"checkout\"]`";
        Fault::new("nothing-affected", span, "no feature is affected", hint).warn(table.document());
    }
    affected
}

fn feature_id(item: &Field<'_>) -> Option<FeatureId> {
    let text = item.text()?;
    let id = FeatureId::new(&text);
    if id.is_none() {
        let message =
            format!("{} is not a feature's id: lower-case letters, digits and hyphens", quoted(&text));
        item.error(
            "bad-feature",
            message,
            other_names::as_id(&text).map(|id| format!("did you mean `{id}`?")),
        );
    }
    id
}

fn statuses(table: &Table<'_>) -> Affected {
    let mut affected = Affected::new();
    for (key, field) in table.all() {
        match FeatureId::new(key) {
            Some(id) => {
                affected.insert(id, status(&field));
            }
            None => {
                let message = format!("{} is not a feature's id", quoted(key));
                let hint = match other_names::as_id(key) {
                    Some(id) => format!("did you mean `{id}`?"),
                    None => "write lower-case letters, digits and hyphens".to_owned(),
                };
                Fault::new("bad-feature", table.key_span(key), message, hint).report(table.document());
            }
        }
    }
    affected
}

fn started(table: &mut Table<'_>, kind: IncidentKind, needed: bool) -> Option<Moment> {
    let field = table.optional("started");
    if kind == IncidentKind::Maintenance && field.is_present() {
        misplaced(table, "started", "maintenance cannot have `started`", "write `starts` and `ends`");
        return None;
    }
    if kind == IncidentKind::Incident && needed && !field.is_present() {
        table.report_missing("started");
    }
    field.moment()
}

/// How planned work repeats; its end must be known, because each time is as long as the first.
fn repeats(table: &mut Table<'_>, kind: IncidentKind) -> Option<Repeats> {
    if kind == IncidentKind::Incident {
        return None;
    }
    let (field, except_field) = (table.optional("repeats"), table.optional("except"));
    let is_open = matches!(table.optional("ends").value(), Some(Value::Text(word)) if word == OPEN);
    if field.is_present() && is_open {
        field.error(
            "open-repeats",
            "work that repeats must have a known end",
            Some("write a time in `ends`".to_owned()),
        );
        return None;
    }
    if except_field.is_present() && !field.is_present() {
        except_field.error("except-alone", "`except` requires `repeats`", Some("delete it".to_owned()));
    }
    let rule = field.shaped("bad-repeats", SHAPE, Rule::new)?;
    let except: BTreeSet<NaiveDate> = except_field.items().iter().filter_map(day).collect();
    Some(Repeats { rule, except })
}

/// A day such as `2026-12-25`, bare or in quotes.
fn day(item: &Field<'_>) -> Option<NaiveDate> {
    let (Value::Time(text) | Value::Text(text)) = item.value()? else {
        item.wrong_type("a day", Some("write it like `2026-12-25`"));
        return None;
    };
    let day = text.parse().ok();
    if day.is_none() {
        let hint = Some("write it like `2026-12-25`".to_owned());
        item.error("bad-day", format!("{} is not a day", quoted(text)), hint);
    }
    day
}

fn eta_of(table: &mut Table<'_>, kind: IncidentKind) -> Option<Eta> {
    let field = table.optional("eta");
    if kind == IncidentKind::Maintenance && field.is_present() {
        misplaced(table, "eta", "maintenance has no ETA", "move `ends`: it says when the work ends");
        return None;
    }
    eta(&field)
}

/// Text that becomes the subject of a mail and a line of a list.
fn title_text(field: &Field<'_>) -> Option<String> {
    with_good_tokens(field, field.text()?)
}

/// Impact and workaround for everyone, and for narrower audiences.
fn explanations(table: &mut Table<'_>) -> (Option<String>, Option<String>, NarrowFrontMatter) {
    let (public_impact, impact) = versions(&table.optional("impact"), prose);
    let (public_workaround, workaround) = versions(&table.optional("workaround"), prose);
    (
        public_impact,
        public_workaround,
        NarrowFrontMatter { impact, workaround, ..NarrowFrontMatter::default() },
    )
}

/// A text for everyone, or a table of texts by audience: `impact.public`, `impact.partners`.
fn versions(
    field: &Field<'_>,
    text: fn(&Field<'_>) -> Option<String>,
) -> (Option<String>, BTreeMap<Audience, String>) {
    if !matches!(field.value(), Some(Value::Table(_))) {
        return (text(field), BTreeMap::new());
    }
    let mut texts = BTreeMap::new();
    for (key, field) in field.table().iter().flat_map(Table::all) {
        match Audience::from_word(key) {
            Some(audience) => texts.extend(text(&field).map(|text| (audience, text))),
            None => field.error(
                "bad-audience",
                format!("{} is not the name of an audience", quoted(key)),
                Some(format!("write {}", AudienceName::SHAPE)),
            ),
        }
    }
    (texts.remove(&Audience::Public), texts)
}

/// Text that may have several lines.
fn prose(field: &Field<'_>) -> Option<String> {
    with_good_tokens(field, field.prose()?)
}

fn with_good_tokens(field: &Field<'_>, text: String) -> Option<String> {
    for token in token::find(&text) {
        if let Err(fault) = token.moment {
            field.error("bad-time-token", fault.sentence(&text), Some(fault.hint(&text)));
        }
    }
    Some(text)
}
