//! Durations in the operator's words.
//!
//! Promises: two units at most, truncated, so that nothing sounds longer than it was. Never adds "ago" or "in": the caller
//! does.

use chrono::TimeDelta;

/// `0.4 s`, `12 s`, `5 min`, `2 h 40 min`, `3 d 4 h`: two units at most, cut and not rounded, so that nothing sounds
/// longer than it was. A negative duration is shown without its sign.
pub(crate) fn say_span(span: TimeDelta) -> String {
    let milliseconds = span.num_milliseconds().unsigned_abs();
    let seconds = milliseconds / 1_000;
    let two = |(large, unit): (u64, &str), (small, smaller): (u64, &str)| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {smaller}"),
    };
    match seconds {
        0..10 => format!("{}.{} s", seconds, milliseconds % 1_000 / 100),
        10..60 => format!("{seconds} s"),
        60..600 => two((seconds / 60, "min"), (seconds % 60, "s")),
        600..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => two((seconds / 3_600, "h"), (seconds / 60 % 60, "min")),
        _ => two((seconds / 86_400, "d"), (seconds / 3_600 % 24, "h")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::say_span;

    #[test]
    fn spans_have_two_units_at_most() {
        let said = |milliseconds| say_span(TimeDelta::milliseconds(milliseconds));
        assert_eq!(said(0), "0.0 s");
        assert_eq!(said(450), "0.4 s");
        assert_eq!(said(12_900), "12 s");
        assert_eq!(said(61_000), "1 min 1 s");
        assert_eq!(said(3_599_999), "59 min");
        assert_eq!(said(9_600_000), "2 h 40 min");
        assert_eq!(said(7_200_000), "2 h");
        assert_eq!(said(100 * 3_600_000), "4 d 4 h");
        assert_eq!(said(-61_000), "1 min 1 s");
    }
}
