//! Subscribers from a CSV file: a header line, then one person a line.
//!
//! Reads what spreadsheets write: commas, semicolons or tabs, a byte order mark, lines of nothing but separators, and the
//! columns by the names that people give them (`E-Mail`, `Teléfono`).
//!
//! Promises: every row is a subscription, a problem with its line, or counted as empty; one that cannot be used does not
//! stop the others. No problem repeats an address.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::feature::FeatureId;
use crate::model::localized::Language;
use crate::model::page::Page;
use crate::model::phase::Severity;
use crate::model::problem::{Problem, ProblemLevel, SourceSpan};
use crate::model::subscriber::{FeatureFilter, Subscription};
use crate::theme::calendar;

/// The columns next to those of the channels, of which at least one must be there. A person with several is tried in
/// the order of the columns.
const COLUMNS: [&str; 4] = ["follow", "severity", "language", "time_zone"];

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

/// What a file holds: every row is counted once.
#[derive(Debug, Default)]
pub struct List {
    /// The lines of the good rows.
    pub lines: Vec<u64>,
    /// What they say, in the same order.
    pub subscriptions: Vec<Subscription>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
    /// How many rows hold only separators.
    pub empty_rows: usize,
    /// Whether no row was read, because the first line does not name the columns.
    pub is_unread: bool,
}

/// Subscribers from CSV, and the problems of the lines that are not one.
pub fn read(file: &str, bytes: &[u8], page: &Page) -> List {
    let mut list = List::default();
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(text))
        .trim(Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(column).collect(),
        Err(error) => {
            list.problems.push(problem(file, 1, error.to_string(), None));
            return list;
        }
    };
    list.problems.extend(check_header(file, &header));
    if !list.problems.is_empty() {
        list.is_unread = true;
        return list;
    }
    let mut seen = Seen::default();
    for record in reader.records() {
        match record {
            Err(error) => {
                let line = error.position().map_or(1, |position| position.line());
                list.problems.push(problem(file, line, "the line is not readable as CSV".to_owned(), None));
            }
            Ok(record) if record.iter().all(str::is_empty) => list.empty_rows += 1,
            Ok(record) => {
                let line = record.position().map_or(1, csv::Position::line);
                match subscription(&header, &record, page).and_then(|one| seen.first(line, one)) {
                    Ok(subscription) => {
                        list.lines.push(line);
                        list.subscriptions.push(subscription);
                    }
                    Err((why, hint)) => list.problems.push(problem(file, line, why, hint)),
                }
            }
        }
    }
    list
}

/// The line of each address that was read.
#[derive(Default)]
struct Seen(HashMap<(Channel, String), u64>);

impl Seen {
    /// The subscription, unless an earlier line has one of its addresses.
    fn first(&mut self, line: u64, subscription: Subscription) -> Result<Subscription, Complaint> {
        let keys = subscription.endpoints.iter().map(|endpoint| (endpoint.channel(), endpoint.canonical()));
        let keys: Vec<_> = keys.collect();
        if let Some(earlier) = keys.iter().find_map(|key| self.0.get(key)) {
            let hint = "write one line for each subscriber, with all of their addresses".to_owned();
            return Err((format!("line {earlier} has the same address"), Some(hint)));
        }
        self.0.extend(keys.into_iter().map(|key| (key, line)));
        Ok(subscription)
    }
}

/// What stands between the columns: whichever of comma, semicolon and tab the header has most of.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    // The last of equals counts, so a header of one column is read as it always was.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// A column by the name we give it, or as it is written if nobody calls one so.
fn column(written: &str) -> String {
    let lower = written.trim().to_lowercase();
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let known = OTHER_NAMES.iter().find(|(_, names)| names.contains(&plain.as_str()));
    known.map_or(lower, |(name, _)| (*name).to_owned())
}

/// Whether a column is skipped: it has no name, or says who someone is.
fn is_passed_over(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    plain.is_empty() || NOT_KEPT.contains(&plain.as_str())
}

fn check_header(file: &str, header: &[String]) -> Vec<Problem> {
    let columns: Vec<&str> =
        Channel::FOR_PEOPLE.iter().map(|channel| channel.word()).chain(COLUMNS).collect();
    let unknown = header.iter().filter(|name| !columns.contains(&name.as_str()) && !is_passed_over(name));
    let mut problems: Vec<Problem> = unknown
        .map(|name| {
            let hint = format!("the columns are {}", columns.join(", "));
            problem(file, 1, format!("unknown column `{name}`"), Some(hint))
        })
        .collect();
    if !header.iter().any(|name| Channel::for_people(name).is_some()) {
        let hint = "the first line names the columns, such as mail,text,follow,language".to_owned();
        let message = format!("no column is called {}", one_of(|channel| format!("`{}`", channel.word())));
        problems.push(problem(file, 1, message, Some(hint)));
    }
    problems
}

/// Names every channel in a row: "a, b or c".
fn one_of(name: impl Fn(Channel) -> String) -> String {
    let names: Vec<String> = Channel::FOR_PEOPLE.into_iter().map(name).collect();
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => names.concat(),
    }
}

type Complaint = (String, Option<String>);

fn subscription(header: &[String], record: &StringRecord, page: &Page) -> Result<Subscription, Complaint> {
    let fields: BTreeMap<&str, &str> = header.iter().map(String::as_str).zip(record.iter()).collect();
    let field = |name: &str| fields.get(name).copied().filter(|value| !value.is_empty());
    let endpoints = endpoints(header, &field)?;
    let from_severity = match field("severity") {
        None => Severity::Notice,
        Some(word) => Severity::from_word(word).ok_or_else(|| {
            let words = Severity::ALL.map(Severity::word).join(", ");
            (format!("unknown severity `{word}`"), Some(format!("one of {words}")))
        })?,
    };
    let language = match field("language") {
        None => page.first_language().clone(),
        Some(tag) => Language::new(tag).ok_or_else(|| (format!("`{tag}` is not a language tag"), None))?,
    };
    let time_zone = field("time_zone").unwrap_or(&page.time_zone).to_owned();
    if calendar::Zone::named(&time_zone).is_none() {
        return Err((format!("`{time_zone}` is not a time zone of the IANA database"), None));
    }
    let follows = follows(field("follow"), page)?;
    Ok(Subscription { follows, from_severity, language, time_zone, endpoints, fields: BTreeMap::new() })
}

fn endpoints<'a>(
    header: &[String],
    field: &impl Fn(&str) -> Option<&'a str>,
) -> Result<Vec<Endpoint>, Complaint> {
    let mut endpoints = Vec::new();
    for name in header {
        let (Some(channel), Some(value)) = (Channel::for_people(name), field(name)) else { continue };
        let kind = channel.facts().address;
        let unusable = || (format!("the {} cannot be used", kind.noun()), Some(kind.shape().to_owned()));
        endpoints.push(Endpoint::new(channel, value).ok_or_else(unusable)?);
    }
    if endpoints.is_empty() {
        let columns = one_of(|channel| format!("`{}`", channel.word()));
        return Err((format!("the line has no address: {columns} must be filled in"), None));
    }
    Ok(endpoints)
}

fn follows(field: Option<&str>, page: &Page) -> Result<FeatureFilter, Complaint> {
    let Some(field) = field else { return Ok(FeatureFilter::Everything) };
    let mut followed = BTreeSet::new();
    for id in field.split([' ', ';', ',']).filter(|id| !id.is_empty()) {
        followed.insert(known_feature(page, id).map_err(|why| (why, None))?);
    }
    Ok(if followed.is_empty() { FeatureFilter::Everything } else { FeatureFilter::Features(followed) })
}

/// The problem of a line. The line itself is not shown: it holds an address.
pub fn problem(file: &str, line: u64, message: String, hint: Option<String>) -> Problem {
    let line = usize::try_from(line).unwrap_or(usize::MAX);
    let place = SourceSpan { line, column: 1, length: 1, source: String::new() };
    Problem {
        file: file.to_owned(),
        place: Some(place),
        level: ProblemLevel::Error,
        rule: "unusable-subscriber",
        message,
        hint,
    }
}

/// The feature of that id, or a sentence that says which there are.
pub fn known_feature(page: &Page, id: &str) -> Result<FeatureId, String> {
    let groups = page.groups.iter().filter_map(|group| group.id.as_ref());
    let known: Vec<&FeatureId> = page.features().map(|feature| &feature.id).chain(groups).collect();
    let current = FeatureId::new(id).map(|id| page.current_id(&id).clone());
    if let Some(current) = current.filter(|current| known.contains(&current)) {
        return Ok(current);
    }
    let all: Vec<&str> = known.iter().map(|known| known.as_str()).collect();
    Err(format!("no feature `{id}`; choose one of {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::feature::{Feature, Group};
    use crate::model::localized::Localized;
    use crate::model::looks::Branding;

    fn page() -> Page {
        let checkout = FeatureId::new("checkout").unwrap();
        let feature = Feature::named(checkout, Localized::plain("Checkout"));
        Page {
            name: Localized::plain("Shop"),
            description: None,
            url: "https://status.example.org".to_owned(),
            languages: vec![Language::new("en").unwrap()],
            time_zone: "UTC".to_owned(),
            support_url: None,
            subscribe_url: None,
            desk: None,
            looks: Branding::default(),
            theme: "default".to_owned(),
            groups: vec![Group { id: None, name: Localized::plain("Shop"), features: vec![feature] }],
            history_days: 90,
            links: Default::default(),
        }
    }

    fn counts(text: &str) -> (usize, usize) {
        let list = read("list.csv", text.as_bytes(), &page());
        (list.subscriptions.len(), list.problems.len())
    }

    #[test]
    fn a_second_line_of_one_address_is_named_and_changes_nothing() {
        let text =
            "mail,text\nana@example.org,+34600000001\nANA@EXAMPLE.ORG,\nben@example.org,+34600000001\n";
        let list = read("list.csv", text.as_bytes(), &page());
        assert_eq!(list.subscriptions.len(), 1);
        assert_eq!(list.subscriptions[0].endpoints.len(), 2);
        let found =
            list.problems.iter().map(|problem| (problem.place.as_ref().unwrap().line, &problem.message));
        let same = "line 2 has the same address".to_owned();
        assert_eq!(found.collect::<Vec<_>>(), [(3, &same), (4, &same)]);
    }

    #[test]
    fn every_row_is_counted_once() {
        let text = "mail;text\nana@example.org;\n;;\n;\nnobody;\n  ;  \nben@example.org;\n";
        let list = read("list.csv", text.as_bytes(), &page());
        assert_eq!((list.subscriptions.len(), list.problems.len(), list.empty_rows), (2, 1, 3));
        assert_eq!(list.lines, [2, 7]);
    }

    #[test]
    fn a_column_with_the_name_of_a_channel_for_places_is_no_address() {
        for column in ["chat", "tool", "webhook"] {
            let list = read("list.csv", format!("mail,{column}\nana@example.org,jira\n").as_bytes(), &page());
            assert_eq!((list.subscriptions.len(), list.problems.len()), (0, 1), "{column}");
            assert_eq!(counts(&format!("{column}\njira\n")).0, 0);
        }
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        for text in [
            "mail;text\nana@example.org;\n",
            "\u{feff}E-Mail;Telefon;Sprache\r\nana@example.org;+34600000001;de\r\n;;\r\n",
            "email,name\nben@example.org,Ben\n",
            "Email address\tFeatures\nana@example.org\tcheckout\n",
            "Correo electrónico,Nombre\nana@example.org,Ana\n",
            "mail\nana@example.org\n",
        ] {
            assert_eq!(counts(text), (1, 0), "{text}");
        }
    }

    #[test]
    fn a_column_that_might_be_a_slip_is_still_a_problem() {
        assert_eq!(counts("mail,folow\nana@example.org,checkout\n"), (0, 1));
        assert_eq!(counts("mail;text\nana@example.org;\nnot an address;\n"), (1, 1));
    }
}
