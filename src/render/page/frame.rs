//! The frame of every page: head, navigation, footer.

use serde::Serialize;

use super::follow::{About, Follow};
use crate::model::incident::{Audience, Incident};
use crate::model::localized::Language;
use crate::render::edition::{LanguageEdition, folder_of};
use crate::render::path::way_up;
use crate::theme::markdown::safe_address;
use crate::theme::words::direction;

/// The state of a page that would be the same whatever happens, so that no incident makes it be published again.
pub(super) const STATELESS: &str = "none";

/// The view of the layout.
#[derive(Debug, Serialize)]
pub(super) struct PageLayout<'a> {
    language: &'a str,
    direction: &'static str,
    page_name: &'a str,
    /// The title of the document.
    title: String,
    /// One or two plain sentences for those who only see a link.
    summary: String,
    /// Which page it is: `index`, `feature`, `incident`, `history`, `subscribe` or `missing`.
    kind: &'static str,
    /// The way up to the tree's root; empty on the first index.
    root: String,
    home: String,
    history: String,
    subscribe: String,
    /// The operator's own logo; without it the theme's stands.
    logo: Option<String>,
    feed: String,
    feed_title: String,
    /// What machines read of the same, for the head.
    alternates: Vec<Alternate>,
    /// The page's own absolute address.
    canonical: String,
    /// The page in every language of the site; empty if there is one only.
    editions: Vec<Link<'a>>,
    /// The pages are for staff only.
    is_internal: bool,
    /// The audience whose page it is, if it is neither everyone's nor the staff's.
    read_by: Option<&'a str>,
    /// Where people subscribe by themselves.
    desk: Option<String>,
    /// Where subscribers get help.
    support: Option<String>,
    zone: &'a str,
    zone_note: String,
    /// How what the page is about is doing, for shape and color of the icon; [`STATELESS`] for a page about nothing that
    /// changes.
    state: &'static str,
    /// Its style and script are files of their own: it is about something that is over.
    is_linked: bool,
    /// How the open page sees that there is news; `None` for a page without incidents of its own.
    follow: Option<Follow<'a>>,
}

#[derive(Debug, Serialize)]
struct Link<'a> {
    language: &'a str,
    /// The language's own name.
    name: &'a str,
    href: String,
    address: String,
    is_here: bool,
}

/// The same in another format.
#[derive(Debug, Serialize)]
struct Alternate {
    /// Its content type.
    format: &'static str,
    href: String,
}

impl<'a> PageLayout<'a> {
    /// The frame of the page that lies in `folder` of its language's folder: empty, or with a slash at its end.
    pub(super) fn new(
        edition: &'a LanguageEdition<'_>,
        kind: &'static str,
        state: &'static str,
        folder: &str,
        title: String,
        summary: String,
    ) -> Self {
        let (words, page) = (edition.words, edition.page);
        let root = way_up(&format!("{}{folder}", edition.folder));
        let name = page.name.in_language(edition.language);
        let home = format!("{root}{}", edition.folder);
        let now = edition.snapshot.now;
        let zone = [("zone", page.time_zone.as_str()), ("abbreviation", &edition.zone.abbreviation(now))];
        Self {
            language: edition.language.as_str(),
            direction: direction(edition.language),
            page_name: name,
            title,
            summary,
            kind,
            home: format!("{home}index.html"),
            history: format!("{home}history/index.html"),
            subscribe: format!("{home}subscribe/index.html"),
            logo: page.looks.logo.as_ref().map(|logo| format!("{root}{logo}")),
            feed: format!("{home}history.atom"),
            alternates: alternates(kind, &home, &format!("{root}{folder}")),
            feed_title: words.say_with("nav.feed_title", &[("page", name)]),
            canonical: page.address(&format!("{}{folder}", edition.folder)),
            editions: editions(edition, &root, folder),
            is_internal: edition.snapshot.audience == Audience::Internal,
            read_by: page.read_by_title(edition.language),
            desk: desk(edition),
            support: page.support_url.as_deref().and_then(safe_address),
            zone: &page.time_zone,
            zone_note: words.say_with("footer.zone", &zone),
            state,
            root,
            is_linked: false,
            follow: None,
        }
    }

    /// The same without what machines read of it, which is no longer there.
    pub(super) fn without_alternates(self) -> Self {
        Self { alternates: Vec::new(), ..self }
    }

    /// The same with style and script as files of their own, if `is_linked`.
    pub(super) fn linked(self, is_linked: bool) -> Self {
        Self { is_linked, ..self }
    }

    /// The same for a page that follows what it is about.
    pub(super) fn following(self, edition: &LanguageEdition<'_>, folder: &str, about: About<'a>) -> Self {
        Self { follow: Some(Follow::new(edition, folder, about)), ..self }
    }
}

/// The desk in the reader's language, if there is one; not from pages for staff, who do not belong to its readers.
pub(super) fn desk(edition: &LanguageEdition<'_>) -> Option<String> {
    let desk = edition.page.desk.as_ref().filter(|_| edition.snapshot.audience != Audience::Internal)?;
    Some(format!("{desk}/?lang={}", edition.language))
}

/// The desk's form to follow an open incident until it is over.
pub(super) fn desk_for(edition: &LanguageEdition<'_>, incident: &Incident) -> Option<String> {
    let is_over = incident.phase_at(edition.snapshot.now).is_over();
    let desk = desk(edition).filter(|_| !is_over)?;
    let id = form_urlencoded::byte_serialize(incident.id.as_str().as_bytes());
    Some(format!("{desk}&incident={}", id.collect::<String>()))
}

/// An incident's page has its alert, which lies in the first language's folder; a feature's page has its own feeds
/// and calendar next to it; any other has those of the whole.
fn alternates(kind: &str, home: &str, first_folder: &str) -> Vec<Alternate> {
    let link = |format, href| Alternate { format, href };
    if kind == "incident" {
        return vec![link("application/cap+xml", format!("{first_folder}cap.xml"))];
    }
    let folder = if kind == "feature" { "" } else { home };
    vec![
        link("application/rss+xml", format!("{folder}history.rss")),
        link("application/feed+json", format!("{folder}history.json")),
        link("text/calendar", format!("{folder}maintenance.ics")),
    ]
}

fn editions<'a>(edition: &'a LanguageEdition<'_>, root: &str, folder: &str) -> Vec<Link<'a>> {
    let languages = edition.page.languages.as_slice();
    let link = |language: &'a Language| {
        let path = format!("{}{folder}", folder_of(edition.page, language));
        let words = edition.theme.words(language);
        let named = edition.theme.speaks(language);
        Link {
            language: language.as_str(),
            name: if named { words.say("language") } else { language.as_str() },
            href: format!("{root}{path}index.html"),
            address: edition.page.address(&path),
            is_here: language == edition.language,
        }
    };
    if languages.len() > 1 { languages.iter().map(link).collect() } else { Vec::new() }
}
