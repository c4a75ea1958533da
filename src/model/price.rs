//! Prices: exact amounts of money in a currency that is named elsewhere.
//!
//! Promises: an amount is kept to the millionth and never rounded, so that sums are exact. Never converts between currencies.

use std::fmt;
use std::ops::Add;

/// Millionths in a whole unit.
const UNIT: u64 = 1_000_000;

/// Digits after the point that are kept.
const DIGITS: usize = 6;

/// An amount of money in millionths of its currency; at least zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(u64);

impl Price {
    /// Reads `0.045` or `2`: at most six digits before the point and six after it. `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |text: &str| (1..=DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(part) {
            return None;
        }
        let part: u64 = format!("{part:0<DIGITS$}").parse().ok()?;
        Some(Self(whole.parse::<u64>().ok()? * UNIT + part))
    }

    /// A multiple of the amount; the largest amount if that is too large.
    #[must_use]
    pub fn times(self, number: u64) -> Self {
        Self(self.0.saturating_mul(number))
    }
}

impl Add for Price {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Price {
    /// With two digits after the point, or as many as it has: `9.00`, `0.045`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:06}", self.0 % UNIT);
        let kept = part.trim_end_matches('0').len().max(2);
        write!(f, "{}.{}", self.0 / UNIT, &part[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::Price;

    #[test]
    fn an_amount_is_read_written_and_multiplied_exactly() {
        for (text, written, thrice) in [
            ("0.045", "0.045", "0.135"),
            ("2", "2.00", "6.00"),
            ("0.1", "0.10", "0.30"),
            ("0.000001", "0.000001", "0.000003"),
            ("999999.999999", "999999.999999", "2999999.999997"),
        ] {
            let price = Price::new(text).unwrap();
            assert_eq!(price.to_string(), written);
            assert_eq!(price.times(3).to_string(), thrice);
            assert_eq!((price + price + price).to_string(), thrice);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1,5", "1e3", "1000000", "0.0000001", "0.1.2", "١"] {
            assert_eq!(Price::new(text), None, "{text}");
        }
    }
}
