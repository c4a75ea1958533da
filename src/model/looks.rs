//! The operator's branding on top of the theme: colors, header, logo.
//!
//! Promises: contrast is the one of WCAG 2.2, so that what passes here passes there.

use std::fmt;

/// What the operator chose; what is left out is the theme's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Branding {
    /// The color of links and of what has the focus, on a light ground.
    pub accent: Option<Color>,
    /// The same on a dark ground; made from `accent` by default.
    pub accent_dark: Option<Color>,
    /// What the header is painted with.
    pub header: Header,
    /// A picture below `site/static/` that is in the header: its path from there.
    pub logo: Option<String>,
}

/// What the header is painted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Header {
    /// The color of cards.
    #[default]
    Plain,
    /// The accent color of the page.
    Accent,
}

impl Header {
    /// Both headers.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Accent];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Accent => "accent",
        }
    }

    /// The header a word in a file names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|header| header.word() == word)
    }
}

/// A color of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl Color {
    /// The lightest ground.
    pub const WHITE: Self = Self { red: 255, green: 255, blue: 255 };
    /// The darkest ground.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0 };

    /// Takes `#1f5f8a` or, for short, `#15a`; `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = match digits.len() {
            6 => number.to_be_bytes(),
            3 => [8, 4, 0]
                .map(|shift| (number >> shift & 15) * 17)
                .iter()
                .fold(0, |all, one| all << 8 | one)
                .to_be_bytes(),
            _ => return None,
        };
        Some(Self { red, green, blue })
    }

    /// The contrast between them, from 1 to 21; text wants 4.5.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The color on the way to white, `percent` of the way.
    pub fn lighter(self, percent: u8) -> Self {
        let step = |part: u8| {
            let way = u16::from(255 - part) * u16::from(percent.min(100)) / 100;
            part.saturating_add(u8::try_from(way).unwrap_or(u8::MAX))
        };
        Self { red: step(self.red), green: step(self.green), blue: step(self.blue) }
    }

    /// Black or white: what is read better on it.
    pub fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= self.contrast(Self::BLACK) { Self::WHITE } else { Self::BLACK }
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        Color::new(text).unwrap()
    }

    #[test]
    fn colours_are_written_in_two_ways() {
        assert_eq!(color("#1F5f8a").to_string(), "#1f5f8a");
        assert_eq!(color("#15a").to_string(), "#1155aa");
        for text in ["1f5f8a", "#1f5f8", "#", "#+15", "#1f5f8a00", "red", "#ünf", "#1f 5f8"] {
            assert_eq!(Color::new(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        for (one, two, tenths) in [
            ("#fff", "#000", 210),
            ("#fff", "#fff", 10),
            // The pairs that every checker is tried with: just enough and just not enough.
            ("#767676", "#fff", 45),
            ("#777777", "#fff", 44),
            ("#0000ff", "#fff", 85),
        ] {
            let contrast = color(one).contrast(color(two));
            assert_eq!((contrast * 10.0).floor() as i32, tenths, "{one} on {two}: {contrast}");
            assert!((contrast - color(two).contrast(color(one))).abs() < 1e-9);
        }
    }

    #[test]
    fn one_of_black_and_white_is_read_on_every_colour() {
        for number in (0..0x100_0000_u32).step_by(4099) {
            let ground = color(&format!("#{number:06x}"));
            assert!(ground.contrast(ground.ink()) >= 4.5, "{ground}");
        }
        assert_eq!(color("#123456").lighter(100), Color::WHITE);
        assert_eq!(color("#123456").lighter(0), color("#123456"));
    }
}
