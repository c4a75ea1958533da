//! The page from cState's configuration: `config.yml`, `.yaml`, `.toml` or Hugo's newer `hugo.*`.
//!
//! Carries over name, address, language, description, categories and systems; colors, tabs, date formats and analytics
//! belong to themes and are left out.

use std::collections::BTreeMap;

use crate::model::feature::{Feature, Group};
use crate::model::line::one_line;
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::web_address;

use super::super::notes::Notes;
use super::super::times::Zone;
use super::systems::{Systems, feature};
use super::tree::{self, Node, Value};

/// The names a configuration may have, the one Hugo prefers last in each family first.
pub(super) const FILES: [&str; 6] =
    ["config.yml", "config.yaml", "config.toml", "hugo.yaml", "hugo.yml", "hugo.toml"];

/// The group of systems that have no category.
const UNGROUPED: &str = "Services";

/// The page's address until its author sets one.
const URL_UNKNOWN: &str = "https://status.example.org";

/// What the configuration says.
pub(super) struct Site {
    pub(super) file: String,
    pub(super) page: Page,
    pub(super) systems: Systems,
    /// The zone of times that carry none.
    pub(super) zone: Zone,
    /// The languages of translations, by their tags in lower case.
    pub(super) translations: Vec<String>,
    pub(super) notes: Notes,
}

/// Reads the configuration; without one the page is bare and a note reports it. `zone` replaces Hugo's `timeZone`.
pub(super) fn read(files: &BTreeMap<String, Vec<u8>>, zone: Option<&Zone>) -> Site {
    let found = FILES.iter().find_map(|name| files.get(*name).map(|bytes| (*name, bytes)));
    let (name, bytes) = found.unwrap_or(("config.yml", &EMPTY));
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut notes = Notes::new(name, &text);
    if found.is_none() {
        notes.warn(
            None,
            "missing-config",
            "there is no configuration".to_owned(),
            "write name, url and groups into page.toml",
        );
    }
    let root = tree_of(name, text.trim_start_matches('\u{feff}'), &mut notes);
    let mut systems = Systems::default();
    let zone = zone.cloned().unwrap_or_else(|| zone_of(&root, &mut notes));
    let mut page = page(&root, &mut systems, &mut notes);
    zone.name().clone_into(&mut page.time_zone);
    let translations = translations(&root, &page);
    Site { file: name.to_owned(), page, systems, zone, translations, notes }
}

fn zone_of(root: &Node, notes: &mut Notes) -> Zone {
    let Some(written) = root.text_of("timeZone") else { return Zone::utc() };
    Zone::named(written).unwrap_or_else(|| {
        let line = root.get("timeZone").map(|node| node.line);
        let message = format!("`{written}` is not a time zone");
        notes.warn(line, "unknown-zone", message, "UTC was assumed; set one with --time-zone");
        Zone::utc()
    })
}

/// The languages Hugo knows in addition to the page's: `NAME.fr.md` is the French text of `NAME.md`.
fn translations(root: &Node, page: &Page) -> Vec<String> {
    let tags = match root.get("languages").map(|node| &node.value) {
        Some(Value::Table(entries)) => entries.iter().map(|(tag, _)| tag.to_lowercase()).collect(),
        _ => Vec::new(),
    };
    let own = page.languages.first().map_or("en", |language| language.as_str()).to_lowercase();
    let is_own = |tag: &String| *tag == own || own.split('-').next() == Some(tag.as_str());
    tags.into_iter().filter(|tag| !is_own(tag)).collect()
}

static EMPTY: Vec<u8> = Vec::new();

fn tree_of(name: &str, text: &str, notes: &mut Notes) -> Node {
    let read = if name.ends_with(".toml") { tree::from_toml(text, 1) } else { tree::from_yaml(text, 1) };
    let mut tree = read.unwrap_or_else(|fault| {
        notes.error(
            Some(fault.line),
            "broken-config",
            format!("the configuration is broken here: {}", fault.message),
            "fix it and import again; the groups of features come from it",
        );
        Node { line: 1, value: Value::Nothing }
    });
    tree.clean(notes);
    tree
}

fn page(root: &Node, systems: &mut Systems, notes: &mut Notes) -> Page {
    let params = root.get("params");
    let text = |key: &str| params.and_then(|params| params.text_of(key));
    let name = root.text_of("title").unwrap_or("Status");
    let mut groups = groups(params, systems, notes);
    if groups.is_empty() {
        let hint =
            "one feature represents the whole product; add the features that customers know to page.toml";
        notes.warn(None, "no-systems", "the configuration lists no systems".to_owned(), hint);
        let whole = feature(systems.add_whole(name), name);
        groups.push(Group { id: None, name: Localized::plain(UNGROUPED), features: vec![whole] });
    }
    Page {
        name: Localized::plain(name),
        description: text("description").map(|text| description(text, params, notes)),
        url: url(root, notes),
        languages: vec![language(root, notes)],
        time_zone: "UTC".to_owned(),
        support_url: None,
        subscribe_url: None,
        desk: None,
        looks: crate::model::looks::Branding::default(),
        theme: "default".to_owned(),
        groups,
        history_days: 90,
        links: Default::default(),
        audiences: Vec::new(),
        read_by: None,
    }
}

/// The first paragraph of a description on one line.
fn description(text: &str, params: Option<&Node>, notes: &mut Notes) -> Localized {
    let mut paragraphs = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    let first = paragraphs.next().unwrap_or_default();
    let mut lines = first.lines().map(str::trim).collect::<Vec<_>>();
    if lines.len() > 1 && lines.first().is_some_and(|line| line.ends_with(['.', '!'])) {
        lines.truncate(1);
    }
    let kept = lines.join(" ");
    if kept.split_whitespace().count() < text.split_whitespace().count() {
        let line = params.and_then(|params| params.get("description")).map(|node| node.line);
        notes.warn(
            line,
            "long-description",
            "only the first paragraph of the description was carried over".to_owned(),
            "page.toml has one sentence under the name, and `support_url` for the link to your support",
        );
    }
    Localized::plain(kept)
}

fn url(root: &Node, notes: &mut Notes) -> String {
    let Some(node) = root.get("baseURL") else {
        notes.warn(None, "missing-url", "there is no baseURL".to_owned(), "set `url` in page.toml");
        return URL_UNKNOWN.to_owned();
    };
    let written = node.text().unwrap_or_default().trim().trim_end_matches('/');
    let rest =
        web_address::base(written).and(written.split_once("://")).filter(|(_, rest)| rest.contains('.'));
    match rest {
        Some(("https", _)) => written.to_owned(),
        Some((_, host)) => {
            notes.warn(
                Some(node.line),
                "insecure-url",
                format!("baseURL `{written}` is not https"),
                "it was changed to https; check that the site is served over https",
            );
            format!("https://{host}")
        }
        None => {
            notes.warn(
                Some(node.line),
                "missing-url",
                format!("baseURL `{written}` is not the address of a site"),
                "set `url` in page.toml",
            );
            URL_UNKNOWN.to_owned()
        }
    }
}

fn language(root: &Node, notes: &mut Notes) -> Language {
    let written = root.text_of("languageCode").or_else(|| root.text_of("defaultContentLanguage"));
    let read = Language::usual(written.unwrap_or("en"));
    if read.is_none() {
        notes.warn(
            root.get("languageCode").map(|node| node.line),
            "unknown-language",
            format!("`{}` is not a language tag", written.unwrap_or_default()),
            "English was assumed",
        );
    }
    read.unwrap_or_else(Language::english)
}

fn groups(params: Option<&Node>, systems: &mut Systems, notes: &mut Notes) -> Vec<Group> {
    let items = |key| params.and_then(|params| params.get(key)).map_or(&[] as &[Node], Node::items);
    let named = |node: &Node| node.text_of("name").or_else(|| node.text()).map(|name| name.trim().to_owned());
    let mut groups: Vec<(String, Vec<Feature>)> =
        items("categories").iter().filter_map(named).map(|name| (name, Vec::new())).collect();
    for node in items("systems") {
        let Some(name) = named(node).filter(|name| !name.is_empty()) else {
            notes.error(
                Some(node.line),
                "nameless-system",
                "this system has no name".to_owned(),
                "it was left out",
            );
            continue;
        };
        if systems.contains(&name) {
            notes.warn(
                Some(node.line),
                "duplicate-system",
                format!("`{name}` is listed twice"),
                "the first was kept",
            );
            continue;
        }
        let category = node.text_of("category").unwrap_or(UNGROUPED);
        let mut feature = feature(systems.add(&name), node.text_of("displayName").unwrap_or(&name));
        feature.description = node.text_of("description").map(|text| Localized::plain(one_line(text)));
        match groups.iter_mut().find(|(name, _)| name == category) {
            Some((_, features)) => features.push(feature),
            None => groups.push((category.to_owned(), vec![feature])),
        }
    }
    for (name, _) in groups.iter().filter(|(_, features)| features.is_empty()) {
        notes.warn(None, "empty-category", format!("category `{name}` has no systems"), "it was left out");
    }
    let kept = groups.into_iter().filter(|(_, features)| !features.is_empty());
    kept.map(|(name, features)| Group { id: None, name: Localized::plain(name), features }).collect()
}
