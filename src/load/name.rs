//! Reads a file's name: the ID of its incident, and its language.
//!
//! Promises: the last part between dots is a language if the page has it or if it is shaped like one; any
//! other dot is part of the name. A name that cannot become a folder of the site is refused here.

use crate::located::suggestion;
use crate::model::incident::IncidentId;
use crate::model::localized::Language;
use crate::model::page::Page;
use crate::model::problem::{Problem, ProblemLevel};

/// Names that Windows keeps for devices, with any extension: a checkout there could not hold them.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What a file is, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An incident in the page's first language.
    Main,
    /// A translation of `main` into another language of the page.
    Translation {
        /// The main file.
        main: String,
        /// As the page spells it.
        language: Language,
    },
    /// A translation into a language that the page does not have, or needs no translation for.
    WrongLanguage {
        /// The main file it would belong to.
        main: String,
        /// The language as the file spells it.
        tag: String,
    },
    /// No incident can have this name.
    Refused,
}

/// Reads the name of a file below `incidents/`, which ends with `.md`.
pub(super) fn read(file: &str, page: &Page) -> Name {
    let path = file.strip_prefix("incidents/").unwrap_or(file);
    let stem = path.strip_suffix(".md").unwrap_or(path);
    if IncidentId::new(stem).is_none() || stem.split('/').any(is_reserved) {
        return Name::Refused;
    }
    let last = stem.rsplit('/').next().unwrap_or(stem);
    let Some((name, tag)) = last.rsplit_once('.').filter(|(name, _)| !name.is_empty()) else {
        return Name::Main;
    };
    let main = format!("incidents/{}{name}.md", &stem[..stem.len() - last.len()]);
    // `pt_BR` is how programs write what a page calls `pt-BR`.
    let usual = tag.replace('_', "-");
    let known = page.languages.iter().position(|language| language.as_str().eq_ignore_ascii_case(&usual));
    match known.and_then(|index| Some((index, page.languages.get(index)?))) {
        Some((0, _)) => Name::WrongLanguage { main, tag: tag.to_owned() },
        Some((_, language)) => Name::Translation { main, language: language.clone() },
        None if is_shaped_like_a_language(&usual) => Name::WrongLanguage { main, tag: tag.to_owned() },
        None => Name::Main,
    }
}

fn is_reserved(part: &str) -> bool {
    let device = part.split('.').next().unwrap_or(part).to_ascii_lowercase();
    let port = device.strip_prefix("com").or(device.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| number.len() == 1 && number.chars().all(|c| c.is_ascii_digit()));
    DEVICES.contains(&device.as_str()) || is_port || part.ends_with('.')
}

/// A language of two or three letters, then perhaps a script of four letters, a region of two letters or three
/// digits, and variants (RFC 5646, 2.1, without the rare forms).
fn is_shaped_like_a_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or(tag);
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    (2..=3).contains(&language.len())
        && letters(language)
        && Language::new(tag).is_some()
        && parts.all(|part| match part.len() {
            2 | 4 => letters(part),
            3 => part.chars().all(|c| c.is_ascii_digit()),
            5..=8 => true,
            _ => false,
        })
}

/// The problem of a name that cannot be an id.
pub(super) fn refused_name(file: &str) -> Problem {
    let message = "the name cannot be part of a URL".to_owned();
    let hint = "use letters without accents, digits, `-`, `_` and `.` in the names of files and folders";
    error(file, "bad-name", message, Some(hint.to_owned()))
}

/// The problem of a translation into a language the page does not have.
pub(super) fn wrong_language(file: &str, main: &str, tag: &str, page: &Page) -> Problem {
    let is_first = page.languages.first().is_some_and(|first| first.as_str().eq_ignore_ascii_case(tag));
    if is_first {
        let message = format!("`{tag}` is the page's first language, whose text is in the main file");
        return error(file, "unknown-language", message, Some(format!("name the file {main}")));
    }
    let others: Vec<&str> = page.languages.iter().skip(1).map(|language| language.as_str()).collect();
    let add = format!("add `{tag}` to `languages` in site/page.toml, or rename the file");
    let hint = match suggestion(tag, &others) {
        Some(near) if near.starts_with("did you mean") => format!("{near} Or {add}"),
        _ => add,
    };
    error(file, "unknown-language", format!("`{tag}` is not a language of this page"), Some(hint))
}

/// A problem of a file as a whole.
pub(super) fn error(file: &str, rule: &'static str, message: String, hint: Option<String>) -> Problem {
    Problem { file: file.to_owned(), place: None, level: ProblemLevel::Error, rule, message, hint }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::page;

    fn translation(main: &str, language: &str) -> Name {
        Name::Translation { main: main.into(), language: Language::new(language).unwrap() }
    }

    fn wrong(main: &str, tag: &str) -> Name {
        Name::WrongLanguage { main: main.into(), tag: tag.into() }
    }

    #[test]
    fn names_say_what_a_file_is() {
        let page = page(&["en", "es", "pt-BR"]);
        for (file, name) in [
            ("incidents/db.md", Name::Main),
            ("incidents/2026/db.md", Name::Main),
            ("incidents/2026/db.es.md", translation("incidents/2026/db.md", "es")),
            ("incidents/db.ES.md", translation("incidents/db.md", "es")),
            ("incidents/db.pt-br.md", translation("incidents/db.md", "pt-BR")),
            ("incidents/db.pt_br.md", translation("incidents/db.md", "pt-BR")),
            ("incidents/db.pt_PT.md", wrong("incidents/db.md", "pt_PT")),
            ("incidents/api.v2_1.md", Name::Main),
            ("incidents/db.fr.md", wrong("incidents/db.md", "fr")),
            ("incidents/db.pt-PT.md", wrong("incidents/db.md", "pt-PT")),
            ("incidents/db.en.md", wrong("incidents/db.md", "en")),
            ("incidents/v2.0.md", Name::Main),
            ("incidents/v2.0-upgrade.md", Name::Main),
            ("incidents/db.slow.md", Name::Main),
            ("incidents/api.v2.md", Name::Main),
            ("incidents/a b.md", Name::Refused),
            ("incidents/ä.md", Name::Refused),
            ("incidents/a..md", Name::Refused),
            ("incidents/CON.md", Name::Refused),
            ("incidents/com1.es.md", Name::Refused),
            ("incidents/nul.d/x.md", Name::Refused),
            ("incidents/console.md", Name::Main),
        ] {
            assert_eq!(read(file, &page), name, "{file}");
        }
    }
}
