//! The plan's file: the defaults, and whole ones.

mod alarm;
mod control;
mod destinations;
mod problems;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

use super::{
    AlarmPlan, BrakeLimits, Budget, Chain, ChannelPlan, ControlPlan, ControlState, LedgerPlace, MailWording,
    Mailbox, PLAN_TEMPLATE, Plan, Provider, QuietHours, Rate, RateLimit, Retry, StepLimit, TextWording,
    Wording, parse_plan, read_ledger_place, read_plan,
};
use crate::config::secret::Secret;
use crate::config::tests::{line, uncommented};
use crate::located::Document;
use crate::model::address::EmailAddress;
use crate::model::channel::{Channel, Network};
use crate::model::control::{Actor, ControlRules};
use crate::model::message::Form;
use crate::model::phase::Severity;
use crate::model::problem::ProblemLevel;
use crate::model::report::Evidence;
use crate::model::sensitivity::Sensitivity;
use crate::provider::smtp::Smtp;
use crate::provider::{self, KINDS, Need, Settings};

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

fn address(text: &str) -> EmailAddress {
    EmailAddress::new(text).expect("an address")
}

#[test]
fn an_empty_plan_has_the_defaults_of_the_template() {
    let (plan, problems, _) = parse_plan("");
    let said: Vec<String> = problems.iter().map(line).collect();
    assert_eq!(
        said,
        [
            "1:1+1 no-channel: site/plan.toml has no channel, so no one can be notified (add `[mail]`, `[text]` or \
             `[[destinations]]`)"
        ]
    );
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let expected = Plan {
        ledger: LedgerPlace::Folder,
        brake: BrakeLimits { changes_per_run: 3, messages_per_address_per_hour: 6 },
        channels: BTreeMap::new(),
        chain: Chain {
            from_severity: Severity::Major,
            step_limit: StepLimit {
                critical: minutes(1),
                major: minutes(5),
                minor: minutes(30),
                notice: minutes(24 * 60),
            },
            steps: BTreeMap::new(),
            runs_on: BTreeSet::new(),
        },
        quiet_hours: None,
        reminders: Vec::new(),
        budget: Budget::default(),
        retry: Retry { attempts_max: 50, first: Duration::from_secs(10), longest: minutes(10) },
        providers: BTreeMap::new(),
        destinations: Vec::new(),
        alarm: AlarmPlan { recipients: Vec::new(), after: minutes(5) },
        desk: None,
        segments: BTreeMap::new(),
        denied_words: Vec::new(),
        people: Default::default(),
        roles: Default::default(),
        approval: Default::default(),
        control: ControlPlan {
            rules: ControlRules {
                default: Some(Actor::Automation),
                idle_after: TimeDelta::hours(24),
                extension_max: TimeDelta::days(7),
            },
            state: ControlState::Ledger,
            urgent_from: Severity::Critical,
            answer_within: TimeDelta::hours(1),
        },
        upkeep: Default::default(),
    };
    assert_eq!(plan, Some(expected));
}

#[test]
fn a_whole_plan_is_read() {
    let (plan, problems, _) = parse_plan(WHOLE);
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    let mail = ChannelPlan {
        providers: vec!["relay".into()],
        time_to_live: Duration::from_secs(24 * 3_600),
        success: Evidence::Accepted,
        sensitivity_max: Sensitivity::Customer,
        wording: Wording::Mail(MailWording {
            from: Mailbox { name: Some("Shop".into()), address: address("status@example.com") },
            reply_to: None,
            dkim: None,
        }),
    };
    let text = ChannelPlan {
        providers: vec!["gateway".into()],
        time_to_live: Duration::from_secs(30 * 60),
        success: Evidence::Accepted,
        sensitivity_max: Sensitivity::Customer,
        wording: Wording::Text(TextWording {
            sender: "Shop".into(),
            segments_max: 3,
            transliterate: false,
            countries: vec![],
            price: None,
        }),
    };
    let relay = Settings::default().with("host", "smtp.example.com").with("security", "starttls");
    let gateway =
        Settings::default().with("url", "http://127.0.0.1:13013/cgi-bin/sendsms").with("user", "status");
    let password = Secret::Environment("GATEWAY_PASSWORD".into());
    assert_eq!(plan.channels, [(Channel::Mail, mail), (Channel::Text, text)].into());
    let provider = |kind, name: &str, network, settings, secrets| {
        let (kind, owner) = (provider::named(kind).expect("a kind"), name.to_owned());
        let provider = Provider { kind, settings, secrets, owner, network, pace: None, connections: 8 };
        (name.to_owned(), provider)
    };
    let providers = [
        provider("kannel", "gateway", Network::Cellular, gateway, [("password", password)].into()),
        provider("smtp", "relay", Network::Ip, relay, BTreeMap::new()),
    ];
    assert_eq!(plan.providers, providers.into());
}

#[test]
fn the_countries_of_a_plan_are_read_as_they_are_written() {
    let (plan, problems, _) =
        parse_plan(&WHOLE.replacen("sender =", "countries = ['+34', '+1809']\nsender =", 1));
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    let text = plan.channels[&Channel::Text].text().expect("a text channel");
    assert_eq!(text.countries, ["+34", "+1809"]);
    for (number, is_allowed) in [("+34600000001", true), ("+18095550123", true), ("+12025550123", false)] {
        assert_eq!(text.allows(number), is_allowed, "{number}");
    }
}

#[test]
fn limits_and_what_a_step_has_to_reach_are_read() {
    let text = WHOLE
        .replace("host =", "rate = 50\nconnections = 20\nhost =")
        .replace(
            "kind = 'kannel'",
            "kind = 'kannel'\nrate = '30/m'\nburst = 10\nowner = 'telco'\nvalidity = '10m'",
        )
        .replace("sender =", "success = 'delivered'\nsensitivity_max = 'public'\nsender =")
        + "dlr_url = 'https://desk.example.com/reports'\n\
           [chain]\nruns_on = ['ses', 'own-cloud']\n[chain.steps]\ncritical = ['text', 'mail']\nminor = ['mail']\n\
           [quiet_hours]\nuntil = '06:30'\n[budget]\ntext_per_day = 20_000\n";
    let (plan, problems, _) = parse_plan(&text);
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    let (relay, gateway) = (&plan.providers["relay"], &plan.providers["gateway"]);
    let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
    assert_eq!(relay.pace, Some(RateLimit { rate: Rate { messages: 50, per: second }, burst: 1 }));
    assert_eq!(gateway.pace, Some(RateLimit { rate: Rate { messages: 30, per: minute }, burst: 10 }));
    assert_eq!((relay.connections, gateway.owner.as_str()), (20, "telco"));
    assert_eq!(gateway.settings.duration("validity"), Some(10 * minute));
    let channel = &plan.channels[&Channel::Text];
    assert_eq!((channel.success, channel.sensitivity_max), (Evidence::Delivered, Sensitivity::Public));
    assert_eq!(plan.chain.runs_on, ["aws".to_owned(), "own-cloud".to_owned()].into());
    let steps =
        [(Severity::Minor, vec![Channel::Mail]), (Severity::Critical, vec![Channel::Text, Channel::Mail])];
    assert_eq!(plan.chain.steps, steps.into());
    let clock = |hour, minute| chrono::NaiveTime::from_hms_opt(hour, minute, 0).expect("a time");
    let quiet = QuietHours { from: clock(22, 0), until: clock(6, 30), below_severity: Severity::Major };
    assert_eq!((plan.quiet_hours, quiet.length()), (Some(quiet), Duration::from_secs(8 * 3_600 + 1_800)));
    assert_eq!(plan.budget, Budget { text_per_incident: None, text_per_day: Some(20_000) });
}

#[test]
fn the_owner_of_a_relay_is_known_by_its_host() {
    let plan = parse_plan(&WHOLE.replace("smtp.example.com", "email-smtp.eu-west-1.amazonaws.com")).0;
    assert_eq!(plan.expect("a plan").providers["relay"].owner, "aws");
    let plan = parse_plan(&WHOLE.replace("host =", "owner = 'sendgrid'\nhost =")).0;
    assert_eq!(plan.expect("a plan").providers["relay"].owner, "twilio", "a service stands for its owner");
}

#[test]
fn the_template_is_a_plan_when_its_examples_are_uncommented_and_names_every_key() {
    let text = uncommented(PLAN_TEMPLATE);
    let (plan, problems, _) = parse_plan(&text);
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    let relay = &plan.providers["relay"];
    assert_eq!(relay.secrets, [("password", Secret::Environment("RELAY_PASSWORD".into()))].into());
    let relay = Smtp::of(&relay.settings);
    assert_eq!((relay.port, &relay.ca_file), (587, &Some(PathBuf::from("site/relay-ca.pem"))));

    let document = Document::from_toml("plan.toml", &text, 0..text.len());
    super::read::read(document.root(), &document.root());
    let known = document.known_keys();
    assert!(known.contains("providers.gateway.dlr_url") && known.contains("chain.step_limit.notice"));
    for key in known {
        let name = key.rsplit('.').next().unwrap_or_default();
        let written =
            |line: &str| line.starts_with(&format!("{name} =")) || line.contains(&format!("{key}]"));
        assert!(text.lines().any(written) || ["people", "providers"].contains(&key.as_str()), "{key}");
    }
}

#[test]
fn every_kind_of_provider_is_read_from_its_own_examples() {
    for kind in KINDS {
        let keys = kind.keys.iter().filter(|key| !matches!(key.need, Need::Default(_)));
        let keys: String = keys.map(|key| format!("{} = {}\n", key.name, key.example)).collect();
        let (mail, text) = ("from = 'status@example.com'", "sender = 'Shop'");
        for channel in kind.channels {
            let user = match channel.facts().form {
                Form::Mail => format!("[mail]\nproviders = ['one']\n{mail}"),
                Form::Text => format!("[text]\nproviders = ['one']\n{text}"),
                Form::Card | Form::Event => {
                    let room =
                        kind.room.map(|key| format!("\naddress = {}", key.example)).unwrap_or_default();
                    format!("[[destinations]]\nname = 'one'\nprovider = 'one'{room}")
                }
            };
            let plan = format!("{user}\n[providers.one]\nkind = '{}'\n{keys}", kind.word);
            let (plan, problems, _) = parse_plan(&plan);
            let errors: Vec<_> =
                problems.iter().filter(|problem| problem.level == ProblemLevel::Error).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", kind.word);
            let provider = &plan.expect("a plan").providers["one"];
            for key in kind.keys {
                let is_read = provider.settings.has(key.name) || provider.secrets.contains_key(key.name);
                assert!(is_read, "{}.{}", kind.word, key.name);
            }
            assert!(kind.owner.is_none_or(|owner| provider.owner == owner), "{}", kind.word);
        }
    }
}

#[test]
fn a_site_without_a_plan_has_no_problem() {
    let root = tempfile::tempdir().expect("a folder");
    assert_eq!(read_plan(root.path(), None), (None, Vec::new(), Default::default()));
}

#[test]
fn ports_follow_the_protection() {
    for (security, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
        let relay = format!("host = 'localhost'\nsecurity = '{security}'");
        let (plan, problems, _) = parse_plan(&WHOLE.replace("host = 'smtp.example.com'", &relay));
        assert_eq!(problems, [], "{security}");
        assert_eq!(Smtp::of(&plan.expect("a plan").providers["relay"].settings).port, port, "{security}");
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

#[test]
fn the_ledger_is_a_file_unless_a_url_is_kept_somewhere() {
    let place = |text: &str| parse_plan(text).0.map(|plan| plan.ledger);
    let server = |url| Some(LedgerPlace::Server { url, ca_file: None });
    assert_eq!(place("[ledger]"), Some(LedgerPlace::Folder));
    let url = "[ledger]\nurl = { env = 'ALLCLEAR_LEDGER_URL' }\n";
    assert_eq!(place(url), server(Secret::Environment("ALLCLEAR_LEDGER_URL".into())));
    let private = format!("{url}ca_file = 'site/ledger-ca.pem'\n");
    let Some(LedgerPlace::Server { ca_file, .. }) = place(&private) else { panic!("a server") };
    assert_eq!(ca_file, Some("site/ledger-ca.pem".into()));
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
    let read = || read_ledger_place(root.path(), None).0;
    assert_eq!(read(), Some(LedgerPlace::Folder), "no plan");
    std::fs::create_dir(root.path().join("site")).expect("made");
    let write = |text: &str| std::fs::write(root.path().join("site/plan.toml"), text).expect("written");
    let server = Some(LedgerPlace::Server { url: Secret::File("url".into()), ca_file: None });
    write("[ledger]\nurl = { file = 'url' }\n[brake]\nchanges_per_run = 'many'\n[mial]\n");
    assert_eq!(read(), server);
    for faulty in ["[ledger]\nurl = 'x'", "ledger = 1", "[ledger]\nurl = { file = 'url' }\n[brake"] {
        write(faulty);
        assert_eq!(read(), None, "{faulty}");
    }
}
