//! A text with every moment in it moved by the same span.
//!
//! Promises: a moment keeps its shape (`2026-11-20T10:30:00Z`, `2026-11-20T10:30Z`, `2026-11-20 10:30 UTC`); everything else
//! stays as it is.

use bytes::Bytes;
use chrono::{NaiveDateTime, TimeDelta};

/// `2026-11-20T10:30`, without what follows.
const LENGTH: usize = 16;

/// The text with its moments moved.
pub(crate) fn moved(text: &str, by: TimeDelta) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match moment(rest) {
            Some(at) => {
                let between = &rest[10..11];
                out.push_str(&(at + by).format(&format!("%Y-%m-%d{between}%H:%M")).to_string());
                rest = &rest[LENGTH..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// The same, of a file.
pub(super) fn moved_bytes(bytes: &Bytes, by: TimeDelta) -> Bytes {
    match std::str::from_utf8(bytes) {
        Ok(text) => moved(text, by).into(),
        Err(_) => bytes.clone(),
    }
}

/// The moment that a text begins with. It is in UTC, or it was not written by allclear.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let (moment, after) = text.split_at_checked(LENGTH)?;
    let seconds = after.strip_prefix(":00").unwrap_or(after);
    let is_utc = seconds.starts_with('Z') || after.starts_with(" UTC");
    let read = |format| NaiveDateTime::parse_from_str(moment, format).ok();
    read("%Y-%m-%dT%H:%M").or_else(|| read("%Y-%m-%d %H:%M")).filter(|_| is_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_move_and_keep_their_shape() {
        let text = "started = 2026-11-20T10:30:00Z\n## 2026-12-31 23:50 UTC · x {eta=2026-11-20T10:30Z}\nÜber {time 2026-11-20T10:30Z}";
        assert_eq!(
            moved(text, TimeDelta::minutes(15)),
            "started = 2026-11-20T10:45:00Z\n## 2027-01-01 00:05 UTC · x {eta=2026-11-20T10:45Z}\nÜber {time 2026-11-20T10:45Z}"
        );
        for other in ["2026-11-20", "2026-11-20 10:30 Europe/Madrid", "2026-13-20T10:30Z", "1.2.2026 10:30"] {
            assert_eq!(moved(other, TimeDelta::days(1)), other);
        }
    }
}
