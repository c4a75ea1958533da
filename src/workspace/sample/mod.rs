//! The built-in sample: the repository's own `site/`, `incidents/` and theme, carried inside the binary.
//!
//! Promises: the sample plays at the moment it is made for, so that nothing in it is late or ahead. Never writes.

pub(crate) mod moved;

use bytes::Bytes;
use chrono::TimeDelta;
use include_dir::{Dir, include_dir};

use crate::model::Moment;

static SITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/site");
static THEME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/themes/larkmoor");
static INCIDENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/incidents");

/// The moment that the files in the repository are written for, in seconds since 1970: 2026-11-20, 10:30 UTC.
const WRITTEN_FOR: i64 = 1_795_170_600;
/// Moments stay on the clock's five minutes, as people write them.
const STEP: i64 = 300;

/// How far the sample is from a moment that replaces 10:30 in it.
pub(crate) fn distance(now: Moment) -> TimeDelta {
    TimeDelta::seconds((now.timestamp() - WRITTEN_FOR).div_euclid(STEP) * STEP)
}

/// The moment nearest before `now` that the sample can be moved to.
pub(crate) fn begins(now: Moment) -> Moment {
    Moment::from_timestamp(WRITTEN_FOR, 0).map_or(now, |written| written + distance(now))
}

/// The sample's files as of `now`, by their paths from the site's root.
pub(crate) fn files(now: Moment) -> Vec<(String, Bytes)> {
    let by = distance(now);
    let mut files = Vec::new();
    collect(&SITE, "site", &mut files);
    collect(&THEME, "themes/larkmoor", &mut files);
    let mut incidents = Vec::new();
    collect(&INCIDENTS, "incidents", &mut incidents);
    let told = incidents.into_iter().map(|(path, bytes)| (path, moved::moved_bytes(&bytes, by)));
    files.extend(told);
    files
}

fn collect(dir: &'static Dir<'static>, at: &str, files: &mut Vec<(String, Bytes)>) {
    for file in dir.files() {
        let name = file.path().file_name().unwrap_or_default().to_string_lossy();
        files.push((format!("{at}/{name}"), Bytes::from_static(file.contents())));
    }
    for inner in dir.dirs() {
        let name = inner.path().file_name().unwrap_or_default().to_string_lossy();
        collect(inner, &format!("{at}/{name}"), files);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_moved_by_whole_steps_and_not_at_all_at_its_own_moment() {
        let moment = |text: &str| text.parse::<Moment>().unwrap();
        assert_eq!(distance(moment("2026-11-20T10:30:00Z")), TimeDelta::zero());
        assert_eq!(distance(moment("2026-11-20T10:34:59Z")), TimeDelta::zero());
        assert_eq!(distance(moment("2026-11-19T10:29:00Z")), TimeDelta::minutes(-24 * 60 - 5));
        let files = files(moment("2026-11-20T10:30:00Z"));
        for (path, bytes) in &files {
            let there = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
            assert!(there == *bytes, "{path}");
        }
    }
}
