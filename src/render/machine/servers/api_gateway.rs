//! Gateway responses for a REST API at Amazon, as a CloudFormation template with the problem details within.
//!
//! Promises: neither CloudFormation (`{{resolve:…}}`) nor the gateway (`$context`) replaces anything in a text, because
//! their signs are written as JSON escapes, which JSON reads as the same letters. The gateway's status is not changed.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Map, Value, json};

use super::answer::retry_after;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::machine::journal::Scope;
use crate::render::machine::problem_details::{folder, problem};

/// What can fail behind the gateway, and the status it then gives. The first represents every other failure, all of
/// which are 500; its status is left unchanged, for setting it would change all of theirs.
const RESPONSES: [(&str, &str, u16); 3] = [
    ("Default", "DEFAULT_5XX", 500),
    ("IntegrationFailure", "INTEGRATION_FAILURE", 504),
    ("IntegrationTimeout", "INTEGRATION_TIMEOUT", 504),
];

/// Writes the template of a scope, next to its bodies.
pub(super) fn template(edition: &LanguageEdition<'_>, scope: Scope<'_>) -> Result<File, Error> {
    let path = format!("errors/{}api-gateway.json", folder(scope));
    let write = || {
        let mut resources = Map::new();
        for (name, kind, status) in RESPONSES {
            resources.insert(name.to_owned(), response(edition, scope, kind, status)?);
        }
        serde_json::to_vec_pretty(&json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "What a REST API answers with while the product behind it fails; written by each build",
            "Parameters": {
                "RestApi": { "Type": "String", "Description": "The id of the API" }
            },
            "Resources": resources,
        }))
    };
    match write() {
        Ok(bytes) => Ok((path, bytes)),
        Err(source) => Err(Error::Json { file: path, source }),
    }
}

fn response(
    edition: &LanguageEdition<'_>,
    scope: Scope<'_>,
    kind: &str,
    status: u16,
) -> Result<Value, serde_json::Error> {
    let mut properties = json!({
        "RestApiId": { "Ref": "RestApi" },
        "ResponseType": kind,
        "ResponseParameters": {
            "gatewayresponse.header.Content-Type": "'application/problem+json'",
            "gatewayresponse.header.Cache-Control": "'no-store'",
        },
        "ResponseTemplates": { "application/json": inert(&problem(edition, scope, status))? },
    });
    if status != 500 {
        // What stands between quotes is a fixed text; a date has no quote in it.
        let date = format!("'{}'", retry_after(edition, scope));
        properties["ResponseParameters"]["gatewayresponse.header.Retry-After"] = date.into();
        properties["StatusCode"] = status.to_string().into();
    }
    Ok(json!({ "Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties }))
}

/// A value as JSON in whose texts no template finds anything of its own.
fn inert(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Inert))?;
    // What a serializer of JSON writes is UTF-8.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes the signs of templates as their numbers.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        for letter in text.chars() {
            match letter {
                '$' | '#' | '{' | '}' | '<' | '>' | '\u{2028}' | '\u{2029}' => {
                    write!(writer, "\\u{:04x}", u32::from(letter))?;
                }
                letter => write!(writer, "{letter}")?,
            }
        }
        Ok(())
    }
}
