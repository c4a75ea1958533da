//! Badges: how the page or a feature is doing, as a picture and as the data of a picture made by others.
//!
//! Promises: the state is a word, never a color alone; white letters keep a contrast of 4.5 to 1; the picture
//! loads nothing. The data is the endpoint schema of shields.io, version 1.

use serde::Serialize;

use super::journal::Scope;
use super::value::one_line;
use super::write::{json, xml};
use crate::model::feature::Status;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};

/// The widths and heights of a badge in pixels, at eleven pixels a letter's height.
const HEIGHT: usize = 20;
const PADDING: usize = 6;
const LETTER_WIDTH_TENTHS: usize = 66;
const WIDE_LETTER_WIDTH_TENTHS: usize = 110;

/// A badge of a longer label would not fit where badges stand.
const LABEL_CHARS_MAX: usize = 60;

#[derive(Serialize)]
struct Picture {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    #[serde(rename = "@width")]
    width: usize,
    #[serde(rename = "@height")]
    height: usize,
    #[serde(rename = "@role")]
    role: &'static str,
    #[serde(rename = "@aria-label")]
    says: String,
    title: String,
    rect: [Rect; 2],
    text: [Text; 2],
}

#[derive(Serialize)]
struct Rect {
    #[serde(rename = "@x")]
    x: usize,
    #[serde(rename = "@width")]
    width: usize,
    #[serde(rename = "@height")]
    height: usize,
    #[serde(rename = "@fill")]
    fill: &'static str,
}

#[derive(Serialize)]
struct Text {
    #[serde(rename = "@x")]
    x: usize,
    #[serde(rename = "@y")]
    y: usize,
    /// Makes the letters fit whatever font they are drawn in.
    #[serde(rename = "@textLength")]
    width: usize,
    #[serde(rename = "@lengthAdjust")]
    adjust: &'static str,
    #[serde(rename = "@text-anchor")]
    anchor: &'static str,
    #[serde(rename = "@font-family")]
    font: &'static str,
    #[serde(rename = "@font-size")]
    size: usize,
    #[serde(rename = "@fill")]
    fill: &'static str,
    #[serde(rename = "$text")]
    words: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    schema_version: u8,
    label: String,
    message: String,
    color: &'static str,
}

/// Renders the badges of one language.
pub(super) fn files(edition: &LanguageEdition<'_>) -> Result<Vec<File>, Error> {
    let mut files = Vec::new();
    for scope in Scope::every(edition.page) {
        let (label, status) = match scope {
            Scope::All => (edition.page.name.in_language(edition.language), edition.snapshot.overall),
            Scope::Feature(feature) => (edition.name(&feature.id), edition.snapshot.statuses[&feature.id]),
        };
        let label: String = one_line(label).chars().take(LABEL_CHARS_MAX).collect();
        let (message, color) = (edition.mark(status).word, color(status));
        let path = |end: &str| format!("{}{}badge.{end}", edition.folder, scope.folder());
        files.push(xml(path("svg"), "svg", &picture(&label, &message, color))?);
        files.push(json(path("json"), &Endpoint { schema_version: 1, label, message, color })?);
    }
    Ok(files)
}

fn picture(label: &str, message: &str, color: &'static str) -> Picture {
    let (left, right) = (width(label) + 2 * PADDING, width(message) + 2 * PADDING);
    let says = format!("{label}: {message}");
    Picture {
        xmlns: "http://www.w3.org/2000/svg",
        width: left + right,
        height: HEIGHT,
        role: "img",
        title: says.clone(),
        says,
        rect: [
            Rect { x: 0, width: left, height: HEIGHT, fill: "#3b3f46" },
            Rect { x: left, width: right, height: HEIGHT, fill: color },
        ],
        text: [text(label, left / 2), text(message, left + right / 2)],
    }
}

fn text(words: &str, x: usize) -> Text {
    Text {
        x,
        y: 14,
        width: width(words),
        adjust: "spacingAndGlyphs",
        anchor: "middle",
        font: "Verdana,DejaVu Sans,sans-serif",
        size: 11,
        fill: "#fff",
        words: words.to_owned(),
    }
}

/// About how wide the words are drawn. Letters from the scripts of East Asia are squares.
fn width(words: &str) -> usize {
    let letter = |c: char| match c {
        '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{D7A3}' | '\u{F900}'..='\u{FFE6}' => {
            WIDE_LETTER_WIDTH_TENTHS
        }
        _ => LETTER_WIDTH_TENTHS,
    };
    words.chars().map(letter).sum::<usize>().div_ceil(10)
}

fn color(status: Status) -> &'static str {
    match status {
        Status::Operational => "#14713f",
        Status::Maintenance => "#2a5cc0",
        Status::Degraded => "#8a5a00",
        Status::PartialOutage => "#ad430a",
        Status::MajorOutage => "#b01c2a",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast with white, as WCAG 2 counts it.
    fn contrast(color: &str) -> f64 {
        let part = |from: usize| {
            let share = f64::from(u8::from_str_radix(&color[from..from + 2], 16).unwrap()) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        1.05 / (0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) + 0.05)
    }

    #[test]
    fn white_letters_can_be_read_on_every_color() {
        for color in Status::ALL.map(color).into_iter().chain(["#3b3f46"]) {
            assert!(contrast(color) >= 4.5, "{color}: {}", contrast(color));
        }
    }

    #[test]
    fn wide_letters_get_more_room() {
        assert!(width("稼働中") > width("abc"));
        assert_eq!(width(""), 0);
    }
}
