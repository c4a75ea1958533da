//! Routes each request to the code that answers it, and sets the headers of every answer.
//!
//! Promises: GET and HEAD reach only code that changes nothing; the headers of every page forbid framing, caching, indexing
//! and referrers; an unknown path is 404 and a wrong method 405, and neither reveals anything.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::answer::Answer;
use super::page::Sheet;
use super::visitor::Visitor;
use super::{Desk, Error, confirm, manage, number, sign_up};
use crate::model::pass::Purpose;
use crate::net::server::Caller;

pub(super) fn routes(desk: Arc<Desk>) -> axum::Router {
    axum::Router::new().fallback(receive).with_state(desk)
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(caller): ConnectInfo<Caller>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let shown = desk.shown();
    let visitor = Visitor::of(&shown.page, &desk.terms.proxies, caller.0, &headers, &uri);
    let answer = route(&desk, &visitor, (&method, &uri), &body).await;
    let (status, sheet) = match answer {
        Ok(Answer::Plain(response)) => return response,
        Ok(Answer::Page(status, sheet)) => (status, *sheet),
        Err(error) => {
            desk.say(&format!("a request failed: {error}"));
            (StatusCode::SERVICE_UNAVAILABLE, Sheet::failed(&shown.theme, &visitor.language))
        }
    };
    let page = sheet.render(&desk, &shown, &visitor.language);
    let response = page.and_then(|page| Ok((status, html(&shown.theme.policy()?), page).into_response()));
    response.unwrap_or_else(|error| {
        desk.say(&format!("a page failed: {error}"));
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    })
}

async fn route(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    (method, uri): (&Method, &Uri),
    body: &str,
) -> Result<Answer, Error> {
    let path = desk.below(uri.path());
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_look = matches!(*method, Method::GET | Method::HEAD);
    let is_deed = *method == Method::POST;
    match parts.as_slice() {
        [] if is_look => Ok(sign_up::form(desk, visitor, uri)),
        [] if is_deed => sign_up::ask(desk, visitor, body).await,
        ["code"] if is_deed => confirm::by_code(desk, visitor, body).await,
        ["confirm", pass] if is_look => confirm::look(desk, visitor, pass).await,
        ["confirm", pass] if is_deed => confirm::act(desk, visitor, pass).await,
        ["leave", pass] if is_look => manage::ask_to_leave(desk, visitor, pass).await,
        ["leave", pass] if is_deed => manage::leave(desk, visitor, (Purpose::Leave, pass)).await,
        ["manage", pass] if is_look => manage::look(desk, visitor, pass).await,
        ["manage", pass] if is_deed => manage::save(desk, visitor, pass, body).await,
        ["manage", pass, "leave"] if is_deed => manage::leave(desk, visitor, (Purpose::Manage, pass)).await,
        ["manage", pass, "back"] if is_deed => manage::come_back(desk, visitor, pass).await,
        ["manage", pass, "export"] if is_deed => manage::export(desk, visitor, pass).await,
        ["manage", pass, "erase"] if is_deed => manage::erase(desk, visitor, pass, false).await,
        ["manage", pass, "erase", "sure"] if is_deed => manage::erase(desk, visitor, pass, true).await,
        ["manage", pass, "number"] if is_deed => number::ask(desk, visitor, pass, body).await,
        ["manage", pass, "number", "code"] if is_deed => number::by_code(desk, visitor, pass, body).await,
        ["manage", pass, "number", "remove"] if is_deed => number::remove(desk, visitor, pass).await,
        ["healthz"] if is_look => Ok(Answer::Plain(health(desk).await)),
        ["robots.txt"] if is_look => Ok(Answer::Plain("User-agent: *\nDisallow: /\n".into_response())),
        []
        | ["code" | "healthz" | "robots.txt"]
        | ["confirm" | "leave" | "manage", _]
        | ["manage", _, "leave" | "back" | "export" | "erase" | "number"]
        | ["manage", _, "erase", "sure"]
        | ["manage", _, "number", "code" | "remove"] => {
            Ok(Answer::Plain(StatusCode::METHOD_NOT_ALLOWED.into_response()))
        }
        _ => Ok(Answer::Plain(StatusCode::NOT_FOUND.into_response())),
    }
}

/// 200 while the ledger answers.
async fn health(desk: &Desk) -> Response {
    let status = match desk.ledger(|ledger| ledger.sign_up("")).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let word = if status == StatusCode::OK { "ok" } else { "failing" };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{{\"status\": \"{word}\"}}\n")).into_response()
}

/// The headers of a page.
fn html(policy: &str) -> HeaderMap {
    let fixed = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    let mut headers: HeaderMap = fixed
        .into_iter()
        .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers
}

impl Desk {
    /// A path without that of the desk's own address, whether a proxy removed it already or not.
    fn below<'p>(&self, path: &'p str) -> &'p str {
        let own = self.terms.url.split_once("://").map_or("", |(_, rest)| rest);
        let own = own.find('/').and_then(|at| own.get(at..)).unwrap_or_default();
        path.strip_prefix(own).filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path)
    }
}
