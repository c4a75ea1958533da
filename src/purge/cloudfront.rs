//! Amazon CloudFront: `CreateInvalidation` of its API of 2020-05-31.
//!
//! Promises: each call is signed (Signature Version 4) for its own moment, and names one reference however often it is
//! sent, so a repeat is no second invalidation. Only makes the calls: `retry.rs` sends them.

use std::path::Path;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use quick_xml::escape::escape;
use serde::Deserialize;

use crate::config::secret::{Revealed, SecretError};
use crate::config::target::AwsKeys;
use crate::model::Moment;
use crate::net::address::Url;
use crate::net::{Method, Request};

/// Each path is paid for beyond a thousand in a month, and everything counts as one path.
pub(super) const URLS_MAX: usize = 30;

/// CloudFront is one for the whole world, and its signatures name the region where it was first.
const REGION: &str = "us-east-1";
const ENDPOINT: &str = "https://cloudfront.amazonaws.com";

pub(super) struct Distribution<'a> {
    id: &'a str,
    endpoint: &'a str,
    pub(super) key: Revealed,
    pub(super) secret: Revealed,
    pub(super) session_token: Option<Revealed>,
}

impl<'a> Distribution<'a> {
    pub(super) fn open(
        id: &'a str,
        keys: &AwsKeys,
        endpoint: Option<&'a str>,
        root: &Path,
    ) -> Result<Self, SecretError> {
        let session_token = match keys.session_token.as_ref().map(|token| token.reveal(root)).transpose() {
            // Only keys for a while come with one.
            Err(SecretError::NotSet(_)) => None,
            token => token?,
        };
        let (key, secret) = (keys.access_key_id.reveal(root)?, keys.secret_access_key.reveal(root)?);
        Ok(Self { id, endpoint: endpoint.unwrap_or(ENDPOINT), key, secret, session_token })
    }

    pub(super) fn each(&self, urls: &[Url], reference: &str) -> Vec<Request> {
        let paths: Vec<&str> = urls.iter().map(|url| url.path.as_str()).collect();
        vec![self.invalidation(&paths, reference)]
    }

    pub(super) fn everything(&self, page: &Url, reference: &str) -> Vec<Request> {
        vec![self.invalidation(&[&format!("{}*", page.path)], reference)]
    }

    fn invalidation(&self, paths: &[&str], reference: &str) -> Request {
        let items: String = paths.iter().map(|path| format!("<Path>{}</Path>", escape(*path))).collect();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\">\
             <CallerReference>{}</CallerReference>\
             <Paths><Items>{items}</Items><Quantity>{}</Quantity></Paths></InvalidationBatch>",
            escape(reference),
            paths.len()
        );
        let url = format!("{}/2020-05-31/distribution/{}/invalidation", self.endpoint, self.id);
        Request::new(Method::Post, url).body("application/xml", body)
    }

    pub(super) fn signed(&self, request: Request, now: Moment) -> Option<Request> {
        let token = self.session_token.as_ref().map(|token| token.expose().to_owned());
        let identity =
            Credentials::new(self.key.expose(), self.secret.expose(), token, None, "allclear").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("cloudfront")
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signable = SignableRequest::new(
            request.method.word(),
            &request.url,
            headers,
            SignableBody::Bytes(&request.body),
        );
        let (instructions, _) = sign(signable.ok()?, &parameters).ok()?.into_parts();
        let proofs: Vec<(String, String)> =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(proofs.iter().fold(request, |request, (name, value)| request.header(name, value)))
    }
}

/// An error, as its API describes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorResponse {
    error: Fault,
}

/// An error in a list, as the front of AWS writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    errors: ErrorResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fault {
    code: Option<String>,
    message: Option<String>,
}

/// The code and the message of an error: `AccessDenied, User … is not authorized`. The signature is checked by a part of AWS that
/// wraps its errors in other elements than CloudFront does.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let own = quick_xml::de::from_reader(body).map(|ErrorResponse { error }| error);
    let listed = || quick_xml::de::from_reader(body).map(|Listed { errors }| errors.error);
    let error: Fault = own.or_else(|_| listed()).or_else(|_| quick_xml::de::from_reader(body)).ok()?;
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
