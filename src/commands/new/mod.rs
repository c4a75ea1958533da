//! `allclear new`: a new incident or maintenance file, ready to be filled in.
//!
//! Never writes over a file, and never writes a sentence or a time of planned work that its author did not give.

mod blanks;
mod draft;
mod refuse;
mod template;

use crate::files::Durability;
use crate::model::phase::IncidentKind;

use crate::cli::arguments::New;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, styled};
use crate::cli::written;
use crate::import::plain_letters;
use crate::model::localized::Language;
use crate::theme::Theme;
use crate::workspace::root::Root;
use crate::workspace::write;

use template::Template;

/// Writes the file, and one for each translation of the message template, and prints their paths and the ID.
pub(crate) fn run(root: &Root, options: &New) -> Outcome {
    let now = root.now();
    let page = root.read_page().0;
    refuse::check(options, page.as_ref())?;
    let opening = opening(page.as_ref().map_or(&Language::english(), |page| page.first_language()));
    let mut languages: Vec<Language> = page.as_ref().map(|page| page.languages.clone()).unwrap_or_default();
    let others = languages.split_off(languages.len().min(1));
    let mut template = template::read(root, options.from.as_deref(), others.clone())?;
    blanks::fill(&mut template, &options.fill)?;
    let kind = kind(options, &template)?;
    draft::fill_in(&mut template.front, options, kind, now)?;
    let title = template.front.get("title").and_then(|title| title.as_str()).unwrap_or_default();
    let stem = format!("incidents/{}-{}", now.format("%Y-%m-%d"), slug(&blanks::without(title), kind));
    let mut files = vec![(format!("{stem}.md"), draft::text(&template, kind, &opening, now))];
    for (language, translation) in &template.translations {
        files.push((format!("{stem}.{language}.md"), draft::translated(translation, now)));
    }
    if let Some(page) = &page {
        refuse::check_text(root, page, &files[0])?;
    }
    if let Some((file, _)) = files.iter().find(|(file, _)| root.below(file).exists()) {
        return Err(Failure::Refused {
            why: format!("{} is already there", root.below(file).display()),
            hint: "choose another --title, or edit that file".to_owned(),
        });
    }
    for (file, text) in &files {
        write::file(&root.below(file), text.as_bytes(), Durability::Synced)?;
    }
    let id = stem.trim_start_matches("incidents/");
    let paths: Vec<_> = files.iter().map(|(file, _)| root.below(file)).collect();
    written::incident(root.format, id, &paths.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    let open = blanks::open(&files);
    if !open.is_empty() {
        print::say(&format!("placeholders to fill in: {}", open.join(", ")));
    }
    let is_missing = |language: &&Language| template.translations.iter().all(|(known, _)| known != *language);
    let missing: Vec<String> = others.iter().filter(is_missing).map(|one| format!("{id}.{one}.md")).collect();
    if !missing.is_empty() {
        print::say(&format!("to translate it, write incidents/{}", missing.join(" and incidents/")));
    }
    let unwritten: Vec<_> =
        draft::unwritten(&template.front, kind).into_iter().map(|key| format!("`{key}`")).collect();
    let set =
        if unwritten.is_empty() { String::new() } else { format!("set {}, then ", unwritten.join(", ")) };
    print::say(&format!("{} {id}; {set}run `allclear check`", styled(GOOD, "wrote")));
    if let Some(runbook) = root.read_plan().0.and_then(|plan| plan.upkeep.runbook) {
        print::say(&format!("runbook: {runbook}"));
    }
    Ok(Exit::Done)
}

/// The first update in the page's first language; empty in one that the built-in theme does not have.
fn opening(language: &Language) -> String {
    let theme = Theme::built_in();
    if theme.speaks(language) {
        theme.words(language).say("incident.opening").to_owned()
    } else {
        String::new()
    }
}

/// What is said on the command line, else what the message template is for.
fn kind(options: &New, template: &Template) -> Result<IncidentKind, Failure> {
    match (options.kind, template.kind()?) {
        (Some(said), Some(meant)) if said != meant => Err(Failure::Usage(format!(
            "the message template is for kind `{}`, not `{}`",
            meant.word(),
            said.word()
        ))),
        (said, meant) => Ok(said.or(meant).unwrap_or(IncidentKind::Incident)),
    }
}

/// Leaves a file's name room for its date, its language and a temporary ending.
const SLUG_BYTES_MAX: usize = 80;

/// A title as a file name: lower-case ASCII words joined by hyphens, letters with accents as plain ones.
fn slug(title: &str, kind: IncidentKind) -> String {
    let plain = plain_letters(&title.to_lowercase()).replace(|c: char| !c.is_ascii_alphanumeric(), " ");
    let mut slug = String::new();
    for word in plain.split_whitespace().take(8) {
        let room = SLUG_BYTES_MAX.saturating_sub(slug.len() + 1);
        match (slug.is_empty(), word.len() <= room) {
            (true, _) => slug.extend(word.chars().take(SLUG_BYTES_MAX)),
            (false, true) => slug.extend(["-", word]),
            (false, false) => break,
        }
    }
    if slug.is_empty() { kind.word().to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::{SLUG_BYTES_MAX, slug};
    use crate::model::phase::IncidentKind;

    #[test]
    fn a_slug_is_always_a_file_name() {
        assert_eq!(slug("Card payments are failing", IncidentKind::Incident), "card-payments-are-failing");
        assert_eq!(slug("../../etc/passwd", IncidentKind::Incident), "etc-passwd");
        assert_eq!(slug("日本語", IncidentKind::Maintenance), "maintenance");
        assert_eq!(slug("Störung bei Rechnungen", IncidentKind::Incident), "stoerung-bei-rechnungen");
        let long = format!("Cards {} fail", "x".repeat(300));
        assert_eq!(slug(&long, IncidentKind::Incident), "cards");
        assert_eq!(slug(&"x".repeat(300), IncidentKind::Incident), "x".repeat(SLUG_BYTES_MAX));
    }
}
