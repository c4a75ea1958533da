//! Text in several languages: one default and any number of translations.
//!
//! Promises: asking for a language always gives a text, and says whether it is the one asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use icu_locale::LanguageIdentifier;

/// A language by its BCP 47 tag, such as `en`, `es` or `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(Arc<str>);

impl Language {
    /// Takes a tag of letters, digits and hyphens, at most 35 characters (RFC 5646, 4.4.1); `None` for
    /// anything else. Case is kept: tags are compared as written.
    pub fn new(tag: &str) -> Option<Self> {
        let shaped = (2..=35).contains(&tag.len())
            && tag.starts_with(|first: char| first.is_ascii_alphabetic())
            && tag
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()));
        shaped.then(|| Self(tag.into()))
    }

    /// The language of a tag in whatever case and with `_` for `-`, in its usual spelling: `pt-BR` for `pt_br`. `None` for what
    /// is no language identifier (Unicode Technical Standard 35, 3.2).
    pub fn usual(tag: &str) -> Option<Self> {
        let known = LanguageIdentifier::try_from_str(&tag.replace('_', "-")).ok()?;
        Self::new(&known.to_string())
    }

    /// English, the language every theme has words for.
    pub fn english() -> Self {
        Self("en".into())
    }

    /// The language without its region, script or variant: `pt` for `pt-BR`; `None` where it names none.
    pub fn base(&self) -> Option<Self> {
        self.0.split_once('-').map(|(base, _)| Self(base.into()))
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

    /// The text for a reader of `language`: its translation, else that of the base language (`pt` for `pt-BR`), else
    /// the default.
    pub fn in_language(&self, language: &Language) -> &str {
        self.translation(language).unwrap_or(&self.default)
    }

    /// Whether a reader of `language` gets a text written in it or in its base language; `first` is the page's first
    /// language.
    pub fn is_translated(&self, language: &Language, first: &Language) -> bool {
        language == first || language.base().as_ref() == Some(first) || self.translation(language).is_some()
    }

    fn translation(&self, language: &Language) -> Option<&str> {
        let of_base = || self.translations.get(&language.base()?);
        self.translations.get(language).or_else(of_base).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        Language::new(tag).unwrap()
    }

    #[test]
    fn a_region_falls_back_to_its_language_and_then_to_the_default() {
        let mut name = Localized::plain("Card payments");
        name.translations.insert(language("pt"), "Pagamentos".to_owned());
        assert_eq!(name.in_language(&language("pt-BR")), "Pagamentos");
        assert_eq!(name.in_language(&language("es-MX")), "Card payments");
        name.translations.insert(language("pt-BR"), "Pagamento".to_owned());
        assert_eq!(name.in_language(&language("pt-BR")), "Pagamento");
        let english = language("en");
        assert!(name.is_translated(&language("pt-PT"), &english));
        assert!(name.is_translated(&language("en-US"), &english));
        assert!(!name.is_translated(&language("es-MX"), &english));
    }
}
