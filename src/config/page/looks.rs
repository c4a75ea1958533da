//! `[looks]` of `site/page.toml`: the operator's colors, header and logo.
//!
//! Promises: a color with too little contrast for text (WCAG 2.2) is a problem with its place. Never checks that the logo's
//! file exists: only that its path is allowed.

use crate::located::{Field, Table};
use crate::model::looks::{Branding, Color, Header};

/// What text needs at least, by WCAG 2.2 AA.
const CONTRAST_MIN: f64 = 4.5;

/// The grounds of the built-in theme on which the accent is hardest to read: in the light and in the dark.
const LIGHT_GROUND: &str = "#f5f7fa";
const DARK_GROUND: &str = "#161e27";

pub(super) fn read(mut table: Table<'_>) -> Option<Branding> {
    let accent_field = table.optional("accent");
    let accent = accent(&accent_field, LIGHT_GROUND, "darker");
    let dark_field = table.optional("accent_dark");
    let accent_dark = self::accent(&dark_field, DARK_GROUND, "lighter");
    let header_field = table.required("header");
    let header = header_field.choice(&Header::ALL, Header::word, Header::from_word);
    for (field, needs) in
        [(&dark_field, accent_dark.is_some()), (&header_field, header == Some(Header::Accent))]
    {
        if needs && !accent_field.is_present() {
            let hint = Some("add `accent`, the color in light mode".to_owned());
            field.error("missing-accent", format!("`{}` needs an `accent`", field.path()), hint);
        }
    }
    let expected = "the path of a picture below site/static/: svg, png, jpg, webp or avif";
    let logo = table.optional("logo").shaped("bad-logo", expected, picture);
    table.finish();
    Some(Branding { accent, accent_dark, header: header?, logo })
}

/// A color that can be read on a ground.
fn accent(field: &Field<'_>, ground: &str, better: &str) -> Option<Color> {
    let color = field.shaped("bad-colour", "a color such as `#1f5f8a`", Color::new)?;
    let contrast = color.contrast(Color::new(ground)?);
    if contrast < CONTRAST_MIN {
        let message =
            format!("{color} on {ground} has a contrast of {:.1}; text needs {CONTRAST_MIN}", cut(contrast));
        field.error("low-contrast", message, Some(format!("choose a {better} color")));
    }
    Some(color)
}

/// With one decimal, never rounded up: 4.49 is not 4.5.
fn cut(contrast: f64) -> f64 {
    (contrast * 10.0).floor() / 10.0
}

fn picture(path: &str) -> Option<String> {
    let part = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
    };
    let (_, extension) = path.rsplit_once('.')?;
    let known = ["svg", "png", "jpg", "jpeg", "webp", "avif"].contains(&extension);
    (known && path.len() <= 200 && path.split('/').all(part)).then(|| path.to_owned())
}
