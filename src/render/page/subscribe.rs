//! The page that explains how to subscribe: by email or SMS, in a feed reader, in a calendar, by a program.
//!
//! Promises: it offers email and SMS only if the site has a way to sign up for them.

use serde::Serialize;

use super::frame::{PageLayout, STATELESS, desk};
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::path::{feature_folder, way_up};
use crate::render::view;
use crate::theme::markdown::safe_address;

/// The folder within a language's folder, with a slash at its end.
const FOLDER: &str = "subscribe/";

/// The view of `subscribe.html`.
#[derive(Debug, Serialize)]
struct SubscribePage<'a> {
    frame: PageLayout<'a>,
    /// Where people sign up for mail and text messages.
    sign_up: Option<String>,
    feeds: Vec<Link>,
    /// For calendar programs, which fetch it again and again.
    calendar: Link,
    /// What programs read.
    programs: Vec<Link>,
    groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
struct Link {
    name: &'static str,
    /// Relative, except that of a calendar.
    href: String,
    /// The whole address, to be copied.
    address: String,
}

#[derive(Debug, Serialize)]
struct Group {
    name: view::Title,
    features: Vec<Feature>,
}

#[derive(Debug, Serialize)]
struct Feature {
    name: view::Title,
    /// Where its page reports its feeds.
    href: String,
}

/// Renders the page.
pub(super) fn page(edition: &LanguageEdition<'_>) -> Result<[File; 1], Error> {
    let root = way_up(&format!("{}{FOLDER}", edition.folder));
    let (page, words) = (edition.page, edition.words);
    let name = page.name.in_language(edition.language);
    let title = format!("{} · {name}", words.say("subscribe.title"));
    let of_language = |name, file: &str| link(edition, &root, name, &format!("{}{file}", edition.folder));
    let calendar = of_language("iCalendar", "maintenance.ics");
    let now = edition.snapshot.now;
    let groups = page.groups_at(now).map(|group| Group {
        name: edition.title(&group.name),
        features: group
            .features_at(now)
            .map(|feature| Feature {
                name: edition.title(&feature.name),
                href: format!("{root}{}{}index.html#follow", edition.folder, feature_folder(&feature.id)),
            })
            .collect(),
    });
    let view = SubscribePage {
        frame: PageLayout::new(
            edition,
            "subscribe",
            STATELESS,
            FOLDER,
            title,
            words.say("subscribe.intro").to_owned(),
        ),
        sign_up: page.subscribe_url.as_deref().and_then(safe_address).or_else(|| desk(edition)),
        feeds: vec![
            of_language("RSS", "history.rss"),
            of_language("Atom", "history.atom"),
            of_language("JSON Feed", "history.json"),
        ],
        calendar: Link { href: to_be_followed(&calendar.address), ..calendar },
        programs: vec![
            of_language("summary.json", "summary.json"),
            link(edition, &root, "Statuspage API v2", "api/v2/summary.json"),
            link(edition, &root, "OpenAPI", "openapi.json"),
        ],
        groups: groups.collect(),
    };
    Ok([edition.fill(format!("{}{FOLDER}index.html", edition.folder), "subscribe.html", &view)?])
}

fn link(edition: &LanguageEdition<'_>, root: &str, name: &'static str, path: &str) -> Link {
    Link { name, href: format!("{root}{path}"), address: format!("{}/{path}", edition.page.url) }
}

/// The scheme by which a calendar program takes an address and keeps looking there.
fn to_be_followed(address: &str) -> String {
    address.split_once("://").map_or_else(String::new, |(_, rest)| format!("webcal://{rest}"))
}
