//! CDNs whose account is accepted, refused, or not tested: each finding names which, and its secret is never shown.

use std::net::SocketAddr;

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::{Names, examined, has, lacks};
use crate::fixtures::house::House;
use crate::fixtures::port::free_port;

const GOOD: &str = "a-token-that-is-good";
const BAD: &str = "a-token-that-is-bad";

/// A server that answers as each CDN does, and takes nothing but looks.
fn server() -> (Runtime, SocketAddr) {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let routes = axum::Router::new().fallback(answer);
    runtime.spawn(async move { axum::serve(listener, routes).await });
    (runtime, address)
}

async fn answer(method: Method, uri: Uri, headers: HeaderMap) -> (StatusCode, &'static str) {
    assert_eq!(method, Method::GET, "a look changes nothing");
    let is = |name: &str, value: String| {
        headers.get(name).is_some_and(|found| found.as_bytes() == value.as_bytes())
    };
    let no = StatusCode::UNAUTHORIZED;
    match uri.path() {
        "/tokens/self" if is("fastly-key", GOOD.to_owned()) => (StatusCode::OK, "{}"),
        "/tokens/self" => {
            (no, "{\"msg\": \"Provided credentials are missing or invalid: a-token-that-is-bad\"}")
        }
        "/user/tokens/verify" if is("authorization", format!("Bearer {GOOD}")) => {
            (StatusCode::OK, "{\"success\": true, \"result\": {\"status\": \"active\"}}")
        }
        "/user/tokens/verify" => {
            (no, "{\"success\": false, \"errors\": [{\"code\": 1000, \"message\": \"Invalid API Token\"}]}")
        }
        "/pullzone" if is("accesskey", GOOD.to_owned()) => (StatusCode::OK, "{}"),
        "/2020-05-31/distribution/E2EXAMPLE" => (
            StatusCode::FORBIDDEN,
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
        ),
        "/2020-05-31/distribution/E2OTHER" => (
            StatusCode::FORBIDDEN,
            "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>",
        ),
        "/" => (StatusCode::OK, "the page"),
        _ => (no, ""),
    }
}

#[test]
fn the_account_at_a_cdn_is_looked_at_and_its_secret_never_shown() {
    let names = Names::start(&[("acme.test", &["ns1.dns.test"], "")]);
    let (_runtime, address) = server();
    let mut house = House::new().file("good", GOOD).file("bad", BAD);
    let mut page = house.read("site/page.toml");
    let aws = "access_key_id = { file = \"good\" }\nsecret_access_key = { file = \"good\" }";
    for (name, table) in [
        ("fastly", "kind = \"fastly\"\nservice = \"x\"\ntoken = { file = \"good\" }".to_owned()),
        ("fastly-bad", "kind = \"fastly\"\nservice = \"x\"\ntoken = { file = \"bad\" }".to_owned()),
        ("fastly-none", "kind = \"fastly\"\nservice = \"x\"\ntoken = { file = \"none\" }".to_owned()),
        ("flare", "kind = \"cloudflare\"\nzone = \"x\"\ntoken = { file = \"good\" }".to_owned()),
        ("flare-bad", "kind = \"cloudflare\"\nzone = \"x\"\ntoken = { file = \"bad\" }".to_owned()),
        ("bunny", "kind = \"bunny\"\naccess_key = { file = \"good\" }".to_owned()),
        ("bunny-bad", "kind = \"bunny\"\naccess_key = { file = \"bad\" }".to_owned()),
        ("front", format!("kind = \"cloudfront\"\ndistribution = \"E2EXAMPLE\"\n{aws}")),
        ("front-bad", format!("kind = \"cloudfront\"\ndistribution = \"E2OTHER\"\n{aws}")),
    ] {
        page.push_str(&target(name, &format!("{table}\nendpoint = \"http://{address}\"")));
    }
    page.push_str(&target("varnish", &format!("kind = \"varnish\"\nservers = [\"http://{address}\"]")));
    let dead = free_port();
    page.push_str(&target("silent", &format!("kind = \"varnish\"\nservers = [\"http://127.0.0.1:{dead}\"]")));
    house.write("site/page.toml", &page);
    let (house, lines) = examined(house, &names);
    for wanted in [
        "target fastly · cdn · fine: Fastly: accepts our account",
        "target fastly-bad · cdn · fault: Fastly: refuses our account: it answers 401: Provided credentials",
        "target fastly-none · cdn-secret · fault: Fastly: the secret in `none` cannot be read",
        "target flare · cdn · fine: Cloudflare: accepts our account",
        "target flare-bad · cdn · unknown: Cloudflare: it answers 401 (1000 Invalid API Token)",
        "target bunny · cdn · fine: bunny.net: accepts our account",
        "target bunny-bad · cdn · fault: bunny.net: refuses our account: it answers 401",
        "target front · cdn · unknown: CloudFront: it knows the key",
        "target front-bad · cdn · fault: CloudFront: refuses our account: it answers 403: InvalidClientTokenId",
        "target varnish · cdn · unknown: Varnish: it answers",
        "target silent · cdn · fault: Varnish: 127.0.0.1",
    ] {
        has(&lines, wanted);
    }
    [GOOD, BAD].iter().for_each(|secret| lacks(&lines, secret));
    drop(house.exited(1));
}

fn target(name: &str, table: &str) -> String {
    let folder = format!("kind = \"folder\"\npath = \"out-{name}\"\nurl = \"http://127.0.0.1:1\"");
    format!("\n[[targets]]\nname = \"{name}\"\n{folder}\n[targets.cdn]\n{table}\n")
}
