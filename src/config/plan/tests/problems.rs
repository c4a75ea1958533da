//! Bad plans, with their exact problems.

use proptest::prelude::*;

use super::super::{PLAN_TEMPLATE, parse_plan};
use super::WHOLE;
use crate::config::tests::{check_damaged, line, uncommented};

fn problems(text: &str) -> Vec<String> {
    parse_plan(text).1.iter().map(line).collect()
}

/// The problems of the whole plan with one text in it replaced.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(WHOLE.contains(from), "{from}");
    problems(&WHOLE.replacen(from, to, 1))
}

/// What is replaced in the whole plan, by what, and the one problem it gives.
const BAD_VALUES: &[(&str, &str, &str)] = &[
    (
        "'Shop <status@example.com>'",
        "'status'",
        "2:8+8 bad-mailbox: `status` is not a mailbox such as `Shop <status@example.com>`",
    ),
    (
        "from = 'Shop <status@example.com>'\n",
        "",
        "1:1+6 missing-key: `from` is missing in `mail` (add `from = …`)",
    ),
    (
        "'Shop'",
        "'A name too long'",
        "5:10+17 bad-sender: `A name too long` is not a phone number, a short code or up to 11 letters, digits and \
         spaces",
    ),
    (
        "'smtp'",
        "'smpt'",
        "8:8+6 unknown-word: `smpt` is not a value of `providers.relay.kind` (did you mean `smtp`?)",
    ),
    ("kind = 'smtp'\n", "", "7:1+17 missing-key: `kind` is missing in `providers.relay` (add `kind = …`)"),
    (
        "'smtp.example.com'",
        "'smtp.example.com:25'",
        "9:8+21 bad-host: `smtp.example.com:25` is not a host's name or address",
    ),
    (
        "host =",
        "port = 70000\nhost =",
        "9:8+5 out-of-range: `providers.relay.port` must be between 1 and 65535, not 70000",
    ),
    (
        "host =",
        "user = 'a'\nhost =",
        "7:1+17 missing-key: `password` is missing in `providers.relay` (add `password = { env = \"RELAY_PASSWORD\" }`)",
    ),
    (
        "host =",
        "usr = 'a'\nhost =",
        "9:1+3 unknown-key: `usr` is not a known key of `providers.relay` (did you mean `user`?)",
    ),
    (
        "host =",
        "service = 'MG1'\nhost =",
        "9:1+7 unknown-key: `service` is not a known key of `providers.relay` (`service` is a key of a provider of kind `twilio`, \
         and this one is `smtp`)",
    ),
    (
        "host =",
        "follow = ['checkout']\nhost =",
        "9:1+6 unknown-key: `follow` is not a known key of `providers.relay` (`follow` belongs in a table `[[destinations]]`)",
    ),
    (
        "sender = 'Shop'\n",
        "sender = 'Shop'\nurl = 'https://example.com'\n",
        "6:1+3 unknown-key: `url` is not a known key of `text` (`url` belongs in the table of a provider, \
         `[providers.NAME]`)",
    ),
    (
        "host =",
        "security = 'none'\nhost =",
        "9:12+6 unencrypted: email is sent to another machine without encryption (write `security = \"starttls\"` \
         or `\"tls\"`)",
    ),
    (
        "host =",
        "security = 'none'\nuser = 'a'\npassword = { env = 'P' }\nhost =",
        "9:12+6 unencrypted: email is sent to another machine without encryption, and so does the password (write \
         `security = \"starttls\"` or `\"tls\"`)",
    ),
    (
        "{ env = 'GATEWAY_PASSWORD' }",
        "'hunter2'",
        "14:12+9 plain-secret: `providers.gateway.password` contains the secret itself, readable by everyone with \
         access to the file (name an environment variable, `{ env = \"NAME\" }`, or a file, `{ file = \"path\" }`)",
    ),
    (
        "http://127.0.0.1:13013",
        "http://sms.example.com",
        "12:7+40 unencrypted: the password is sent to another machine without encryption (use https, or a tunnel \
         that ends on this machine)",
    ),
    ("[mail]\n", "[retry]\nfirst = '1h'\n[mail]\n", "2:9+4 retry-order: `longest` is shorter than `first`"),
    (
        "[mail]\n",
        "[chain.step_limit]\nmajor = '5s'\n[mail]\n",
        "2:9+4 out-of-range: `chain.step_limit.major` must be between 10s and 48h, not 5s",
    ),
    (
        "[mail]\n",
        "[brakes]\n[mail]\n",
        "1:2+6 unknown-key: `brakes` is not a known key (did you mean `brake`?)",
    ),
    (
        "host =",
        "rate = 'fast'\nhost =",
        "9:8+6 bad-rate: `fast` is not a rate (write `50` for 50 messages per second, or `\"50/s\"`, `\"30/m\"`, \
         `\"500/h\"`)",
    ),
    (
        "host =",
        "rate = 0\nhost =",
        "9:8+1 out-of-range: `providers.relay.rate` must be between 1 and 100000, not 0",
    ),
    (
        "host =",
        "rate = 0.5\nhost =",
        "9:8+3 wrong-type: `providers.relay.rate` must be a rate, not a number (write `50` for 50 messages per \
         second, or `\"30/m\"`)",
    ),
    (
        "host =",
        "burst = 5\nhost =",
        "7:1+17 missing-key: `rate` is missing in `providers.relay` (add `rate = …`)",
    ),
    (
        "host =",
        "owner = 'A W S'\nhost =",
        "9:9+7 bad-id: `A W S` is not the name of an owner, in lower-case letters, digits and hyphens",
    ),
    (
        "host =",
        "network = 'phone'\nhost =",
        "9:11+7 unknown-word: `phone` is not a value of `providers.relay.network` (one of `ip`, `cellular`)",
    ),
    (
        "sender =",
        "success = 'seen'\nsender =",
        "5:11+6 unknown-word: `seen` is not a value of `text.success` (one of `accepted`, `sent`, `delivered`, `read`)",
    ),
    (
        "sender =",
        "sensitivity_max = 'secret'\nsender =",
        "5:19+8 unknown-word: `secret` is not a value of `text.sensitivity_max` (one of `public`, `customer`, \
         `confidential`)",
    ),
    (
        "user =",
        "validity = '5s'\nuser =",
        "13:12+4 out-of-range: `providers.gateway.validity` must be between 1m and 48h, not 5s",
    ),
    (
        "[mail]\n",
        "[chain.steps]\nmajor = ['txt']\n[mail]\n",
        "2:10+5 unknown-word: `txt` is not a value of `chain.steps.major.txt` (did you mean `text`?)",
    ),
    (
        "[mail]\n",
        "[chain.steps]\nmajor = ['text', 'text']\n[mail]\n",
        "2:18+6 duplicate-step: `text` is listed twice",
    ),
    (
        "[mail]\n",
        "[chain.steps]\nmajor = []\n[mail]\n",
        "2:9+2 no-step: a major message has no step (name a channel, or omit the line for each subscriber's own order)",
    ),
    (
        "[mail]\n",
        "[quiet_hours]\nfrom = '22'\n[mail]\n",
        "2:8+4 bad-clock-time: `22` is not a time of day such as `22:00`",
    ),
    (
        "[mail]\n",
        "[quiet_hours]\nbelow_severity = 'notice'\n[mail]\n",
        "2:18+8 quiet-hours-for-nothing: no severity is below `notice`, so nothing would ever be held (write \
         `minor`, `major` or `critical`, or omit the table)",
    ),
    (
        "[mail]\n",
        "[quiet_hours]\nfrom = '07:00'\n[mail]\n",
        "2:8+7 quiet-hours-too-long: the quiet hours are longer than 16 hours, so little could ever be sent",
    ),
    (
        "sender =",
        "countries = ['+34', 'ES']\nsender =",
        "5:21+4 bad-country: `ES` is not a country code such as `+34`",
    ),
    (
        "sender =",
        "countries = ['+0']\nsender =",
        "5:14+4 bad-country: `+0` is not a country code such as `+34`",
    ),
    (
        "sender =",
        "countries = []\nsender =",
        "5:13+2 no-country: `countries` is empty (leave it out to allow every country)",
    ),
    (
        "[mail]\n",
        "[budget]\ntext_per_day = 0\n[mail]\n",
        "2:16+1 out-of-range: `budget.text_per_day` must be between 1 and 10000000, not 0",
    ),
    ("[mail]\n", "chain = 3\n[mail]\n", "1:9+1 wrong-type: `chain` must be a table, not a whole number"),
];

#[test]
fn bad_values_give_these_problems() {
    for (from, to, expected) in BAD_VALUES {
        assert_eq!(changed(from, to), [*expected], "{from} → {to}");
    }
}

#[test]
fn a_price_is_an_amount_of_a_currency_in_quotes() {
    for (price, problem) in [
        ("default = '0.09'", "missing-key: `currency` is missing in `text.price`"),
        ("currency = 'eur'\ndefault = '0.09'", "bad-currency: `eur` is not a currency such as `EUR`"),
        ("currency = 'EUR'", "no-price: `text.price` names no price"),
        ("currency = 'EUR'\ndefault = '9c'", "bad-price: `9c` is not a price such as `\"0.045\"`"),
        ("currency = 'EUR'\nby_country = { ES = '1' }", "bad-country: expected a country code such as `+34`"),
        ("currency = 'EUR'\ndefault = 0.09", "wrong-type: `text.price.default` must be text"),
    ] {
        let said = problems(&format!("[text]\nsender = 'Shop'\nproviders = []\n[text.price]\n{price}\n"));
        assert!(said.iter().any(|line| line.contains(problem)), "{said:?}");
    }
}

#[test]
fn a_mistake_in_a_segment_is_pointed_at() {
    let line = WHOLE.lines().count() + 3;
    for (segment, problem) in [
        ("eu = \"region = eu\"", "16+1 bad-segment: expected a text in single quotes here"),
        ("eu = \"region = 'eu' plan\"", "21+1 bad-segment: expected `and`, `or` or the end here"),
        ("eu = \"\"\"region\n = eu\"\"\"", "6+9 bad-segment: expected a text in single quotes here"),
        (
            "EU = \"region = 'eu'\"",
            "1+2 bad-id: the name of a segment has only lower-case letters, digits and hyphens",
        ),
        ("eu = 5", "6+1 wrong-type: `segments.eu` must be text, not a whole number (put it in quotes)"),
    ] {
        let said = problems(&format!("{WHOLE}\n[segments]\n{segment}\n"));
        let said: Vec<&str> = said.iter().map(|said| said.split(" (such as").next().unwrap()).collect();
        assert_eq!(said, [format!("{line}:{problem}")], "{segment}");
    }
    let fine = format!("{WHOLE}\n[segments]\neu = \"region = 'eu'\"\n");
    assert_eq!(problems(&fine), [""; 0]);
}

#[test]
fn channels_and_providers_have_to_agree() {
    assert_eq!(
        changed("['relay']", "['rely', 'gateway', 'gateway']"),
        [
            "3:14+6 unknown-provider: there is no provider `rely` (did you mean `relay`?)",
            "3:22+9 wrong-provider: `gateway` supports SMS, not email",
            "3:33+9 duplicate-provider: `gateway` is listed twice",
            "7:12+5 unused-provider: no channel and no destination uses the provider `relay`",
        ]
    );
    assert_eq!(
        changed("['relay']", "[]"),
        [
            "3:13+2 no-provider: `mail` has no provider",
            "7:12+5 unused-provider: no channel and no destination uses the provider `relay`",
        ]
    );
    assert_eq!(parse_plan(&WHOLE.replace("['relay']", "['rely']")).0, None);
    assert_eq!(parse_plan("mail = 3").0, None);
    assert_eq!(
        problems("[mail]\nfrom = 'a@example.com'\nproviders = ['relay']\n"),
        ["3:14+7 unknown-provider: there is no provider `relay` (add a table for it, `[providers.NAME]`)"]
    );
}

#[test]
fn a_message_outlives_the_step_limits_of_its_chain() {
    let message = |severity: &str| {
        format!(
            "step-limit-beyond-time-to-live: a {severity} SMS message expires before its step limit, so the chain \
             never reaches the next channel (set `text.time_to_live` to at least `chain.step_limit.{severity}`)"
        )
    };
    assert_eq!(
        changed("sender =", "time_to_live = '2m'\nsender ="),
        [format!("5:16+4 {}", message("major"))]
    );
    assert_eq!(
        problems(&format!("[chain]\nstep_limit = {{ critical = '1h' }}\n{WHOLE}")),
        [format!("2:27+4 {}", message("critical"))]
    );
    assert_eq!(
        problems(&format!("[chain]\nfrom_severity = 'notice'\n{WHOLE}")),
        [format!("2:17+8 {}", message("notice"))]
    );
    assert_eq!(problems(&format!("[chain]\nfrom_severity = 'minor'\n{WHOLE}")), Vec::<String>::new());
}

#[test]
fn a_password_is_hidden_even_in_broken_syntax() {
    for value in ["hunter2", "'hunter2", "\"hunter2\" x", "[hunter2", "'''hunter2"] {
        let text = WHOLE.replace("{ env = 'GATEWAY_PASSWORD' }", value);
        let (plan, problems, places) = parse_plan(&text);
        assert_eq!(plan, None, "{value}");
        assert!(!format!("{problems:?}{places:?}").contains("hunter2"), "{value}: {problems:?}");
        assert!(problems.iter().any(|problem| problem.rule == "syntax"), "{value}: {problems:?}");
    }
}

#[test]
fn a_plan_that_cannot_be_used_says_why_whatever_a_value_is() {
    crate::config::tests::check_edges(&uncommented(PLAN_TEMPLATE), |text| {
        let (plan, problems, _) = parse_plan(text);
        (plan.is_some(), problems)
    });
}

proptest! {
    #[test]
    fn no_damage_to_a_plan_panics(
        at in 0..5_000_usize, length in 0..60_usize, put in "(?s)[\\[\\]{}=\"'.,#\n\\\\a-z0-9é-]{0,6}"
    ) {
        check_damaged(&uncommented(PLAN_TEMPLATE), at, length, &put, |text| parse_plan(text).1)?;
    }
}
