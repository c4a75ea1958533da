//! What each room shows of an incident from its first minute to its last, as `docs/destinations.md` says.

use serde_json::Value;

use super::social::BLUESKY;
use super::{house, outage};
use crate::fixtures::services::{Call, Services};

pub(crate) const TEAMS: (&str, &str, &str) = ("teams", "url = { file = \"teams\" }", "");
pub(crate) const GOOGLE_CHAT: (&str, &str, &str) = ("google-chat", "url = { file = \"google-chat\" }", "");
pub(crate) const TELEGRAM: (&str, &str, &str) =
    ("telegram", "api_url = \"{url}/telegram\"\ntoken = { file = \"bot\" }", "address = \"-100123\"");
pub(crate) const MATRIX: (&str, &str, &str) =
    ("matrix", "url = \"{url}/matrix\"\ntoken = { file = \"token\" }", "address = \"!abc:example.com\"");
pub(crate) const ZULIP: (&str, &str, &str) = (
    "zulip",
    "url = \"{url}/zulip\"\nuser = \"bot@example.com\"\napi_key = { file = \"token\" }",
    "address = \"status\"",
);
pub(crate) const ROCKET_CHAT: (&str, &str, &str) = (
    "rocket-chat",
    "url = \"{url}/rocket-chat\"\nuser_id = \"u1\"\ntoken = { file = \"token\" }",
    "address = \"GENERAL\"",
);
pub(crate) const GOTIFY: (&str, &str, &str) =
    ("gotify", "url = \"{url}/gotify\"\ntoken = { file = \"token\" }", "");
pub(crate) const OPSGENIE: (&str, &str, &str) =
    ("opsgenie", "api_url = \"{url}/opsgenie\"\napi_key = { file = \"token\" }", "");

pub(crate) const MASTODON: (&str, &str, &str) =
    ("mastodon", "url = \"{url}/mastodon\"\ntoken = { file = \"token\" }", "");

/// Those of this folder's files.
pub(crate) const ALL: [(&str, &str, &str); 10] =
    [TEAMS, GOOGLE_CHAT, TELEGRAM, MATRIX, ZULIP, ROCKET_CHAT, GOTIFY, OPSGENIE, MASTODON, BLUESKY];

/// A field of a call's body, JSON or form; empty if there is none.
fn field(call: &Call, pointer: &str) -> String {
    let in_form = || {
        let name = pointer.trim_start_matches('/');
        let mut fields = form_urlencoded::parse(&call.bytes);
        fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    match call.body.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => in_form(),
    }
}

/// The calls of a service: the method, what follows the service in the path, and some fields.
fn shown(services: &Services, service: &str, fields: &[&str]) -> Vec<String> {
    let service = format!("/{service}");
    let line = |call: Call| {
        let fields: String = fields.iter().map(|name| format!(" {}", field(&call, name))).collect();
        format!("{} {}{fields}", call.method, call.path.trim_start_matches(&service))
    };
    services.calls(&service).into_iter().map(line).collect()
}

#[test]
fn an_incident_is_in_each_room_what_the_documentation_says() {
    let services = Services::start();
    outage(house(&services, &ALL));
    for (service, fields, expected) in [
        (
            "teams",
            &["/attachments/0/content/body/0/style"][..],
            &["POST ?sig=t0ken attention", "POST ?sig=t0ken attention", "POST ?sig=t0ken good"][..],
        ),
        (
            "gotify",
            &["/title"],
            &[
                "POST /message \u{1f7e0} payments",
                "POST /message \u{1f7e0} payments",
                "POST /message \u{2705} Resolved: payments",
            ],
        ),
        (
            "rocket-chat",
            &["/tmid", "/msgId"],
            &[
                "POST /api/v1/chat.postMessage  ",
                "POST /api/v1/chat.update  rcN",
                "POST /api/v1/chat.postMessage rcN ",
                "POST /api/v1/chat.update  rcN",
                "POST /api/v1/chat.postMessage rcN ",
            ],
        ),
        (
            "mastodon",
            &["/in_reply_to_id", "/visibility"],
            &[
                "POST /api/v1/statuses  public",
                "PUT /api/v1/statuses/N  ",
                "POST /api/v1/statuses N public",
                "PUT /api/v1/statuses/N  ",
                "POST /api/v1/statuses N public",
            ],
        ),
        (
            "telegram",
            &["/message_id", "/reply_parameters/message_id"],
            &[
                "POST /bot1:t0ken/sendMessage  ",
                "POST /bot1:t0ken/editMessageText N ",
                "POST /bot1:t0ken/sendMessage  N",
                "POST /bot1:t0ken/editMessageText N ",
                "POST /bot1:t0ken/sendMessage  N",
            ],
        ),
        (
            "zulip",
            &["/to", "/topic", "/propagate_mode"],
            &[
                "POST /api/v1/messages status payments ",
                "PATCH /api/v1/messages/N   ",
                "POST /api/v1/messages status payments ",
                "PATCH /api/v1/messages/N  \u{2714} payments change_all",
                "POST /api/v1/messages status \u{2714} payments ",
            ],
        ),
        (
            "opsgenie",
            &["/priority"],
            &[
                "POST /v2/alerts P2",
                "PUT /v2/alerts/ALIAS/description?identifierType=alias ",
                "POST /v2/alerts P2",
                "PUT /v2/alerts/ALIAS/description?identifierType=alias ",
                "POST /v2/alerts/ALIAS/close?identifierType=alias ",
            ],
        ),
    ] {
        assert_eq!(numbered(&shown(&services, service, fields)), expected, "{service}");
    }
}

/// The lines with the first message's number as `N`, and the alias of the alert as such.
fn numbered(lines: &[String]) -> Vec<String> {
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let mut first = None;
    let mut word = |text: &str| {
        let number = text.strip_prefix("rc").unwrap_or(text);
        if text.len() == 52 {
            return "ALIAS".to_owned();
        }
        if !is_number(number) || text == "0" {
            return text.to_owned();
        }
        let known = first.get_or_insert_with(|| number.to_owned());
        if known == number { text.replace(number, "N") } else { text.to_owned() }
    };
    let mut line = |line: &String| {
        let (mut shown, mut part) = (String::new(), String::new());
        for c in line.chars().chain(['\n']) {
            if matches!(c, ' ' | '/' | '?' | '\n') {
                shown.push_str(&word(&part));
                part.clear();
                shown.push(c);
            } else {
                part.push(c);
            }
        }
        shown.trim_end_matches('\n').to_owned()
    };
    lines.iter().map(&mut line).collect()
}

#[test]
fn an_incident_is_one_thread_of_google_chat() {
    let services = Services::start();
    outage(house(&services, &[GOOGLE_CHAT]));
    let calls = services.calls("/google-chat");
    let threads: Vec<String> = calls.iter().map(|call| field(call, "/thread/threadKey")).collect();
    assert!(threads.len() == 3 && threads.iter().all(|thread| *thread == threads[0]), "{threads:?}");
    let option = "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD&requestId=";
    assert!(calls.iter().all(|call| call.path.contains(option)), "{calls:?}");
    assert_ne!(calls[0].path, calls[1].path, "each message has its own ID");
}

#[test]
fn an_incident_is_one_message_of_matrix_and_a_thread_below_it() {
    let services = Services::start();
    outage(house(&services, &[MATRIX]));
    let calls = services.calls("/matrix/_matrix/client/v3/rooms/%21abc%3Aexample%2Ecom/send/m.room.message/");
    let relations: Vec<String> = calls
        .iter()
        .map(|call| {
            format!("{} {}", field(call, "/m.relates_to/rel_type"), field(call, "/m.relates_to/event_id"))
        })
        .collect();
    let (edit, news) = ("m.replace $event1", "m.thread $event1");
    assert_eq!(relations, [" ", edit, news, edit, news]);
    assert!(calls.iter().all(|call| call.method == "PUT" && call.headers["authorization"] == "Bearer t0ken"));
    let transactions: std::collections::BTreeSet<&str> =
        calls.iter().map(|call| call.path.as_str()).collect();
    assert_eq!(transactions.len(), 5, "a transaction names one message");
}

#[test]
fn a_request_to_matrix_that_may_have_arrived_is_repeated_as_the_same_transaction() {
    let services = Services::start();
    services.answers_next(502, "");
    house(&services, &[MATRIX])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .at("2026-03-01 10:20")
        .run(&["deliver"])
        .run(&["why", "at-matrix", "payments"])
        .printed("accepted");
    let calls = services.calls("/matrix");
    assert!(calls.len() == 2 && calls[0].path == calls[1].path, "{calls:?}");
}

#[test]
fn a_group_that_removed_the_bot_is_named_and_can_be_allowed_again() {
    let services = Services::start();
    services.answers_next(403, r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked"}"#);
    house(&services, &[TELEGRAM])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .said("not notified: 1 destination (1 rejected)")
        .run(&["why", "at-telegram", "payments"])
        .printed("HTTP 403 Forbidden: bot was kicked")
        .update("payments", "2026-03-01 10:40", "identified")
        .run(&["notify", "--dry-run"])
        .said("destination at-telegram not notified: its place is on the suppression list")
        .run(&["subscribers", "allow", "at-telegram"])
        .succeeded()
        .notify();
    assert_eq!(services.calls("/telegram").len(), 2);
}

#[test]
fn a_message_that_was_deleted_begins_anew_in_each_room_that_can_tell() {
    for (place, gone) in [
        (TELEGRAM, (400, r#"{"ok":false,"description":"Bad Request: message to edit not found"}"#)),
        (ZULIP, (400, r#"{"result":"error","msg":"Invalid message(s)","code":"BAD_REQUEST"}"#)),
        (MASTODON, (404, r#"{"error":"Record not found"}"#)),
        (ROCKET_CHAT, (400, r#"{"success":false,"error":"No message found with the id of \"rc1\"."}"#)),
    ] {
        let services = Services::start();
        let house =
            house(&services, &[place]).incident("payments", "2026-03-01 10:00", "Investigating").notify();
        services.answers_next(gone.0, gone.1);
        house
            .update("payments", "2026-03-01 10:40", "identified")
            .notify()
            .update("payments", "2026-03-01 11:40", "resolved")
            .notify();
        let calls = services.calls(&format!("/{}", place.0));
        assert_eq!(
            calls.len(),
            5,
            "{}: a first message, an edit in vain, another first message, and both of the end",
            place.0
        );
        let root = |call: &Call| {
            let named = ["/reply_parameters/message_id", "/tmid", "/in_reply_to_id"]
                .map(|name| field(call, name))
                .concat();
            if named.is_empty() { call.path.rsplit('/').next().unwrap_or_default().to_owned() } else { named }
        };
        assert_eq!(root(&calls[2]), root(&calls[0]), "{}: nothing is replied to", place.0);
        let second = field(&calls[3], "/message_id") + &field(&calls[3], "/msgId") + &calls[3].path;
        assert!(second.contains('3'), "{}: the end edits the second message: {second}", place.0);
    }
}
