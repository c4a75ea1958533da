//! The approved message template that a draft begins with: `site/messages/NAME.md` and its translations.
//!
//! Promises: an unknown name is refused with a list of the known ones. Only reads.

use anyhow::Context;
use toml_edit::DocumentMut;

use crate::files::Folder;
use crate::located::FILE_BYTES_MAX;
use crate::model::incident::IncidentId;
use crate::model::localized::Language;
use crate::model::phase::IncidentKind;

use crate::cli::exit::Failure;
use crate::workspace::root::Root;

/// Where the approved message templates are, below the root.
const TEMPLATES: &str = "site/messages";

pub(super) const MARK: &str = "+++";

/// A message template, or an empty one.
#[derive(Default)]
pub(super) struct Template {
    pub(super) front: DocumentMut,
    pub(super) body: String,
    /// By the page's other languages, where the message template has them.
    pub(super) translations: Vec<(Language, Translation)>,
}

/// A message template in another language.
pub(super) struct Translation {
    pub(super) front: DocumentMut,
    pub(super) body: String,
}

impl Template {
    /// What the message template is for, if its file states it.
    pub(super) fn kind(&self) -> Result<Option<IncidentKind>, Failure> {
        let Some(word) = self.front.get("kind").and_then(|kind| kind.as_str()) else { return Ok(None) };
        let unknown = || Failure::Usage(format!("the template has the unknown kind `{word}`"));
        IncidentKind::from_word(word).map(Some).ok_or_else(unknown)
    }
}

/// Reads the message template of that name, if one is named, in the page's first language and in these others.
pub(super) fn read(root: &Root, name: Option<&str>, languages: Vec<Language>) -> Result<Template, Failure> {
    let Some(name) = name else { return Ok(Template::default()) };
    let unknown =
        || Failure::Usage(format!("no message template `{name}`; choose one of: {}", names(root).join(", ")));
    // The id's shape keeps the name inside the folder.
    let id = IncidentId::new(name).ok_or_else(unknown)?;
    let (front, body) = read_file(root, &format!("{TEMPLATES}/{id}.md"))?.ok_or_else(unknown)?;
    let mut template = Template { front, body, translations: Vec::new() };
    for language in languages {
        if let Some((front, body)) = read_file(root, &format!("{TEMPLATES}/{id}.{language}.md"))? {
            template.translations.push((language, Translation { front, body }));
        }
    }
    Ok(template)
}

fn read_file(root: &Root, path: &str) -> anyhow::Result<Option<(DocumentMut, String)>> {
    let read = Folder::open(&root.path).and_then(|root| root.read(path, FILE_BYTES_MAX as u64));
    let Some(bytes) = read.with_context(|| format!("failed to read {path}"))? else { return Ok(None) };
    let text = String::from_utf8(bytes).with_context(|| format!("failed to read {path}"))?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let inside =
        text.strip_prefix(&format!("{MARK}\n")).and_then(|rest| rest.split_once(&format!("\n{MARK}\n")));
    let (front, body) = inside.unwrap_or(("", &text));
    let front =
        front.parse::<DocumentMut>().with_context(|| format!("failed to read the front matter of {path}"))?;
    Ok(Some((front, body.trim().to_owned())))
}

/// The names of the message templates that there are.
fn names(root: &Root) -> Vec<String> {
    let listed = Folder::open(&root.path).and_then(|root| root.below(TEMPLATES)).and_then(|all| all.names());
    let names = listed.unwrap_or_default().into_iter();
    names
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .filter(|name| !name.contains('.'))
        .collect()
}
