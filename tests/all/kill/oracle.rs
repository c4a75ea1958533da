//! The oracle: the provider's log, the ledger, and the list of who must hear of what, held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use postgres::{Client, NoTls};

use super::crowd::{CHANGES, Crowd};
use crate::fixtures::recorder::Taken;

/// Connections to a provider, the plan's default: what may be in progress at a kill.
const CONNECTIONS: usize = 8;
/// States as the ledger numbers them.
const ACCEPTED: i64 = 3;
const IN_DOUBT: i64 = 10;

/// Where the ledger is.
pub(crate) enum Books {
    File(PathBuf),
    Server(String),
}

/// A step as the ledger has it.
struct Step {
    address: String,
    incident: String,
    state: i64,
}

impl Books {
    fn steps(&self) -> Vec<Step> {
        let text = "SELECT e.address, i.origin, CAST(s.state AS BIGINT) FROM step s JOIN notice n ON n.number = s.notice
             JOIN incident i ON i.number = n.incident JOIN endpoint e ON e.number = s.endpoint";
        match self {
            Self::File(path) => {
                let ledger = rusqlite::Connection::open(path).unwrap();
                let mut statement = ledger.prepare(text).unwrap();
                let read = |row: &rusqlite::Row<'_>| {
                    Ok(Step { address: row.get(0)?, incident: row.get(1)?, state: row.get(2)? })
                };
                statement.query_map([], read).unwrap().map(Result::unwrap).collect()
            }
            Self::Server(url) => {
                let rows = Client::connect(url, NoTls).unwrap().query(text, &[]).unwrap();
                let read = |row: &postgres::Row| Step {
                    address: row.get(0),
                    incident: row.get(1),
                    state: row.get(2),
                };
                rows.iter().map(read).collect()
            }
        }
    }
}

/// Fails unless everyone who must hear of a change was notified of it, nobody else was, those who were notified twice are
/// within the window, and the ledger knows all that.
pub(crate) fn judge(
    crowd: Crowd,
    mails: &[Taken],
    texts: &[(String, String)],
    books: &Books,
    kills: usize,
    honours_keys: bool,
) {
    let steps = books.steps();
    let mut twice = 0;
    for (number, (name, ..)) in CHANGES.iter().enumerate() {
        let of_change = mails.iter().filter(|mail| mail.subject.contains(name));
        twice += compare(name, &crowd.mailed(number), of_change.map(|mail| mail.to.as_str()));
        let planned = steps.iter().filter(|step| step.incident == *name);
        let addresses: BTreeSet<String> = planned.map(|step| step.address.clone()).collect();
        let audience: BTreeSet<String> = crowd.mailed(number).union(&crowd.texted(number)).cloned().collect();
        assert!(addresses == audience, "{name}: planned for other people");
        let of_change = texts.iter().filter(|(_, words)| words.contains(&format!("/{name}/")));
        compare_texts(name, &crowd.texted(number), of_change.map(|(to, _)| to.as_str()), &steps);
    }
    println!(
        "{} mails and {} texts taken, {twice} mails twice after {kills} kills",
        mails.len(),
        texts.len()
    );
    assert!(twice <= kills * CONNECTIONS, "{twice} mails were taken twice after {kills} kills");
    assert!(!honours_keys || twice == 0, "{twice} mails were taken twice by a provider that honours keys");
    compare_keys(mails);
    compare_states(&steps);
}

/// Everyone of the audience at least once and nobody else. Returns how many mails were more than one.
fn compare<'m>(name: &str, audience: &BTreeSet<String>, told: impl Iterator<Item = &'m str>) -> usize {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for to in told {
        *times.entry(to).or_default() += 1;
    }
    let missing = audience.iter().find(|to| !times.contains_key(to.as_str()));
    assert_eq!(missing, None, "{name}: was never told");
    let strange = times.keys().find(|to| !audience.contains(**to));
    assert_eq!(strange, None, "{name}: was told and did not ask for it");
    times.values().map(|times| times - 1).sum()
}

/// A text leaves once, or is in doubt and may have left once.
fn compare_texts<'t>(
    name: &str,
    audience: &BTreeSet<String>,
    told: impl Iterator<Item = &'t str>,
    steps: &[Step],
) {
    let told: Vec<&str> = told.collect();
    let once: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(told.len(), once.len(), "{name}: a text was sent twice");
    assert!(
        once.iter().all(|to| audience.contains(*to)),
        "{name}: a text to somebody who did not ask for it"
    );
    for to in audience {
        let step = steps.iter().find(|step| step.address == *to && step.incident == name).unwrap();
        let texted = once.contains(to.as_str());
        let known = step.state == ACCEPTED && texted || step.state == IN_DOUBT;
        assert!(known, "{name}: {to} is in state {} and was texted: {texted}", step.state);
    }
}

/// The same mail has the same key however often it was taken, and another mail has another.
fn compare_keys(mails: &[Taken]) {
    let told: BTreeSet<(&str, &str)> =
        mails.iter().map(|mail| (mail.to.as_str(), mail.subject.as_str())).collect();
    let keys: BTreeSet<&str> = mails.iter().map(|mail| mail.key.as_str()).collect();
    let keyed: BTreeSet<(&str, &str, &str)> =
        mails.iter().map(|mail| (mail.key.as_str(), mail.to.as_str(), mail.subject.as_str())).collect();
    assert_eq!((told.len(), keys.len()), (keyed.len(), keyed.len()), "keys and mails do not go together");
}

/// The ledger knows every mail as accepted. Each was taken, because the planned are the audience and all of that was
/// announced.
fn compare_states(steps: &[Step]) {
    for step in steps.iter().filter(|step| step.address.contains('@')) {
        assert_eq!(step.state, ACCEPTED, "{}: {}", step.incident, step.address);
    }
}
