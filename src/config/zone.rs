//! The name of a time zone, as a field of a file.
//!
//! Promises: a name that was read is one of the IANA database. Never reads the machine's time zones.

use jiff::tz::TimeZoneDatabase;

use crate::located::{Field, nearest, quoted};

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
