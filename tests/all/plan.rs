//! The plan as people keep it: its gaps are named, hold messages only where the plan is strict, and are accepted with a reason.

use crate::fixtures::house::House;

const READER: &str = "reader@example.org";

/// A house whose plan has this at its beginning.
fn house(own: &str) -> House {
    let mut house = House::new().subscriber(READER).incident("payments", "2026-03-01 10:10", "Investigating");
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{own}\n{plan}"));
    house
}

const WHOLE: &str = "[plan]
strict = true
runbook = 'https://wiki.acme.test/incidents'
reviewed = 2026-02-01
[people.ana]
name = 'Ana Prieto'
mail = 'ana@acme.test'
[roles]
incident_manager = ['ana']
communications_manager = ['ana']
support_manager = ['ana']
[[approval.rules]]
by = 'communications_manager'
from_severity = 'critical'
";

#[test]
fn gaps_are_named_and_hold_nothing() {
    let house = house("[plan]\nstrict = false\n").run(&["check"]).succeeded();
    let said = ["no-roles", "no-approval-rule", "no-runbook", "drill-overdue", "plan-review-overdue"];
    let house = said.into_iter().fold(house, |house, rule| house.said(rule));
    let house = house.said("add `[[approval.rules]]`").run(&["notify", "--yes"]).succeeded();
    drop(house.mailed(READER, "payments"));
}

/// A small site is in order without a word on who approves and who tries the plan out.
#[test]
fn a_plan_that_says_nothing_about_itself_is_no_problem() {
    let house = house("").run(&["check"]).succeeded().said("no problems");
    let house = house.said(
        "the plan has gaps: drill-overdue, no-approval-rule, no-roles, no-runbook, plan-review-overdue",
    );
    let house = house.run(&["check", "--format", "json"]).succeeded();
    assert_eq!(house.stdout().trim(), "[]");
    let speaking = "[roles]\nsupport_manager = ['ana']\n[people.ana]\nname = 'Ana'\nmail = 'ana@acme.test'\n";
    drop(self::house(speaking).run(&["check"]).succeeded().said("warning[no-approval-rule]"));
}

#[test]
fn a_strict_plan_with_a_gap_sends_nothing_until_it_is_closed_or_accepted() {
    let mut house = house("[plan]\nstrict = true\nreviewed = 2026-02-01\n");
    house = house.run(&["check"]).exited(3).said("no-roles").said("no-runbook");
    house = house.run(&["notify", "--yes"]).exited(3).said("no-roles").mailed_nobody();
    let plan = house.read("site/plan.toml");
    let accepted = "reviewed = 2026-02-01\naccepted = { no-roles = 'two people', no-approval-rule = 'two people', \
                    no-runbook = 'it is short' }";
    house.write("site/plan.toml", &plan.replace("reviewed = 2026-02-01", accepted));
    let house = house.run(&["check"]).succeeded().run(&["notify", "--yes"]).succeeded();
    drop(house.mailed(READER, "payments"));
}

#[test]
fn a_gap_is_accepted_only_by_its_name_and_with_a_reason() {
    let house = house("[plan]\naccepted = { no-roles = ' ', no-runbok = 'x' }\n").run(&["check"]).exited(3);
    drop(house.said("`plan.accepted.no-roles` has no reason").said("did you mean `no-runbook`?"));
}

/// What only time brings fails the check of a strict plan, and keeps no message from leaving.
#[test]
fn a_review_and_a_drill_fall_due() {
    let mut house = house(WHOLE).run(&["check"]).succeeded().said("no problems");
    house = house.run(&["notify", "--yes"]).succeeded().mailed(READER, "payments");
    let plan = house.read("site/plan.toml").replace("2026-02-01", "2025-02-01");
    house.write("site/plan.toml", &plan);
    let house = house
        .run(&["check"])
        .exited(3)
        .said("the plan was last read 393 days ago; a review is due every 180 days")
        .said("no drill since the plan was reviewed 393 days ago");
    let house = house.update("payments", "2026-03-01 10:20", "identified");
    drop(house.run(&["notify", "--yes"]).succeeded().mailed(READER, "Now it is identified"));
}

#[test]
fn a_new_incident_names_the_runbook() {
    let house = house(WHOLE);
    let new = ["new", "--title", "Search is slow", "--affected", "checkout", "--eta", "+2h"];
    drop(house.run(&new).succeeded().said("runbook: https://wiki.acme.test/incidents"));
}
