//! The operator's colors as a style that comes after the theme's own.
//!
//! Promises: a configured color is used as it is; a missing one is derived so that text is readable on the backgrounds of
//! the built-in theme. Writes only colors into the style, so no text of the operator can end a rule.

use std::fmt::Write;

use super::message_view::Colors;
use crate::model::looks::{Branding, Color, Header};

/// The built-in theme's color of links.
const LINK: &str = "#1b56a8";
/// The same on a dark ground.
const LINK_DARK: &str = "#8ab8ff";

/// The darkest ground of links in the light and the lightest in the dark, in the built-in theme.
const DARK_GROUND: &str = "#161e27";

/// What text needs at least.
const CONTRAST_MIN: f64 = 4.5;

/// The style; empty where the operator leaves everything to the theme.
pub(super) fn style(looks: &Branding) -> String {
    let Some(accent) = looks.accent else { return String::new() };
    let dark = looks.accent_dark.unwrap_or_else(|| readable_in_the_dark(accent));
    let mut style = format!(
        ":root {{ --link: {accent}; }}\n@media (prefers-color-scheme: dark) {{ :root {{ --link: {dark}; }} }}\n"
    );
    if looks.header == Header::Accent {
        // Writing to a String cannot fail.
        let _ = writeln!(style, ":root {{ --head: {accent}; --on-head: {}; }}", accent.ink());
    }
    style
}

/// The colors of a mail, which has no style sheet to come after.
pub fn of_mail(looks: &Branding) -> Colors {
    let accent = looks.accent.or_else(|| Color::new(LINK)).unwrap_or(Color::BLACK);
    let made = || looks.accent.map(readable_in_the_dark);
    let dark = looks.accent_dark.or_else(made).map_or_else(|| LINK_DARK.to_owned(), |dark| dark.to_string());
    let is_painted = looks.accent.is_some() && looks.header == Header::Accent;
    Colors {
        link: accent.to_string(),
        on_link: accent.ink().to_string(),
        link_dark: dark,
        head: if is_painted { accent.to_string() } else { String::new() },
        on_head: accent.ink().to_string(),
    }
}

fn readable_in_the_dark(accent: Color) -> Color {
    let ground = Color::new(DARK_GROUND).unwrap_or(Color::BLACK);
    let lighter = (0..=100).map(|percent| accent.lighter(percent));
    lighter.into_iter().find(|color| color.contrast(ground) >= CONTRAST_MIN).unwrap_or(Color::WHITE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(accent: &str, header: Header) -> Branding {
        Branding { accent: Color::new(accent), header, ..Branding::default() }
    }

    #[test]
    fn nothing_chosen_is_no_style() {
        assert_eq!(style(&Branding::default()), "");
    }

    #[test]
    fn a_light_accent_gives_a_dark_one_that_can_be_read() {
        let style = style(&looks("#7a1f3d", Header::Plain));
        assert!(style.starts_with(":root { --link: #7a1f3d; }\n"));
        let dark = style.rsplit("--link: ").next().unwrap().split(';').next().unwrap();
        let contrast = Color::new(dark).unwrap().contrast(Color::new(DARK_GROUND).unwrap());
        assert!((4.5..4.8).contains(&contrast), "{dark}: {contrast}");
        assert!(!style.contains("--head"));
    }

    #[test]
    fn a_header_in_the_accent_has_ink_that_can_be_read() {
        assert!(style(&looks("#7a1f3d", Header::Accent)).contains("--head: #7a1f3d; --on-head: #ffffff;"));
        assert!(style(&looks("#6b7a00", Header::Accent)).contains("--on-head: #ffffff;"));
        assert!(style(&looks("#ffd400", Header::Accent)).contains("--on-head: #000000;"));
    }

    #[test]
    fn a_mail_has_the_colours_of_the_page() {
        let plain = of_mail(&Branding::default());
        assert_eq!(
            (plain.link.as_str(), plain.link_dark.as_str(), plain.head.as_str()),
            (LINK, LINK_DARK, "")
        );
        let painted = of_mail(&looks("#ffd400", Header::Accent));
        assert_eq!((painted.link.as_str(), painted.on_link.as_str()), ("#ffd400", "#000000"));
        assert_eq!((painted.head.as_str(), painted.on_head.as_str()), ("#ffd400", "#000000"));
    }

    #[test]
    fn the_grounds_are_those_of_the_built_in_style() {
        let style = include_str!("../../themes/default/style.css");
        assert!(style.contains(&format!("--card: {DARK_GROUND};")));
        assert!(
            style.contains(&format!("--link: {LINK};")) && style.contains(&format!("--link: {LINK_DARK};"))
        );
    }
}
