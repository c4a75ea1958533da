//! The files of a new site: `site/page.toml`, and `site/plan.toml` if subscribers are notified.
//!
//! Promises: the files hold the operator's answers only, and can be read whatever characters an answer has.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::commands::init::answers::Answers;
use crate::commands::init::lines::{id, line, list, quoted};
use crate::commands::init::speakers;
use crate::config;
use crate::config::page::PAGE_FILE;
use crate::config::plan::PLAN_FILE;
use crate::model::problem::Problem;

/// Paths below the root, and what is there.
pub(super) type SiteFiles = Vec<(String, Bytes)>;

pub(super) const PAGE: &str = PAGE_FILE;
pub(super) const PLAN: &str = PLAN_FILE;

/// What one group of features is called, by language.
const GROUP: [(&str, &str); 7] = [
    ("de", "Dienste"),
    ("es", "Servicios"),
    ("fr", "Services"),
    ("it", "Servizi"),
    ("nl", "Diensten"),
    ("pt", "Serviços"),
    ("en", "Services"),
];

const TARGETS: &str = "
# Where `allclear publish` takes the page. Two at different companies are better than one.
#[[targets]]
#name = \"here\"
#kind = \"folder\"           # or s3, gcs, azure, branch, command
#path = \"/srv/status\"
";

impl Answers {
    pub(super) fn files(&self) -> SiteFiles {
        let mut files = vec![
            (PAGE.to_owned(), page(self).into()),
            // Git keeps no empty folder.
            ("incidents/.gitkeep".to_owned(), Bytes::new()),
        ];
        files.extend(plan(self).map(|plan| (PLAN.to_owned(), plan.into())));
        files
    }
}

/// What is wrong with the files; an answer that is not given yet represents a good one.
pub(super) fn problems(answers: &Answers) -> Vec<Problem> {
    let (_, mut problems, _) = config::parse_page(&page(answers));
    if let Some(plan) = plan(answers) {
        problems.extend(config::parse_plan(&plan).1);
    }
    problems
}

fn page(answers: &Answers) -> String {
    let languages = list(&answers.languages, "en");
    let quoted_languages: Vec<String> = languages.iter().map(|language| quoted(language)).collect();
    let mut out = String::new();
    line(&mut out, "name", &quoted(or(&answers.name, "Acme")));
    line(&mut out, "url", &quoted(&address(or(&answers.url, "https://status.acme.example"))));
    line(&mut out, "languages", &format!("[{}]", quoted_languages.join(", ")));
    line(&mut out, "time_zone", &quoted(or(&answers.time_zone, "UTC")));
    out.push_str("\n[[groups]]\n");
    line(&mut out, "name", &quoted(group(&languages[0])));
    let mut ids = BTreeSet::new();
    for name in features(answers) {
        out.push_str("\n[[groups.features]]\n");
        line(&mut out, "id", &quoted(&id(&name, &mut ids)));
        line(&mut out, "name", &quoted(&name));
    }
    out + TARGETS
}

/// The ID and the name of the feature that stands first.
pub(super) fn first_feature(answers: &Answers) -> (String, String) {
    let name = features(answers).swap_remove(0);
    (id(&name, &mut BTreeSet::new()), name)
}

/// The names of the features, never none.
fn features(answers: &Answers) -> Vec<String> {
    list(&answers.features, "Website")
}

fn plan(answers: &Answers) -> Option<String> {
    if answers.from.is_empty() {
        return None;
    }
    let relay = or(&answers.relay, "localhost");
    let (host, port) = relay.rsplit_once(':').map_or((relay, None), |(host, port)| (host, Some(port)));
    let from = if answers.from.contains('<') {
        answers.from.clone()
    } else {
        format!("{} <{}>", display_name(&answers.name), answers.from)
    };
    let mut out = speakers::tables(answers) + "[mail]\n";
    line(&mut out, "from", &quoted(&from));
    line(&mut out, "providers", "[\"relay\"]");
    out.push_str("\n[providers.relay]\n");
    line(&mut out, "kind", "\"smtp\"");
    line(&mut out, "host", &quoted(host));
    if let Some(port) = port {
        line(&mut out, "port", if port.parse::<u16>().is_ok() { port } else { "0" });
    }
    match (host, port) {
        ("localhost" | "127.0.0.1", _) => {
            out.push_str("# The server is on this machine.\nsecurity = \"none\"\n")
        }
        (_, Some("465")) => line(&mut out, "security", "\"tls\""),
        _ => line(&mut out, "security", "\"starttls\""),
    }
    Some(out + "#user = \"status\"\n#password = { env = \"RELAY_PASSWORD\" }\n")
}

fn or<'a>(answer: &'a str, default: &'a str) -> &'a str {
    if answer.is_empty() { default } else { answer }
}

/// An address as people type it, with its scheme and without a slash at its end.
fn address(typed: &str) -> String {
    let typed = typed.trim_end_matches('/');
    if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") }
}

fn group(language: &str) -> &'static str {
    let tag = language.split('-').next().unwrap_or_default();
    GROUP.iter().find(|(known, _)| *known == tag).map_or("Services", |(_, name)| name)
}

/// A name as the name before an address, which holds no quotes.
fn display_name(name: &str) -> String {
    name.replace(['<', '>', '"', '\\'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}
