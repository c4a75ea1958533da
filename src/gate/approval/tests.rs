//! Approvals that count, and forged ones that do not.

use super::*;
use crate::config::plan::parse_plan;
use crate::model::incident::IncidentId;

fn plan(signed: bool) -> Plan {
    let text = format!(
        "[people.ana]\nname = 'Ana'\nmail = 'ana@example.com'\n[people.bo]\nname = 'Bo'\nmail = 'bo@example.com'\n\
         signing_key = '{}'\n[people.cy]\nname = 'Cy'\nmail = 'cy@example.com'\n\
         [roles]\ncommunications_manager = ['ana', 'bo']\nsupport_manager = ['cy']\n[approval]\nsigned = {signed}\n",
        "A".repeat(40)
    );
    let (plan, problems, _) = parse_plan(&text);
    plan.unwrap_or_else(|| panic!("{problems:?}"))
}

fn by(person: &str, digest: &str, means: Means) -> Approval {
    let incident = IncidentId::new("cards").unwrap();
    let at = "2026-11-20T10:00:00Z".parse().unwrap();
    Approval { incident, digest: digest.to_owned(), person: person.to_owned(), at, means }
}

fn commit(signed: bool) -> Means {
    Means::Commit { id: "a1".to_owned(), signed }
}

fn glass(role: Role) -> Means {
    Means::BreakGlass { role, reason: "nobody answers".to_owned() }
}

#[test]
fn only_an_approval_of_this_text_by_another_person_of_the_role_counts() {
    let needs = BTreeSet::from([Role::CommunicationsManager]);
    let authors = [EmailAddress::new("Ana@example.com").unwrap()];
    let text = Text { digest: "now", authors: &authors };
    for (signed, approval, why_not) in [
        (false, by("bo", "now", Means::Command), None),
        (false, by("bo", "now", commit(false)), None),
        (false, by("bo", "now", commit(true)), None),
        (true, by("bo", "now", commit(true)), None),
        (false, by("bo", "before", Means::Command), Some("Bo approved another version of the text")),
        (
            false,
            by("ana", "now", Means::Command),
            Some("Ana wrote the text, so someone else has to approve it"),
        ),
        (true, by("ana", "now", commit(true)), Some("Ana wrote the text, so someone else has to approve it")),
        (false, by("cy", "now", Means::Command), Some("Cy has another role")),
        (
            false,
            by("eve", "now", commit(true)),
            Some("eve, who approved it, is not among the people of the plan"),
        ),
        (
            true,
            by("bo", "now", Means::Command),
            Some("the approval of Bo is not signed, and `approval.signed` is true"),
        ),
        (
            true,
            by("bo", "now", commit(false)),
            Some("the approval of Bo is not signed, and `approval.signed` is true"),
        ),
        (true, by("ana", "now", glass(Role::CommunicationsManager)), None),
        (false, by("cy", "now", glass(Role::SupportManager)), None),
        (
            false,
            by("cy", "now", glass(Role::CommunicationsManager)),
            Some("Cy is not communications manager any more"),
        ),
        (
            false,
            by("cy", "before", glass(Role::SupportManager)),
            Some("Cy approved another version of the text"),
        ),
    ] {
        let judged = judge(&plan(signed), &needs, &text, std::slice::from_ref(&approval));
        let rejected: Vec<&str> = judged.rejected.iter().map(String::as_str).collect();
        assert_eq!(rejected, why_not.into_iter().collect::<Vec<_>>(), "{approval:?}");
        assert_eq!(
            (judged.missing.is_empty(), judged.given.len()),
            (why_not.is_none(), usize::from(why_not.is_none()))
        );
    }
}

#[test]
fn every_role_has_to_approve() {
    let needs = BTreeSet::from([Role::CommunicationsManager, Role::SupportManager]);
    let text = Text { digest: "now", authors: &[] };
    let (bo, cy) = (by("bo", "now", Means::Command), by("cy", "now", Means::Command));
    let judged = judge(&plan(false), &needs, &text, std::slice::from_ref(&bo));
    assert_eq!(judged.missing, BTreeSet::from([Role::SupportManager]));
    let judged = judge(&plan(false), &needs, &text, &[bo, cy]);
    assert_eq!((judged.missing.len(), judged.given.len()), (0, 2));
}
