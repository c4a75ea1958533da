//! The templates for CloudFront and API Gateway, before a judge of CloudFormation, and deployed at a stand-in for Amazon.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use allclear::model::localized::Localized;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fixtures::part::{Part, wait_for_port};
use crate::fixtures::port::free_port;
use crate::fixtures::product::{build, build_with};

/// Words that CloudFormation, or the gateway, or a reader of JSON would take for its own.
const HOSTILE: &str =
    "$context.apiId ${AWS::AccountId} {{resolve:secretsmanager:key}} #set($x=1) '\"`\n</script>\u{2028}";

/// A stand-in for Amazon.
struct Amazon {
    port: u16,
    _moto: Part,
    _folder: TempDir,
}

impl Amazon {
    fn start() -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()];
        let moto = Part::start(folder.path(), installed("moto_server").to_str().unwrap(), &arguments);
        wait_for_port(port);
        Self { port, _moto: moto, _folder: folder }
    }

    /// What it holds once a template is deployed.
    fn deployed(&self, template: &Path, parameters: &Value) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/error_services/deploy.py");
        let output = Command::new(installed("python"))
            .arg(script)
            .arg(format!("http://127.0.0.1:{}", self.port))
            .arg(template)
            .arg(parameters.to_string())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn installed(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/venv/bin").join(name);
    assert!(path.is_file(), "{} does not exist: run tests/install as root", path.display());
    path
}

/// What the judge has against templates.
fn faults(templates: &[PathBuf]) -> String {
    // It minds that no certificate is the default, though the condition then leaves it out.
    let arguments = ["--ignore-checks", "W1030", "--regions", "us-east-1", "--"];
    let output = Command::new(installed("cfn-lint")).args(arguments).args(templates).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

#[test]
fn cloudformation_takes_the_templates_whatever_authors_write() {
    let (plain, hostile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    build(plain.path());
    build_with(hostile.path(), |site| {
        for incident in site.incidents.iter_mut().map(Arc::make_mut) {
            let text = || Localized::plain(HOSTILE);
            (incident.title, incident.impact, incident.workaround) = (text(), Some(text()), Some(text()));
        }
    });
    let names = ["cloudfront.json", "api/api-gateway.json", "api/card-payments/api-gateway.json"];
    let all = [&plain, &hostile].map(|folder| names.map(|name| folder.path().join("errors").join(name)));
    assert_eq!(faults(&all.concat()), "");
    // And it does judge: a name that CloudFront does not know is found.
    let spoiled = plain.path().join("spoiled.json");
    let template = std::fs::read_to_string(&all[0][0]).unwrap();
    std::fs::write(&spoiled, template.replace("ResponsePagePath", "ResponsePage")).unwrap();
    assert!(faults(&[spoiled]).contains("'ResponsePage' was unexpected"));
}

/// The file that CloudFront answers with and the status, by the product's own status.
fn answers(distribution: &Value) -> Vec<(u64, String, String)> {
    let answers = distribution["CustomErrorResponses"]["Items"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let facts = |one: &Value| {
        (one["ErrorCode"].as_u64().unwrap(), text(&one["ResponsePagePath"]), text(&one["ResponseCode"]))
    };
    answers.iter().map(facts).collect()
}

#[test]
fn cloudfront_answers_from_the_status_page_where_the_product_fails_or_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let template = folder.path().join("errors/cloudfront.json");
    let amazon = Amazon::start();
    let deployed = |parameters: Value| amazon.deployed(&template, &parameters)["Distribution"].clone();

    let open = deployed(json!({ "Product": "origin.larkmoor.example" }));
    let page = |status: u64| (status, format!("/errors/all-languages/{status}.html"), status.to_string());
    assert_eq!(answers(&open), [500, 502, 503, 504].map(page));
    assert_eq!(open["DefaultCacheBehavior"]["TargetOriginId"], "product");
    let errors = &open["CacheBehaviors"]["Items"][0];
    assert_eq!(
        (&errors["PathPattern"], &errors["TargetOriginId"]),
        (&json!("/errors/*"), &json!("status-page"))
    );
    let hosts: Vec<&Value> =
        open["Origins"]["Items"].as_array().unwrap().iter().map(|origin| &origin["DomainName"]).collect();
    assert_eq!(hosts, ["origin.larkmoor.example", "status.larkmoor.example", "status.larkmoor.example"]);

    let closed = deployed(json!({
        "Product": "origin.larkmoor.example", "Closed": "yes", "Name": "shop.larkmoor.example",
        "Certificate": "arn:aws:acm:us-east-1:123456789012:certificate/1",
        "StatusPage": "larkmoor.s3.eu-west-1.amazonaws.com", "StatusPageAccess": "E1",
    }));
    assert_eq!(closed["DefaultCacheBehavior"]["TargetOriginId"], "closed");
    assert_eq!(closed["Aliases"]["Items"], json!(["shop.larkmoor.example"]));
    let bucket = &closed["Origins"]["Items"][2];
    // The stand-in forgets who may read a bucket, but not that it is no server.
    assert_eq!(bucket["Id"], "closed");
    let server = &open["Origins"]["Items"][2]["CustomOriginConfig"];
    assert!(server.is_object() && bucket["CustomOriginConfig"].is_null(), "{bucket}");
    let refusals: Vec<_> = answers(&closed).split_off(4);
    let maintenance =
        |status| (status, "/errors/all-languages/maintenance.html".to_owned(), "503".to_owned());
    assert_eq!(refusals, [400, 403, 404, 405].map(maintenance));

    let programs =
        deployed(json!({ "Product": "api.larkmoor.example", "Audience": "programs", "Closed": "yes" }));
    for (_, file, _) in [&open, &closed, &programs].into_iter().flat_map(answers) {
        assert!(folder.path().join(&file[1..]).is_file(), "{file} is not in the build");
    }
    let nowhere = bucket["OriginPath"].as_str().unwrap();
    assert!(nowhere.starts_with("/errors/") && !folder.path().join(&nowhere[1..]).exists(), "{nowhere}");
}

#[test]
fn api_gateway_holds_the_bodies_of_the_build() {
    let folder = tempfile::tempdir().unwrap();
    build(folder.path());
    let amazon = Amazon::start();
    for feature in ["", "card-payments/"] {
        let bodies = folder.path().join("errors/api").join(feature);
        let held = amazon.deployed(&bodies.join("api-gateway.json"), &json!({}));
        for (name, kind, status) in [
            ("Default", "DEFAULT_5XX", 500),
            ("IntegrationFailure", "INTEGRATION_FAILURE", 504),
            ("IntegrationTimeout", "INTEGRATION_TIMEOUT", 504),
        ] {
            let response = &held[name];
            assert_eq!(response["responseType"], kind);
            let body = response["responseTemplates"]["application/json"].as_str().unwrap();
            let body: Value = serde_json::from_str(body).unwrap();
            let file = std::fs::read(bodies.join(format!("{status}.json"))).unwrap();
            assert_eq!(body, serde_json::from_slice::<Value>(&file).unwrap());
            let again = &response["responseParameters"]["gatewayresponse.header.Retry-After"];
            let expected = if status == 500 { Value::Null } else { "'Fri, 20 Nov 2026 11:30:00 GMT'".into() };
            assert_eq!(*again, expected);
        }
    }
}
