//! When a message that can wait may leave: not within the quiet hours of the one who reads it.
//!
//! Promises: no clock of the reader's zone shows a time of the quiet hours when the message may leave; where clocks are put
//! forward or back within them, the hours are rather too long than too short.

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
