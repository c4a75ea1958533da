//! The rate limit of a provider.
//!
//! Promises: a rate is above zero and finite; without the key there is no limit. Never waits: the ledger counts the
//! messages.

use std::time::Duration;

use crate::located::{Field, Table, quoted};

const MESSAGES_MAX: u32 = 100_000;

/// How fast a provider may be handed messages: a number at once, and then one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many in the long run.
    pub rate: Rate,
    /// How many at once after a pause; 1 or more, and 1 unless the plan states it, because many providers count
    /// whatever comes within any second.
    pub burst: u32,
}

/// Messages in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many; 1 or more.
    pub messages: u32,
    /// In which time: a second, a minute or an hour.
    pub per: Duration,
}

impl Rate {
    const SECOND: Duration = Duration::from_secs(1);

    /// Takes `50/s`, `30/m` or `500/h`.
    pub fn new(text: &str) -> Option<Self> {
        let (messages, unit) = text.split_once('/')?;
        let per = match unit.trim() {
            "s" => Self::SECOND,
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3_600),
            _ => return None,
        };
        let messages = messages.trim().parse().ok()?;
        (1..=MESSAGES_MAX).contains(&messages).then_some(Self { messages, per })
    }

    /// The time from one message to the next.
    pub fn interval(self) -> Duration {
        self.per / self.messages.max(1)
    }
}

/// Reads `rate` and `burst`: `None` if they cannot be read, `Some(None)` if there is no limit.
pub(super) fn pace(table: &mut Table<'_>) -> Option<Option<RateLimit>> {
    let (rate, burst) = (table.optional("rate"), table.optional("burst"));
    if burst.is_present() && !rate.is_present() {
        table.report_missing("rate");
        return None;
    }
    if !rate.is_present() {
        return Some(None);
    }
    let (rate, is_written) = (read_rate(&rate), burst.is_present());
    let burst = burst.integer(1..=MESSAGES_MAX);
    let rate = rate?;
    let burst = if is_written { burst? } else { 1 };
    Some(Some(RateLimit { rate, burst }))
}

/// A whole number counts by the second; text says its time.
fn read_rate(field: &Field<'_>) -> Option<Rate> {
    use crate::located::Value;
    match field.value()? {
        Value::Integer(_) => {
            let messages = field.integer(1..=MESSAGES_MAX)?;
            Some(Rate { messages, per: Rate::SECOND })
        }
        Value::Text(text) => {
            let rate = Rate::new(text);
            if rate.is_none() {
                let hint = "write `50` for 50 messages per second, or `\"50/s\"`, `\"30/m\"`, `\"500/h\"`"
                    .to_owned();
                field.error("bad-rate", format!("{} is not a rate", quoted(text)), Some(hint));
            }
            rate
        }
        _ => {
            field.wrong_type("a rate", Some("write `50` for 50 messages per second, or `\"30/m\"`"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Rate;

    #[test]
    fn rates_are_messages_in_a_time() {
        for (text, interval_ms) in
            [("50/s", 20), ("1/s", 1_000), ("30/m", 2_000), ("600/m", 100), ("500/h", 7_200)]
        {
            let rate = Rate::new(text).expect(text);
            assert_eq!(rate.interval(), Duration::from_millis(interval_ms), "{text}");
        }
        for text in ["", "50", "0/s", "-1/s", "1.5/s", "50/d", "/s", "100001/s", "5/s/s"] {
            assert_eq!(Rate::new(text), None, "{text}");
        }
    }
}
