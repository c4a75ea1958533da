//! `[control]`: its owners, its times, and the short names that nobody may have.

use chrono::TimeDelta;

use super::super::{ControlState, parse_plan};
use super::WHOLE;
use crate::config::tests::line;
use crate::model::approval::Role;
use crate::model::control::Actor;
use crate::model::phase::Severity;

const PEOPLE: &str =
    "[people.ana]\nname = 'Ana'\nmail = 'ana@example.com'\n[roles]\nincident_manager = ['ana']\n";

/// The problems of a plan with these lines at its end, from the line that they begin on.
fn problems(own: &str) -> Vec<String> {
    let before = WHOLE.lines().count() + PEOPLE.lines().count();
    let all = parse_plan(&format!("{WHOLE}{PEOPLE}{own}")).1;
    all.iter()
        .map(|problem| {
            let said = line(problem);
            let (row, rest) = said.split_once(':').unwrap();
            format!("{}:{rest}", row.parse::<usize>().unwrap() - before)
        })
        .collect()
}

#[test]
fn an_owner_is_automation_a_role_a_person_or_nobody() {
    let person = || Some(Actor::Person("ana".to_owned()));
    for (word, owner) in [
        ("automation", Some(Actor::Automation)),
        ("incident_manager", Some(Actor::Role(Role::IncidentManager))),
        ("ana", person()),
        ("none", None),
    ] {
        let (plan, problems, _) = parse_plan(&format!("{WHOLE}{PEOPLE}[control]\ndefault = '{word}'\n"));
        assert_eq!(problems, [], "{word}");
        let control = plan.unwrap().control;
        assert_eq!((control.rules.default, control.rules.idle_after), (owner, TimeDelta::hours(24)));
    }
    let own = "[control]\nstate = 'git'\nurgent_from = 'minor'\nidle_after = '2h'\nextension_max = '3d'\nanswer_within = '5m'";
    let control = parse_plan(&format!("{WHOLE}{PEOPLE}{own}\n")).0.unwrap().control;
    assert_eq!((control.state, control.urgent_from), (ControlState::Git, Severity::Minor));
    let times = (control.rules.idle_after, control.rules.extension_max, control.answer_within);
    assert_eq!(times, (TimeDelta::hours(2), TimeDelta::days(3), TimeDelta::minutes(5)));
}

#[test]
fn a_bad_owner_and_bad_times_are_named() {
    for (own, problem) in [
        (
            "[control]\ndefault = 'anna'",
            "2:11+6 unknown-person: there is no person `anna` (did you mean `ana`?)",
        ),
        (
            "[control]\ndefault = 'support_manager'",
            "2:11+17 role-without-people: nobody has the role of support manager, so nobody could announce anything (add \
             `support_manager = [\"NAME\"]` to `[roles]`)",
        ),
        (
            "[control]\nstate = 'gti'",
            "2:9+5 unknown-word: `gti` is not a value of `control.state` (did you mean `git`?)",
        ),
        (
            "[control]\nidle_after = '1m'",
            "2:14+4 out-of-range: `control.idle_after` must be between 10m and 168h, not 1m",
        ),
        (
            "[people.none]\nname = 'No One'\nmail = 'none@example.com'",
            "1:9+4 reserved-name: no person can be named `none`: it means another owner of control (choose another short name)",
        ),
        (
            "[people.automation]\nname = 'No One'\nmail = 'none@example.com'",
            "1:9+10 reserved-name: no person can be named `automation`: it means another owner of control (choose another \
             short name)",
        ),
    ] {
        assert_eq!(problems(own), [problem]);
    }
}
