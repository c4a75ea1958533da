//! Whether a public page shows what is about to be announced (promise 3 of the README).
//!
//! Promises: a pointer counts only if its build is not older than the newest announced time, and was made from files with
//! the same announcements or from a commit that descends from ours. If that cannot be determined, the pointer does not
//! count.

use crate::model::Moment;
use crate::model::incident::Incident;

use crate::publish::pointer::{BuildSource, LiveBuild};

/// What a page has to show.
#[derive(Clone, Debug)]
pub(super) struct ExpectedPage {
    /// What our files are, and the hash of what they tell.
    pub ours: BuildSource,
    /// The latest time at which something of the announcement became true; a page built before it cannot show it.
    pub since: Option<Moment>,
}

impl ExpectedPage {
    /// What a page has to show so that these incidents may be announced at `now`.
    pub(super) fn new<'a>(
        ours: BuildSource,
        told: impl IntoIterator<Item = &'a Incident>,
        now: Moment,
    ) -> Self {
        let since = told.into_iter().flat_map(turns).filter(|turn| *turn <= now).max();
        Self { ours, since }
    }

    /// Whether the page of that pointer shows it. `descends` says whether the second commit descends from the first;
    /// `None` where it does not know one of them.
    pub(super) fn is_shown_by(
        &self,
        pointer: &LiveBuild,
        descends: &dyn Fn(&str, &str) -> Option<bool>,
    ) -> bool {
        let theirs = &pointer.origin;
        let is_late_enough = self.since.is_none_or(|since| theirs.time >= since);
        let follows = || match (&self.ours.commit, &theirs.commit) {
            // What is not committed is in nothing that descends from the commit, and what was changed there may be gone.
            (Some(mine), Some(other)) if !self.ours.changed && !theirs.changed => {
                descends(mine, other) == Some(true)
            }
            _ => false,
        };
        is_late_enough && (theirs.site == self.ours.site || follows())
    }
}

/// The moments at which an incident becomes another one for its readers: its updates', and those the clock brings.
fn turns(incident: &Incident) -> impl Iterator<Item = Moment> + '_ {
    let planned = incident.planned_turns();
    incident.updates.iter().map(|update| update.at).chain(planned).chain(incident.end_counts_from())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::manifest::{BuildId, FileFacts};

    fn at(minute: i64) -> Moment {
        Moment::from_timestamp(1_772_359_200 + minute * 60, 0).unwrap()
    }

    fn origin(site: &str, commit: Option<&str>, minute: i64) -> BuildSource {
        BuildSource {
            commit: commit.map(str::to_owned),
            changed: false,
            rolled_back_from: None,
            taken_back: None,
            time: at(minute),
            site: site.to_owned(),
        }
    }

    fn page(origin: BuildSource) -> LiveBuild {
        LiveBuild::over(None, BuildId::new(&FileFacts::of(b"").hash).unwrap(), origin)
    }

    /// Commits are `1`, `2`, … in a line, and `?` is not known.
    fn descends(ancestor: &str, descendant: &str) -> Option<bool> {
        let is_known = ![ancestor, descendant].contains(&"?");
        is_known.then(|| ancestor <= descendant)
    }

    #[test]
    fn a_page_shows_what_tells_the_same_or_comes_after() {
        let wanted = ExpectedPage { ours: origin("ours", Some("2"), 10), since: Some(at(5)) };
        for (theirs, shows) in [
            (origin("ours", None, 10), true),
            (origin("ours", Some("1"), 10), true),
            (origin("other", Some("2"), 10), true),
            (origin("other", Some("3"), 10), true),
            (origin("other", Some("1"), 10), false),
            (origin("other", Some("?"), 10), false),
            (origin("other", None, 10), false),
            // No matter what it was made from: it was made before the facts that are announced now.
            (origin("ours", Some("2"), 4), false),
            (origin("other", Some("3"), 4), false),
            (BuildSource { changed: true, ..origin("other", Some("3"), 10) }, false),
            // Taken back: what it shows is of the earlier commit.
            (BuildSource { rolled_back_from: Some("3".to_owned()), ..origin("other", Some("1"), 10) }, false),
        ] {
            assert_eq!(wanted.is_shown_by(&page(theirs.clone()), &descends), shows, "{theirs:?}");
        }
        let changed = ExpectedPage { ours: BuildSource { changed: true, ..wanted.ours.clone() }, ..wanted };
        assert!(!changed.is_shown_by(&page(origin("other", Some("3"), 10)), &descends));
        assert!(changed.is_shown_by(&page(origin("ours", Some("1"), 10)), &descends));
    }
}
