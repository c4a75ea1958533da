//! The name of a time zone as a field of a file, and days of it.
//!
//! Promises: a name that was read is one of the IANA database. Never reads the machine's time zones.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::located::{Field, Value, nearest, quoted};
use crate::model::Moment;

/// Reads the name of a zone, or says which was meant.
pub(super) fn named(field: &Field<'_>) -> Option<String> {
    let zone = field.text()?;
    let known = TimeZoneDatabase::bundled();
    if known.available().any(|name| name.as_str() == zone) {
        return Some(zone);
    }
    let names: Vec<String> = known.available().map(|name| name.as_str().to_owned()).collect();
    let city = |name: &&String| name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&zone));
    let near = names.iter().find(city).map(String::as_str);
    let near = near.or_else(|| nearest(&zone, names.iter().map(String::as_str)));
    let hint = near.map_or_else(
        || "write a name such as `Europe/Madrid` or `UTC`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    field.error("unknown-time-zone", format!("{} is not a time zone", quoted(&zone)), Some(hint));
    None
}

/// Reads a day such as `2026-06-01`: the moment at which it begins in a zone.
pub(super) fn day(field: &Field<'_>, zone: Option<&str>) -> Option<Moment> {
    let (Value::Time(text) | Value::Text(text)) = field.value()? else {
        field.wrong_type("a day", Some("write it like `2026-06-01`"));
        return None;
    };
    let Ok(day) = text.parse::<Date>() else {
        let hint = Some("write it like `2026-06-01`".to_owned());
        field.error("bad-day", format!("{} is not a day", quoted(text)), hint);
        return None;
    };
    let begins = day.to_zoned(named_zone(zone?)?).ok();
    let begins = begins.and_then(|begins| Moment::from_timestamp(begins.timestamp().as_second(), 0));
    if begins.is_none() {
        let message = format!("{} is too far from now", quoted(text));
        field.error("bad-day", message, Some("write a day that this feature may see".to_owned()));
    }
    begins
}

/// The day of a zone that begins at a moment, as files have it.
pub(super) fn written_day(at: Moment, zone: &str) -> String {
    let zone = named_zone(zone).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_second(at.timestamp()).unwrap_or_default();
    zone.to_datetime(at).date().to_string()
}

fn named_zone(zone: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(zone).ok()
}
