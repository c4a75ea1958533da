//! Bad files: each problem at its line and column.

use crate::load::parse_incident;
use crate::model::problem::ProblemLevel;

/// Rule, line and column of each problem of a file with a good front matter in lines 1 to 6.
fn complaints(story: &str) -> Vec<(&'static str, usize, usize)> {
    let front =
        "+++\ntitle = 'x'\nseverity = 'minor'\naffected = ['a']\nstarted = 2026-11-20T09:12:00Z\n+++\n";
    places_of(&format!("{front}{story}"))
}

fn places_of(text: &str) -> Vec<(&'static str, usize, usize)> {
    let parsed = parse_incident("incidents/x.md", text);
    let errors = parsed.problems.iter().any(|problem| problem.level == ProblemLevel::Error);
    assert_eq!(parsed.incident.is_none(), errors, "{text}: {:?}", parsed.problems);
    let place = |problem: &crate::model::problem::Problem| {
        problem.place.as_ref().map_or((0, 0), |place| (place.line, place.column))
    };
    parsed.problems.iter().map(|problem| (problem.rule, place(problem).0, place(problem).1)).collect()
}

#[test]
fn problems_of_stories_stand_at_their_lines() {
    for (story, expected) in [
        ("One text.\n", vec![]),
        ("", vec![]),
        ("## Root cause\nx\n", vec![("bad-heading", 7, 4)]),
        ("##2026-11-20 10:05 UTC\n", vec![("bad-heading", 7, 1)]),
        ("above\n\n## 2026-11-20 10:05 UTC\n", vec![("text-before-first-update", 7, 1)]),
        ("## 2026-11-20 10:05 UTC\nü {time soon}\n", vec![("bad-time-token", 8, 3)]),
        ("## 2026-11-20 10:05 UTC\n`{time soon}` \\{time soon}\n", vec![]),
        ("## 2026-11-20 10:05 UTC\n## 2026-11-20 12:05 +02:00\n", vec![("duplicate-time", 8, 1)]),
        ("## 2026-11-20 10:05 UTC\nA.\n\n## 2026-11-20 10:05 UTC\nA.\n", vec![("repeated-update", 10, 1)]),
        ("## 2026-11-20 10:05 UTC\nA.\n## 2026-11-20 10:05 UTC\nB.\n", vec![("duplicate-time", 9, 1)]),
        (
            "## 2026-11-20 10:05 UTC\nA.\n## 2026-11-20 10:05 UTC · Resolved\nA.\n",
            vec![("duplicate-time", 9, 1)],
        ),
        ("## 2026-11-20 10:05 UTC\n```\n## 2026-11-20 09:05 UTC\n", vec![("hidden-update", 9, 1)]),
        ("## 2026-11-20 10:05 UTC\n### 2026-11-20 09:05 UTC · Resolved\n", vec![("heading-level", 8, 1)]),
        ("## 2026-11-20 10:05 UTC\n### 2026-11-20 09:05 UTC\n", vec![]),
        ("## 2026-11-20 10:05 UTC\na\u{7}b\n", vec![("control-character", 8, 2)]),
        ("## 2026-11-20 10:05 UTC\na\rb\n", vec![("control-character", 8, 2)]),
        ("## 2026-11-20 10:05 UTC\na\u{202e}b\n", vec![("control-character", 8, 2)]),
        ("## 2026-11-20 10:05 UTC\na\u{feff}b \u{200f}c\n", vec![]),
        (
            "## x\n## 2026-11-20 10:05\n## 2026-11-20 10:06 UTC · Fixed {severity=bad}\n",
            vec![
                ("bad-heading", 7, 4),
                ("missing-zone", 8, 4),
                ("unknown-word", 9, 27),
                ("unknown-word", 9, 43),
            ],
        ),
    ] {
        assert_eq!(complaints(story), expected, "{story:?}");
    }
}

#[test]
fn problems_of_front_matter_stand_at_their_values() {
    for (block, expected) in [
        (
            "",
            vec![
                ("missing-key", 2, 1),
                ("missing-key", 2, 1),
                ("missing-key", 2, 1),
                ("nothing-affected", 2, 1),
            ],
        ),
        (
            "title = ''\nseverity = 'majr'\naffected = []\nstarted = 2026-11-20",
            vec![
                ("empty-text", 2, 9),
                ("unknown-word", 3, 12),
                ("nothing-affected", 4, 12),
                ("bad-time", 5, 11),
            ],
        ),
        (
            "title = 'x'\nseverity = 'major'\naffected = ['Check out']\nstarted = 2026-11-20T09:12:00Z\nid = 'a b'",
            vec![("bad-feature", 4, 13), ("bad-id", 6, 6)],
        ),
        (
            "title = \"a\\u0007b\"\nseverity = 'major'\naffected = { a = 'down' }\nstarted = 2026-11-20T09:12:00Z\nimpakt = 'x'",
            vec![("control-character", 2, 9), ("unknown-word", 4, 18), ("unknown-key", 6, 1)],
        ),
        (
            "title = 'x'\nseverity = 'major'\naffected = ['a']\nstarted = 2026-11-20T09:12:00Z\nstarts = 2026-11-20T09:12:00Z",
            vec![("misplaced-key", 6, 1)],
        ),
        (
            "title = 'x'\nkind = 'maintenance'\naffected = ['a']\nstarts = 2026-11-20T09:00:00Z\nends = 2026-11-20T09:00:00Z",
            vec![("bad-window", 6, 8)],
        ),
        (
            "title = 'x'\nkind = 'maintenance'\naffected = ['a']\nstarted = 2026-11-20T09:00:00Z\neta = 'unknown'",
            vec![
                ("missing-key", 2, 1),
                ("missing-key", 2, 1),
                ("misplaced-key", 5, 1),
                ("misplaced-key", 6, 1),
            ],
        ),
        (
            "title = 'x'\nkind = 'maintenence'\naffected = ['a']\nstarts = 2026-11-20T09:00:00Z\nends = 2026-11-20T10:00:00Z",
            vec![("unknown-word", 3, 8)],
        ),
    ] {
        assert_eq!(places_of(&format!("+++\n{block}\n+++\n")), expected, "{block}");
    }
}

#[test]
fn a_file_has_a_limit_of_updates() {
    let story: String =
        (0..501).map(|n| format!("## 2026-11-20 {:02}:{:02} UTC\n", n / 60, n % 60)).collect();
    assert_eq!(complaints(&story), [("too-many-updates", 507, 1)]);
}
