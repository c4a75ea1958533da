//! `[quiet_hours]` of the plan: when less urgent messages are held.
//!
//! Promises: every day has hours that are not quiet, and the most urgent messages never wait. Knows no date or zone:
//! `compose` finds the quiet hours of each recipient.

use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};

use crate::located::Table;
use crate::model::moment::read_clock_time;
use crate::model::phase::Severity;

/// The longest quiet hours: what waits has to leave some time of the day.
const LENGTH_MAX: Duration = Duration::from_secs(16 * 3_600);

/// The hours in which messages that can wait do not leave, by the clock of the one who reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// First minute of the quiet hours, in the person's zone.
    pub from: NaiveTime,
    /// When they end; on the next day if that is not later than they begin. Never the same time.
    pub until: NaiveTime,
    /// Messages below this severity wait; never the lowest.
    pub below_severity: Severity,
}

impl QuietHours {
    /// How long they are on a day on which no clock is put forward or back.
    pub fn length(&self) -> Duration {
        let length = self.until - self.from;
        let length = if length > TimeDelta::zero() { length } else { length + TimeDelta::days(1) };
        length.to_std().unwrap_or_default()
    }
}

pub(super) fn read(mut table: Table<'_>) -> Option<QuietHours> {
    let clock = "a time of day such as `22:00`";
    let from = table.required("from").shaped("bad-clock-time", clock, read_clock_time);
    let until = table.required("until").shaped("bad-clock-time", clock, read_clock_time);
    let below = table.required("below_severity");
    let below_severity = below.choice(&Severity::ALL, Severity::word, Severity::from_word);
    if below_severity == Some(Severity::Notice) {
        let message = "no severity is below `notice`, so nothing would ever be held".to_owned();
        let hint = Some("write `minor`, `major` or `critical`, or omit the table".to_owned());
        table.document().error(table.value_span("below_severity"), "quiet-hours-for-nothing", message, hint);
    }
    let hours = || Some(QuietHours { from: from?, until: until?, below_severity: below_severity? });
    let hours = hours();
    let sound = hours.filter(|hours| hours.length() <= LENGTH_MAX);
    if hours.is_some() && sound.is_none() {
        let written = if table.has("until") { "until" } else { "from" };
        let message = "the quiet hours are longer than 16 hours, so little could ever be sent".to_owned();
        table.document().error(table.value_span(written), "quiet-hours-too-long", message, None);
    }
    table.finish();
    sound.filter(|hours| hours.below_severity > Severity::Notice)
}
