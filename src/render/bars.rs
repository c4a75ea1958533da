//! The days of a feature as a drawing: one path per status.
//!
//! Promises: a worse day is a taller stroke, so that the drawing reads without colour; planned work is a
//! broken one. The drawing is hidden from those who listen: its sentence says the same.

use std::fmt::Write;

use serde::Serialize;

use crate::model::feature::Status;

/// The distance from stroke to stroke, in units of the drawing.
const STEP: usize = 5;
const HEIGHT: usize = 30;

/// What a template needs to draw the days.
#[derive(Debug, Serialize)]
pub(super) struct Bars {
    /// The drawing's width; its height is 30.
    width: usize,
    /// The strokes of each status that occurs, in the order of the statuses.
    paths: Vec<Path>,
}

#[derive(Debug, Serialize)]
struct Path {
    /// The status's word.
    status: &'static str,
    /// The `d` of an SVG path to be stroked.
    d: String,
}

/// Draws days, oldest first.
pub(super) fn bars(days: &[Status]) -> Bars {
    let path = |status: Status| {
        let mut d = String::new();
        for (day, _) in days.iter().enumerate().filter(|(_, of_day)| **of_day == status) {
            let x = day * STEP + STEP / 2;
            // Writing to a String cannot fail.
            let _ = match status {
                Status::Maintenance => write!(d, "M{x} 28v-4m0-7v-4"),
                other => write!(d, "M{x} 28V{}", HEIGHT - height(other)),
            };
        }
        (!d.is_empty()).then(|| Path { status: status.word(), d })
    };
    Bars { width: days.len() * STEP, paths: Status::ALL.into_iter().filter_map(path).collect() }
}

fn height(status: Status) -> usize {
    match status {
        Status::Operational | Status::Maintenance => 17,
        Status::Degraded => 20,
        Status::PartialOutage => 24,
        Status::MajorOutage => 28,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_one_path_and_each_day_one_stroke() {
        let drawn =
            bars(&[Status::Operational, Status::MajorOutage, Status::Operational, Status::Maintenance]);
        let paths: Vec<_> = drawn.paths.iter().map(|path| (path.status, path.d.as_str())).collect();
        assert_eq!(
            paths,
            [
                ("operational", "M2 28V13M12 28V13"),
                ("maintenance", "M17 28v-4m0-7v-4"),
                ("major_outage", "M7 28V2"),
            ]
        );
        assert_eq!(drawn.width, 20);
    }

    #[test]
    fn no_days_are_no_paths() {
        assert!(bars(&[]).paths.is_empty());
    }
}
