//! The little of a certificate (RFC 5280) that is of use here: who issued it and until when it is good.
//!
//! Promises: whatever the bytes are, reading them ends, and never reads beyond them.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::Certificate;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version, where it is not the first.
const VERSION: u8 = 0xa0;

/// The object identifiers of names: 2.5.4.10 and 2.5.4.3.
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// Reads issuer and end.
pub(super) fn read(certificate: &[u8]) -> Option<Certificate> {
    let (_, whole, _) = element(certificate)?;
    let (_, signed, _) = element(whole)?;
    let (tag, _, rest) = element(signed)?;
    // Version (if any), serial number, algorithm.
    let rest = if tag == VERSION { element(rest)?.2 } else { rest };
    let (_, _, rest) = element(rest)?;
    let (_, issuer, rest) = element(rest)?;
    let (tag, validity, _) = element(rest)?;
    if tag != SEQUENCE {
        return None;
    }
    let (_, _, end) = element(validity)?;
    let (tag, end, _) = element(end)?;
    let issuer = named(issuer, ORGANISATION).or_else(|| named(issuer, COMMON_NAME));
    Some(Certificate { issuer: issuer.unwrap_or_else(|| "nobody".to_owned()), ends: moment(tag, end)? })
}

/// The first element: its tag, what is in it, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    Some((*tag, inside, rest))
}

/// The part of a name under that identifier.
fn named(mut name: &[u8], identifier: &[u8]) -> Option<String> {
    while let Some((SET, part, rest)) = element(name) {
        name = rest;
        let (SEQUENCE, pair, _) = element(part)? else { continue };
        let (OBJECT, found, value) = element(pair)? else { continue };
        if found == identifier {
            let (_, text, _) = element(value)?;
            return Some(String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).collect());
        }
    }
    None
}

/// A time of a certificate; years of two digits lie between 1950 and 2049.
fn moment(tag: u8, text: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(text).ok()?;
    let whole = match tag {
        UTC_TIME => {
            let year: u32 = text.get(..2)?.parse().ok()?;
            format!("{}{text}", if year < 50 { "20" } else { "19" })
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    NaiveDateTime::parse_from_str(&whole, "%Y%m%d%H%M%SZ").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_of_both_kinds_are_read() {
        let read = |tag, text: &str| moment(tag, text.as_bytes()).map(|moment| moment.to_rfc3339());
        assert_eq!(read(UTC_TIME, "261120093000Z").as_deref(), Some("2026-11-20T09:30:00+00:00"));
        assert_eq!(read(UTC_TIME, "991120093000Z").as_deref(), Some("1999-11-20T09:30:00+00:00"));
        assert_eq!(read(GENERALIZED_TIME, "20591120093000Z").as_deref(), Some("2059-11-20T09:30:00+00:00"));
        assert_eq!(read(UTC_TIME, "not a time"), None);
        assert_eq!(read(0, "261120093000Z"), None);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_reading_ends(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = read(&bytes);
        }
    }
}
