//! Makes a theme out of the built-in files and those of the operator's folder.
//!
//! Promises: a bad file does not affect the others: it is a problem with its place, and the built-in file of that name is
//! used. Reads only files of the theme's own folder; follows no link out of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use tera::{ErrorKind, Tera};
use toml::{Table, Value};

use super::files::{TEMPLATES, WORDS};
use super::sheets::{filled, linked};
use super::watched::Watch;
use super::words::Translations;
use super::{Error, Theme, Voice, looks, script, style};
use crate::files::{self, Folder};
use crate::model::hash::derive;
use crate::model::localized::Language;
use crate::model::looks::Branding;
use crate::model::problem::{Problem, ProblemLevel, SourceSpan};

/// What the engine takes for a template or a part of one.
const EXTENSIONS: [&str; 5] = ["html", "txt", "css", "svg", "js"];

/// What the operator chose in `page.toml`, as a style.
const LOOKS: &str = "looks.css";

/// The operator's style, which has an element of its own if there is any.
const OWN_STYLE: &str = "own.css";

/// The script of a page. A theme that empties it has none.
const SCRIPT: &str = "page.js";

/// Styles that stand within [`OWN_STYLE`] and never on their own, so that the policy need not name them.
const PARTS_OF_STYLE: [&str; 2] = ["brand.css", LOOKS];

/// A file of a theme is text a person wrote; more than this is a mistake.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(super) fn built_in() -> Theme {
    assemble(BTreeMap::new(), "", &Branding::default())
}

pub(super) fn open(root: &Path, name: &str, looks: &Branding) -> (Theme, Vec<Problem>) {
    let (files, problems) = read(root, name);
    let theme = assemble(files, &folder_of(name), looks);
    let problems = with_those_of(&theme, problems);
    (theme, problems)
}

pub(super) fn open_again(
    root: &Path,
    name: &str,
    looks: &Branding,
    last: Option<Arc<Theme>>,
) -> (Arc<Theme>, Vec<Problem>) {
    let (files, problems) = read(root, name);
    let folder = folder_of(name);
    let fingerprint = fingerprint(&files, &folder, looks);
    let same = last.filter(|last| last.fingerprint == fingerprint);
    let theme = same.unwrap_or_else(|| Arc::new(assemble(files, &folder, looks)));
    let problems = with_those_of(&theme, problems);
    (theme, problems)
}

fn folder_of(name: &str) -> String {
    format!("themes/{name}")
}

/// The problems of finding a theme's files with those of making it of them.
fn with_those_of(theme: &Theme, mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.extend(theme.problems.iter().cloned());
    problems.sort();
    problems
}

/// The operator's own files of the theme of that name; none if there is no such folder.
fn read(root: &Path, name: &str) -> (BTreeMap<String, String>, Vec<Problem>) {
    let mut problems = Vec::new();
    let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']);
    let files = if plain { read_folder(root, &folder_of(name), &mut problems) } else { None };
    if files.is_none() && name != "default" {
        let message = format!("there is no theme called `{name}`");
        let hint = Some("create a folder of that name in `themes`, or write theme = \"default\"".to_owned());
        problems.push(problem("site/page.toml", None, "unknown-theme", message, hint));
    }
    (files.unwrap_or_default(), problems)
}

/// What went wrong while a template was filled in.
pub(super) fn fault(template: &str, error: &tera::Error) -> Error {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let span = report.span();
            let place = format!("{}:{}:{}", report.filename(), span.start_line, span.start_col + 1);
            Error { place, message: report.message().to_owned() }
        }
        other => Error { place: template.to_owned(), message: other.to_string() },
    }
}

/// The texts of the operator's folder by their path in it; `None` if there is no such folder. Links are reported.
fn read_folder(root: &Path, folder: &str, problems: &mut Vec<Problem>) -> Option<BTreeMap<String, String>> {
    let opened = match Folder::open(root).and_then(|root| root.below(folder)) {
        Err(error) if error.is_not_found() => return None,
        Err(error) => {
            problems.push(problem(folder, None, "unreadable-theme-file", error.to_string(), None));
            return Some(BTreeMap::new());
        }
        Ok(opened) => opened,
    };
    let mut files = BTreeMap::new();
    for part in ["", "words/"] {
        let names = opened.below(part.trim_end_matches('/')).and_then(|part| part.names());
        for name in names.unwrap_or_default() {
            let path = format!("{part}{name}");
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            let wanted = if part.is_empty() { EXTENSIONS.contains(&extension) } else { extension == "toml" };
            match if wanted { read_text(&opened, &path) } else { Ok(None) } {
                Ok(text) => files.extend(text.map(|text| (path, text))),
                Err(message) => {
                    let file = format!("{folder}/{path}");
                    problems.push(problem(&file, None, "unreadable-theme-file", message, None));
                }
            }
        }
    }
    Some(files)
}

/// `None` for a folder that has the name of a file.
fn read_text(folder: &Folder, path: &str) -> Result<Option<String>, String> {
    let bytes = match folder.read(path, FILE_BYTES_MAX) {
        Err(files::Error::NotAFile) => return Ok(None),
        read => read.map_err(|error| error.to_string())?,
    };
    let text = bytes.map(String::from_utf8).transpose();
    text.map_err(|_| "the file is not UTF-8 text".to_owned())
}

fn assemble(files: BTreeMap<String, String>, folder: &str, looks: &Branding) -> Theme {
    let fingerprint = fingerprint(&files, folder, looks);
    let mut problems = Vec::new();
    let (words, templates): (BTreeMap<_, _>, BTreeMap<_, _>) =
        files.into_iter().partition(|(name, _)| name.starts_with("words/"));
    let watch = (!templates.is_empty()).then(Watch::default);
    let has_own_templates = templates.keys().any(|name| name.ends_with(".html"));
    let engine = parse_templates(templates, folder, looks, &mut problems);
    let mut engine = with_inline_files(engine, watch.as_ref());
    engine.global_context().insert("has_own_templates", &has_own_templates);
    let assets = linked(&mut engine, watch.as_ref());
    let mut tables = word_tables(&words, folder, &mut problems);
    let english_table = tables.remove(&Language::english()).unwrap_or_default();
    let voice = |language: &Language, layers: &[&Table]| {
        let mut all = english_table.clone();
        layers.iter().for_each(|layer| overlay(&mut all, Table::clone(layer)));
        let mut templates = engine.clone();
        templates.global_context().insert("words", &all);
        let mut flat = BTreeMap::new();
        flatten("", &all, &mut flat);
        let words = Translations::new(language.clone(), flat);
        Voice { words, templates: Arc::new(templates), watch: watch.clone() }
    };
    let english = voice(&Language::english(), &[]);
    // What `pt-BR` does not say is said as in `pt`, and only then in English.
    let others = tables.iter().map(|(language, table)| {
        let base = language.base().and_then(|base| tables.get(&base));
        let layers: Vec<&Table> = base.into_iter().chain([table]).collect();
        (language.clone(), voice(language, &layers))
    });
    Theme { english, others: others.collect(), fingerprint, assets, problems }
}

/// The built-in files are the same as long as the program is.
fn fingerprint(files: &BTreeMap<String, String>, folder: &str, looks: &Branding) -> String {
    let looks = looks::style(looks);
    let parts = files.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]);
    derive("theme", &[folder, &looks].into_iter().chain(parts).collect::<Vec<_>>())
}

/// Parses the built-in templates with the operator's over them; one that cannot be parsed is left out and the
/// rest is tried again.
fn parse_templates(
    mut own: BTreeMap<String, String>,
    folder: &str,
    looks: &Branding,
    problems: &mut Vec<Problem>,
) -> Tera {
    let looks = looks::style(looks);
    loop {
        let mut all: BTreeMap<&str, Cow<'_, str>> =
            TEMPLATES.iter().map(|(name, text)| (*name, Cow::Borrowed(*text))).collect();
        all.extend(own.iter().map(|(name, text)| (name.as_str(), Cow::Borrowed(text.as_str()))));
        all.insert(LOOKS, Cow::Borrowed(&looks));
        // A script may hold what looks like a tag.
        for (_, script) in all.iter_mut().filter(|(name, _)| name.ends_with(".js")) {
            *script = raw(script).into();
        }
        let mut engine = Tera::new();
        let Err(error) = engine.add_raw_templates(all) else { return engine };
        let culprit =
            culprit(&error).filter(|name| own.contains_key(name)).or_else(|| own.keys().next_back().cloned());
        let Some(name) = culprit else { return engine };
        let text = own.remove(&name).unwrap_or_default();
        let file = format!("{folder}/{name}");
        let place = template_place(&error, &name, &text);
        let hint = TEMPLATES
            .iter()
            .any(|(built_in, _)| *built_in == name)
            .then(|| "until you fix it, the built-in file of that name is used".to_owned());
        problems.push(problem(&file, place, "broken-template", fault(&name, &error).message, hint));
    }
}

/// Squeezes the styles and scripts, which stand within the pages, and tells the templates their hashes, as the
/// content security policy writes them, by the names `style_hashes` and `script_hashes`. An empty script has none; `has_script`
/// tells whether pages have one.
fn with_inline_files(mut engine: Tera, watch: Option<&Watch>) -> Tera {
    for (extension, squeeze, hashes_name) in [
        (".css", style::squeeze as fn(&str) -> String, "style_hashes"),
        (".js", script::squeeze, "script_hashes"),
    ] {
        let mut names: Vec<String> = engine.get_template_names().map(str::to_owned).collect();
        names.retain(|name| name.ends_with(extension));
        names.sort();
        let mut squeezed = Vec::new();
        let mut hashes = Vec::new();
        for name in names {
            // What cannot be filled in is left as it is: it fails in every page, with its place.
            let Ok(text) = filled(&engine, watch, &name) else { continue };
            let text = squeeze(&text);
            if name == OWN_STYLE {
                engine.global_context().insert("has_own_style", &!text.is_empty());
            } else if name == SCRIPT {
                engine.global_context().insert("has_script", &!text.is_empty());
            }
            let may_be_empty = extension == ".css" && name != OWN_STYLE;
            if !PARTS_OF_STYLE.contains(&name.as_str()) && (may_be_empty || !text.is_empty()) {
                hashes.push(format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text.as_bytes()))));
            }
            squeezed.push((name, raw(&text)));
        }
        // What was parsed once and holds no tags any more is parsed again without fail.
        let _ = engine.add_raw_templates(squeezed);
        engine.global_context().insert(hashes_name, &hashes.join(" "));
    }
    engine
}

/// A text as a template that gives it back as it is.
fn raw(text: &str) -> String {
    format!("{{% raw %}}{text}{{% endraw %}}")
}

/// The template an error is about, where the engine knows.
fn culprit(error: &tera::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            Some(report.filename().to_owned())
        }
        ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => Some(tpl.clone()),
        ErrorKind::MissingParent { current, .. } => Some(current.clone()),
        _ => None,
    }
}

fn template_place(error: &tera::Error, name: &str, text: &str) -> Option<SourceSpan> {
    let (ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report)) = error.kind() else {
        return None;
    };
    if report.filename() != name {
        return None;
    }
    let span = report.span();
    place_at(text, span.range.start, span.range.len())
}

/// The place of some bytes of a text.
fn place_at(text: &str, start: usize, length: usize) -> Option<SourceSpan> {
    let before = text.get(..start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let source = text[line_start..].lines().next().unwrap_or_default().to_owned();
    let meant = text.get(start..start + length).unwrap_or_default().lines().next().unwrap_or_default();
    Some(SourceSpan {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        length: meant.chars().count().max(1),
        source,
    })
}

/// The translations of every language, the operator's over the built-in ones.
fn word_tables(
    own: &BTreeMap<String, String>,
    folder: &str,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Language, Table> {
    let mut tables = built_in_tables();
    let english = tables.get(&Language::english()).cloned().unwrap_or_default();
    for (name, text) in own {
        let file = format!("{folder}/{name}");
        let tag = name.trim_start_matches("words/").trim_end_matches(".toml");
        let Some(language) = Language::new(tag) else {
            let message = format!("`{tag}` is not a language tag");
            let hint = Some("name the file after a language tag, such as `fr` or `pt-BR`".to_owned());
            problems.push(problem(&file, None, "broken-words", message, hint));
            continue;
        };
        match text.parse::<Table>() {
            Ok(table) => {
                if language != Language::english() {
                    report_unknown_words(&file, &table, &english, problems);
                }
                overlay(tables.entry(language).or_default(), table);
            }
            Err(error) => {
                let place = error.span().and_then(|span| place_at(text, span.start, span.len()));
                problems.push(problem(&file, place, "broken-words", error.message().to_owned(), None));
            }
        }
    }
    tables
}

fn built_in_tables() -> BTreeMap<Language, Table> {
    WORDS.iter().filter_map(|(tag, text)| Some((Language::new(tag)?, text.parse().ok()?))).collect()
}

/// Lists keys that no phrase uses.
fn report_unknown_words(file: &str, table: &Table, english: &Table, problems: &mut Vec<Problem>) {
    let (mut known, mut given) = (BTreeMap::new(), BTreeMap::new());
    flatten("", english, &mut known);
    flatten("", table, &mut given);
    let stem = |key: &str| key.rsplit_once('.').map_or(String::new(), |(stem, _)| format!("{stem}.other"));
    for key in given.keys().filter(|key| !known.contains_key(*key) && !known.contains_key(&stem(key))) {
        let near = known.keys().map(|known| (strsim::jaro_winkler(known, key), known));
        let near = near.filter(|(score, _)| *score > 0.85).max_by(|a, b| a.0.total_cmp(&b.0));
        let mut unknown = problem(
            file,
            None,
            "unknown-word",
            format!("there is no phrase `{key}`"),
            near.map(|(_, known)| format!("did you mean `{known}`?")),
        );
        unknown.level = ProblemLevel::Warning;
        problems.push(unknown);
    }
}

/// Puts every phrase of `upper` over `lower`'s.
fn overlay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => overlay(below, above),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}

/// Nested tables as keys with dots.
fn flatten(prefix: &str, table: &Table, flat: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => flatten(&format!("{prefix}{key}."), inner, flat),
            Value::String(phrase) => {
                flat.insert(format!("{prefix}{key}"), phrase.clone());
            }
            _ => {}
        }
    }
}

fn problem(
    file: &str,
    place: Option<SourceSpan>,
    rule: &'static str,
    message: String,
    hint: Option<String>,
) -> Problem {
    Problem { file: file.to_owned(), place, level: ProblemLevel::Error, rule, message, hint }
}

/// A built-in language's own phrases, before English fills the gaps.
#[cfg(test)]
pub(super) fn built_in_table(language: &Language) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    flatten("", &built_in_tables()[language], &mut flat);
    flat
}

#[cfg(test)]
mod tests;
