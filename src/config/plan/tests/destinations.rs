//! What is read of `[[destinations]]`, and what is wrong with them.

use std::time::Duration;

use crate::config::parse_plan;
use crate::model::destination::Repeats;
use crate::model::incident::Audience;
use crate::model::phase::Severity;
use crate::model::problem::ProblemLevel;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::FeatureFilter;

const PROVIDERS: &str = "
[providers.partner]
kind = 'webhook'
url = 'https://partner.example.com/hook'
secret = { env = 'PARTNER_SECRET' }
[providers.relay]
kind = 'smtp'
host = 'smtp.example.com'
[mail]
from = 'status@example.com'
providers = ['relay']
";

fn read(destinations: &str) -> (Vec<crate::model::destination::Destination>, Vec<String>) {
    let (plan, problems, _) = parse_plan(&format!("{PROVIDERS}{destinations}"));
    let errors = problems.iter().filter(|problem| problem.level == ProblemLevel::Error);
    let errors = errors.map(|problem| format!("{}: {}", problem.rule, problem.message)).collect();
    (plan.map(|plan| plan.destinations).unwrap_or_default(), errors)
}

#[test]
fn a_destination_needs_a_name_and_a_provider() {
    let (destinations, errors) = read("[[destinations]]\nname = 'partner'\nprovider = 'partner'\n");
    assert_eq!(errors, [""; 0]);
    let [one] = &destinations[..] else { panic!("{destinations:?}") };
    assert_eq!((one.name.as_str(), one.endpoint.to_string().as_str()), ("partner", "partner"));
    assert_eq!((&one.follows, one.from_severity), (&FeatureFilter::Everything, Severity::Notice));
    assert_eq!((one.audience, one.sensitivity_max), (Audience::Public, Sensitivity::Customer));
    assert_eq!((one.time_to_live, one.repeats), (Duration::from_secs(86_400), Repeats::Always));
}

#[test]
fn everything_that_is_said_is_read() {
    let (destinations, errors) = read(
        "[[destinations]]\nname = 'partner'\nprovider = 'partner'\nfollow = ['checkout']\nfrom_severity = 'major'\n\
         language = 'es'\ntime_zone = 'Europe/Madrid'\naudience = 'internal'\nsensitivity_max = 'confidential'\n\
         time_to_live = '6h'\nagain_in_doubt = true\n",
    );
    assert_eq!(errors, [""; 0]);
    let one = &destinations[0];
    assert!(matches!(&one.follows, FeatureFilter::Features(features) if features.len() == 1));
    assert_eq!((one.from_severity, one.audience), (Severity::Major, Audience::Internal));
    assert_eq!(one.language.as_ref().map(|tag| tag.as_str()), Some("es"));
    assert_eq!(one.time_zone.as_deref(), Some("Europe/Madrid"));
    assert_eq!(
        (one.sensitivity_max, one.time_to_live),
        (Sensitivity::Confidential, Duration::from_secs(21_600))
    );
}

#[test]
fn what_is_wrong_is_said_all_at_once() {
    let destination = |lines: &str| format!("[[destinations]]\n{lines}\n");
    for (lines, expected) in [
        ("name = 'a'", "missing-key: `provider` is missing"),
        ("provider = 'partner'", "missing-key: `name` is missing"),
        ("name = 'A b'\nprovider = 'partner'", "bad-id"),
        ("name = 'a'\nprovider = 'partnr'", "unknown-provider: there is no provider `partnr`"),
        ("name = 'a'\nprovider = 'relay'", "wrong-provider: `relay` sends email to people"),
        ("name = 'a'\nprovider = 'partner'\naddress = 'C1'", "unknown-key"),
        ("name = 'a'\nprovider = 'partner'\nfollow = []", "follows-nothing"),
        ("name = 'a'\nprovider = 'partner'\nfollow = ['No Id']", "bad-id"),
        ("name = 'a'\nprovider = 'partner'\ntime_zone = 'Europe/Madird'", "unknown-time-zone"),
        ("name = 'a'\nprovider = 'partner'\naudience = 'everybody'", "unknown-word"),
        ("name = 'a'\nprovider = 'partner'\ntime_to_live = '1s'", "out-of-range"),
    ] {
        let (_, errors) = read(&destination(lines));
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{lines}: {errors:?}");
    }
    let twice =
        destination("name = 'a'\nprovider = 'partner'") + &destination("name = 'b'\nprovider = 'partner'");
    assert_eq!(read(&twice).1, ["duplicate-place: `b` has the same place as `a`"]);
    let named = destination("name = 'a'\nprovider = 'partner'").repeat(2);
    assert_eq!(read(&named).1, ["duplicate-destination: there are two destinations `a`"]);
}

#[test]
fn a_key_of_another_table_is_answered_with_that_table() {
    for (line, hint) in [
        ("address = 'C1'", "a provider of kind `webhook` has one place, so it needs no `address`"),
        ("token = 'x'", "`token` belongs in the table of a provider, `[providers.NAME]`"),
        ("folow = ['checkout']", "did you mean `follow`?"),
    ] {
        let text = format!("{PROVIDERS}[[destinations]]\nname = 'a'\nprovider = 'partner'\n{line}\n");
        let (_, problems, _) = parse_plan(&text);
        let unknown = problems.iter().find(|problem| problem.rule == "unknown-key").expect(line);
        assert_eq!(unknown.hint.as_deref(), Some(hint), "{line}");
    }
}

#[test]
fn a_plan_may_tell_places_alone() {
    let (plan, problems, _) = parse_plan(
        "[[destinations]]\nname = 'partner'\nprovider = 'partner'\n[providers.partner]\nkind = 'webhook'\n\
         url = 'https://partner.example.com/hook'\nsecret = { env = 'PARTNER_SECRET' }\n",
    );
    assert_eq!(problems, []);
    assert_eq!(plan.expect("a plan").destinations.len(), 1);
}
