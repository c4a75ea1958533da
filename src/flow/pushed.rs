//! Counts changes by the commit that brought them, for a host that takes over.
//!
//! Promises: changes that no commit since the last announcement brought count together, and so do all changes if git does not
//! answer. Never reads an incident's file.

use std::collections::BTreeMap;

use crate::flow::notify::PendingAnnouncement;
use crate::model::incident::IncidentId;
use crate::workspace::git::Git;
use crate::workspace::root::Root;

/// The largest number of changes that came in one commit.
pub(crate) fn most_in_one_commit(root: &Root, prepared: &PendingAnnouncement) -> usize {
    let incidents: Vec<&IncidentId> =
        prepared.difference.changes.iter().map(|change| &change.incident).collect();
    let (before, now) = (prepared.base.commit.as_ref(), prepared.difference.announced.commit.as_ref());
    let git = Git::at(&root.path);
    let log = before.zip(now).and_then(|(before, now)| git.changed_by_commit(&before.id, &now.id));
    largest(&log.unwrap_or_default(), &incidents)
}

/// The largest number of incidents that one commit of a log changed last; the newest commit comes first.
fn largest(log: &str, incidents: &[&IncidentId]) -> usize {
    let lines: Vec<&str> = log.lines().collect();
    let commits = lines.split(|line| *line == Git::COMMIT).skip(1);
    let commits: Vec<Vec<&str>> =
        commits.map(|files| files.iter().filter_map(|file| stem(file)).collect()).collect();
    let mut counts: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for incident in incidents {
        let brought = commits.iter().position(|stems| stems.contains(&incident.as_str()));
        *counts.entry(brought).or_default() += 1;
    }
    counts.into_values().max().unwrap_or_default()
}

/// The incident that a file is of, also a translation.
fn stem(file: &str) -> Option<&str> {
    file.strip_prefix("incidents/")?.strip_suffix(".md")?.split('.').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_count_with_the_commit_that_changed_their_file_last() {
        for (log, expected) in [
            ("", 3),
            ("::\n\nincidents/a.md\n::\n\nincidents/b.md\n::\n\nincidents/c.md", 1),
            ("::\n\nincidents/a.md\nincidents/b.es.md\n::\n\nincidents/c.md\n", 2),
            // The newest commit counts.
            ("::\n\nincidents/a.md\n::\n\nincidents/a.md\nincidents/b.md\nincidents/c.md", 2),
            // What no commit brought is one group.
            ("::\n\nincidents/a.md\nREADME.md", 2),
            ("::\n::\n\nincidents/other.md", 3),
        ] {
            let incidents = ["a", "b", "c"].map(|id| IncidentId::new(id).unwrap());
            assert_eq!(largest(log, &incidents.iter().collect::<Vec<_>>()), expected, "{log}");
        }
    }
}
