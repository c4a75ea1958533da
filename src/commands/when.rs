//! Times as people type them on a command line: a moment, or a span from now.

use std::time::Duration;

use crate::model::Moment;

/// Reads `90s`, `30m`, `2h30m`, `1d`; `None` for anything else, nothing, or more than a year.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes().get(digits)? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    (1..=366 * 86_400).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// Reads `+2h` from now, or a moment in RFC 3339; seconds may be left out.
pub(crate) fn moment(text: &str, now: Moment) -> Option<Moment> {
    if let Some(ahead) = text.strip_prefix('+') {
        return Some(now + span(ahead)?);
    }
    let full = chrono::DateTime::parse_from_rfc3339(text).ok();
    let short = || chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z").ok();
    full.or_else(short).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::{moment, span};
    use std::time::Duration;

    #[test]
    fn spans_are_numbers_with_units() {
        assert_eq!(span("2h30m"), Some(Duration::from_secs(9_000)));
        assert_eq!(span("90s"), Some(Duration::from_secs(90)));
        for wrong in ["", "2", "h", "2x", "-2h", "0s", "99999999999999999999h", "400d", "2 h", "٣h"] {
            assert_eq!(span(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn moments_are_absolute_or_ahead() {
        let now = "2026-11-20T10:30:00Z".parse().unwrap();
        let noon = "2026-11-20T12:30:00Z".parse().ok();
        for text in ["+2h", "2026-11-20T12:30:00Z", "2026-11-20T12:30Z", "2026-11-20T13:30+01:00"] {
            assert_eq!(moment(text, now), noon, "{text}");
        }
        assert_eq!(moment("tomorrow", now), None);
        assert_eq!(moment("2026-11-20T12:30:00", now), None);
    }
}
