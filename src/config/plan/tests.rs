//! The plan's file: the defaults, a whole one, and bad ones with their exact problems.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use super::{
    Brake, Kannel, LedgerPlace, MailChannel, Mailbox, PLAN_TEMPLATE, Plan, Provider, Retry, Security, Smtp,
    StepLimit, TextChannel, parse_plan, read_ledger_place, read_plan,
};
use crate::config::located::Document;
use crate::config::secret::Secret;
use crate::config::tests::{check_damaged, line, uncommented};
use crate::model::address::EmailAddress;
use crate::model::phase::Severity;

const WHOLE: &str = "\
[mail]
from = 'Shop <status@example.com>'
providers = ['relay']
[text]
sender = 'Shop'
providers = ['gateway']
[providers.relay]
kind = 'smtp'
host = 'smtp.example.com'
[providers.gateway]
kind = 'kannel'
url = 'http://127.0.0.1:13013/cgi-bin/sendsms'
user = 'status'
password = { env = 'GATEWAY_PASSWORD' }
";

fn problems(text: &str) -> Vec<String> {
    parse_plan(text).1.iter().map(line).collect()
}

/// The problems of the whole plan with one text in it replaced.
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(WHOLE.contains(from), "{from}");
    problems(&WHOLE.replacen(from, to, 1))
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::new(text).expect("an address")
}

#[test]
fn an_empty_plan_has_the_defaults_of_the_template() {
    let (plan, problems, _) = parse_plan("");
    let said: Vec<String> = problems.iter().map(line).collect();
    assert_eq!(
        said,
        ["1:1+1 no-channel: the plan has no channel, so nobody can be told (add `[mail]` or `[text]`)"]
    );
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let expected = Plan {
        ledger: LedgerPlace::Folder,
        brake: Brake { changes_per_run: 3, messages_per_address_per_hour: 6 },
        mail: None,
        text: None,
        chain_from: Severity::Major,
        step_limit: StepLimit {
            critical: minutes(1),
            major: minutes(5),
            minor: minutes(30),
            notice: minutes(24 * 60),
        },
        retry: Retry { attempts_max: 50, first: Duration::from_secs(10), longest: minutes(10) },
        providers: BTreeMap::new(),
    };
    assert_eq!(plan, Some(expected));
}

#[test]
fn a_whole_plan_is_read() {
    let (plan, problems, _) = parse_plan(WHOLE);
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    let mail = MailChannel {
        from: Mailbox { name: Some("Shop".into()), address: address("status@example.com") },
        reply_to: None,
        providers: vec!["relay".into()],
        time_to_live: Duration::from_secs(24 * 3_600),
    };
    let text = TextChannel {
        sender: "Shop".into(),
        providers: vec!["gateway".into()],
        time_to_live: Duration::from_secs(30 * 60),
        segments_max: 3,
        transliterate: false,
    };
    let relay = Smtp {
        host: "smtp.example.com".into(),
        port: 587,
        security: Security::Starttls,
        account: None,
        connections: 8,
        ca_file: None,
    };
    let gateway = Kannel {
        url: "http://127.0.0.1:13013/cgi-bin/sendsms".into(),
        user: "status".into(),
        password: Secret::Environment("GATEWAY_PASSWORD".into()),
        sender: None,
        connections: 8,
        dlr_url: None,
    };
    assert_eq!((plan.mail, plan.text), (Some(mail), Some(text)));
    let providers =
        [("gateway".to_owned(), Provider::Kannel(gateway)), ("relay".to_owned(), Provider::Smtp(relay))];
    assert_eq!(plan.providers, providers.into());
}

#[test]
fn the_template_is_a_plan_when_its_examples_are_uncommented_and_names_every_key() {
    let text = uncommented(PLAN_TEMPLATE);
    let (plan, problems, _) = parse_plan(&text);
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    let Some(Provider::Smtp(relay)) = plan.providers.get("relay") else { panic!("a relay") };
    assert_eq!(relay.account, Some(("status".into(), Secret::Environment("RELAY_PASSWORD".into()))));
    assert_eq!((relay.port, &relay.ca_file), (587, &Some(PathBuf::from("site/relay-ca.pem"))));

    let document = Document::from_toml("plan.toml", &text, 0..text.len());
    super::read::read(document.root(), &document.root());
    let known = document.known_keys();
    assert!(known.contains("providers.gateway.dlr_url") && known.contains("chain.step_limit.notice"));
    for key in known {
        let name = key.rsplit('.').next().unwrap_or_default();
        let written =
            |line: &str| line.starts_with(&format!("{name} =")) || line.contains(&format!("{key}]"));
        assert!(text.lines().any(written) || key == "providers", "{key}");
    }
}

#[test]
fn a_site_without_a_plan_has_no_problem() {
    let root = tempfile::tempdir().expect("a folder");
    assert_eq!(read_plan(root.path()), (None, Vec::new(), Default::default()));
}

#[test]
fn ports_follow_the_protection() {
    for (security, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
        let relay = format!("host = 'localhost'\nsecurity = '{security}'");
        let (plan, problems, _) = parse_plan(&WHOLE.replace("host = 'smtp.example.com'", &relay));
        assert_eq!(problems, [], "{security}");
        let provider = plan.expect("a plan").providers.remove("relay");
        assert!(matches!(provider, Some(Provider::Smtp(smtp)) if smtp.port == port), "{security}");
    }
}

#[test]
fn mailboxes_are_names_and_addresses() {
    let named = |name: &str| Some(Mailbox { name: Some(name.into()), address: address("a@example.com") });
    assert_eq!(
        Mailbox::new("a@example.com"),
        Some(Mailbox { name: None, address: address("a@example.com") })
    );
    assert_eq!(Mailbox::new("<a@example.com>").map(|mailbox| mailbox.name), Some(None));
    assert_eq!(Mailbox::new("Shop, Inc. <a@example.com>"), named("Shop, Inc."));
    assert_eq!(Mailbox::new("\"Shop\" <a@example.com>"), named("Shop"));
    for text in
        ["", "Shop", "Shop <>", "Shop <a@example>", "a@example.com, b@example.com", "x\r\ny <a@example.com>"]
    {
        assert_eq!(Mailbox::new(text), None, "{text}");
    }
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
        "5:10+17 bad-sender: `A name too long` is not a phone number, a short code or up to 11 letters, digits and blanks",
    ),
    (
        "'smtp'",
        "'smpt'",
        "8:8+6 unknown-word: `smpt` is not a word for `providers.relay.kind` (did you mean `smtp`?)",
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
        "9:8+5 out-of-range: `providers.relay.port` must lie between 1 and 65535, not 70000",
    ),
    (
        "host =",
        "user = 'a'\nhost =",
        "7:1+17 missing-key: `password` is missing in `providers.relay` (add `password = …`)",
    ),
    (
        "host =",
        "usr = 'a'\nhost =",
        "9:1+3 unknown-key: `usr` is not a known key of `providers.relay` (did you mean `user`?)",
    ),
    (
        "host =",
        "security = 'none'\nhost =",
        "9:12+6 unencrypted: mail goes to another machine in the clear (write `security = \"starttls\"` or `\"tls\"`)",
    ),
    (
        "host =",
        "security = 'none'\nuser = 'a'\npassword = { env = 'P' }\nhost =",
        "9:12+6 unencrypted: mail goes to another machine in the clear, and so does the password (write `security = \"starttls\"` or `\"tls\"`)",
    ),
    (
        "{ env = 'GATEWAY_PASSWORD' }",
        "'hunter2'",
        "14:12+9 plain-secret: `providers.gateway.password` stands in the file for everybody to read (name an environment variable, `{ env = \"NAME\" }`, or a file, `{ file = \"path\" }`)",
    ),
    (
        "http://127.0.0.1:13013",
        "http://sms.example.com",
        "12:7+40 unencrypted: the password goes to another machine in the clear (use https, or a tunnel that ends on this machine)",
    ),
    (
        "[mail]\n",
        "[retry]\nfirst = '1h'\n[mail]\n",
        "2:9+4 retry-order: the longest wait is shorter than the first",
    ),
    (
        "[mail]\n",
        "[chain.step_limit]\nmajor = '5s'\n[mail]\n",
        "2:9+4 out-of-range: `chain.step_limit.major` must lie between 10s and 48h, not 5s",
    ),
    (
        "[mail]\n",
        "[brakes]\n[mail]\n",
        "1:2+6 unknown-key: `brakes` is not a known key (did you mean `brake`?)",
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
fn channels_and_providers_have_to_agree() {
    assert_eq!(
        changed("['relay']", "['rely', 'gateway', 'gateway']"),
        [
            "3:14+6 unknown-provider: there is no provider `rely` (did you mean `relay`?)",
            "3:22+9 wrong-provider: `gateway` carries text, not mail",
            "3:33+9 duplicate-provider: `gateway` is written twice",
            "7:12+5 unused-provider: no channel uses the provider `relay`",
        ]
    );
    assert_eq!(
        changed("['relay']", "[]"),
        [
            "3:13+2 no-provider: `mail` has no provider",
            "7:12+5 unused-provider: no channel uses the provider `relay`",
        ]
    );
    assert_eq!(parse_plan(&WHOLE.replace("['relay']", "['rely']")).0, None);
    assert_eq!(parse_plan("mail = 3").0, None);
    assert_eq!(
        problems("[mail]\nfrom = 'a@example.com'\nproviders = ['relay']\n"),
        ["3:14+7 unknown-provider: there is no provider `relay` (describe it in a table of its own, \
          `[providers.NAME]`)"]
    );
}

#[test]
fn a_message_outlives_the_step_limits_of_its_chain() {
    let message = |severity: &str, channel: &str| {
        format!(
            "step-limit-beyond-time-to-live: a {severity} {channel} message is given up before its step limit, so \
             the next channel never takes over (let `{channel}.time_to_live` be as long as \
             `chain.step_limit.{severity}`, or longer)"
        )
    };
    assert_eq!(
        changed("sender =", "time_to_live = '2m'\nsender ="),
        [format!("5:16+4 {}", message("major", "text"))]
    );
    assert_eq!(
        problems(&format!("[chain]\nstep_limit = {{ critical = '1h' }}\n{WHOLE}")),
        [format!("2:27+4 {}", message("critical", "text"))]
    );
    assert_eq!(
        problems(&format!("[chain]\nfrom_severity = 'notice'\n{WHOLE}")),
        [format!("2:17+8 {}", message("notice", "text"))]
    );
    assert_eq!(problems(&format!("[chain]\nfrom_severity = 'minor'\n{WHOLE}")), Vec::<String>::new());
}

#[test]
fn the_ledger_is_a_file_unless_a_url_is_kept_somewhere() {
    let place = |text: &str| parse_plan(text).0.map(|plan| plan.ledger);
    let server = |secret| Some(LedgerPlace::Server(secret));
    assert_eq!(place("[ledger]"), Some(LedgerPlace::Folder));
    let url = "[ledger]\nurl = { env = 'ALLCLEAR_LEDGER_URL' }\n";
    assert_eq!(place(url), server(Secret::Environment("ALLCLEAR_LEDGER_URL".into())));
    let (plan, problems, _) = parse_plan(&format!("[ledger]\nurl = 'postgres://a:hunter2@h/d'\n{WHOLE}"));
    assert_eq!(plan, None, "never the file instead");
    assert!(
        problems[0].rule == "plain-secret" && !format!("{problems:?}").contains("hunter2"),
        "{problems:?}"
    );
    assert!(!format!("{:?}", parse_plan("[ledger]\nurl = \"postgres://a:hunter2@h/d").1).contains("hunter2"));
}

#[test]
fn where_the_ledger_is_depends_on_nothing_else_in_the_plan() {
    let root = tempfile::tempdir().expect("a folder");
    let read = || read_ledger_place(root.path()).0;
    assert_eq!(read(), Some(LedgerPlace::Folder), "no plan");
    std::fs::create_dir(root.path().join("site")).expect("made");
    let write = |text: &str| std::fs::write(root.path().join("site/plan.toml"), text).expect("written");
    let server = Some(LedgerPlace::Server(Secret::File("url".into())));
    write("[ledger]\nurl = { file = 'url' }\n[brake]\nchanges_per_run = 'many'\n[mial]\n");
    assert_eq!(read(), server);
    for faulty in ["[ledger]\nurl = 'x'", "ledger = 1", "[ledger]\nurl = { file = 'url' }\n[brake"] {
        write(faulty);
        assert_eq!(read(), None, "{faulty}");
    }
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

proptest! {
    #[test]
    fn no_damage_to_a_plan_panics(
        at in 0..5_000_usize, length in 0..60_usize, put in "(?s)[\\[\\]{}=\"'.,#\n\\\\a-z0-9é-]{0,6}"
    ) {
        check_damaged(&uncommented(PLAN_TEMPLATE), at, length, &put, |text| parse_plan(text).1)?;
    }
}
