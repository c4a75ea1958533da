//! Reads one row of a list of subscribers.
//!
//! Promises: a missing column changes nothing; an empty value means the default. No problem repeats an address.

use std::collections::BTreeSet;

use super::columns::{Column, Complaint, address_columns};
use super::known::{known_feature, known_language};
use super::table::{Cell, Spot};
use crate::model::address::AddressKind;
use crate::model::audience::Audience;
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::listed::ListedSubscriber;
use crate::model::localized::Language;
use crate::model::page::Page;
use crate::model::phase::Severity;
use crate::model::spelling::quoted;
use crate::model::subscriber::FeatureFilter;
use crate::theme::calendar;

/// What a row says.
pub(super) fn read(
    columns: &[Column],
    cells: &[Cell],
    page: &Page,
) -> Result<ListedSubscriber, (Spot, Complaint)> {
    let start = cells.first().map_or(Spot::line(1), |cell| cell.spot);
    if let Some(cell) = cells.iter().find(|cell| is_swallowing(cell)) {
        let message =
            format!("the quoted value that begins here ends in line {} and holds an address", cell.last_line);
        return Err((cell.spot, (message, Some("close the quote in the line where it opens".to_owned()))));
    }
    if let Some(cell) = cells.iter().skip(columns.len()).find(|cell| !cell.text.is_empty()) {
        let message = format!("the line has more values than the list has columns ({})", columns.len());
        let hint = "put a value that holds a separator between quotes".to_owned();
        return Err((cell.spot, (message, Some(hint))));
    }
    let mut listed = ListedSubscriber::default();
    for (number, column) in columns.iter().enumerate() {
        let value = cells.get(number).map_or("", |cell| cell.text.as_str());
        fill(&mut listed, column, value, page).map_err(|complaint| (Spot::line(start.line), complaint))?;
    }
    if listed.endpoints.is_empty() {
        let message = format!("the line has no address: {} must be filled in", address_columns());
        return Err((Spot::line(start.line), (message, None)));
    }
    Ok(listed)
}

/// Whose row it is: everyone's if it has no value for that; that of the page where the list has no such column.
pub(super) fn audience(
    columns: &[Column],
    cells: &[Cell],
    page: &Page,
) -> Result<Audience, (Spot, Complaint)> {
    let Some(number) = columns.iter().position(|column| *column == Column::Audience) else {
        return Ok(page.read_by.map_or(Audience::Public, Audience::Named));
    };
    let Some(cell) = cells.get(number).filter(|cell| !cell.text.is_empty()) else {
        return Ok(Audience::Public);
    };
    match Audience::from_word(&cell.text) {
        Some(Audience::Named(name)) if page.audience(name).is_some() => Ok(Audience::Named(name)),
        Some(Audience::Public) => Ok(Audience::Public),
        _ => {
            let known = page.audiences.iter().map(|audience| audience.name.as_str());
            let hint = known.chain(["public"]).collect::<Vec<_>>().join(", ");
            let message = format!("{} is not an audience with subscribers", quoted(&cell.text));
            Err((cell.spot, (message, Some(format!("one of {hint}")))))
        }
    }
}

/// Whether the value runs over several lines, of which a later one looks like a row of its own.
fn is_swallowing(cell: &Cell) -> bool {
    let values = |line: &str| {
        line.split([',', ';', '\t']).any(|value| Endpoint::read(value.trim_matches('"')).is_some())
    };
    cell.last_line > cell.spot.line && cell.text.lines().skip(1).any(values)
}

/// Adds what a value of a column says.
fn fill(listed: &mut ListedSubscriber, column: &Column, value: &str, page: &Page) -> Result<(), Complaint> {
    match column {
        Column::Address(channel) => {
            if !value.is_empty() {
                let endpoint = endpoint(*channel, value)?;
                if !listed.endpoints.iter().any(|known| known.is_same(&endpoint)) {
                    listed.endpoints.push(endpoint);
                }
            }
        }
        Column::Follow => listed.follows = Some(follows(value, page)?),
        Column::Severity => listed.from_severity = Some(severity(value)?),
        Column::Language => listed.language = Some(language(value, page)?),
        Column::TimeZone => listed.time_zone = Some(time_zone(value, page)?),
        Column::Field(name) => {
            listed.fields.insert(name.clone(), value.to_owned());
        }
        Column::Audience | Column::Personal | Column::Nameless => {}
    }
    Ok(())
}

fn endpoint(channel: Channel, value: &str) -> Result<Endpoint, Complaint> {
    let kind = channel.facts().address;
    let endpoint = Endpoint::new(channel, value).ok_or_else(|| {
        let digits: String = value.chars().filter(char::is_ascii_digit).collect();
        let hint = match (kind, digits.strip_prefix("00").and_then(|rest| rest.get(..2))) {
            (AddressKind::Phone, Some(country)) => {
                format!("write +{country}… instead of 00{country}…")
            }
            _ => kind.shape().to_owned(),
        };
        (format!("the {} cannot be used", kind.noun()), Some(hint))
    })?;
    match endpoint.special_number() {
        Some(special) => {
            let message = format!("the {} is a {}", kind.noun(), special.name());
            Err((message, Some("an SMS goes only to a person's number".to_owned())))
        }
        None => Ok(endpoint),
    }
}

fn severity(value: &str) -> Result<Severity, Complaint> {
    if value.is_empty() {
        return Ok(Severity::Notice);
    }
    Severity::from_word(value).ok_or_else(|| {
        let words = Severity::ALL.map(Severity::word).join(", ");
        (format!("unknown severity {}", quoted(value)), Some(format!("one of {words}")))
    })
}

fn language(value: &str, page: &Page) -> Result<Language, Complaint> {
    if value.is_empty() {
        return Ok(page.first_language().clone());
    }
    let language =
        Language::new(value).ok_or_else(|| (format!("{} is not a language tag", quoted(value)), None))?;
    known_language(page, &language).map_err(|why| (why, None))?;
    Ok(language)
}

fn time_zone(value: &str, page: &Page) -> Result<String, Complaint> {
    let zone = if value.is_empty() { &page.time_zone } else { value };
    match calendar::Zone::named(zone) {
        Some(_) => Ok(zone.to_owned()),
        None => Err((format!("{} is not a time zone of the IANA database", quoted(zone)), None)),
    }
}

fn follows(value: &str, page: &Page) -> Result<FeatureFilter, Complaint> {
    let mut followed = BTreeSet::new();
    let ids = value.split(|c: char| c.is_whitespace() || c == ';' || c == ',');
    for id in ids.filter(|id| !id.is_empty()) {
        followed.insert(known_feature(page, id).map_err(|why| (why, None))?);
    }
    Ok(if followed.is_empty() { FeatureFilter::Everything } else { FeatureFilter::Features(followed) })
}
