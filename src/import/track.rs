//! The `track` shortcode of cState, which dates an entry: `A fix is in. {{< track "2023-05-01 11:30:00" >}}`; and the day below
//! an entry that does the same: `-- 2023-05-01`.

use chrono::NaiveDate;

use super::times::{self, Stated};

/// How long the time may be that signs an entry, in bytes.
const SIGNED_BYTES_MAX: usize = 40;

/// The line without its `track` shortcode, and the time that says.
pub(super) fn without_track(line: &str, today: NaiveDate) -> (String, Option<Stated>) {
    if line.matches("{{").count() > 1 && line.matches("track").count() > 1 {
        return (with_times(line), None);
    }
    let shortcode = |open: &str, close: &str| {
        let (before, from) = line.split_once(open)?;
        let (inner, after) = from.split_once(close)?;
        let inner = inner.trim_matches(|c: char| c.is_whitespace() || c == '-').strip_prefix("track")?;
        let inner = inner.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '/'));
        Some((format!("{}{}", before.trim_end(), after.trim_end()), times::stated(inner, today)))
    };
    match shortcode("{{<", ">}}").or_else(|| shortcode("{{%", "%}}")) {
        Some((rest, stated)) => (rest, Some(stated).filter(Stated::is_some)),
        None => match signed(line, today) {
            Some(stated) => (String::new(), Some(stated)),
            None => (line.to_owned(), None),
        },
    }
}

/// The day with which a line signs what is above it: `-- 2026-03-17`.
fn signed(line: &str, today: NaiveDate) -> Option<Stated> {
    let rest = ["-- ", "— ", "– "].into_iter().find_map(|dash| line.trim().strip_prefix(dash))?;
    let is_time = rest.len() <= SIGNED_BYTES_MAX && rest.split_whitespace().all(times::is_time_word);
    Some(times::stated(rest, today)).filter(|stated| is_time && stated.day.is_some())
}

/// A sentence that speaks of several times: each is written out.
fn with_times(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, from)) = rest.split_once("{{") {
        let Some((inner, after)) = from.split_once("}}") else { break };
        text.extend([before, inner.split('"').nth(1).unwrap_or_default()]);
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_dates_its_line_unless_the_line_speaks_of_several_times() {
        let today = NaiveDate::from_ymd_opt(2023, 5, 1).unwrap();
        for (line, text, clock) in [
            ("A fix is in. {{< track \"2023-05-01 11:30:00\" >}}", "A fix is in.", Some(11 * 3600 + 1800)),
            ("{{% track '2023-05-01 11:00' %}}", "", Some(11 * 3600)),
            ("No time here.", "No time here.", None),
            ("{{< figure \"x\" >}}", "{{< figure \"x\" >}}", None),
            (
                "Down from {{< track \"2023-05-01 11:00\" >}} to {{< track \"2023-05-01 12:00\" >}}.",
                "Down from 2023-05-01 11:00 to 2023-05-01 12:00.",
                None,
            ),
            ("{{< track {{", "{{< track {{", None),
            ("-- 2023-05-01 11:00 UTC", "", Some(11 * 3600)),
            ("— 11:00", "— 11:00", None),
            ("-- the team, 2023-05-01", "-- the team, 2023-05-01", None),
        ] {
            let (rest, stated) = without_track(line, today);
            assert_eq!((rest.as_str(), stated.and_then(|stated| stated.clock)), (text, clock), "{line}");
        }
    }
}
