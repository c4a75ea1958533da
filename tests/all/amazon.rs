//! Email and SMS by Amazon: through a stand-in that checks every signature, and before Amazon's own models of its services.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use allclear::model::endpoint::Endpoint;
use allclear::model::message::Message;
use allclear::model::notice::{StepId, StepState};
use allclear::provider::{self, Handoff, Hidden, Protocol, Settings};
use chrono::{DateTime, TimeDelta};
use tempfile::TempDir;

use crate::fixtures::delivery::House;
use crate::fixtures::part::{Part, wait_for_port};
use crate::fixtures::port::free_port;

/// A stand-in for Amazon with one user, whose keys are in the folder.
struct Amazon {
    port: u16,
    folder: TempDir,
    _moto: Part,
}

fn installed(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/venv/bin").join(name);
    assert!(path.is_file(), "{} does not exist: run tests/install as root", path.display());
    path
}

fn script(name: &str) -> Command {
    let mut command = Command::new(installed("python"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/amazon").join(name));
    command
}

impl Amazon {
    fn start() -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let moto = installed("moto_server");
        let place = ["-H", "127.0.0.1", "-p", &port.to_string()];
        let arguments = [&["INITIAL_NO_AUTH_ACTION_COUNT=5", moto.to_str().unwrap()], &place[..]].concat();
        let moto = Part::start(folder.path(), "env", &arguments);
        wait_for_port(port);
        let output =
            script("set_up.py").arg(format!("http://127.0.0.1:{port}")).arg("example.test").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let [id, key]: [String; 2] = serde_json::from_slice(&output.stdout).unwrap();
        fs::write(folder.path().join("id"), id).unwrap();
        fs::write(folder.path().join("key"), key).unwrap();
        fs::write(folder.path().join("wrong"), "wrong").unwrap();
        Self { port, folder, _moto: moto }
    }

    /// A plan that sends by it, with the key in that file.
    fn plan(&self, key: &str) -> String {
        let account = format!(
            "region = 'eu-west-1'\nendpoint = 'http://127.0.0.1:{}'\naccess_key_id = {{ file = 'id' }}\n\
             secret_access_key = {{ file = '{key}' }}\n\
             session_token = {{ env = 'ALLCLEAR_TEST_NO_SUCH_TOKEN' }}\n",
            self.port
        );
        format!(
            "[mail]\nfrom = 'status@example.test'\nproviders = ['ses']\n\
             [text]\nsender = 'Example'\nproviders = ['sns']\n\
             [providers.ses]\nkind = 'ses'\n{account}[providers.sns]\nkind = 'sns'\nowner = 'other'\n{account}"
        )
    }
}

#[test]
fn amazon_accepts_email_and_sms_with_a_signature_and_nothing_with_a_wrong_one() {
    let amazon = Amazon::start();
    let mut house = House::new(&amazon.plan("key"), amazon.folder.path());
    house.mail.from.name = "Tienda Ñandú".to_owned();
    house.subscriber(&["alice@example.test"]);
    house.subscriber(&["+34600000001"]);
    house.change("payments");
    assert_eq!(house.deliver().ended, [(StepState::Accepted, 2)].into());

    let mut house = House::new(&amazon.plan("wrong"), amazon.folder.path());
    house.patience = std::time::Duration::ZERO;
    house.subscriber(&["alice@example.test"]);
    house.subscriber(&["+34600000001"]);
    house.change("payments");
    assert_eq!(house.deliver().ended, [].into(), "an account that is refused ends no step");
}

#[test]
fn a_sender_that_is_not_verified_is_the_fault_of_the_account() {
    let amazon = Amazon::start();
    let plan = amazon.plan("key").replace("status@example.test", "status@other.test");
    let mut house = House::new(&plan, amazon.folder.path());
    house.mail.from.address = allclear::model::address::EmailAddress::new("status@other.test").unwrap();
    house.patience = std::time::Duration::ZERO;
    house.subscriber(&["alice@example.test"]);
    house.change("payments");
    assert_eq!(house.deliver().ended, [].into());
}

/// The body of a request that a provider of Amazon writes.
fn body(kind: &str, message: &Message, to: &str) -> Vec<u8> {
    let kind = provider::named(kind).unwrap();
    let Protocol::Http(http) = &kind.protocol else { panic!("{} is spoken to by HTTP", kind.word) };
    let settings = Settings::default()
        .with("region", "eu-west-1")
        .with("access_key_id", Hidden::new("AKIDEXAMPLE"))
        .with("secret_access_key", Hidden::new("secret"))
        .with("configuration_set", "status");
    let handoff = Handoff {
        provider: kind.word,
        message,
        to: &Endpoint::read(to).unwrap(),
        step: &StepId::from_stored("abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst"),
        sender: "Example",
        thread: None,
        now: DateTime::UNIX_EPOCH,
        gives_way_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(30),
    };
    (http.request)(&handoff, &settings).unwrap().body
}

/// What Amazon's model of an operation has against a body.
fn faults(service: &str, operation: &str, body: &[u8]) -> String {
    let mut judge = script("judge.py");
    let judge = judge.args([service, operation]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut judge = judge.spawn().unwrap();
    judge.stdin.take().unwrap().write_all(body).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success(), "the judge failed");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_bodies_are_what_the_models_of_amazon_describe() {
    let folder = tempfile::tempdir().unwrap();
    let plan = "[mail]\nfrom = 'a@example.test'\nproviders = ['ses']\n[providers.ses]\nkind = 'ses'\nregion = 'eu-west-1'\n";
    let house = House::new(plan, folder.path());
    let (mail, text) = (Message::Mail(house.mail.clone()), Message::Text(house.text.clone()));
    let mail = body("ses", &mail, "alice@example.test");
    let text = body("eum", &text, "+34600000001");
    assert_eq!(faults("sesv2", "SendEmail", &mail), "");
    assert_eq!(faults("pinpoint-sms-voice-v2", "SendTextMessage", &text), "");
    // And it does judge.
    let spoiled =
        |body: &[u8], from: &str, to: &str| String::from_utf8(body.to_vec()).unwrap().replace(from, to);
    let spoiled_mail = spoiled(&mail, "\"EmailTags\"", "\"Tags\"");
    assert!(
        faults("sesv2", "SendEmail", spoiled_mail.as_bytes())
            .contains("Unknown parameter in input: \"Tags\"")
    );
    let spoiled_text = spoiled(&text, "\"TimeToLive\":1800", "\"TimeToLive\":4");
    assert!(
        faults("pinpoint-sms-voice-v2", "SendTextMessage", spoiled_text.as_bytes()).contains("TimeToLive")
    );
}
