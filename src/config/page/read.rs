//! `site/page.toml` → [`Page`].

use std::collections::BTreeMap;
use std::path::Path;

use super::{PAGE_FILE, PAGE_TEMPLATE, audiences, looks, product};
use crate::config::{Reading, file, target, zone};
use crate::files::Folder;
use crate::located::{Document, Field, Table, Value, quoted};
use crate::model::feature::{Feature, FeatureId, Group, Life};
use crate::model::localized::Language;
use crate::model::page::{Links, Page};
use crate::model::problem::{Problem, ProblemLevel, SourceKey, SourceMap};
use crate::model::web_address;

/// Reads `site/page.toml` below `root`. A file that is not there is a problem.
///
/// There is a page where every value of it could be read, even next to a problem such as an unknown key; who
/// publishes looks at the problems as well.
pub fn read_page(root: &Path) -> Reading<Page> {
    match file::read(root, PAGE_FILE) {
        Ok(Some(text)) => with_logo(root, parse_page(&text)),
        Ok(None) => (None, vec![missing_file()], SourceMap::default()),
        Err(problem) => (None, vec![*problem], SourceMap::default()),
    }
}

/// Reads the text of a `site/page.toml`.
pub fn parse_page(text: &str) -> Reading<Page> {
    let document = Document::from_toml(PAGE_FILE, text, 0..text.len());
    let defaults = Document::from_toml("page.default.toml", PAGE_TEMPLATE, 0..PAGE_TEMPLATE.len());
    let page = read(document.root().over(&defaults.root()));
    let (problems, places) = document.into_parts();
    (page, problems, places)
}

/// Says where the picture of the header is missing, and leaves it out.
fn with_logo(root: &Path, (mut page, mut problems, places): Reading<Page>) -> Reading<Page> {
    let logo = page.as_mut().map(|page| &mut page.looks.logo);
    if let Some(logo) = logo
        && let Some(name) = logo.take_if(|name| !has_file(root, &format!("site/static/{name}")))
    {
        problems.push(Problem {
            file: PAGE_FILE.to_owned(),
            place: places.find(PAGE_FILE, SourceKey::Key("looks.logo".to_owned())),
            level: ProblemLevel::Error,
            rule: "missing-logo",
            message: format!("there is no file site/static/{name}"),
            hint: None,
        });
    }
    (page, problems, places)
}

fn has_file(root: &Path, path: &str) -> bool {
    Folder::open(root).is_ok_and(|root| root.has_file(path))
}

fn missing_file() -> Problem {
    Problem {
        file: PAGE_FILE.to_owned(),
        place: None,
        level: ProblemLevel::Error,
        rule: "missing-file",
        message: "the site has no page.toml".to_owned(),
        hint: Some("create a site with `allclear init`, or name its folder with `--root`".to_owned()),
    }
}

pub(super) fn read(mut table: Table<'_>) -> Option<Page> {
    let languages = languages(&table.required("languages"));
    let name = table.required("name").localized(&languages);
    let description = table.optional("description").localized(&languages);
    let url = table.required("url");
    let url =
        url.shaped("bad-url", "an absolute http or https URL without a slash at its end", web_address::base);
    let time_zone = zone::named(&table.required("time_zone"));
    let support = "an http, https or mailto URL";
    let support_url = table.optional("support_url").shaped("bad-url", support, web_address::support);
    let subscribe_url = table.optional("subscribe_url").shaped("bad-url", support, web_address::support);
    let theme = table.required("theme");
    let theme = theme.shaped("bad-theme", "the name of a folder below themes/", folder_name);
    let history_days = table.required("history_days").integer(1..=365_u16);
    let links = table.required("links").choice(&Links::ALL, Links::word, Links::from_word);
    let looks = table.required("looks").table().and_then(looks::read);
    let groups = groups(&mut table, &languages, time_zone.as_deref());
    // Who publishes reads them again; here they are looked at for their problems.
    let targets = target::targets(&mut table, url.as_deref(), links.unwrap_or_default()).unwrap_or_default();
    let audiences =
        audiences::audiences(&mut table, &languages, url.as_deref(), links.unwrap_or_default(), &targets);
    let _domains = product::product_domains(&mut table);
    table.finish();
    Some(Page {
        name: name?,
        description,
        url: url?,
        languages: Some(languages).filter(|languages| !languages.is_empty())?,
        time_zone: time_zone?,
        support_url,
        subscribe_url,
        desk: None,
        theme: theme?,
        looks: looks?,
        groups: groups?,
        history_days: history_days?,
        links: links?,
        audiences: audiences?,
        read_by: None,
    })
}

/// The languages that could be read; empty if none could, which is a problem.
fn languages(field: &Field<'_>) -> Vec<Language> {
    let mut languages = Vec::new();
    for item in field.items() {
        let Some(language) = language(&item) else { continue };
        if languages.contains(&language) {
            item.error("duplicate-language", format!("`{language}` is listed twice"), None);
        } else {
            languages.push(language);
        }
    }
    if field.value() == Some(&Value::List(Vec::new())) {
        field.error("no-language", "a page needs at least one language", None);
    }
    languages
}

/// A language tag in its usual spelling. Tags are compared as written, so `en-us` next to `en-US` would be
/// two.
fn language(item: &Field<'_>) -> Option<Language> {
    let tag = item.text()?;
    let usual = Language::usual(&tag);
    if usual.as_ref().is_some_and(|usual| usual.as_str() == tag) {
        return usual;
    }
    let hint = usual.map_or_else(
        || "write a tag such as `en`, `es` or `pt-BR`".to_owned(),
        |usual| format!("did you mean `{usual}`?"),
    );
    item.error("bad-language", format!("{} is not a language tag", quoted(&tag)), Some(hint));
    None
}

fn folder_name(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    ((1..=64).contains(&name.len()) && name.chars().all(plain)).then(|| name.to_owned())
}

/// What an id looks like.
const ID: &str = "an id: lower-case letters, digits and hyphens, at most 64";

/// The groups, if every one could be read and there is a feature.
fn groups(table: &mut Table<'_>, languages: &[Language], zone: Option<&str>) -> Option<Vec<Group>> {
    let field = table.optional("groups");
    let mut lines = BTreeMap::new();
    let groups: Vec<Option<Group>> =
        field.tables().into_iter().map(|table| group(table, languages, zone, &mut lines)).collect();
    if groups.contains(&None) {
        return None;
    }
    if lines.is_empty() {
        if table.document().is_broken() {
            return None;
        }
        let hint = "add `[[groups]]` with a name, and `[[groups.features]]` with an id and a name".to_owned();
        let message = "the page has no feature".to_owned();
        table.document().error(table.value_span("groups"), "no-feature", message, Some(hint));
        return None;
    }
    groups.into_iter().collect()
}

/// One group; `lines` says on which line each id stood first.
fn group(
    mut table: Table<'_>,
    languages: &[Language],
    zone: Option<&str>,
    lines: &mut BTreeMap<FeatureId, usize>,
) -> Option<Group> {
    let field = table.optional("id");
    let id = field.shaped("bad-id", ID, FeatureId::new);
    take_id(&table, &field, id.as_ref(), lines);
    let is_unreadable = field.value().is_some() && id.is_none();
    let name = table.required("name").localized(languages);
    let features: Vec<Option<Feature>> = table
        .optional("features")
        .tables()
        .into_iter()
        .map(|table| feature(table, languages, zone, lines))
        .collect();
    if features.is_empty() {
        let message = "the group has no feature".to_owned();
        table.document().warning(table.span(), "empty-group", message, None);
    }
    table.finish();
    let id = if is_unreadable { return None } else { id };
    Some(Group { id, name: name?, features: features.into_iter().collect::<Option<_>>()? })
}

fn feature(
    mut table: Table<'_>,
    languages: &[Language],
    zone: Option<&str>,
    lines: &mut BTreeMap<FeatureId, usize>,
) -> Option<Feature> {
    let field = table.required("id");
    let id = field.shaped("bad-id", ID, FeatureId::new);
    let name = table.required("name").localized(languages);
    let description = table.optional("description").localized(languages);
    take_id(&table, &field, id.as_ref(), lines);
    let life = life(&mut table, zone);
    let former = table.optional("was").items();
    let was = former.iter().filter_map(|field| {
        let id = field.shaped("bad-id", ID, FeatureId::new);
        take_id(&table, field, id.as_ref(), lines);
        id
    });
    let was: Vec<FeatureId> = was.collect();
    table.finish();
    let is_whole = was.len() == former.len();
    is_whole.then_some(Feature { id: id?, name: name?, description, life: life?, was })
}

/// From when to when a feature exists; `None` where a day cannot be read.
fn life(table: &mut Table<'_>, zone: Option<&str>) -> Option<Life> {
    let (since_field, until_field) = (table.optional("since"), table.optional("until"));
    let (since, until) = (zone::day(&since_field, zone), zone::day(&until_field, zone));
    let is_read = since.is_some() == since_field.is_present() && until.is_some() == until_field.is_present();
    if since.zip(until).is_some_and(|(since, until)| until <= since) {
        until_field.error(
            "bad-life",
            "`until` is not after `since`",
            Some("`until` is the first day without the feature".to_owned()),
        );
        return None;
    }
    is_read.then_some(Life { since, until })
}

/// Takes an id of a feature or a group, each of which stands once.
fn take_id(
    table: &Table<'_>,
    field: &Field<'_>,
    id: Option<&FeatureId>,
    lines: &mut BTreeMap<FeatureId, usize>,
) {
    let (Some(id), Some(span)) = (id, field.span()) else { return };
    match lines.get(id) {
        Some(first) => {
            field.error("duplicate-feature", format!("`{id}` is also the id of line {first}"), None);
        }
        None => drop(lines.insert(id.clone(), table.document().place(span).line)),
    }
}
