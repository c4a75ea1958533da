//! Amazon CloudFront: `CreateInvalidation` of its API of 2020-05-31.
//!
//! Promises: each call is signed (Signature Version 4) for the time it is made; a repeated call has the same reference, so
//! Amazon makes no second invalidation of it.

use serde::{Deserialize, Serialize};

use crate::cdn::kind::{Account, Kind, account_by_status, unless_success};
use crate::model::Moment;
use crate::net::{Method, Request, Response};
use crate::provider::aws::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN, Scope, proofs};
use crate::provider::{Key, Need, Settings, Shape};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "cloudfront",
    title: "CloudFront",
    keys: KEYS,
    // Each path is paid for beyond a thousand in a month, and everything counts as one path.
    urls_max: 30,
    each: |settings, urls, reference| {
        invalidation(settings, urls.iter().map(|url| url.path.clone()).collect(), reference)
    },
    everything: |settings, page, reference| {
        invalidation(settings, vec![format!("{}*", page.path)], reference)
    },
    signed,
    looks: |settings, _| {
        let (endpoint, id) = (settings.text("endpoint"), settings.text("distribution"));
        vec![Request::new(Method::Get, format!("{endpoint}/2020-05-31/distribution/{id}"))]
    },
    account,
    complaint: |response| unless_success(response, words(&response.body)),
};

const KEYS: &[Key] = &[
    Key {
        name: "distribution",
        shape: Shape::Id,
        need: Need::Required,
        example: "\"E2EXAMPLE\"",
        help: "ID of the distribution.",
    },
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
    Key {
        name: "endpoint",
        shape: Shape::Base,
        need: Need::Default("https://cloudfront.amazonaws.com"),
        example: "\"https://cloudfront.amazonaws.com\"",
        help: "URL of the API.",
    },
];

/// CloudFront has one endpoint for the whole world; its signatures always name this region.
const REGION: &str = "us-east-1";

const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// The body of the call.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvalidationBatch<'a> {
    #[serde(rename = "@xmlns")]
    namespace: &'static str,
    caller_reference: &'a str,
    paths: Paths,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Paths {
    items: Items,
    quantity: usize,
}

#[derive(Serialize)]
struct Items {
    #[serde(rename = "Path")]
    paths: Vec<String>,
}

fn invalidation(settings: &Settings, paths: Vec<String>, reference: &str) -> Vec<Request> {
    let paths = Paths { quantity: paths.len(), items: Items { paths } };
    let batch = InvalidationBatch { namespace: NAMESPACE, caller_reference: reference, paths };
    // Only a map or a sequence in the place of a text could not be written.
    let Ok(body) = quick_xml::se::to_string(&batch) else { return Vec::new() };
    let (endpoint, id) = (settings.text("endpoint"), settings.text("distribution"));
    let url = format!("{endpoint}/2020-05-31/distribution/{id}/invalidation");
    vec![Request::new(Method::Post, url).body("application/xml", body)]
}

fn signed(settings: &Settings, request: Request, now: Moment) -> Option<Request> {
    let scope = Scope { service: "cloudfront", region: REGION, at: now };
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let proofs = proofs(settings, &scope, (request.method.word(), &request.url), headers, &request.body)?;
    Some(proofs.iter().fold(request, |request, (name, value)| request.header(name, value)))
}

/// An account that may only purge is not allowed to read the distribution, and is known anyway.
fn account(response: &Response) -> Account {
    let words = words(&response.body);
    if words.as_ref().is_some_and(|words| words.starts_with("AccessDenied")) {
        let words =
            "it knows the key, which may not read the distribution; only a purge shows whether it may purge";
        return Account::Unclear(words.to_owned());
    }
    match response.status {
        404 => Account::Refused(words.unwrap_or_else(|| "there is no such distribution".to_owned())),
        _ => account_by_status(response, words),
    }
}

/// An error, as its API describes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorResponse {
    error: ErrorDetail,
}

/// An error in a list, as the front of AWS writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    errors: ErrorResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorDetail {
    code: Option<String>,
    message: Option<String>,
}

/// The code and the message of an error: `AccessDenied, User … is not authorized`. The signature is checked by a part of AWS that
/// wraps its errors in other elements than CloudFront does.
fn words(body: &[u8]) -> Option<String> {
    let own = quick_xml::de::from_reader(body).map(|ErrorResponse { error }| error);
    let listed = || quick_xml::de::from_reader(body).map(|Listed { errors }| errors.error);
    let error: ErrorDetail = own.or_else(|_| listed()).or_else(|_| quick_xml::de::from_reader(body)).ok()?;
    let found: Vec<String> = [error.code, error.message].into_iter().flatten().collect();
    (!found.is_empty()).then(|| found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn an_error_is_told_in_its_own_words() {
        let body = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                    <Message>User a &amp; b is not authorized</Message></Error><RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(words(body.as_bytes()).as_deref(), Some("AccessDenied, User a & b is not authorized"));
        let front = "<Response><Errors><Error><Code>A</Code><Message>b</Message></Error></Errors></Response>";
        for body in [front, "<Error><Code>A</Code><Message>b</Message></Error>"] {
            assert_eq!(words(body.as_bytes()).as_deref(), Some("A, b"), "{body}");
        }
        for other in
            ["", "<html><body>Bad gateway</body></html>", "<ErrorResponse><Error/></ErrorResponse>", "<Error"]
        {
            assert_eq!(words(other.as_bytes()), None, "{other}");
        }
    }
}
