//! The kinds of error page for the operator's product (500, 502, 503, 504, maintenance), and the title of each.

use super::edition::LanguageEdition;

/// The pages: the status an HTTP server answers with, or that the product is closed for planned work.
pub(super) const KINDS: [&str; 5] = ["500", "502", "503", "504", "maintenance"];

/// The title of the page of a kind, in plain words.
pub(super) fn heading<'a>(edition: &LanguageEdition<'a>, kind: &str) -> &'a str {
    edition.words.say(match kind {
        "500" => "error.title_500",
        "502" => "error.title_502",
        "504" => "error.title_504",
        "maintenance" => "error.title_maintenance",
        _ => "error.title_503",
    })
}
