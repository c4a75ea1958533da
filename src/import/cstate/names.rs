//! Names of files: which of them Hugo renders, and the ids made from them.

use crate::model::hash::derive;
use crate::model::incident::IncidentId;

use super::super::words::plain_letters;

/// Why a file becomes no incident.
pub(super) enum Hidden {
    /// It belongs to the folder and needs no mention: `.gitkeep`, a picture.
    Nothing,
    /// Hugo does not show it either: why, and what to do.
    Left(&'static str, &'static str),
    /// It was public and cannot be carried over.
    Lost(&'static str, &'static str),
    /// It is public and says when and what, in a markup that is not read.
    OtherMarkup,
}

/// Endings of the pages that Hugo renders and we read.
const RENDERED: [&str; 5] = [".md", ".markdown", ".mdown", ".html", ".htm"];

/// Endings of the pages that Hugo renders by programs of their own.
const OTHER_MARKUP: [&str; 7] = [".adoc", ".asciidoc", ".ad", ".org", ".rst", ".pandoc", ".pdc"];

/// Endings of what lies next to a page and belongs to it.
const PICTURES: [&str; 7] = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif"];

/// Names that Windows keeps for devices, in any folder and with any ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The longest id, in characters; a number may still be added to it.
const ID_CHARS_MAX: usize = 180;

/// Why the file of that name is no issue; `None` if it is one. `translations` are the tags of other languages.
pub(super) fn hidden(inner: &str, text: &str, translations: &[String]) -> Option<Hidden> {
    let name = inner.rsplit('/').next().unwrap_or(inner);
    let lower = name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let tag = without_ending(&lower).rsplit_once('.').map(|(_, tag)| tag.to_owned());
    if name == ".gitkeep" || ends(&PICTURES) {
        Some(Hidden::Nothing)
    } else if name.starts_with('.') {
        Some(Hidden::Left("this is a hidden file, which Hugo does not show", "delete it if it is not needed"))
    } else if name.starts_with("_index.") {
        Some(Hidden::Left("this is the page of the folder, not an issue", "copy what you need by hand"))
    } else if ends(&OTHER_MARKUP) {
        Some(Hidden::OtherMarkup)
    } else if !ends(&RENDERED) {
        Some(Hidden::Left(
            "Hugo does not show a file with this ending, so it is not an issue",
            "end its name with .md if it was meant to be public",
        ))
    } else if text.contains('\0') && !["---", "+++"].iter().any(|fence| text.starts_with(fence)) {
        Some(Hidden::Lost("this is not a text file", "write it again"))
    } else if tag.is_some_and(|tag| translations.contains(&tag)) {
        Some(Hidden::Lost(
            "this translation was not carried over",
            "save its updates next to the incident as NAME.TAG.md, under the same update times",
        ))
    } else {
        None
    }
}

/// The file's name without folder and ending; a page bundle is named by its folder.
pub(super) fn stem(inner: &str) -> &str {
    let inner = without_ending(inner);
    let inner = inner.strip_suffix("/index").unwrap_or(inner);
    inner.rsplit('/').next().unwrap_or(inner)
}

fn without_ending(inner: &str) -> &str {
    RENDERED.iter().find_map(|ending| inner.strip_suffix(ending)).unwrap_or(inner)
}

/// The file an incident of that id is written to.
pub(super) fn file_of(id: &IncidentId) -> String {
    format!("incidents/{id}.md")
}

/// The id a path becomes: letters and digits of each folder with hyphens between. Dots go too, because `name.es.md`
/// would be the Spanish text of `name`, and accents and the names of devices, which not every disk can hold.
pub(super) fn id_of(inner: &str, path: &str) -> IncidentId {
    let inner = without_ending(inner);
    let inner = inner.strip_suffix("/index").unwrap_or(inner);
    let parts: Vec<String> = inner.split('/').map(part).filter(|part| !part.is_empty()).collect();
    let joined: String = parts.join("/").chars().take(ID_CHARS_MAX).collect();
    let hashed = || {
        let hash: String = derive("issue", &[path]).chars().take(10).collect();
        IncidentId::new(&format!("issue-{hash}"))
    };
    let shaped = IncidentId::new(joined.trim_end_matches(['/', '-'])).or_else(hashed);
    shaped.unwrap_or_else(|| id_of("issue", path))
}

/// The id with a number behind it. `None` never comes for an id of [`id_of`], which leaves room for one.
pub(super) fn numbered(id: &IncidentId, number: u32) -> Option<IncidentId> {
    IncidentId::new(&format!("{id}-{number}"))
}

fn part(part: &str) -> String {
    let plain = plain_letters(part);
    let spaced: String =
        plain.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { ' ' }).collect();
    let joined = spaced.split_whitespace().collect::<Vec<_>>().join("-");
    let lower = joined.to_lowercase();
    let port = lower.strip_prefix("com").or(lower.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| number.len() == 1 && number.chars().all(|c| c.is_ascii_digit()));
    if is_port || DEVICES.contains(&lower.as_str()) { format!("{joined}-issue") } else { joined }
}
