//! Work that repeats is one incident for each time it is done.

use crate::load::{expand, parse_incident};
use crate::model::Moment;
use crate::model::phase::Phase;

const WEEKLY: &str = "+++\nkind = \"maintenance\"\ntitle = \"Restart\"\naffected = [\"search\"]\n\
                      starts = 2026-10-18T01:00:00Z\nends = 2026-10-18T02:00:00Z\nrepeats = \"FREQ=WEEKLY\"\n\
                      except = [2026-11-08]\n+++\n\n\
                      ## 2026-10-25 02:30 UTC · In progress\n\nThis takes longer.\n\n\
                      ## 2026-10-25 03:10 UTC · Completed\n\nDone.\n\n\
                      ## 2026-10-28 12:00 UTC · Cancelled\n\nNot this time.\n";

fn at(now: &str) -> Vec<(String, Moment, Phase)> {
    let parsed = parse_incident("incidents/restart.md", WEEKLY);
    assert_eq!(parsed.problems, []);
    let now = now.parse().unwrap();
    let all = expand(vec![parsed.incident.unwrap()], "Europe/Madrid", now);
    all.iter().rev().map(|one| (one.id.to_string(), one.started, one.phase_at(now))).collect()
}

#[test]
fn an_occurrence_keeps_its_wall_clock_and_has_the_updates_of_its_time() {
    let id = |day: &str| format!("restart/2026-{day}");
    let moment = |text: &str| text.parse::<Moment>().unwrap();
    assert_eq!(
        at("2026-10-30T00:00:00Z"),
        [
            (id("10-18"), moment("2026-10-18T01:00:00Z"), Phase::Completed),
            (id("10-25"), moment("2026-10-25T02:00:00Z"), Phase::Completed),
            (id("11-01"), moment("2026-11-01T02:00:00Z"), Phase::Cancelled),
            (id("11-15"), moment("2026-11-15T02:00:00Z"), Phase::Scheduled),
        ],
        "three o'clock in Madrid before and after the clocks go back, and not on the day that is left out"
    );
}

#[test]
fn what_is_given_changes_when_an_occurrence_begins_and_at_no_other_time() {
    let ids = |now| at(now).into_iter().map(|(id, ..)| id).collect::<Vec<_>>();
    assert_eq!(ids("2026-10-25T02:00:00Z"), ids("2026-11-01T01:59:59Z"));
    assert_eq!(ids("2026-11-01T02:00:00Z").len(), ids("2026-11-01T01:59:59Z").len() + 1);
    assert_eq!(ids("2026-01-01T00:00:00Z"), ["restart/2026-10-18", "restart/2026-10-25"], "the next two");
}

#[test]
fn a_rule_that_is_not_understood_is_said() {
    let first = |text: &str| parse_incident("incidents/restart.md", text).problems.remove(0);
    let weekly = first(&WEEKLY.replace("FREQ=WEEKLY", "every week"));
    assert!(weekly.rule == "bad-repeats" && weekly.message.contains("FREQ=WEEKLY;BYDAY=SU"), "{weekly:?}");
    assert_eq!(first(&WEEKLY.replace("2026-11-08]", "'2026-11-31']")).rule, "bad-day");
    assert_eq!(first(&WEEKLY.replace("ends = 2026-10-18T02:00:00Z", "ends = \"open\"")).rule, "open-repeats");
    assert_eq!(first(&WEEKLY.replace("repeats = \"FREQ=WEEKLY\"\n", "")).rule, "except-alone");
}
