//! What Amazon's services have in common: the keys of an account, the signature of a request, and how errors and events are
//! written.
//!
//! Promises: a request is signed (Signature Version 4) for the moment it is made, its body included. Credentials come from the
//! plan or from the environment variables that it names, never from the machine's metadata service.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::Value;

use super::callback::{Callback, Refused};
use super::exchange::{Request, Response, Unfit};
use super::key::{Key, Need, Shape};
use super::settings::{Hidden, Settings};
use crate::model::Moment;
use crate::model::reply::ReplyClass;

/// The domains of its services.
pub(super) const DOMAINS: &[&str] = &["amazonaws.com", "awsapps.com"];

/// The region of a service.
pub(super) const REGION: Key = Key {
    name: "region",
    shape: Shape::Word,
    need: Need::Required,
    example: "\"eu-west-1\"",
    help: "Region of the service.",
};

/// The first half of an account.
pub const ACCESS_KEY_ID: Key = Key {
    name: "access_key_id",
    shape: Shape::Secret,
    need: Need::Account { variable: "AWS_ACCESS_KEY_ID", required: true },
    example: "{ env = \"AWS_ACCESS_KEY_ID\" }",
    help: "Access key ID, a secret.",
};

/// The second half of an account.
pub const SECRET_ACCESS_KEY: Key = Key {
    name: "secret_access_key",
    shape: Shape::Secret,
    need: Need::Account { variable: "AWS_SECRET_ACCESS_KEY", required: true },
    example: "{ env = \"AWS_SECRET_ACCESS_KEY\" }",
    help: "Secret access key, a secret.",
};

/// What temporary credentials have in addition.
pub const SESSION_TOKEN: Key = Key {
    name: "session_token",
    shape: Shape::Secret,
    need: Need::Account { variable: "AWS_SESSION_TOKEN", required: false },
    example: "{ env = \"AWS_SESSION_TOKEN\" }",
    help: "Session token of temporary credentials, a secret. If its environment variable is not set, none is used.",
};

/// Another address of a service than that of its region.
pub(super) const ENDPOINT: Key = Key {
    name: "endpoint",
    shape: Shape::Base,
    need: Need::Optional,
    example: "\"https://vpce-1.example.amazonaws.com\"",
    help: "URL of the service, if it is not that of the region, such as a VPC endpoint.",
};

/// The URL of a service in the region of the settings.
pub(super) fn endpoint(settings: &Settings, service: &str) -> String {
    let usual = || format!("https://{service}.{}.amazonaws.com", settings.text("region"));
    settings.optional("endpoint").map_or_else(usual, str::to_owned)
}

/// Where and when a signature is valid.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The service, by the name that signatures use.
    pub service: &'a str,
    /// The AWS region, such as `eu-central-1`.
    pub region: &'a str,
    /// The moment of the request.
    pub at: Moment,
}

/// The header fields that a signature may add.
const PROOFS: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];

/// The header fields that prove who sends a request; `None` if a secret is missing or the request cannot be signed.
pub fn proofs<'a>(
    settings: &Settings,
    scope: &Scope<'_>,
    (method, url): (&'a str, &'a str),
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: &'a [u8],
) -> Option<Vec<(&'static str, String)>> {
    let secret = |key| settings.secret(key).map(Hidden::expose);
    let token = secret("session_token").map(str::to_owned);
    let (id, key) = (secret("access_key_id")?, secret("secret_access_key")?);
    let identity = Credentials::new(id, key, token, None, "allclear").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(SystemTime::from(scope.at))
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let signable = SignableRequest::new(method, url, headers, SignableBody::Bytes(body));
    let (instructions, _) = sign(signable.ok()?, &parameters).ok()?.into_parts();
    let known = |name: &str| PROOFS.into_iter().find(|proof| *proof == name);
    let proofs = instructions.headers().filter_map(|(name, value)| Some((known(name)?, value.to_owned())));
    Some(proofs.collect())
}

/// A POST to a service with its signature.
pub(super) fn signed(
    request: Request,
    settings: &Settings,
    service: &str,
    at: Moment,
) -> Result<Request, Unfit> {
    let scope = Scope { service, region: settings.text("region"), at };
    let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let proofs = proofs(settings, &scope, ("POST", &request.url), headers, &request.body);
    let proofs = proofs.ok_or(Unfit::Form)?;
    Ok(proofs.into_iter().fold(request, |request, (name, value)| request.header(name, value)))
}

/// The kind of an error of a service that answers in JSON: `MessageRejected`; and its words. The kind is in a header field or in the
/// body, with a namespace before it or a URL after it.
pub(super) fn error(response: &Response<'_>) -> (String, String) {
    let body: Value = serde_json::from_str(response.body).unwrap_or_default();
    let kind = response.header("x-amzn-errortype").or_else(|| body["__type"].as_str()).unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default();
    let words = body["message"].as_str().or_else(|| body["Message"].as_str()).unwrap_or_default();
    (kind.trim().to_owned(), words.to_owned())
}

/// What an error means that every service has; `None` for one of the service itself.
pub(super) fn class(kind: &str) -> Option<ReplyClass> {
    match kind {
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "OptInRequired"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => Some(ReplyClass::AccountRejected),
        "InternalError"
        | "InternalFailure"
        | "InternalServerException"
        | "InternalServiceErrorException"
        | "LimitExceededException"
        | "RequestLimitExceeded"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Throttled"
        | "ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException" => Some(ReplyClass::Retryable),
        _ => None,
    }
}

/// The event in a callback: by itself, as EventBridge brings it, or as SNS does.
pub(super) fn event(callback: &Callback<'_>) -> Result<Value, Refused> {
    let mut body: Value = callback.json()?;
    if let Some(text) = body["Message"].as_str() {
        return serde_json::from_str(text).map_err(|_| Refused::Unreadable);
    }
    let detail = body["detail"].take();
    Ok(if detail.is_object() { detail } else { body })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn the_example_of_amazon_is_signed_alike() {
        // "GET Object" of the S3 API reference, without what only S3 signs: `post-vanilla` of AWS's own suite of Signature Version 4.
        let settings = Settings::default()
            .with("access_key_id", Hidden::new("AKIDEXAMPLE"))
            .with("secret_access_key", Hidden::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        let at = DateTime::parse_from_rfc3339("2015-08-30T12:36:00Z").unwrap().to_utc();
        let scope = Scope { service: "service", region: "us-east-1", at };
        let request = ("POST", "https://example.amazonaws.com/");
        let proofs = proofs(&settings, &scope, request, std::iter::empty(), b"").unwrap();
        let expected = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                        SignedHeaders=host;x-amz-date, \
                        Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
        assert_eq!(
            proofs,
            [("x-amz-date", "20150830T123600Z".to_owned()), ("authorization", expected.to_owned())]
        );
    }

    #[test]
    fn nothing_is_signed_without_an_account() {
        let settings =
            Settings::default().with("region", "eu-west-1").with("access_key_id", Hidden::new("A"));
        let request = Request::post_form(endpoint(&settings, "sns"), &[]);
        assert_eq!(request.url, "https://sns.eu-west-1.amazonaws.com");
        assert_eq!(signed(request, &settings, "sns", DateTime::UNIX_EPOCH), Err(Unfit::Form));
    }

    #[test]
    fn an_error_is_read_wherever_it_is() {
        let header = |value: &str| vec![("x-amzn-errortype".to_owned(), value.to_owned())];
        for (headers, body, kind, words) in [
            (
                header("MessageRejected:http://internal.amazon.com/"),
                r#"{"message": "a"}"#,
                "MessageRejected",
                "a",
            ),
            (
                vec![],
                r#"{"__type": "com.amazonaws.sms#ThrottlingException", "Message": "b"}"#,
                "ThrottlingException",
                "b",
            ),
            (vec![], r#"{"__type": "ConflictException"}"#, "ConflictException", ""),
            (vec![], "<html>", "", ""),
        ] {
            let response = Response { status: 400, retry_after: None, headers: &headers, body };
            assert_eq!(error(&response), (kind.to_owned(), words.to_owned()), "{body}");
        }
    }
}
