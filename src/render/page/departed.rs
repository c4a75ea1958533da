//! The page at an announced address that has no incident any more, with a sentence about the present address.
//!
//! Promises: reveals nothing about the incident, because the operator may have had to remove it.

use serde::Serialize;

use super::frame::{PageLayout, STATELESS};
use crate::model::departed::{Became, Departed};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::path::incident_folder;

/// The view of `departed.html`.
#[derive(Debug, Serialize)]
struct DepartedPage<'a> {
    frame: PageLayout<'a>,
    title: &'a str,
    text: &'a str,
    /// The absolute address of the index.
    home: String,
    /// Where readers can continue, and what it is called.
    href: String,
    label: &'a str,
}

/// Renders the page of one language.
pub(super) fn page(edition: &LanguageEdition<'_>, departed: &Departed) -> Result<File, Error> {
    let words = edition.words;
    let address = |folder: &str| edition.page.address(&format!("{}{folder}", edition.folder));
    let home = address("");
    let (key, href, label) = match &departed.became {
        Became::Moved { to } => ("departed.moved", address(&incident_folder(to)), "departed.here"),
        Became::TakenOff => ("departed.taken_off", address("history/"), "nav.history"),
    };
    let folder = incident_folder(&departed.id);
    let (title, text) = (words.say("departed.title"), words.say(key));
    let frame = PageLayout::new(edition, "missing", STATELESS, &folder, title.to_owned(), text.to_owned());
    let view = DepartedPage { frame, title, text, home, href, label: words.say(label) };
    edition.fill(format!("{}{folder}index.html", edition.folder), "departed.html", &view)
}
