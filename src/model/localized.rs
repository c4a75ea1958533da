//! Text in several languages: one default and any number of translations.
//!
//! Promises: asking for a language always gives a text, and says whether it is the one asked for.

use std::collections::BTreeMap;
use std::fmt;

/// A language by its BCP 47 tag, such as `en`, `es` or `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

impl Language {
    /// Takes a tag of letters, digits and hyphens, at most 35 characters (RFC 5646, 4.4.1); `None` for
    /// anything else. Case is kept: tags are compared as written.
    pub fn new(tag: &str) -> Option<Self> {
        let shaped = (2..=35).contains(&tag.len())
            && tag.starts_with(|first: char| first.is_ascii_alphabetic())
            && tag
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()));
        shaped.then(|| Self(tag.to_owned()))
    }

    /// English, the language every theme has words for.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// The language without its region, script or variant: `pt` for `pt-BR`; `None` where it names none.
    pub fn base(&self) -> Option<Self> {
        self.0.split_once('-').map(|(base, _)| Self(base.to_owned()))
    }

    /// The tag as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text with translations. The default is in the page's first language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Localized {
    /// The text in the page's first language.
    pub default: String,
    /// The other languages.
    pub translations: BTreeMap<Language, String>,
}

impl Localized {
    /// A text without translations.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { default: text.into(), translations: BTreeMap::new() }
    }

    /// The text for a reader of `language`; the default where it is not translated.
    pub fn in_language(&self, language: &Language) -> &str {
        self.translations.get(language).unwrap_or(&self.default)
    }

    /// Whether a reader of `language` gets a text written in it; `first` is the page's first language.
    pub fn is_translated(&self, language: &Language, first: &Language) -> bool {
        language == first || self.translations.contains_key(language)
    }
}
