//! Country codes, as several tables of the plan write them.
//!
//! Promises: a code has the shape of one. Never says whether a country has it.

use crate::located::Field;

/// The country codes of a list that may be missing or empty; `None` if one cannot be read.
pub(super) fn country_codes(field: &Field<'_>) -> Option<Vec<String>> {
    let written = field.items();
    let codes = written.iter().map(|item| item.shaped("bad-country", COUNTRY, country));
    codes.collect()
}

/// What a code is, in a message.
pub(super) const COUNTRY: &str = "a country code such as `+34`";

/// A country code, or one with the area code behind it: the countries of `+1` share theirs.
pub(super) fn country(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+')?;
    let shaped = (1..=7).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.chars().all(|c| c.is_ascii_digit());
    shaped.then(|| text.to_owned())
}
