//! The operator's colours as a style that comes after the theme's own.
//!
//! Promises: a colour of the operator's is used as it is; one that is not given is made to be read on the built-in
//! theme's grounds. Never writes a text of the operator's into the style: colours alone, so nothing in it can end a rule.

use std::fmt::Write;

use crate::model::looks::{Color, Header, Looks};

/// The ground of links where it is darkest in the light and lightest in the dark, in the built-in theme.
const DARK_GROUND: &str = "#161e27";

/// What text needs at least.
const CONTRAST_MIN: f64 = 4.5;

/// The style; empty where the operator leaves everything to the theme.
pub(super) fn style(looks: &Looks) -> String {
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

fn readable_in_the_dark(accent: Color) -> Color {
    let ground = Color::new(DARK_GROUND).unwrap_or(Color::BLACK);
    let lighter = (0..=100).map(|percent| accent.lighter(percent));
    lighter.into_iter().find(|color| color.contrast(ground) >= CONTRAST_MIN).unwrap_or(Color::WHITE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(accent: &str, header: Header) -> Looks {
        Looks { accent: Color::new(accent), header, ..Looks::default() }
    }

    #[test]
    fn nothing_chosen_is_no_style() {
        assert_eq!(style(&Looks::default()), "");
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
    fn the_grounds_are_those_of_the_built_in_style() {
        let style = include_str!("../../themes/default/style.css");
        assert!(style.contains(&format!("--card: {DARK_GROUND};")));
    }
}
