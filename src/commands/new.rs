//! `allclear new`: a new incident or maintenance file, ready to be filled in. Never writes over a file.

use anyhow::Context;
use chrono::Duration;
use toml_edit::{DocumentMut, value};

use crate::files::{Durability, Folder};
use crate::located::FILE_BYTES_MAX;
use crate::model::Moment;
use crate::model::incident::IncidentId;
use crate::model::moment::read_from;
use crate::model::phase::{Kind, Severity};

use crate::cli::arguments::New;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, styled};
use crate::workspace::root::Root;
use crate::workspace::write;

/// Where the approved message templates are, below the root.
const WORDINGS: &str = "site/messages";

const MARK: &str = "+++";
/// How soon a new incident promises its next update while nobody knows the ETA.
const NEXT_UPDATE: Duration = Duration::minutes(30);
/// How long and how far ahead a new maintenance is, until its author says otherwise.
const WINDOW: (Duration, Duration) = (Duration::hours(24), Duration::hours(2));

/// Writes the file and prints its path.
pub(crate) fn run(root: &Root, options: &New) -> Outcome {
    let now = root.now();
    let (mut front, body) = wording(root, options)?;
    fill_in(&mut front, options, now)?;
    let title = front.get("title").and_then(|title| title.as_str()).unwrap_or_default().to_owned();
    let file = format!("incidents/{}-{}.md", now.format("%Y-%m-%d"), slug(&title, options.kind));
    let path = root.below(&file);
    if path.exists() {
        return Err(Failure::Refused {
            why: format!("{} is already there", path.display()),
            hint: "give another --title, or edit that file".to_owned(),
        });
    }
    write::file(&path, text(&front, &body, options.kind, now).as_bytes(), Durability::Synced)?;
    print::data(&path.display().to_string());
    print::say(&format!(
        "{} {}; fill it in, then run `allclear check`",
        styled(GOOD, "wrote"),
        path.display()
    ));
    Ok(Exit::Done)
}

/// The approved message template the options name, or an empty one: its front matter and its words.
fn wording(root: &Root, options: &New) -> Result<(DocumentMut, String), Failure> {
    let Some(name) = &options.from else { return Ok((DocumentMut::new(), String::new())) };
    let unknown = || {
        Failure::Usage(format!("no message template `{name}`; choose one of: {}", wordings(root).join(", ")))
    };
    // The id's shape keeps the name inside the folder.
    let name = IncidentId::new(name).ok_or_else(unknown)?;
    let path = format!("{WORDINGS}/{name}.md");
    let read = Folder::open(&root.path).and_then(|root| root.read(&path, FILE_BYTES_MAX as u64));
    let bytes = read.with_context(|| format!("failed to read {path}"))?.ok_or_else(unknown)?;
    let text = String::from_utf8(bytes).with_context(|| format!("failed to read {path}"))?;
    let text = text.replace("\r\n", "\n");
    let inside =
        text.strip_prefix(&format!("{MARK}\n")).and_then(|rest| rest.split_once(&format!("\n{MARK}\n")));
    let (front, body) = inside.unwrap_or(("", &text));
    let front =
        front.parse::<DocumentMut>().with_context(|| format!("failed to read the front matter of {path}"))?;
    Ok((front, body.trim().to_owned()))
}

fn wordings(root: &Root) -> Vec<String> {
    let listed = Folder::open(&root.path).and_then(|root| root.below(WORDINGS)).and_then(|all| all.names());
    let names = listed.unwrap_or_default().into_iter();
    names
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .filter(|name| !name.contains('.'))
        .collect()
}

fn fill_in(front: &mut DocumentMut, options: &New, now: Moment) -> Result<(), Failure> {
    if let Some(title) = &options.title {
        front["title"] = value(title.as_str());
    }
    if front.get("title").is_none() {
        front["title"] = value(match options.kind {
            Kind::Incident => "Something is not working",
            Kind::Maintenance => "Planned maintenance",
        });
    }
    if let Some(severity) = options.severity {
        front["severity"] = value(severity.word());
    }
    if front.get("severity").is_none() {
        front["severity"] = value(Severity::Minor.word());
    }
    if !options.affected.is_empty() || front.get("affected").is_none() {
        front["affected"] = value(options.affected.iter().collect::<toml_edit::Array>());
    }
    match options.kind {
        Kind::Incident => estimate(front, options, now)?,
        Kind::Maintenance => {
            front["kind"] = value(options.kind.word());
            front["starts"] = moment(now + WINDOW.0);
            front["ends"] = moment(now + WINDOW.0 + WINDOW.1);
        }
    }
    if front.get("impact").is_none() {
        front.set_trailing("# impact = \"What customers notice, in their words.\"\n");
    }
    Ok(())
}

fn estimate(front: &mut DocumentMut, options: &New, now: Moment) -> Result<(), Failure> {
    front["started"] = moment(now);
    match &options.eta {
        Some(text) => {
            let at = read_from(text, now).map_err(|fault| Failure::Usage(format!("--eta: {fault}")))?;
            front["eta"] = moment(at);
        }
        None => {
            front["eta"] = value("unknown");
            front["next_update"] = moment(now + NEXT_UPDATE);
        }
    }
    Ok(())
}

fn text(front: &DocumentMut, body: &str, kind: Kind, now: Moment) -> String {
    let phase = match kind {
        Kind::Incident => "Investigating",
        Kind::Maintenance => "Scheduled",
    };
    let body = if body.is_empty() { "We are looking into it." } else { body };
    let front = front.to_string();
    let at = now.format("%Y-%m-%d %H:%M UTC");
    format!("{MARK}\n{}\n{MARK}\n\n## {at} · {phase}\n\n{body}\n", front.trim_end())
}

fn moment(moment: Moment) -> toml_edit::Item {
    let text = moment.format("%Y-%m-%dT%H:%M:00Z").to_string();
    text.parse::<toml_edit::Datetime>().map_or_else(|_| value(text), value)
}

/// A title as a file name: lower-case ASCII words joined by hyphens.
fn slug(title: &str, kind: Kind) -> String {
    let plain = title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), " ");
    let words: Vec<&str> = plain.split_whitespace().take(8).collect();
    if words.is_empty() { kind.word().to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::slug;
    use crate::model::phase::Kind;

    #[test]
    fn a_slug_is_always_a_file_name() {
        assert_eq!(slug("Card payments are failing", Kind::Incident), "card-payments-are-failing");
        assert_eq!(slug("../../etc/passwd", Kind::Incident), "etc-passwd");
        assert_eq!(slug("日本語", Kind::Maintenance), "maintenance");
    }
}
