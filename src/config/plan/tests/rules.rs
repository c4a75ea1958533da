//! The rules over a whole plan, each with a plan that breaks it and one that does not.

use super::super::parse_plan;
use super::WHOLE;
use crate::config::tests::line;

/// The problems of the whole plan with texts in it replaced.
fn changed(changes: &[(&str, &str)]) -> Vec<String> {
    let text = changes.iter().fold(WHOLE.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    parse_plan(&text).1.iter().map(line).collect()
}

/// The same, without the hints, with the level before each.
fn levels(changes: &[(&str, &str)]) -> Vec<(String, &'static str)> {
    let text = changes.iter().fold(WHOLE.to_owned(), |text, (from, to)| text.replacen(from, to, 1));
    parse_plan(&text).1.iter().map(|problem| (problem.level.word().to_owned(), problem.rule)).collect()
}

const RELAY_OF: (&str, &str) = ("host =", "owner = 'aws'\nhost =");
const GATEWAY_OF: (&str, &str) = ("url =", "owner = 'sns'\nurl =");

#[test]
fn a_second_channel_of_the_same_owner_is_no_fallback() {
    assert_eq!(
        changed(&[RELAY_OF, GATEWAY_OF]),
        ["6:13+11 same-owner: `mail` and `text` both depend on aws alone, so neither can replace the \
             other when it fails (use a provider of another owner for one of them, or set `owner` if this is wrong)"]
    );
    assert_eq!(levels(&[RELAY_OF, GATEWAY_OF]), [("error".to_owned(), "same-owner")]);
    assert_eq!(changed(&[RELAY_OF, ("url =", "owner = 'telco'\nurl =")]), Vec::<String>::new());
    let only_text = ("[mail]\n", "[chain.steps]\nmajor = ['text']\ncritical = ['text']\n[mail]\n");
    assert_eq!(changed(&[only_text, RELAY_OF, GATEWAY_OF]), Vec::<String>::new(), "no chain has both");
}

const SECOND_RELAY: (&str, &str) = (
    "[providers.gateway]",
    "[providers.spare]\nkind = 'smtp'\nhost = 'smtp.sendgrid.net'\n[providers.gateway]",
);

#[test]
fn a_stand_in_of_the_same_owner_is_warned_of() {
    let both = ("['relay']", "['relay', 'spare']");
    let sendgrid = ("smtp.example.com", "smtp.sendgrid.net");
    assert_eq!(
        changed(&[both, sendgrid, SECOND_RELAY]),
        ["3:23+7 shared-owner: `spare` belongs to twilio, like a provider before it, and fails with it \
             (use a provider of another owner, or set `owner` if this is wrong)"]
    );
    let twilio = ("url =", "owner = 'twilio'\nurl =");
    assert_eq!(
        changed(&[both, SECOND_RELAY, twilio]),
        [
            "6:13+11 shared-owner: `mail` and `text` both have a provider of twilio (if it fails, both channels lose a \
          provider: use providers of different owners)"
        ]
    );
    assert_eq!(levels(&[both, SECOND_RELAY, twilio]), [("warning".to_owned(), "shared-owner")]);
    assert_eq!(changed(&[both, SECOND_RELAY]), Vec::<String>::new());
}

#[test]
fn a_chain_without_a_cellular_step_is_warned_of() {
    assert_eq!(
        changed(&[("url =", "network = 'ip'\nurl =")]),
        ["6:13+11 no-cellular-step: no step of a critical message reaches people without mobile data (add \
             a channel with `network = \"cellular\"`, such as SMS)"]
    );
    assert_eq!(
        changed(&[("[mail]\n", "[chain.steps]\ncritical = ['mail']\n[mail]\n")]),
        ["2:12+8 no-cellular-step: no step of a critical message reaches people without mobile data (add \
             a channel with `network = \"cellular\"`, such as SMS)"]
    );
    let mail_only = "[mail]\nfrom = 'a@example.com'\nproviders = ['relay']\n[providers.relay]\nkind = 'smtp'\n\
                     host = 'localhost'\n";
    assert_eq!(parse_plan(mail_only).1, [], "one channel is no chain");
}

#[test]
fn a_proof_that_never_comes_is_not_waited_for() {
    assert_eq!(
        changed(&[("from =", "success = 'delivered'\nfrom =")]),
        ["2:11+11 no-evidence: `relay` never confirms that a message was delivered, so every message \
             would move on to the next channel (write `mail.success = \"accepted\"`)"]
    );
    let wants = ("sender =", "success = 'delivered'\nsender =");
    assert_eq!(
        changed(&[wants]),
        ["5:11+11 no-evidence: `gateway` never confirms that a message was delivered, so every message \
             would move on to the next channel (set `providers.gateway.dlr_url`, or `text.success = \
             \"accepted\"`)"]
    );
    let reports = ("user =", "dlr_url = 'https://desk.example.com/reports'\nuser =");
    assert_eq!(changed(&[wants, reports]), Vec::<String>::new());
    let last = ("[mail]\n", "[chain.steps]\nmajor = ['mail', 'text']\ncritical = ['mail', 'text']\n[mail]\n");
    assert_eq!(levels(&[last, wants]), [("warning".to_owned(), "no-evidence")], "the last of every chain");
    let read = ("sender =", "success = 'read'\nsender =");
    assert_eq!(
        changed(&[last, read, reports]),
        [
            "8:11+6 no-evidence: `gateway` never confirms that a message was read, so no one would ever count as \
          reached (write `text.success = \"delivered\"`)"
        ]
    );
}

#[test]
fn a_gateway_stops_when_its_step_does() {
    assert_eq!(
        changed(&[("[mail]\n", "[chain]\nstep_limit = { critical = '30s' }\n[mail]\n")]),
        [
            "2:27+5 gateway-outlives-step: `gateway` counts whole minutes, so it may still try a critical message \
             when the next channel takes over (set `chain.step_limit.critical` to at least a minute)"
        ]
    );
    let last =
        "[chain]\nstep_limit = { critical = '30s' }\nsteps = { critical = ['mail', 'text'] }\n[mail]\n";
    assert_eq!(changed(&[("[mail]\n", last)]), Vec::<String>::new(), "nobody comes after it");
    assert_eq!(
        changed(&[("user =", "validity = '2h'\nuser =")]),
        ["13:12+4 gateway-outlives-step: `gateway` would try a message for longer than `text.time_to_live` \
             (set it to at most that)"]
    );
}

#[test]
fn a_plan_that_fails_with_what_it_reports_on_is_warned_of() {
    let runs_on = ("[mail]\n", "[chain]\nruns_on = ['aws']\n[mail]\n");
    assert_eq!(changed(&[runs_on, RELAY_OF]), Vec::<String>::new(), "a text still leaves");
    let both = ("[mail]\n", "[chain]\nruns_on = ['aws', 'telco']\n[mail]\n");
    assert_eq!(
        changed(&[both, RELAY_OF, ("url =", "owner = 'telco'\nurl =")]),
        [
            "2:11+16 shared-fate: every provider belongs to aws or telco, which also runs your product: if it fails, \
          no one can be notified (add a provider of another owner)"
        ]
    );
}

#[test]
fn a_step_is_a_channel_of_the_plan() {
    let plan = "[chain.steps]\nmajor = ['text', 'mail']\n[mail]\nfrom = 'a@example.com'\nproviders = ['relay']\n\
                [providers.relay]\nkind = 'smtp'\nhost = 'localhost'\n";
    let said: Vec<String> = parse_plan(plan).1.iter().map(line).collect();
    assert_eq!(
        said,
        [
            "2:9+16 no-cellular-step: no step of a major message reaches people without mobile data (add a \
             channel with `network = \"cellular\"`, such as SMS)",
            "2:10+6 step-without-channel: the plan has no channel `text` (add the table `[text]`, or remove the step)",
        ]
    );
}
