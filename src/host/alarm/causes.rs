//! Which failures of parts mean that notifications have stopped, or that the page is no longer updated.
//!
//! Promises: pure. One target that works is enough. A notifier that waits for the page is no trouble of its own while the page
//! is in trouble. A page that was rolled back and a host that stands by are no trouble.

use crate::flow::alarm::Subject;
use crate::host::alarm::watch::Standing;
use crate::host::health_state::PartState;
use crate::host::part::Part;

/// How both stand. `late`: the page should have changed by the clock, and did not.
pub(super) fn standings(parts: &[PartState], channels: &[String], late: bool) -> [(Subject, Standing); 2] {
    let page = page(parts, late);
    let notifications = notifications(parts, channels, &page);
    [(Subject::Notifications, notifications), (Subject::Page, page)]
}

fn page(parts: &[PartState], late: bool) -> Standing {
    let is_target = |state: &&PartState| matches!(state.part, Part::Target(_));
    let mut causes = troubles(parts, |part| matches!(part, Part::Page | Part::Pull));
    if parts.iter().filter(is_target).all(|state| state.trouble.is_some()) {
        causes.extend(troubles(parts, |part| matches!(part, Part::Target(_))));
    }
    if late {
        causes.push("page: it should have changed by the clock, and did not".to_owned());
    }
    let mut targets = parts.iter().filter(is_target).peekable();
    let is_anywhere = targets.peek().is_none() || targets.any(|state| state.has_worked);
    standing(causes, has_worked(parts, &Part::Page) && is_anywhere)
}

fn notifications(parts: &[PartState], channels: &[String], page: &Standing) -> Standing {
    let is_page_well = !matches!(page, Standing::Fails(_));
    let mut causes = troubles(parts, |part| {
        matches!(part, Part::Ledger | Part::Deliver) || (*part == Part::Notify && is_page_well)
    });
    causes.extend_from_slice(channels);
    standing(causes, has_worked(parts, &Part::Notify) && has_worked(parts, &Part::Deliver))
}

fn standing(causes: Vec<String>, has_worked: bool) -> Standing {
    match (causes.is_empty(), has_worked) {
        (false, _) => Standing::Fails(causes),
        (true, true) => Standing::Works,
        (true, false) => Standing::Unknown,
    }
}

/// What is wrong with the parts that count, each with its reason; a reason that several parts have is named once.
fn troubles(parts: &[PartState], counts: impl Fn(&Part) -> bool) -> Vec<String> {
    let mut found: Vec<(&PartState, &String)> = Vec::new();
    for state in parts.iter().filter(|state| counts(&state.part)) {
        let Some(why) = &state.trouble else { continue };
        if !found.iter().any(|(_, other)| *other == why) {
            found.push((state, why));
        }
    }
    found.into_iter().map(|(state, why)| format!("{}: {why}", state.part.word())).collect()
}

fn has_worked(parts: &[PartState], part: &Part) -> bool {
    parts.iter().any(|state| state.part == *part && state.has_worked)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts by their words; `!` fails, `?` has not worked yet.
    fn parts(words: &str) -> Vec<PartState> {
        let part = |word: &str| match word {
            "pull" => Part::Pull,
            "page" => Part::Page,
            "notify" => Part::Notify,
            "deliver" => Part::Deliver,
            "ledger" => Part::Ledger,
            "hook" => Part::Hook,
            "files" => Part::Files,
            name => Part::Target(name.into()),
        };
        let state = |word: &str| PartState {
            part: part(word.trim_end_matches(['!', '?'])),
            trouble: word.ends_with('!').then(|| "broken".to_owned()),
            has_worked: !word.ends_with('?'),
        };
        words.split_ascii_whitespace().map(state).collect()
    }

    #[test]
    fn each_failure_stops_what_depends_on_it_and_nothing_else() {
        let fails = |causes: &[&str]| Standing::Fails(causes.iter().map(|one| (*one).to_owned()).collect());
        let broken = |part: &str| fails(&[&format!("{part}: broken")]);
        let works = || Standing::Works;
        let mail = "email: relay refused the connection";
        // Parts, channels that fail, whether the page is late; notifications, page.
        let rows = [
            ("page notify deliver ledger a b", "", false, works(), works()),
            ("page notify deliver", "", false, works(), works()),
            ("page? notify deliver", "", false, works(), Standing::Unknown),
            ("page notify? deliver", "", false, Standing::Unknown, works()),
            ("page notify deliver? a?", "", false, Standing::Unknown, Standing::Unknown),
            ("page notify deliver a? b", "", false, works(), works()),
            ("page notify deliver a! b", "", false, works(), works()),
            ("page notify deliver a!", "", false, works(), broken("target a")),
            ("page notify deliver a! b!", "", false, works(), broken("target a")),
            ("page! notify deliver a", "", false, works(), broken("page")),
            ("page notify deliver pull!", "", false, works(), broken("pull")),
            ("page notify deliver hook! files!", "", false, works(), works()),
            ("page notify! deliver a", "", false, broken("notify"), works()),
            ("page notify! deliver a!", "", false, works(), broken("target a")),
            ("page notify! deliver! a!", "", false, broken("deliver"), broken("target a")),
            ("page notify! deliver! ledger! a", "", false, broken("notify"), works()),
            ("page notify deliver a", mail, false, fails(&[mail]), works()),
            (
                "page notify deliver a",
                "",
                true,
                works(),
                fails(&["page: it should have changed by the clock, and did not"]),
            ),
        ];
        for (words, channel, late, notifications, page) in rows {
            let channels: Vec<String> =
                Some(channel.to_owned()).filter(|one| !one.is_empty()).into_iter().collect();
            let found = standings(&parts(words), &channels, late);
            let expected = [(Subject::Notifications, notifications), (Subject::Page, page)];
            assert_eq!(found, expected, "{words} {channel} {late}");
        }
    }
}
