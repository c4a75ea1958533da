//! Places: where a destination's messages go, as `PROVIDER` or `PROVIDER/ROOM`.
//!
//! Promises: a place names its provider by the name in the plan, and never holds a secret: a secret, such as the URL of a
//! Discord webhook, is in its provider's settings.

use std::fmt;

/// The longest room, in bytes.
const ROOM_BYTES_MAX: usize = 200;

/// A provider of the plan, and the room within it if it has several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    text: String,
    /// Length of the provider's name within the text.
    provider: usize,
}

impl Place {
    /// The place of a provider that has one only, or of one of its rooms; `None` where either is of no such shape.
    pub fn new(provider: &str, room: Option<&str>) -> Option<Self> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_room = |room: &str| {
            (1..=ROOM_BYTES_MAX).contains(&room.len()) && room.chars().all(|c| c.is_ascii_graphic())
        };
        let named = !provider.is_empty() && provider.chars().all(is_name);
        let text = room.map_or_else(|| provider.to_owned(), |room| format!("{provider}/{room}"));
        (named && room.is_none_or(is_room)).then_some(Self { text, provider: provider.len() })
    }

    /// Reads `PROVIDER` or `PROVIDER/ROOM`.
    pub fn read(text: &str) -> Option<Self> {
        match text.split_once('/') {
            Some((provider, room)) => Self::new(provider, Some(room)),
            None => Self::new(text, None),
        }
    }

    /// The provider's name in the plan.
    pub fn provider(&self) -> &str {
        self.text.get(..self.provider).unwrap_or_default()
    }

    /// The room, where the provider has several.
    pub fn room(&self) -> Option<&str> {
        self.text.get(self.provider + 1..)
    }

    /// Both, as they are stored and shown.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_a_provider_and_a_room() {
        for (text, provider, room) in [
            ("slack/C0123456789", "slack", Some("C0123456789")),
            ("community", "community", None),
            ("ntfy/a/b", "ntfy", Some("a/b")),
        ] {
            let place = Place::read(text).unwrap();
            assert_eq!((place.provider(), place.room(), place.as_str()), (provider, room, text));
            assert_eq!(Place::new(provider, room), Some(place));
        }
        for text in ["", "/C01", "slack/", "Slack/C01", "slack/a b", "slack/a\nb", "ana@example.org"] {
            assert_eq!(Place::read(text), None, "{text:?}");
        }
    }
}
