//! Destinations through the binary: what a place is sent of an incident from its first minute to its last.

mod judged;
pub(crate) mod rooms;
mod social;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::services::Services;

/// Adds destinations at these services to the plan of a house: the provider's kind, its keys, and the destination's.
pub(crate) fn house(services: &Services, places: &[(&str, &str, &str)]) -> House {
    let house = House::new();
    let mut plan = house.read("site/plan.toml");
    for (kind, keys, more) in places {
        let keys = keys.replace("{url}", &services.url);
        plan += &format!(
            "\n[providers.{kind}]\nkind = \"{kind}\"\n{keys}\n\n[[destinations]]\nname = \"at-{kind}\"\n\
             provider = \"{kind}\"\n{more}\n"
        );
    }
    for (name, secret) in [("token", "t0ken"), ("key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")] {
        std::fs::write(house.path().join(name), secret).unwrap();
    }
    std::fs::write(house.path().join("bot"), "1:t0ken").unwrap();
    for (name, path) in [
        ("discord", "discord/1/t0ken"),
        ("teams", "teams?sig=t0ken"),
        ("google-chat", "google-chat?token=t0ken"),
    ] {
        std::fs::write(house.path().join(name), format!("{}/{path}", services.url)).unwrap();
    }
    house.file("site/plan.toml", &plan)
}

/// Opens an incident, updates it and ends it, each told.
fn outage(house: House) -> House {
    house
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .update("payments", "2026-03-01 11:40", "resolved")
        .notify()
}

pub(crate) const HOOK: (&str, &str, &str) =
    ("webhook", "url = \"{url}/hook\"\nsecret = { file = \"key\" }\nprivate_networks = \"allowed\"", "");

#[test]
fn a_receiver_of_signed_requests_gets_one_for_each_news() {
    let services = Services::start();
    let house = outage(house(&services, &[HOOK]));
    let calls = services.calls("/hook");
    let told: Vec<(&str, &str)> = calls
        .iter()
        .map(|call| (call.body["type"].as_str().unwrap(), call.body["data"]["state"].as_str().unwrap()))
        .collect();
    let expected =
        [("incident.opened", "major"), ("incident.phase_moved", "major"), ("incident.resolved", "over")];
    assert_eq!(told, expected);
    let header = |at: usize, name: &str| calls[at].headers[name].to_str().unwrap().to_owned();
    assert_ne!(header(0, "webhook-id"), header(1, "webhook-id"));
    assert!(header(0, "webhook-signature").starts_with("v1,"));
    assert_eq!(calls[0].body["data"]["incident"]["features"][0]["id"], "checkout");
    house
        .run(&["why", "at-webhook"])
        .succeeded()
        .printed("webhook webhook")
        .printed("accepted")
        .run(&["report", "payments"])
        .printed("at-webhook reached")
        .run(&["subscribers", "list"])
        .said("0 subscribers");
}

pub(crate) const SLACK: (&str, &str, &str) =
    ("slack", "api_url = \"{url}/slack\"\ntoken = { file = \"token\" }", "address = \"C01\"");
pub(crate) const DISCORD: (&str, &str, &str) = ("discord", "url = { file = \"discord\" }", "");
pub(crate) const MATTERMOST: (&str, &str, &str) =
    ("mattermost", "url = \"{url}/mattermost\"\ntoken = { file = \"token\" }", "address = \"abc\"");
pub(crate) const NTFY: (&str, &str, &str) = ("ntfy", "url = \"{url}/ntfy\"", "address = \"shop-status\"");
pub(crate) const PAGERDUTY: (&str, &str, &str) =
    ("pagerduty", "api_url = \"{url}/pagerduty\"\nrouting_key = { file = \"token\" }", "");

#[test]
fn an_incident_is_one_thread_of_slack() {
    let services = Services::start();
    outage(house(&services, &[SLACK]));
    let calls = services.calls("/slack");
    let shown: Vec<(&str, String)> = calls
        .iter()
        .map(|call| {
            let body = &call.body;
            let root = body["thread_ts"].as_str().or(body["ts"].as_str()).unwrap_or_default();
            (call.path.rsplit('/').next().unwrap(), root.to_owned())
        })
        .collect();
    let root = "1700000001.1".to_owned();
    let (post, edit) = (("chat.postMessage", root.clone()), ("chat.update", root));
    let first = ("chat.postMessage", String::new());
    assert_eq!(shown, [first, edit.clone(), post.clone(), edit, post]);
    let broadcast: Vec<_> = calls.iter().map(|call| call.body["reply_broadcast"].as_bool()).collect();
    assert_eq!(broadcast, [None, None, Some(false), None, Some(true)], "the end is shown in the channel");
    assert!(calls.iter().all(|call| call.headers["authorization"] == "Bearer t0ken"));
    let last = calls[3].body["blocks"][0]["text"]["text"].as_str().unwrap();
    assert!(last.contains('\u{2705}') && last.contains("Resolved"), "the first message says the end: {last}");
}

#[test]
fn an_incident_is_one_message_of_discord() {
    let services = Services::start();
    outage(house(&services, &[DISCORD]));
    let shown: Vec<String> =
        services.calls("/discord").iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    let edit = "PATCH /discord/1/t0ken/messages/91";
    assert_eq!(shown, ["POST /discord/1/t0ken?wait=true", edit, edit]);
}

#[test]
fn a_deleted_message_begins_anew() {
    let services = Services::start();
    let house =
        house(&services, &[DISCORD]).incident("payments", "2026-03-01 10:00", "Investigating").notify();
    services.answers_next(404, r#"{"message":"Unknown Message","code":10008}"#);
    house
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .update("payments", "2026-03-01 11:40", "resolved")
        .notify();
    let shown: Vec<String> =
        services.calls("/discord").iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    let (post, gone, edit) = (
        "POST /discord/1/t0ken?wait=true",
        "PATCH /discord/1/t0ken/messages/91",
        "PATCH /discord/1/t0ken/messages/93",
    );
    assert_eq!(shown, [post, gone, post, edit]);
}

#[test]
fn a_message_in_place_of_a_deleted_one_is_not_posted_twice() {
    let services = Services::start();
    let house =
        house(&services, &[DISCORD]).incident("payments", "2026-03-01 10:00", "Investigating").notify();
    services.answers_next(404, r#"{"message":"Unknown Message","code":10008}"#);
    services.answers_next(502, "");
    house
        .update("payments", "2026-03-01 10:40", "identified")
        .run(&["notify", "--yes"])
        .at("2026-03-01 11:20")
        .run(&["deliver"])
        .run(&["why", "at-discord", "payments"])
        .printed("in_doubt");
    assert_eq!(services.calls("/discord").len(), 3);
}

#[test]
fn a_message_that_cannot_be_edited_keeps_its_thread() {
    let services = Services::start();
    let house = house(&services, &[SLACK]).incident("payments", "2026-03-01 10:00", "Investigating").notify();
    services.answers_next(200, r#"{"ok":false,"error":"edit_window_closed"}"#);
    house.update("payments", "2026-03-01 10:40", "identified").notify();
    let last = services.calls("/slack").pop().unwrap();
    assert_eq!(last.body["thread_ts"], "1700000001.1");
}

#[test]
fn an_incident_is_one_alert_of_pagerduty_and_its_end_resolves_it() {
    let services = Services::start();
    outage(house(&services, &[PAGERDUTY]));
    let calls = services.calls("/pagerduty");
    let actions: Vec<&str> = calls.iter().map(|call| call.body["event_action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["trigger", "trigger", "resolve"]);
    assert!(calls.iter().all(|call| call.body["dedup_key"] == calls[0].body["dedup_key"]));
    assert_eq!(calls[0].body["payload"]["severity"], "error");
}

#[test]
fn mattermost_has_one_thread_and_ntfy_one_notification() {
    let services = Services::start();
    outage(house(&services, &[MATTERMOST, NTFY]));
    let shown: Vec<String> =
        services.calls("/mattermost").iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    let posts = "POST /mattermost/api/v4/posts";
    assert_eq!((shown.len(), shown[0].as_str(), shown[2].as_str()), (5, posts, posts), "{shown:?}");
    assert!(shown[1].starts_with("PUT /mattermost/api/v4/posts/post") && shown[1].ends_with("/patch"));
    let notifications = services.calls("/ntfy");
    let threads: Vec<_> = notifications.iter().map(|call| call.body["sequence_id"].clone()).collect();
    assert!(threads.len() == 3 && threads.iter().all(|thread| *thread == threads[0]), "{threads:?}");
}

#[test]
fn what_may_be_posted_is_not_posted_again_unless_the_plan_allows_it() {
    for (more, calls, state) in [("", 1, "in_doubt"), ("again_in_doubt = true", 2, "accepted")] {
        let services = Services::start();
        services.answers_next(200, r#"{"ok":false,"error":"fatal_error"}"#);
        let (kind, keys, address) = SLACK;
        house(&services, &[(kind, keys, &format!("{address}\n{more}"))])
            .incident("payments", "2026-03-01 10:00", "Investigating")
            .run(&["notify", "--yes"])
            .at("2026-03-01 10:20")
            .run(&["deliver"])
            .run(&["why", "at-slack", "payments"])
            .printed(state);
        assert_eq!(services.calls("/slack").len(), calls, "{state}");
    }
}

/// Tells a first news and kills the process while the service has it and has not answered.
fn killed(services: &Services, house: House, path: &str) -> House {
    let house = house.incident("payments", "2026-03-01 10:00", "Investigating");
    services.hangs_next();
    let mut child = house.command(&["notify", "--yes"]).spawn().unwrap();
    wait_until("the request", || services.calls(path).len() == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    house.at("2026-03-01 10:20").run(&["deliver"])
}

#[test]
fn a_kill_during_a_post_leaves_a_doubt_and_no_second_post() {
    let services = Services::start();
    killed(&services, house(&services, &[SLACK]), "/slack")
        .run(&["why", "at-slack", "payments"])
        .printed("in_doubt")
        .update("payments", "2026-03-01 10:40", "identified")
        .notify();
    let threads: Vec<_> =
        services.calls("/slack").iter().map(|call| call.body["thread_ts"].clone()).collect();
    assert_eq!(threads, [serde_json::Value::Null, serde_json::Value::Null], "the next news begins a thread");
}

#[test]
fn a_kill_during_a_signed_request_repeats_it_with_its_id() {
    let services = Services::start();
    killed(&services, house(&services, &[HOOK]), "/hook")
        .run(&["why", "at-webhook", "payments"])
        .printed("accepted");
    let ids: Vec<_> = services.calls("/hook").iter().map(|call| call.headers["webhook-id"].clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[test]
fn a_request_that_may_have_arrived_is_repeated_with_its_id() {
    let services = Services::start();
    services.answers_next(502, "");
    house(&services, &[HOOK])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .at("2026-03-01 10:20")
        .run(&["deliver"])
        .run(&["why", "at-webhook", "payments"])
        .printed("accepted");
    let ids: Vec<_> = services.calls("/hook").iter().map(|call| call.headers["webhook-id"].clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[test]
fn a_worker_whose_plan_is_older_leaves_a_step_to_others() {
    let services = Services::start();
    let house = house(&services, &[HOOK]).incident("payments", "2026-03-01 10:00", "Investigating");
    house.plan();
    let plan = house.read("site/plan.toml");
    let without = plan.split("\n[providers.webhook]").next().unwrap().to_owned();
    let house = house.file("site/plan.toml", &without).run(&["deliver"]);
    assert_eq!(services.calls("/hook").len(), 0);
    house
        .run(&["why", "at-webhook", "payments"])
        .printed("pending")
        .file("site/plan.toml", &plan)
        .at("2026-03-01 10:20")
        .run(&["deliver"])
        .succeeded();
    assert_eq!(services.calls("/hook").len(), 1);
}

#[test]
fn a_room_that_fails_holds_up_no_other() {
    let services = Services::start();
    let house = house(&services, &[SLACK, DISCORD, HOOK]);
    services.answers_next(200, r#"{"ok":false,"error":"invalid_auth"}"#);
    house.incident("payments", "2026-03-01 10:00", "Investigating").run(&["notify", "--yes"]).restless();
    let reached = ["/discord", "/hook"].map(|path| services.calls(path).len());
    let slack = services.calls("/slack").len();
    assert_eq!(reached.iter().sum::<usize>() + slack.min(1), 3, "{reached:?} {slack}");
}

#[test]
fn what_is_refused_is_said_and_the_next_news_goes_on() {
    let services = Services::start();
    services.answers_next(400, "no such type");
    house(&services, &[HOOK])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .run(&["why", "at-webhook", "payments"])
        .printed("rejected")
        .printed("HTTP 400 no such type")
        .update("payments", "2026-03-01 10:40", "identified")
        .notify();
    assert_eq!(services.calls("/hook").len(), 2);
}

#[test]
fn a_receiver_that_is_gone_is_named_as_a_destination_and_can_be_allowed_again() {
    let services = Services::start();
    services.answers_next(410, "gone");
    let house = house(&services, &[HOOK])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .said("not notified: 1 destination (1 rejected)")
        .update("payments", "2026-03-01 10:40", "identified")
        .run(&["notify", "--dry-run"])
        .said("to 0 subscribers; destination at-webhook not notified: its place is on the suppression list");
    assert!(!house.stderr().contains("1 not notified"), "{}", house.stderr());
    house
        .run(&["subscribers", "allow", "at-webhook"])
        .succeeded()
        .said("allowed: webhook is off the suppression list")
        .run(&["subscribers", "allow", "at-webhook"])
        .said("no address of this destination was on the suppression list")
        .notify();
    assert_eq!(services.calls("/hook").len(), 2);
}

#[test]
fn a_private_address_is_not_called_unless_the_plan_allows_it() {
    let services = Services::start();
    let (kind, keys, more) = HOOK;
    let keys = keys.replace("\"allowed\"", "\"refused\"");
    house(&services, &[(kind, &keys, more)])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .run(&["why", "at-webhook", "payments"])
        .printed("private or local")
        .restless();
    assert_eq!(services.calls("/hook").len(), 0);
}

#[test]
fn a_dry_run_names_the_destinations_and_records_nothing() {
    let services = Services::start();
    let house = house(&services, &[HOOK])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--dry-run"])
        .succeeded()
        .said("to at-webhook");
    house.run(&["why", "at-webhook"]).exited(2);
    assert_eq!(services.calls("").len(), 0);
}

#[test]
fn a_feature_that_is_not_on_the_page_is_pointed_at() {
    let services = Services::start();
    let (kind, keys, _) = HOOK;
    let house = house(&services, &[(kind, keys, "follow = [\"chekout\"]")]);
    house
        .run(&["check"])
        .said("`at-webhook` follows `chekout`, but the page has no such feature or group")
        .said("did you mean `checkout`?");
}

#[test]
fn a_destination_that_leaves_the_plan_gets_nothing_more() {
    let services = Services::start();
    let house = house(&services, &[HOOK]).incident("payments", "2026-03-01 10:00", "Investigating").notify();
    let plan = house.read("site/plan.toml");
    let without = plan.split("\n[providers.webhook]").next().unwrap().to_owned();
    house
        .file("site/plan.toml", &without)
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .run(&["why", "at-webhook"])
        .succeeded()
        .printed("no longer in the plan")
        .file("site/plan.toml", &plan)
        .update("payments", "2026-03-01 11:40", "resolved")
        .notify();
    let told = services.calls("/hook").iter().map(|call| call.body["type"].clone()).collect::<Vec<_>>();
    assert_eq!(told, ["incident.opened", "incident.resolved"]);
}

#[test]
fn a_destination_that_was_renamed_says_so_under_its_old_name() {
    let services = Services::start();
    let house = house(&services, &[HOOK]).incident("payments", "2026-03-01 10:00", "Investigating").notify();
    let plan = house.read("site/plan.toml");
    house
        .file("site/plan.toml", &plan.replace("name = \"at-webhook\"", "name = \"partner\""))
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .run(&["why", "at-webhook"])
        .succeeded()
        .printed("renamed; for what is sent there now, run `allclear why partner`")
        .printed("accepted")
        .run(&["why", "partner"])
        .succeeded()
        .printed("accepted");
    assert_eq!(services.calls("/hook").len(), 2);
}
