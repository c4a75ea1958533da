//! Whatever the bytes, nothing panics and no file is lost.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::import::cstate_files;
use crate::model::phase::IncidentKind;

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic_and_no_file_is_lost(
        contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 1..4),
        config in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        files.insert("config.yml".to_owned(), config);
        for (number, bytes) in contents.into_iter().enumerate() {
            files.insert(format!("content/issues/{number}.md"), bytes);
        }
        check(&files)?;
    }

    #[test]
    fn no_shuffled_issue_panics_or_is_lost(
        pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..14),
        config in proptest::collection::vec(proptest::sample::select(PIECES), 0..6),
    ) {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        files.insert("config.yml".to_owned(), config.concat().into_bytes());
        files.insert("content/issues/a.md".to_owned(), format!("---\n{}", pieces.concat()).into_bytes());
        files.insert("content/issues/b.md".to_owned(), pieces.concat().into_bytes());
        check(&files)?;
    }
}

/// Scraps of issues that mean something to some step of the import.
const PIECES: &[&str] = &[
    "---\n",
    "+++\n",
    "title: x\n",
    "date: 2023-05-01T10:00:00Z\n",
    "date: 2023-99-99T99:99\n",
    "resolved: true\n",
    "resolvedWhen: 2023-05-01T10:00:00Z\n",
    "resolvedWhen: 9999-12-31T23:59:59-14:00\n",
    "severity: dsirupted\n",
    "affected:\n",
    "  - API\n",
    " - é [\n",
    "section: issue\n",
    "informational: yes\n",
    "draft: no\n",
    "\n",
    "[Final Message]\n",
    "[Initial] -->\n",
    "[Update 31st of February 2022 - 25:00]\n",
    "**Update 10:30 UTC:** é\n",
    "## 2023-07-13 08:49 UTC\n",
    "<!--",
    "-->",
    "```\n",
    "<b>",
    "<a href=\"",
    "</a>",
    "`",
    "{{< track \"2023-05-01 9:0\" >}}\n",
    "{{<",
    "=====\n",
    "*Resolved* - x\n",
    "status: scheduled\n",
    "duration: 99999999999999999999 hours\n",
    "params:\n",
    "  systems:\n",
    "    - name: API\n",
    "\u{feff}",
    "\r\n",
    "é",
];

/// Every file is an incident or named in a note; ids and update times are unique; the result is repeatable.
fn check(files: &BTreeMap<String, Vec<u8>>) -> Result<(), TestCaseError> {
    let imported = cstate_files(files, None);
    prop_assert_eq!(&cstate_files(files, None), &imported);
    let issues = files.keys().filter(|path| path.starts_with("content/issues/"));
    let named = |path: &str| imported.notes.iter().any(|note| note.file == path);
    let unaccounted = issues.clone().filter(|path| !named(path)).count();
    prop_assert!(issues.count() <= imported.incidents.len() + imported.notes.len());
    prop_assert!(unaccounted <= imported.incidents.len());
    for incident in &imported.incidents {
        prop_assert!(incident.updates.windows(2).all(|pair| pair[0].at < pair[1].at));
        prop_assert!(
            incident.window.is_none_or(|window| window.ends.is_none_or(|ends| window.starts < ends))
        );
        prop_assert_eq!(incident.window.is_some(), incident.kind == IncidentKind::Maintenance);
    }
    Ok(())
}
