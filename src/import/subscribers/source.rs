//! Decodes a list of subscribers, and finds its separator.
//!
//! Promises: a text that is not UTF-8 is refused with a hint, and never read with replaced letters.

use super::table::{Spot, Table};

/// How to save a list so that it can be read.
const SAVE_AS_UTF_8: &str =
    "save it again as UTF-8: in Excel as the type \"CSV UTF-8\", in LibreOffice with the character set UTF-8";

/// Why a file is not a text: where, what it is, and what to do.
pub(super) struct NotText {
    pub(super) spot: Spot,
    pub(super) message: String,
    pub(super) hint: String,
}

/// The table in the bytes of a file.
pub(super) fn table(bytes: &[u8]) -> Result<Table<'_>, NotText> {
    let text = text(bytes)?;
    let (first, rest) = match text.find(['\r', '\n']) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    Ok(match named_separator(first) {
        // What is left of the line is empty, and empty lines are skipped.
        Some(separator) => Table::new(rest, separator, 1),
        None => Table::new(text, separator(text), 1),
    })
}

fn text(bytes: &[u8]) -> Result<&str, NotText> {
    let refused =
        |line, message: String| NotText { spot: Spot::line(line), message, hint: SAVE_AS_UTF_8.to_owned() };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(refused(1, "the file is UTF-16, and must be UTF-8".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        refused(line, "the line has letters that are not UTF-8".to_owned())
    })?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// The separator that Excel names in a line of its own before the header: `sep=;`.
fn named_separator(line: &str) -> Option<char> {
    let line = line.trim_matches([' ', '"']).to_ascii_lowercase();
    let mut named = line.strip_prefix("sep=")?.chars();
    named.next().filter(|_| named.next().is_none())
}

/// The separator by the header: comma, semicolon or tab, of which it has most.
fn separator(text: &str) -> char {
    let header = text.split(['\r', '\n']).find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: char| header.matches(separator).count();
    // The last of equals counts: a header of one column has commas.
    ['\t', ';', ','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(',')
}
