//! Every provider at once: its answers, its requests and its documentation, each from one file.

pub(crate) mod docs;
mod hostile;
mod limits;
mod replies;
mod reports;
mod specs;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::{Hidden, Http, Kind, Protocol, Response, Setting, Settings, Shape};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Status and body of an answer by which a provider accepts a message.
pub(crate) fn accepted(kind: &Kind) -> (u16, String) {
    let answers = replies::of(kind).answers;
    let accepted = answers.iter().find(|answers| answers.class == "accepted");
    accepted.and_then(replies::Answers::over_http).unwrap_or_else(|| panic!("{} accepts nothing", kind.word))
}

/// A provider of a kind with all its examples set, in a session if it has them.
pub(crate) fn sample(kind: &Kind) -> Settings {
    let settings = example(kind);
    let Protocol::Http(Http { session: Some(session), .. }) = &kind.protocol else { return settings };
    let body = replies::of(kind).session.unwrap();
    let response = Response { status: 200, retry_after: None, headers: &[], body: &body };
    (session.settings)(&settings, &response).unwrap()
}

fn example(kind: &Kind) -> Settings {
    let secrets = replies::of(kind).secrets;
    kind.keys.iter().fold(Settings::default(), |settings, key| {
        let table: toml::Table = format!("value = {}", key.example).parse().unwrap();
        let value = &table["value"];
        let setting: Setting = match key.shape {
            Shape::Secret => Hidden::new(secrets.get(key.name).map_or("s3cret", String::as_str)).into(),
            Shape::Number(..) => u16::try_from(value.as_integer().unwrap()).unwrap().into(),
            Shape::Duration(..) => {
                let minutes = value.as_str().unwrap().strip_suffix('m').unwrap().parse().unwrap();
                Duration::from_mins(minutes).into()
            }
            _ => value.as_str().unwrap().into(),
        };
        settings.with(key.name, setting)
    })
}
