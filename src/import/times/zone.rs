//! How times without a zone are understood.
//!
//! The rules of zones come from the database inside the program, so the same site means the same moments on
//! every machine. A time that the clocks skip or repeat is read as the first one that makes sense.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::model::Moment;

/// The zone of a site: that of its times without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// Coordinated universal time, as cState means it.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// A zone of the IANA database by its name: `Europe/Berlin`.
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Self::utc());
        }
        let rules = TimeZoneDatabase::bundled().get(name).ok()?;
        Some(Self { name: rules.iana_name().unwrap_or(name).to_owned(), rules })
    }

    /// The zone's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The moment of a local time, with the offset that was written next to it, in seconds, or else this
    /// zone's.
    pub(in super::super) fn moment(&self, local: NaiveDateTime, offset: Option<i64>) -> Option<Moment> {
        if let Some(seconds) = offset {
            return local.and_utc().checked_sub_signed(TimeDelta::seconds(seconds));
        }
        let small = |number: u32| i8::try_from(number).ok();
        let civil = jiff::civil::DateTime::new(
            i16::try_from(local.year()).ok()?,
            small(local.month())?,
            small(local.day())?,
            small(local.hour())?,
            small(local.minute())?,
            small(local.second())?,
            0,
        );
        let moment = self.rules.to_ambiguous_timestamp(civil.ok()?).compatible().ok()?;
        DateTime::from_timestamp(moment.as_second(), 0)
    }

    /// The time of day at a moment, in seconds since midnight.
    pub(in super::super) fn clock(&self, moment: Moment) -> i64 {
        let midnight = self.moment(self.day(moment).and_time(chrono::NaiveTime::MIN), None);
        midnight.map_or(0, |midnight| (moment - midnight).num_seconds())
    }

    /// The day a moment falls on.
    pub(in super::super) fn day(&self, moment: Moment) -> NaiveDate {
        let civil = jiff::Timestamp::from_second(moment.timestamp())
            .map(|timestamp| self.rules.to_datetime(timestamp).date());
        let day = civil.ok().and_then(|date| {
            let number = |part: i8| u32::try_from(part).ok();
            NaiveDate::from_ymd_opt(i32::from(date.year()), number(date.month())?, number(date.day())?)
        });
        day.unwrap_or_else(|| moment.date_naive())
    }
}
