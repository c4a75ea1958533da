//! A text of which nobody knows whether Twilio accepted it, through the binary.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::fixtures::house::House;

/// What it accepted, and whether it lists that.
#[derive(Default)]
struct Twilio {
    bodies: Vec<String>,
    is_listing: bool,
}

/// Accepts each message and answers as a proxy does that lost sight of it.
async fn accept(twilio: Arc<Mutex<Twilio>>, body: String) -> Response {
    let fields = url::form_urlencoded::parse(body.as_bytes());
    let text = fields.into_iter().find(|(name, _)| name == "Body").unwrap().1.into_owned();
    twilio.lock().bodies.push(text);
    StatusCode::GATEWAY_TIMEOUT.into_response()
}

async fn list(twilio: Arc<Mutex<Twilio>>) -> Response {
    let twilio = twilio.lock();
    let listed = twilio.bodies.iter().filter(|_| twilio.is_listing).map(|body| {
        serde_json::json!({
            "sid": "SM1",
            "to": "+34600000001",
            "body": body,
            "status": "sent",
            "date_created": "Sun, 01 Mar 2026 10:00:02 +0000",
            "error_code": null,
        })
    });
    serde_json::json!({ "messages": listed.collect::<Vec<_>>() }).to_string().into_response()
}

#[test]
fn a_text_that_twilio_lists_is_not_in_doubt_any_more() {
    let (runtime, twilio) = (Runtime::new().unwrap(), Arc::new(Mutex::new(Twilio::default())));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let (accepting, listing) = (Arc::clone(&twilio), Arc::clone(&twilio));
    let messages = post(move |body: String| accept(Arc::clone(&accepting), body))
        .get(move || list(Arc::clone(&listing)));
    let routes = axum::Router::new().route("/2010-04-01/Accounts/AC1/Messages.json", messages);
    runtime.spawn(async move { axum::serve(listener, routes).await });
    let house = House::new();
    let plan = house.read("site/plan.toml");
    let (before, _) = plan.split_once("[providers.gateway]").unwrap();
    let gateway = format!(
        "[providers.gateway]\nkind = \"twilio\"\naccount = \"AC1\"\ntoken = {{ env = \"GATEWAY_PASSWORD\" }}\n\
         api_url = \"http://{address}\"\n"
    );
    let house = house
        .file("site/plan.toml", &format!("{before}{gateway}"))
        .subscriber("+34600000001")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .said("not notified: 1 subscriber (1 in doubt)")
        .run(&["report", "payments"])
        .printed("1 queued = 1 in doubt (may have been sent)");
    twilio.lock().is_listing = true;
    house
        .at("2026-03-01 10:02")
        .run(&["deliver"])
        .succeeded()
        .said("  payments: accepted by gateway")
        .run(&["why", "+34600000001"])
        .printed("gateway accepted it: found in its list of messages: sent")
        .run(&["report", "payments"])
        .printed("1 queued = 1 reached");
    assert_eq!(twilio.lock().bodies.len(), 1, "it is not sent again");
}
