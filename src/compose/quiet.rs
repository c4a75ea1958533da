//! The earliest time at which a less urgent message may be sent: after the quiet hours of its recipient.
//!
//! Promises: the message is never sent at a local time within the quiet hours; if the clocks change within them, the hours
//! are too long rather than too short.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::config::plan::QuietHours;
use crate::model::Moment;
use crate::model::notice::Quiet;
use crate::theme::calendar::Zone;

/// The quiet hours that `now` lies in, or else the next ones.
pub(super) fn next(hours: &QuietHours, zone: &Zone, now: Moment) -> Option<Quiet> {
    let today = zone.wall_clock(now).date();
    let days = [today.yesterday(), Ok(today), today.tomorrow()];
    let windows = days.into_iter().filter_map(|day| on(hours, zone, day.ok()?));
    windows.filter(|window| now < window.ends).min_by_key(|window| window.starts)
}

/// The quiet hours that begin on a day.
fn on(hours: &QuietHours, zone: &Zone, day: Date) -> Option<Quiet> {
    let last = if hours.until > hours.from { day } else { day.checked_add(1.day()).ok()? };
    let (starts, _) = zone.moments_of(day, hours.from)?;
    let (_, ends) = zone.moments_of(last, hours.until)?;
    Some(Quiet { starts, ends })
}
