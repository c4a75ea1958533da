//! Recognizes the columns of a list of subscribers by their usual names (`E-Mail`, `Teléfono`).
//!
//! Promises: an unknown column is kept as a field, unless its name looks like a misspelling of a known one. There may be
//! several columns of addresses; every other column occurs once.

use std::collections::BTreeMap;

use super::table::{Cell, Spot};
use crate::model::channel::Channel;
use crate::model::spelling::{nearest, quoted};

/// Shorter names of others are near to too many words to be a suggestion.
const SUGGESTION_LETTERS_MIN: usize = 5;

/// No list that people keep has more columns, and no column a longer name, in characters.
const COLUMNS_MAX: usize = 200;
const NAME_CHARACTERS_MAX: usize = 100;

/// The columns next to those of the channels, of which at least one must be there.
const COLUMNS: [&str; 5] = ["follow", "severity", "language", "time_zone", "audience"];

/// What people call the columns, in small letters without blanks and signs.
const OTHER_NAMES: [(&str, &[&str]); 5] = [
    (
        "mail",
        &[
            "email",
            "emailaddress",
            "mailaddress",
            "emailadresse",
            "adresseemail",
            "courriel",
            "correo",
            "correoelectrónico",
            "correoelectronico",
            "endereçodeemail",
            "indirizzoemail",
            "emailadres",
            "mailadresse",
        ],
    ),
    (
        "text",
        &[
            "sms",
            "phone",
            "phonenumber",
            "mobile",
            "mobilenumber",
            "mobilephone",
            "cell",
            "telefon",
            "telefonnummer",
            "handy",
            "handynummer",
            "téléphone",
            "telephone",
            "portable",
            "teléfono",
            "telefono",
            "móvil",
            "movil",
            "telemóvel",
            "celular",
            "cellulare",
            "mobiel",
        ],
    ),
    ("follow", &["follows", "feature", "features", "component", "components"]),
    ("language", &["lang", "locale", "sprache", "langue", "idioma", "lingua", "taal"]),
    (
        "time_zone",
        &[
            "timezone",
            "tz",
            "zeitzone",
            "fuseauhoraire",
            "zonahoraria",
            "fusohorário",
            "fusoorario",
            "tijdzone",
        ],
    ),
];

/// Columns that say who someone is, which is not kept.
const NOT_KEPT: [&str; 18] = [
    "name",
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "vorname",
    "nachname",
    "nombre",
    "apellidos",
    "nom",
    "prénom",
    "nome",
    "cognome",
    "naam",
    "company",
    "firma",
    "notes",
    "id",
];

/// What is wrong, and what to do about it.
pub(super) type Complaint = (String, Option<String>);

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Address(Channel),
    Follow,
    Severity,
    Language,
    TimeZone,
    /// Whose list the row belongs to.
    Audience,
    /// A field of the operator's own.
    Field(String),
    /// A name or an id of the person, which is not kept.
    Personal,
    /// A column without a name.
    Nameless,
}

impl Column {
    /// Whether a value of it would be lost if it were an address.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Self::Field(_) | Self::Nameless)
    }

    /// The known column of that name.
    fn known(name: &str) -> Option<Self> {
        match name {
            "follow" => Some(Self::Follow),
            "severity" => Some(Self::Severity),
            "language" => Some(Self::Language),
            "time_zone" => Some(Self::TimeZone),
            "audience" => Some(Self::Audience),
            other => Channel::for_people(other).map(Self::Address),
        }
    }

    fn read(written: &str) -> Result<Self, (String, String)> {
        let length = written.chars().count();
        if length > NAME_CHARACTERS_MAX {
            let message = format!(
                "the name of this column has {length} characters; the limit is {NAME_CHARACTERS_MAX}"
            );
            return Err((message, "shorten it, or remove the column from the list".to_owned()));
        }
        let lower = written.trim().to_lowercase();
        let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
        let alias = OTHER_NAMES.iter().find(|(_, names)| names.contains(&plain.as_str()));
        if let Some(known) =
            Self::known(alias.map_or(lower.as_str(), |(name, _)| *name)).or(Self::known(&plain))
        {
            return Ok(known);
        }
        if plain.is_empty() {
            return Ok(Self::Nameless);
        }
        if NOT_KEPT.contains(&plain.as_str()) {
            return Ok(Self::Personal);
        }
        let unknown = |hint| (format!("unknown column {}", quoted(&lower)), hint);
        if Channel::FOR_PLACES.iter().any(|channel| channel.word() == plain) {
            return Err(unknown(
                "destinations are set up in site/plan.toml, not in a list of subscribers".to_owned(),
            ));
        }
        match nearest(&plain, suggestions()) {
            Some(near) => {
                Err(unknown(format!("did you mean `{near}`? If not, give the column another name")))
            }
            None => Ok(Self::Field(lower)),
        }
    }
}

/// The names that a slip is compared with.
fn suggestions() -> impl Iterator<Item = &'static str> {
    let canonical = Channel::FOR_PEOPLE.iter().map(|channel| channel.word()).chain(COLUMNS);
    let others = OTHER_NAMES.iter().flat_map(|(_, names)| names.iter().copied());
    canonical.chain(others.filter(|name| name.chars().count() >= SUGGESTION_LETTERS_MIN))
}

/// The columns that a header names, and what is wrong with it.
pub(super) fn read(header: &[Cell]) -> (Vec<Column>, Vec<(Spot, Complaint)>) {
    if let Some(cell) = header.get(COLUMNS_MAX) {
        let message = format!("the list has {} columns; the limit is {COLUMNS_MAX}", header.len());
        let hint = "remove the columns that are not about subscriptions".to_owned();
        return (Vec::new(), vec![(cell.spot, (message, Some(hint)))]);
    }
    let (mut columns, mut problems) = (Vec::new(), Vec::new());
    let mut first_of: BTreeMap<Column, usize> = BTreeMap::new();
    for (number, cell) in (1..).zip(header) {
        let column = match Column::read(&cell.text) {
            Ok(column) => column,
            Err((message, hint)) => {
                problems.push((cell.spot, (message, Some(hint))));
                continue;
            }
        };
        let may_repeat = matches!(column, Column::Address(_) | Column::Personal | Column::Nameless);
        let first = *first_of.entry(column.clone()).or_insert(number);
        if first != number && !may_repeat {
            let message =
                format!("column {} has the same meaning as column {first} of the list", quoted(&cell.text));
            problems.push((cell.spot, (message, Some("keep one of them".to_owned()))));
        }
        columns.push(column);
    }
    if !columns.iter().any(|column| matches!(column, Column::Address(_))) {
        let hint = "the first line names the columns, such as mail,text,follow,language".to_owned();
        let message = format!("there is no column {}", address_columns());
        problems.push((header.first().map_or(Spot::line(1), |cell| cell.spot), (message, Some(hint))));
    }
    (columns, problems)
}

/// The columns that hold addresses: "`a`, `b` or `c`".
pub(super) fn address_columns() -> String {
    let names: Vec<String> =
        Channel::FOR_PEOPLE.iter().map(|channel| format!("`{}`", channel.word())).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}
