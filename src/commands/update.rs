//! `allclear update`: a new entry on top of an incident's story, its facts moved along. Never leaves a file that
//! reads worse than before.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, bail};

use crate::files::{Durability, Folder};
use crate::load;
use crate::located::FILE_BYTES_MAX;
use crate::model::Moment;
use crate::model::incident::{Audience, Eta, Incident};
use crate::model::localized::Localized;
use crate::model::moment::read_from;

use crate::cli::arguments::Update;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::named;
use crate::cli::print::{self, GOOD, styled};
use crate::cli::problems;
use crate::workspace::root::Root;
use crate::workspace::write;

/// Below this line the editor's file only helps.
const HELP_MARK: &str = "<!-- everything below is not published -->";

/// Appends the update and prints the file's path.
pub(crate) fn run(root: &Root, options: &Update) -> Outcome {
    let opened = root.open()?;
    let incident = named::incident(&opened.site, &root.within, &options.id)?;
    let update = update(root.now(), options, incident)?;
    append(root, incident, &update)?;
    print::say(&format!(
        "{} {}; to notify subscribers, run `allclear notify`",
        styled(GOOD, "updated"),
        incident.id
    ));
    Ok(Exit::Done)
}

/// Writes an update into its incident's file and prints the file's path.
pub(super) fn append(
    root: &Root,
    incident: &Incident,
    update: &crate::model::incident::Update,
) -> Result<(), Failure> {
    let path = root.below(&incident.file);
    let unreadable = || format!("failed to read {}", path.display());
    let folder = Folder::open(&root.path).with_context(unreadable)?;
    let read = folder.read(&incident.file, FILE_BYTES_MAX as u64).with_context(unreadable)?;
    let text = String::from_utf8(read.unwrap_or_default()).with_context(unreadable)?;
    match load::append_update(&text, update, &incident.file) {
        Ok(text) => folder
            .replace(&incident.file, text.as_bytes(), Durability::Synced)
            .with_context(|| format!("failed to write {}", path.display()))?,
        Err(mut found) => {
            problems::show(&mut found, root.format);
            return Err(Failure::Problems);
        }
    }
    print::data(&path.display().to_string());
    Ok(())
}

fn update(
    now: Moment,
    options: &Update,
    incident: &Incident,
) -> Result<crate::model::incident::Update, Failure> {
    let at = to_the_minute(now);
    let eta = match options.eta.as_deref() {
        None => None,
        Some("unknown") => Some(Eta::Unknown),
        Some(text) => Some(Eta::At(moment("--eta", text, now)?)),
    };
    let next_update =
        options.next_update.as_deref().map(|text| moment("--next-update", text, now)).transpose()?;
    let body = match &options.message {
        Some(words) => words.clone(),
        None => from_editor(incident)?,
    };
    Ok(crate::model::incident::Update {
        at,
        phase: options.phase,
        audience: if options.internal { Audience::Internal } else { Audience::Public },
        telling: None,
        eta,
        next_update,
        severity: options.severity,
        statuses: BTreeMap::new(),
        body: Localized::plain(body.trim()),
    })
}

fn moment(flag: &str, text: &str, now: Moment) -> Result<Moment, Failure> {
    let moment = read_from(text, now).map(to_the_minute);
    moment.map_err(|fault| Failure::Usage(format!("{flag}: {fault}")))
}

/// Headings hold minutes, and so does everything people plan by.
pub(super) fn to_the_minute(moment: Moment) -> Moment {
    let seconds = moment.timestamp();
    Moment::from_timestamp(seconds - seconds.rem_euclid(60), 0).unwrap_or(moment)
}

fn from_editor(incident: &Incident) -> anyhow::Result<String> {
    if !print::is_interactive() {
        bail!("no text: pass -m TEXT, or run this in a terminal with $EDITOR set");
    }
    let file = tempfile::Builder::new().suffix(".md").tempfile()?;
    let last = incident.public_updates().next_back().map_or("", |update| update.body.default.as_str());
    write::file(
        file.path(),
        format!("\n\n{HELP_MARK}\n# {}\n\n{last}\n", incident.title.default).as_bytes(),
        Durability::Cached,
    )?;
    let editor =
        std::env::var("VISUAL").or_else(|_| std::env::var("EDITOR")).unwrap_or_else(|_| "vi".to_owned());
    // The variable may hold options, as in `code --wait`.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let ended = Command::new(program).args(words).arg(file.path()).status();
    let ended = ended.with_context(|| format!("failed to start {program}"))?;
    if !ended.success() {
        bail!("{program} ended with {ended}; nothing was changed");
    }
    let text = fs::read_to_string(file.path())?;
    let words = text.split(HELP_MARK).next().unwrap_or_default().trim().to_owned();
    if words.is_empty() {
        bail!("empty text; nothing was changed");
    }
    Ok(words)
}
