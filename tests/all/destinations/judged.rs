//! What destinations are sent, judged by what their makers publish: the types of their bodies and their library of signatures.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{DISCORD, HOOK, SLACK, house, outage};
use crate::fixtures::judge::{part, root};
use crate::fixtures::services::Services;

/// The lines that type the bodies, as the makers' packages have them.
const TYPES: &str = "import type { KnownBlock } from '@slack/types';
import type { RESTPostAPIWebhookWithTokenJSONBody as Post, RESTPatchAPIWebhookWithTokenMessageJSONBody as Patch }
  from 'discord-api-types/v10';
";

/// What the compiler has against the bodies.
fn complaints(bodies: &[(&str, Value)]) -> String {
    let modules = part("destinations/node_modules");
    let folder = tempfile::tempdir_in(modules.parent().unwrap()).unwrap();
    let typed =
        bodies.iter().enumerate().map(|(at, (kind, body))| format!("export const b{at}: {kind} = {body};\n"));
    let text = TYPES.to_owned() + &typed.collect::<String>();
    std::fs::write(folder.path().join("bodies.ts"), text).unwrap();
    let output = Command::new("node")
        .arg(modules.join(".bin/tsc"))
        .args([
            "--noEmit",
            "--strict",
            "--skipLibCheck",
            "--module",
            "nodenext",
            "--moduleResolution",
            "nodenext",
        ])
        .arg("bodies.ts")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn bodies_are_of_the_types_that_their_makers_publish() {
    let services = Services::start();
    outage(house(&services, &[SLACK, DISCORD]));
    let mut bodies: Vec<(&str, Value)> = Vec::new();
    for call in services.calls("/slack") {
        bodies.push(("KnownBlock[]", call.body["blocks"].clone()));
    }
    for call in services.calls("/discord") {
        bodies.push((if call.method == "POST" { "Post" } else { "Patch" }, call.body));
    }
    assert_eq!(bodies.len(), 8);
    assert_eq!(complaints(&bodies), "");
    let wrong = [
        ("KnownBlock[]", json!([{ "type": "headr" }])),
        ("Post", json!({ "allowed_mentions": { "parse": ["all"] } })),
    ];
    let said = complaints(&wrong);
    assert_eq!(said.matches("error TS").count(), 2, "the judge sees what is wrong: {said}");
}

#[test]
fn requests_are_signed_as_the_library_of_the_specification_verifies() {
    let services = Services::start();
    let (kind, keys, more) = HOOK;
    let keys = format!("{keys}\nprevious_secret = {{ file = \"previous\" }}");
    let house = house(&services, &[(kind, &keys, more)]);
    let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="];
    let house = house.file("previous", secrets[1]);
    // The library turns away what is older than five minutes.
    let now = chrono::Utc::now().format("%Y-%m-%d %H:%M").to_string();
    house.at(&now).incident("payments", &now, "Investigating").notify();
    let calls = services.calls("/hook");
    assert_eq!(calls.len(), 1);
    let signed: Vec<Value> = secrets
        .iter()
        .map(|secret| {
            let header = |name: &str| calls[0].headers[name].to_str().unwrap().to_owned();
            json!({
                "secret": secret,
                "body": String::from_utf8(calls[0].bytes.clone()).unwrap(),
                "headers": {
                    "webhook-id": header("webhook-id"),
                    "webhook-timestamp": header("webhook-timestamp"),
                    "webhook-signature": header("webhook-signature"),
                },
            })
        })
        .collect();
    let mut node = Command::new("node")
        .arg(root().join("tests/all/destinations/signatures.js"))
        .arg(part("destinations"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(&serde_json::to_vec(&signed).unwrap()).unwrap();
    let output = node.wait_with_output().unwrap();
    let said: Vec<[String; 2]> = serde_json::from_slice(&output.stdout).unwrap();
    for [as_sent, changed] in said {
        assert_eq!(as_sent, "stands");
        assert_ne!(changed, "stands");
    }
}
