//! Subroutines in Fastly's language that serve the error pages of a failing product.
//!
//! Promises: the texts are read from the status page when they are needed, so that no text of an author is in the file; a
//! date that has passed since the file was uploaded is not sent.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::answer::{RETRY_AFTER_SECONDS, retry_after, translations};
use crate::render::edition::LanguageEdition;
use crate::render::failure::heading;
use crate::render::machine::journal::Scope;

/// The file with a word between two `@` for each thing that differs from page to page.
const SUBROUTINES: &str = include_str!("fastly.vcl");

/// Writes the subroutines.
pub(super) fn subroutines(editions: &[LanguageEdition<'_>], first: &LanguageEdition<'_>) -> String {
    let page = &first.page.url;
    let sentence =
        first.words.sentences(&[heading(first, "503"), first.words.say("error.meanwhile_unknown")]);
    // In the strings that these two are in, nothing is special but a quote before a brace.
    let sentence = format!("{sentence}\n\n{page}/\n").replace('"', "'");
    let path = page.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    let path = path.map_or_else(String::new, |(_, path)| format!("/{}", path.replace('"', "%22")));
    SUBROUTINES
        .replace("@LANGUAGES@", &languages(editions))
        .replace("    @DATES@\n", &dates(first))
        .replace("@DATE@", &retry_after(first, Scope::All))
        .replace("@SECONDS@", &RETRY_AFTER_SECONDS.to_string())
        .replace("@STATUS_HOST@", first.page.host())
        .replace("@STATUS_FOLDER@", &path)
        .replace("@SENTENCE@", &sentence)
}

/// Which file a reader of another language gets.
fn languages(editions: &[LanguageEdition<'_>]) -> String {
    let mut branches = String::new();
    for tag in translations(editions) {
        let _ = write!(
            branches,
            "}} else if (req.http.Accept-Language ~ \"(?i)^{tag}\\b\") {{\n      \
             set req.http.Allclear-File = \"{tag}/\" + req.http.Allclear-Status + \".html\";\n    "
        );
    }
    branches
}

/// The dates of the features that differ from the page's.
fn dates(first: &LanguageEdition<'_>) -> String {
    let all = retry_after(first, Scope::All);
    let mut features: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for feature in first.page.features() {
        features.entry(retry_after(first, Scope::Feature(feature))).or_default().push(feature.id.as_str());
    }
    let mut branches = String::new();
    for (date, ids) in features.iter().filter(|(date, _)| **date != all) {
        let _ = write!(
            branches,
            "    if (req.url ~ \"/errors/api/({})/[0-9]+\\.json$\") {{\n      \
             set req.http.Allclear-Date = \"{date}\";\n    }}\n",
            ids.join("|")
        );
    }
    branches
}
