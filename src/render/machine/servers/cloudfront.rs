//! A CloudFront distribution in front of a product, as a CloudFormation template: it serves the error pages while the
//! product fails or is closed.
//!
//! Promises: holds the page's address and nothing about incidents; the texts are read from the status page, a second
//! origin. An origin group cannot do this: CloudFront does not allow one together with POST, and would request the
//! product's own paths from the status page.

use serde_json::{Map, Value, json};

use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::machine::problem_details::STATUSES;

/// Policies that Amazon keeps for everyone: to cache nothing, and what of a request the origin gets.
const CACHE_NOTHING: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const TELL_ALL: &str = "216adef6-5c7f-47e4-b989-5492eafa07d3";
const TELL_ALL_BUT_HOST: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/// How long CloudFront answers with an error before it asks the product again.
const ERROR_SECONDS: u8 = 10;

/// What the status page says to each path that does not exist, where everything is answered by such a path.
const REFUSALS: [u16; 4] = [400, 403, 404, 405];

/// Writes the template.
pub(super) fn template(first: &LanguageEdition<'_>) -> Result<File, Error> {
    let path = "errors/cloudfront.json";
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A product behind CloudFront, with the status page's error pages where it fails",
        "Parameters": parameters(first),
        "Conditions": {
            "IsClosed": { "Fn::Equals": [{ "Ref": "Closed" }, "yes"] },
            "IsNamed": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Name" }, ""] }] },
            "IsPrivate": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "StatusPageAccess" }, ""] }] },
        },
        "Mappings": { "Answers": answers() },
        "Resources": {
            "Freshness": freshness(),
            "Distribution": {
                "Type": "AWS::CloudFront::Distribution",
                "Properties": { "DistributionConfig": distribution() },
            },
        },
        "Outputs": { "Address": { "Value": { "Fn::GetAtt": ["Distribution", "DomainName"] } } },
    });
    match serde_json::to_vec_pretty(&template) {
        Ok(bytes) => Ok((path.to_owned(), bytes)),
        Err(source) => Err(Error::Json { file: path.to_owned(), source }),
    }
}

fn parameters(first: &LanguageEdition<'_>) -> Value {
    let host = first.page.host();
    let folder = first.page.url.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let folder = folder.map_or_else(String::new, |(_, folder)| format!("/{folder}"));
    let text =
        |default: &str, said: &str| json!({ "Type": "String", "Default": default, "Description": said });
    json!({
        "Product": { "Type": "String", "Description": "The host of the product's own servers" },
        "Closed": {
            "Type": "String", "Default": "no", "AllowedValues": ["no", "yes"],
            "Description": "yes for planned work: every request is answered by the page, with 503",
        },
        "Audience": {
            "Type": "String", "Default": "people", "AllowedValues": ["people", "programs"],
            "Description": "Who uses the product: browsers get pages, programs problem details",
        },
        "Name": text("", "The product's name on the web; without one, the distribution's own is used"),
        "Certificate": text("", "The certificate of that name, in us-east-1, as ARN"),
        "StatusPage": text(host, "The host of the status page, or of its bucket: BUCKET.s3.REGION.amazonaws.com"),
        "StatusPageFolder": text(&folder, "The folder of the status page there, with a slash before it"),
        "StatusPageAccess": text("", "For a private bucket, the id of an origin access control that may read it"),
    })
}

/// Which file answers, by audience and status.
fn answers() -> Value {
    let files = |folder: &str, end: &str, closed: &str| {
        let file = |name: &str| Value::from(format!("/errors/{folder}/{name}.{end}"));
        let mut files: Map<String, Value> =
            STATUSES.iter().map(|(status, _)| (status.to_string(), file(&status.to_string()))).collect();
        files.insert("closed".to_owned(), file(closed));
        files
    };
    json!({
        "people": files("all-languages", "html", "maintenance"),
        "programs": files("api", "json", "503"),
    })
}

/// Copies of the error pages are kept for a minute at most, whatever the status page says.
fn freshness() -> Value {
    json!({
        "Type": "AWS::CloudFront::CachePolicy",
        "Properties": { "CachePolicyConfig": {
            "Name": { "Fn::Sub": "${AWS::StackName}-error-pages" },
            "MinTTL": 0, "DefaultTTL": 30, "MaxTTL": 60,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "CookiesConfig": { "CookieBehavior": "none" },
                "HeadersConfig": { "HeaderBehavior": "none" },
                "QueryStringsConfig": { "QueryStringBehavior": "none" },
                "EnableAcceptEncodingGzip": true, "EnableAcceptEncodingBrotli": true,
            },
        } },
    })
}

fn distribution() -> Value {
    json!({
        "Enabled": true,
        "HttpVersion": "http2and3",
        "Comment": "Its error pages come from the status page",
        "Aliases": either("IsNamed", &json!([{ "Ref": "Name" }]), &nothing()),
        "ViewerCertificate": either("IsNamed", &json!({
            "AcmCertificateArn": { "Ref": "Certificate" },
            "SslSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }), &nothing()),
        "Origins": [
            { "Id": "product", "DomainName": { "Ref": "Product" }, "CustomOriginConfig": over_tls() },
            status_page("status-page", json!({ "Ref": "StatusPageFolder" })),
            // No file lies below it, so that every path is answered by an error, and that by the page.
            status_page("closed", json!({ "Fn::Sub": "${StatusPageFolder}/errors/closed" })),
        ],
        "DefaultCacheBehavior": {
            "TargetOriginId": either("IsClosed", &"closed".into(), &"product".into()),
            "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": CACHE_NOTHING,
            "OriginRequestPolicyId": either("IsClosed", &TELL_ALL_BUT_HOST.into(), &TELL_ALL.into()),
        },
        "CacheBehaviors": [{
            "PathPattern": "/errors/*",
            "TargetOriginId": "status-page",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": { "Ref": "Freshness" },
            "Compress": true,
        }],
        "CustomErrorResponses": error_responses(),
    })
}

fn status_page(id: &str, folder: Value) -> Value {
    json!({
        "Id": id,
        "DomainName": { "Ref": "StatusPage" },
        "OriginPath": folder,
        "CustomOriginConfig": either("IsPrivate", &nothing(), &over_tls()),
        "S3OriginConfig": either("IsPrivate", &json!({ "OriginAccessIdentity": "" }), &nothing()),
        "OriginAccessControlId": either("IsPrivate", &json!({ "Ref": "StatusPageAccess" }), &nothing()),
    })
}

fn error_responses() -> Vec<Value> {
    let response = |code: u16, answer: &str, status: u16| {
        json!({
            "ErrorCode": code,
            "ResponseCode": status,
            "ResponsePagePath": { "Fn::FindInMap": ["Answers", { "Ref": "Audience" }, answer] },
            "ErrorCachingMinTTL": ERROR_SECONDS,
        })
    };
    let failures = STATUSES.iter().map(|(status, _)| response(*status, &status.to_string(), *status));
    let closed = REFUSALS.iter().map(|code| either("IsClosed", &response(*code, "closed", 503), &nothing()));
    failures.chain(closed).collect()
}

fn over_tls() -> Value {
    json!({ "OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"] })
}

fn either(condition: &str, then: &Value, otherwise: &Value) -> Value {
    json!({ "Fn::If": [condition, then, otherwise] })
}

/// What CloudFormation leaves out.
fn nothing() -> Value {
    json!({ "Ref": "AWS::NoValue" })
}
