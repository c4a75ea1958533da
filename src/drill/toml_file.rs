//! Reads the TOML files of a drill: scenarios, given servers, the record.
//!
//! Promises: a fault names its line and what was expected. Never reads from the disk.

use serde::de::DeserializeOwned;

/// What the text holds, or what is wrong with it and in which line.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|fault| {
        let before = fault.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1));
        format!("{}{}", line.unwrap_or_default(), fault.message())
    })
}
