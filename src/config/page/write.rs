//! [`Page`] → the text of a `site/page.toml`.

use std::fmt::Write as _;

use crate::config::quoting::quoted;
use crate::config::zone;
use crate::model::localized::{Language, Localized};
use crate::model::looks::Branding;
use crate::model::page::{Links, Page};

/// Writes a page as the text of its file. It reads back equal if every translation is in one of the page's
/// languages and every text is trimmed and on one line.
pub fn write_page(page: &Page) -> String {
    let mut out = String::new();
    let first = page.first_language();
    line(&mut out, "name", &localized(&page.name, first));
    optional(&mut out, "description", page.description.as_ref().map(|text| localized(text, first)));
    line(&mut out, "url", &quoted(&page.url));
    let languages: Vec<String> = page.languages.iter().map(|language| quoted(language.as_str())).collect();
    line(&mut out, "languages", &format!("[{}]", languages.join(", ")));
    line(&mut out, "time_zone", &quoted(&page.time_zone));
    optional(&mut out, "support_url", page.support_url.as_deref().map(quoted));
    optional(&mut out, "subscribe_url", page.subscribe_url.as_deref().map(quoted));
    line(&mut out, "theme", &quoted(&page.theme));
    line(&mut out, "history_days", &page.history_days.to_string());
    if page.links != Links::default() {
        line(&mut out, "links", &quoted(page.links.word()));
    }
    if page.looks != Branding::default() {
        out.push_str("\n[looks]\n");
        optional(&mut out, "accent", page.looks.accent.map(|color| quoted(&color.to_string())));
        optional(&mut out, "accent_dark", page.looks.accent_dark.map(|color| quoted(&color.to_string())));
        line(&mut out, "header", &quoted(page.looks.header.word()));
        optional(&mut out, "logo", page.looks.logo.as_deref().map(quoted));
    }
    for audience in &page.audiences {
        let _ = writeln!(out, "\n[audiences.{}]", audience.name);
        line(&mut out, "name", &localized(&audience.title, first));
        line(&mut out, "url", &quoted(&audience.url));
        let sees: Vec<String> = audience.sees.iter().map(|name| quoted(name.as_str())).collect();
        optional(&mut out, "sees", (!sees.is_empty()).then(|| format!("[{}]", sees.join(", "))));
    }
    for group in &page.groups {
        out.push_str("\n[[groups]]\n");
        optional(&mut out, "id", group.id.as_ref().map(|id| quoted(id.as_str())));
        line(&mut out, "name", &localized(&group.name, first));
        for feature in &group.features {
            out.push_str("\n[[groups.features]]\n");
            line(&mut out, "id", &quoted(feature.id.as_str()));
            line(&mut out, "name", &localized(&feature.name, first));
            let description = feature.description.as_ref().map(|text| localized(text, first));
            optional(&mut out, "description", description);
            let day = |at| zone::written_day(at, &page.time_zone);
            optional(&mut out, "since", feature.life.since.map(day));
            optional(&mut out, "until", feature.life.until.map(day));
            let was: Vec<String> = feature.was.iter().map(|id| quoted(id.as_str())).collect();
            optional(&mut out, "was", (!was.is_empty()).then(|| format!("[{}]", was.join(", "))));
        }
    }
    out
}

fn line(out: &mut String, key: &str, value: &str) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(out, "{key} = {value}");
}

fn optional(out: &mut String, key: &str, value: Option<String>) {
    if let Some(value) = value {
        line(out, key, &value);
    }
}

fn localized(text: &Localized, first: &Language) -> String {
    if text.translations.is_empty() {
        return quoted(&text.default);
    }
    let translated = text.translations.iter().map(|(language, text)| (language, text.as_str()));
    let all = std::iter::once((first, text.default.as_str())).chain(translated);
    let pairs: Vec<String> = all.map(|(language, text)| format!("{language} = {}", quoted(text))).collect();
    format!("{{ {} }}", pairs.join(", "))
}
