//! The hostile lines on their way to people who do not use a browser: terminals, logs, a git host's job, text messages, chat
//! rooms, tools and webhooks.

use std::fs;

use allclear::model::line::is_unprintable;
use serde_json::Value;

use super::file;
use super::lines::lines;
use crate::destinations::{self, DISCORD, HOOK, MATTERMOST, NTFY, PAGERDUTY, SLACK, rooms};
use crate::fixtures::house::House;
use crate::fixtures::services::Services;

/// How many lines an incident has.
const LINES: usize = 25;

/// Names of files that hold what a terminal or a job would obey.
const NAMES: [&str; 5] = [
    "\u{1b}[2Jcleared",
    "a\n::error::pwn",
    "::error file=x::pwn",
    "\u{202e}dm.x",
    "\u{9b}2J##vso[task.setvariable variable=x]pwn",
];

/// A house with every line in some incident, and files of hostile names and texts that cannot be read.
fn filled(mut house: House) -> House {
    let plan = house.read("site/plan.toml");
    house.write("site/plan.toml", &format!("{plan}\n[brake]\nmessages_per_address_per_hour = 100\n"));
    let lines = lines();
    for (number, lines) in lines.chunks(LINES).enumerate() {
        house.write(&format!("incidents/incident-{number}.md"), &file(lines));
    }
    house
}

/// Adds what `check` complains of, in hostile words.
fn broken(house: &House) {
    for (number, lines) in lines().chunks(LINES).enumerate() {
        let text =
            format!("+++\n{}\n+++\n\n## {}\n\n{}\n", lines[0], lines[1 % lines.len()], lines.join("\n\n"));
        fs::write(house.path().join(format!("incidents/broken-{number}.md")), text).unwrap();
    }
    for name in NAMES {
        fs::write(house.path().join(format!("incidents/{name}.md")), "+++\ntitle = 1\n+++\n").unwrap();
    }
}

/// What a command prints, on both ways.
fn printed(house: &House, arguments: &[&str]) -> [String; 2] {
    let output = house.command(arguments).output().unwrap();
    assert!(output.status.code().is_some(), "{arguments:?} was killed");
    [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
}

/// Nothing in it moves a cursor, ends a line or turns the direction of letters.
fn commands_nothing(words: &str, what: &str) {
    let wrong = words.chars().find(|c| is_unprintable(*c) && !matches!(c, '\n' | '\t'));
    assert_eq!(wrong, None, "{what} prints it");
}

#[test]
fn no_line_commands_a_terminal_a_log_or_a_job() {
    let house = filled(House::new().subscriber("ana@example.org").subscriber("+34600000001").restless());
    for arguments in [
        &["notify", "--dry-run", "--allow-many-changes"][..],
        &["notify", "--yes", "--allow-many-changes"],
        &["report"],
        &["build"],
    ] {
        for words in printed(&house, arguments) {
            commands_nothing(&words, &arguments.join(" "));
            let is_command = |line: &&str| {
                line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[")
            };
            assert_eq!(words.lines().find(is_command), None, "{arguments:?}");
        }
    }
    for (to, text) in house.texts() {
        assert!(!text.contains(|c: char| is_unprintable(c) && c != '\n'), "{to}: {text:?}");
    }
    assert!(!house.mails().is_empty(), "{}", printed(&house, &["notify", "--dry-run"]).concat());
    broken(&house);
    for arguments in
        [&["check"][..], &["check", "--format", "markdown"], &["why", "ana@example.org"], &["publish"]]
    {
        for words in printed(&house, arguments) {
            commands_nothing(&words, &arguments.join(" "));
        }
    }
    let [annotations, said] = printed(&house, &["check", "--format", "github"]);
    commands_nothing(&annotations, "check --format github");
    commands_nothing(&said, "check --format github");
    for line in annotations.lines() {
        let is_own = ["::error ", "::warning ", "::notice "].iter().any(|own| line.starts_with(own));
        assert!(is_own, "{line}");
    }
    assert!(annotations.lines().count() > NAMES.len(), "{annotations}");
    for format in ["json", "gitlab"] {
        let [document, _] = printed(&house, &["check", "--format", format]);
        serde_json::from_str::<Value>(&document).unwrap();
    }
}

/// Every text of a document.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        _ => {}
    }
}

/// The texts of a document of Slack in which it reads its own markup; a `plain_text` is shown as it is.
fn marked_texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| marked_texts(item, found)),
        Value::Object(fields) if value["type"] == "mrkdwn" => texts(&fields["text"], found),
        Value::Object(fields) => fields.values().for_each(|field| marked_texts(field, found)),
        _ => {}
    }
}

#[test]
fn no_line_commands_a_chat_room_a_tool_or_a_receiver() {
    let services = Services::start();
    let places = [[HOOK, SLACK, DISCORD, MATTERMOST, NTFY, PAGERDUTY].as_slice(), &rooms::ALL].concat();
    let house = filled(destinations::house(&services, &places).restless());
    let said = printed(&house, &["notify", "--yes", "--allow-many-changes", "--max-wait", "30s"]).concat();
    let incidents = lines().len().div_ceil(LINES);
    for path in places
        .iter()
        .map(|(kind, ..)| if *kind == "webhook" { "/hook".to_owned() } else { format!("/{kind}") })
    {
        let path = path.as_str();
        let calls = services.calls(path);
        assert!(calls.len() >= incidents / 2, "{path} got {} of {incidents}: {said}", calls.len());
        for call in calls {
            let mut found = Vec::new();
            texts(&call.body, &mut found);
            let form = form_urlencoded::parse(&call.bytes).filter(|(name, _)| name == "content");
            found.extend(form.map(|(_, text)| text.into_owned()));
            let wrong = |text: &&String| text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'));
            assert_eq!(found.iter().find(wrong), None, "{path}");
            let mut marked = vec![call.body["text"].as_str().unwrap_or_default().to_owned()];
            marked_texts(&call.body, &mut marked);
            let is_active = |text: &&String| {
                path == "/slack" && ["<!", "<@", "<#"].iter().any(|mark| text.contains(mark))
            };
            let active = marked.iter().find(is_active);
            assert_eq!(active, None, "{path}");
            let mentions = |text: &&String| {
                text.split('@')
                    .skip(1)
                    .any(|name| name.starts_with(|c: char| c.is_alphanumeric() || c == '*'))
            };
            if ["/telegram", "/zulip", "/rocket-chat", "/mastodon"].contains(&path) {
                assert_eq!(found.iter().find(mentions), None, "{path}");
            }
            if path == "/discord" {
                assert_eq!(call.body["allowed_mentions"]["parse"], serde_json::json!([]), "nobody is called");
            }
        }
    }
}
