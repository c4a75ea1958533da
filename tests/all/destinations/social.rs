//! A Bluesky account: one post for an incident, replies for its news, and the session in which they are posted.

use serde_json::Value;

use super::{house, outage};
use crate::fixtures::services::{Call, Services};

pub(crate) const BLUESKY: (&str, &str, &str) = (
    "bluesky",
    "url = \"{url}/bluesky\"\naccount = \"@status.example.com\"\napp_password = { file = \"token\" }",
    "",
);

/// The posts that were put, in order.
fn posts(services: &Services) -> Vec<Call> {
    services.calls("/bluesky/xrpc/com.atproto.repo.putRecord")
}

/// How often a session was opened.
fn sessions(services: &Services) -> usize {
    services.calls("/bluesky/xrpc/com.atproto.server.createSession").len()
}

/// The text that a post's link covers.
fn link(record: &Value) -> &str {
    let place = |end: &str| usize::try_from(record["facets"][0]["index"][end].as_u64().unwrap()).unwrap();
    &record["text"].as_str().unwrap()[place("byteStart")..place("byteEnd")]
}

#[test]
fn an_incident_is_one_post_and_its_news_are_replies() {
    let services = Services::start();
    outage(house(&services, &[BLUESKY]));
    let posts = posts(&services);
    let replied: Vec<&Value> = posts.iter().map(|call| &call.body["record"]["reply"]["root"]).collect();
    let first = serde_json::json!({
        "uri": format!("at://did:plc:x/app.bsky.feed.post/{}", posts[0].body["rkey"].as_str().unwrap()),
        "cid": "bafy2",
    });
    assert_eq!(replied, [&Value::Null, &first, &first]);
    for call in &posts {
        let record = &call.body["record"];
        assert_eq!((&call.body["repo"], &record["langs"][0]), (&"did:plc:x".into(), &"en".into()));
        assert!(link(record).starts_with("shop.example/") || link(record).contains("incidents"), "{record}");
        assert!(
            record["facets"][0]["features"][0]["uri"].as_str().unwrap().ends_with("payments/"),
            "{record}"
        );
    }
    let signed_in = &services.calls("/bluesky/xrpc/com.atproto.server.createSession")[0].body;
    assert_eq!(signed_in, &serde_json::json!({ "identifier": "status.example.com", "password": "t0ken" }));
    assert!(
        posts
            .iter()
            .all(|call| call.headers["authorization"].to_str().unwrap().starts_with("Bearer session"))
    );
}

#[test]
fn a_post_that_may_have_arrived_is_put_again_in_its_place() {
    let services = Services::start();
    let house = house(&services, &[BLUESKY]).incident("payments", "2026-03-01 10:00", "Investigating");
    services.answers_next(200, r#"{"did":"did:plc:x","accessJwt":"session0"}"#);
    services.answers_next(502, "");
    house
        .run(&["notify", "--yes"])
        .at("2026-03-01 10:20")
        .run(&["deliver"])
        .run(&["why", "at-bluesky", "payments"])
        .printed("accepted");
    let posts = posts(&services);
    assert!(posts.len() == 2 && posts[0].body["rkey"] == posts[1].body["rkey"], "{posts:?}");
}

#[test]
fn a_session_that_is_over_is_opened_again_at_once() {
    let services = Services::start();
    let house = house(&services, &[BLUESKY]).incident("payments", "2026-03-01 10:00", "Investigating");
    services.answers_next(200, r#"{"did":"did:plc:x","accessJwt":"session0"}"#);
    services.answers_next(400, r#"{"error":"ExpiredToken","message":"Token has expired"}"#);
    house.notify();
    assert_eq!((sessions(&services), posts(&services).len()), (2, 2));
    let tokens: Vec<String> = posts(&services)
        .iter()
        .map(|call| call.headers["authorization"].to_str().unwrap().to_owned())
        .collect();
    assert_eq!(tokens, ["Bearer session0", "Bearer session3"]);
}

#[test]
fn a_session_that_is_not_opened_posts_nothing_and_is_named_without_the_password() {
    for (status, body) in [
        (401, r#"{"error":"AuthenticationRequired","message":"Invalid identifier or password: t0ken"}"#),
        (502, ""),
        (429, r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#),
        (200, "<html>It works!</html>"),
    ] {
        let services = Services::start();
        for _ in 0..5 {
            services.answers_next(status, body);
        }
        let house =
            house(&services, &[BLUESKY]).restless().incident("payments", "2026-03-01 10:00", "Investigating");
        let run = house.run(&["notify", "--yes", "--max-wait", "1s"]);
        assert!(posts(&services).is_empty(), "{status}: nothing was posted");
        let why =
            run.run(&["why", "at-bluesky", "payments"]).printed(&format!("HTTP {status}")).printed("pending");
        assert!(!why.stdout().contains("t0ken"), "{}", why.stdout());
    }
}
