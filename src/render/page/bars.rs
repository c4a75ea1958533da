//! The days of a feature as a drawing: one path per status.
//!
//! Promises: a worse day is a taller stroke, so that the drawing is readable without color; planned work is a broken one.
//! Good days, of which there are many, are one wide line that the style breaks into strokes, so that a page of many
//! features stays small. The drawing is hidden from screen readers: its sentence has the same content.

use std::fmt::Write;

use serde::Serialize;

use crate::model::feature::Status;

/// The distance from stroke to stroke, in units of the drawing.
const STEP: usize = 5;
/// The width of a stroke; `index.css` knows it too.
const WIDTH: usize = 3;
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
    /// The `d` of an SVG path to be stroked: upright lines, one for each day; of good days level lines, one for each run.
    d: String,
}

/// Draws days, oldest first; a day without the feature is a gap.
pub(super) fn bars(days: &[Option<Status>]) -> Bars {
    let path = |status: Status| {
        let d = match status {
            Status::Operational => runs(days),
            other => strokes(days, other),
        };
        (!d.is_empty()).then(|| Path { status: status.word(), d })
    };
    Bars { width: days.len() * STEP, paths: Status::ALL.into_iter().filter_map(path).collect() }
}

/// A level line through the middle of each run of good days.
fn runs(days: &[Option<Status>]) -> String {
    let mut d = String::new();
    let mut first = 0;
    for run in days.chunk_by(|one, next| one == next) {
        if run.contains(&Some(Status::Operational)) {
            // Writing to a String cannot fail.
            let _ = write!(d, "M{} 21h{}", first * STEP + 1, (run.len() - 1) * STEP + WIDTH);
        }
        first += run.len();
    }
    d
}

/// An upright line for each day of a status.
fn strokes(days: &[Option<Status>], status: Status) -> String {
    let mut d = String::new();
    for (day, _) in days.iter().enumerate().filter(|(_, of_day)| **of_day == Some(status)) {
        // The middle of a stroke that stands between whole units.
        let x = format!("{}.5", day * STEP + 2);
        // Writing to a String cannot fail.
        let _ = match status {
            Status::Maintenance => write!(d, "M{x} 30v-7m0-4v-7"),
            other => write!(d, "M{x} 30V{}", HEIGHT - height(other)),
        };
    }
    d
}

fn height(status: Status) -> usize {
    match status {
        Status::Operational | Status::Maintenance => 18,
        Status::Degraded => 21,
        Status::PartialOutage => 25,
        Status::MajorOutage => 30,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_one_path_each_bad_day_a_stroke_and_each_run_of_good_days_a_line() {
        let good = Some(Status::Operational);
        let days = [None, good, Some(Status::MajorOutage), good, good, Some(Status::Maintenance)];
        let drawn = bars(days.get(1..).unwrap());
        assert_eq!(bars(&days).paths.len(), 3, "a day without the feature draws nothing");
        let paths: Vec<_> = drawn.paths.iter().map(|path| (path.status, path.d.as_str())).collect();
        assert_eq!(
            paths,
            [
                ("operational", "M1 21h3M11 21h8"),
                ("maintenance", "M22.5 30v-7m0-4v-7"),
                ("major_outage", "M7.5 30V0"),
            ]
        );
        assert_eq!(drawn.width, 25);
    }

    #[test]
    fn no_days_are_no_paths() {
        assert!(bars(&[]).paths.is_empty());
    }
}
