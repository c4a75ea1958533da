//! `[[targets]]` of `site/page.toml` → [`Target`]s.
//!
//! Promises: all problems are reported at once, each at its place; a target is never guessed: if one cannot be read
//! there are none. Reads no secret.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::cdn::Cdn;
use super::{AwsKeys, Azure, Branch, Folder, Gcs, Program, S3, Switch, Target, TargetKind};
use crate::config::file::{self, PAGE_FILE};
use crate::config::secret::Secret;
use crate::located::{Document, Field, Table};
use crate::model::audience::AudienceName;
use crate::model::feature::FeatureId;
use crate::model::page::Links;
use crate::model::web_address;

/// Folders of the site and of its repository, which no page may replace.
const SOURCES: [&str; 5] = ["site", "incidents", "themes", ".git", ".allclear"];

/// Reads the targets of `site/page.toml` below `root`, or of one of its audiences; `None` where one could not be read. Its
/// problems are those of the page, which [`read_page`](crate::config::read_page) tells.
pub fn read_targets(root: &Path, audience: Option<AudienceName>) -> Option<Vec<Target>> {
    let text = file::read(root, PAGE_FILE).ok().flatten()?;
    match audience {
        Some(audience) => parse_targets_of(&text, audience),
        None => parse_targets(&text),
    }
}

fn parse_targets_of(text: &str, audience: AudienceName) -> Option<Vec<Target>> {
    let document = Document::from_toml(PAGE_FILE, text, 0..text.len());
    let mut page = document.root();
    let links = page.optional("links").text().and_then(|word| Links::from_word(&word)).unwrap_or_default();
    let all = page.optional("audiences").table()?.all();
    let (_, field) = all.into_iter().find(|(name, _)| *name == audience.as_str())?;
    let mut table = field.table()?;
    let url = table.optional("url").text()?;
    targets(&mut table, Some(&url), links)
}

/// The same, of the text of a `site/page.toml`.
pub fn parse_targets(text: &str) -> Option<Vec<Target>> {
    let document = Document::from_toml(PAGE_FILE, text, 0..text.len());
    let mut table = document.root();
    let url = table.optional("url").text();
    let links = table.optional("links").text().and_then(|word| Links::from_word(&word)).unwrap_or_default();
    targets(&mut table, url.as_deref(), links)
}

/// The targets, if every one could be read. `page_url` is where readers find a target that says nothing else.
pub(in crate::config) fn targets(
    table: &mut Table<'_>,
    page_url: Option<&str>,
    links: Links,
) -> Option<Vec<Target>> {
    let field = table.optional("targets");
    let mut names = BTreeSet::new();
    let read: Vec<Option<Target>> =
        field.tables().into_iter().map(|table| target(table, page_url, links, &mut names)).collect();
    let whole = read.len() == field.items().len();
    read.into_iter().collect::<Option<Vec<_>>>().filter(|_| whole)
}

fn target(
    mut table: Table<'_>,
    page_url: Option<&str>,
    links: Links,
    names: &mut BTreeSet<String>,
) -> Option<Target> {
    let name = name(&table.required("name"), names);
    let field = table.optional("url");
    let url = if field.is_present() {
        field.shaped("bad-url", web_address::BASE, web_address::base)
    } else {
        page_url.map(str::to_owned)
    };
    let kind = kind(&table.required("kind"));
    let place = kind.and_then(|kind| place(kind, &mut table));
    let headers_file = flag(&table.optional("headers_file"));
    let field = table.optional("cdn");
    let cdn = field.table().map(Cdn::read);
    let cdn = if field.is_present() { cdn.flatten().map(Some) } else { Some(None) };
    if kind.is_some() {
        table.finish();
    }
    Some(Target { name: name?, url: url?, place: place?, headers_file: headers_file?, cdn: cdn?, links })
}

fn name(field: &Field<'_>, names: &mut BTreeSet<String>) -> Option<String> {
    let expected = "a name: lower-case letters, digits and hyphens, at most 64";
    let name =
        field.shaped("bad-id", expected, |name| FeatureId::new(name).map(|name| name.as_str().to_owned()))?;
    if !names.insert(name.clone()) {
        field.error("duplicate-target", format!("another target is already called `{name}`"), None);
        return None;
    }
    Some(name)
}

fn kind(field: &Field<'_>) -> Option<&'static str> {
    let known = |text: &str| TargetKind::KINDS.into_iter().find(|kind| *kind == text);
    field.choice(&TargetKind::KINDS, |kind| kind, known)
}

fn place(kind: &str, table: &mut Table<'_>) -> Option<TargetKind> {
    match kind {
        "folder" => folder(table).map(TargetKind::Folder),
        "s3" => s3(table).map(TargetKind::S3),
        "gcs" => gcs(table).map(TargetKind::Gcs),
        "azure" => azure(table).map(TargetKind::Azure),
        "branch" => branch(table).map(TargetKind::Branch),
        _ => program(table).map(TargetKind::Command),
    }
}

fn folder(table: &mut Table<'_>) -> Option<Folder> {
    let expected =
        "a folder of its own: not the site's root or one above it, and none that holds the site's files";
    let path = table.required("path").shaped("bad-path", expected, folder_of_its_own);
    let field = table.optional("switch");
    let switch = match field.is_present() {
        true => field.choice(&Switch::ALL, Switch::word, Switch::from_word),
        false => Some(Switch::Link),
    };
    let compressed = flag(&table.optional("compressed"));
    Some(Folder { path: path?, switch: switch?, compressed: compressed? })
}

/// A folder whose files may be replaced and deleted. Relative paths count from the site's root.
fn folder_of_its_own(text: &str) -> Option<PathBuf> {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let is_above = parts.iter().all(|part| *part == "..");
    let is_sources = parts.first().is_some_and(|first| SOURCES.contains(first)) && !text.starts_with('/');
    (!is_above && !is_sources).then(|| PathBuf::from(text))
}

fn s3(table: &mut Table<'_>) -> Option<S3> {
    let (bucket, prefix) = (bucket(&table.required("bucket")), prefix(table));
    let region = table.required("region").text();
    let endpoint = endpoint(table);
    let keys = aws_keys(table);
    Some(S3 { bucket: bucket?, prefix: prefix?, region: region?, endpoint, keys: keys? })
}

fn gcs(table: &mut Table<'_>) -> Option<Gcs> {
    let (bucket, prefix) = (bucket(&table.required("bucket")), prefix(table));
    let service_account = secret(&table.optional("service_account"));
    Some(Gcs { bucket: bucket?, prefix: prefix?, service_account: service_account? })
}

fn azure(table: &mut Table<'_>) -> Option<Azure> {
    let account = table.required("account").text();
    let (container, prefix) = (bucket(&table.required("container")), prefix(table));
    let endpoint = endpoint(table);
    let access_key = secret(&table.optional("access_key"));
    Some(Azure {
        account: account?,
        container: container?,
        prefix: prefix?,
        endpoint,
        access_key: access_key?,
    })
}

/// A remote or branch that begins with a hyphen would be an option to git.
fn branch(table: &mut Table<'_>) -> Option<Branch> {
    let plain = |text: &str| {
        let odd = |c: char| c.is_whitespace() || matches!(c, '~' | '^' | '?' | '*' | '[' | '\\');
        (!text.starts_with('-') && !text.contains("..") && !text.contains(odd)).then(|| text.to_owned())
    };
    let remote = |text: &str| (!text.starts_with('-')).then(|| text.to_owned());
    let remote = table.required("remote").shaped("bad-remote", "a git remote or a URL", remote);
    let branch = table.required("branch").shaped("bad-branch", "the name of a branch", plain);
    Some(Branch { remote: remote?, branch: branch? })
}

fn program(table: &mut Table<'_>) -> Option<Program> {
    let (run, field) = (command(&table.required("run")), table.optional("environment"));
    let expected = "the name of an environment variable: letters, digits and underscores";
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    let shape = |name: &str| is_name(name).then(|| name.to_owned());
    let items = field.items();
    let names: Vec<String> =
        items.iter().filter_map(|item| item.shaped("bad-name", expected, shape)).collect();
    let environment = (names.len() == items.len()).then_some(names);
    Some(Program { run: run?, environment: environment? })
}

fn command(field: &Field<'_>) -> Option<Vec<String>> {
    let words = field.texts()?;
    if words.is_empty() && field.items().is_empty() {
        let hint = Some("write it like `run = [\"rsync-the-page\", \"--quiet\"]`".to_owned());
        field.error("no-command", "there is no program to run", hint);
    }
    (!words.is_empty() && words.len() == field.items().len()).then_some(words)
}

/// The keys of an account of AWS. Both or neither are written.
fn aws_keys(table: &mut Table<'_>) -> Option<AwsKeys> {
    let (id, key) = (table.optional("access_key_id"), table.optional("secret_access_key"));
    let token = table.optional("session_token");
    if !id.is_present() && !key.is_present() && !token.is_present() {
        return Some(AwsKeys::default());
    }
    for (field, name) in [(&id, "access_key_id"), (&key, "secret_access_key")] {
        if !field.is_present() {
            table.report_missing(name);
        }
    }
    let (id, key, session_token) = (Secret::read(&id), Secret::read(&key), secret(&token));
    Some(AwsKeys { access_key_id: id?, secret_access_key: key?, session_token: session_token? })
}

/// An absolute `http` or `https` URL.
fn endpoint(table: &mut Table<'_>) -> Option<String> {
    table.optional("endpoint").shaped("bad-url", web_address::BASE, web_address::base)
}

/// `Some(None)` if nothing is written, `None` where what is written cannot be read.
fn secret(field: &Field<'_>) -> Option<Option<Secret>> {
    if field.is_present() { Secret::read(field).map(Some) } else { Some(None) }
}

fn flag(field: &Field<'_>) -> Option<bool> {
    if field.is_present() { field.flag() } else { Some(false) }
}

fn bucket(field: &Field<'_>) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '$');
    let shape =
        |name: &str| ((3..=222).contains(&name.len()) && name.chars().all(plain)).then(|| name.to_owned());
    field.shaped("bad-bucket", "the name of a bucket", shape)
}

/// A folder within a bucket, if one is written.
fn prefix(table: &mut Table<'_>) -> Option<Option<String>> {
    let part = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !matches!(part, "" | "." | "..") && part.chars().all(plain)
    };
    let shape = |text: &str| text.split('/').all(part).then(|| text.to_owned());
    let field = table.optional("prefix");
    match field.is_present() {
        true => field.shaped("bad-prefix", "a folder such as `status` or `pages/status`", shape).map(Some),
        false => Some(None),
    }
}
