//! Who may read: everyone, an audience that the operator names, or staff.
//!
//! Promises: what is for one audience is read by that audience, by those that see it, and by no one else; everyone reads what is
//! public.

use std::collections::BTreeMap;
use std::fmt;

use super::localized::{Language, Localized};

/// The longest name of an audience, in bytes.
const NAME_BYTES_MAX: usize = 24;

/// An audience's name in files and folders, such as `partners`. It lies in place, so that it can be copied like the
/// two audiences without a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AudienceName([u8; NAME_BYTES_MAX]);

impl AudienceName {
    /// What a name looks like.
    pub const SHAPE: &str =
        "a name: at most 24 lower-case letters, digits and hyphens, and neither `public` nor `internal`";

    /// Takes 1 to 24 lower-case ASCII letters, digits and inner hyphens, and neither of the two audiences that every site has;
    /// `None` for anything else.
    pub fn new(name: &str) -> Option<Self> {
        let shaped = !name.is_empty()
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !["public", "internal"].contains(&name);
        let mut bytes = [0; NAME_BYTES_MAX];
        bytes.get_mut(..name.len()).filter(|_| shaped)?.copy_from_slice(name.as_bytes());
        Some(Self(bytes))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        let written = self.0.split(|byte| *byte == 0).next().unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

impl fmt::Display for AudienceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AudienceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AudienceName({self})")
    }
}

/// Who may read an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Everyone: the public page and its subscribers.
    #[default]
    Public,
    /// Those that the operator names, and staff.
    Named(AudienceName),
    /// Staff; never in a build for others, never in a notice to customers.
    Internal,
}

impl Audience {
    /// The two that every site has.
    pub const ALL: [Self; 2] = [Self::Public, Self::Internal];

    /// The word in files.
    pub fn word(&self) -> &str {
        match self {
            Self::Public => "public",
            Self::Named(name) => name.as_str(),
            Self::Internal => "internal",
        }
    }

    /// The audience that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "public" => Some(Self::Public),
            "internal" => Some(Self::Internal),
            name => AudienceName::new(name).map(Self::Named),
        }
    }
}

/// An audience of the operator's: `[audiences.NAME]` of the page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NamedAudience {
    /// What files call it.
    pub name: AudienceName,
    /// What its pages call it.
    pub title: Localized,
    /// The address of its site: absolute, without a slash at the end.
    pub url: String,
    /// The other audiences of which it reads everything as well, in the order of the file.
    pub sees: Vec<AudienceName>,
}

/// What an audience reads in addition to what everyone does: its own, and then what is for those that it sees, the nearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight(Vec<AudienceName>);

impl Sight {
    /// The sight of the audience of that name; it sees what those see that it sees.
    pub fn of(name: AudienceName, all: &[NamedAudience]) -> Self {
        let mut seen = vec![name];
        let mut next = 0;
        while let Some(name) = seen.get(next).copied() {
            let sees = all.iter().filter(|one| one.name == name).flat_map(|one| one.sees.iter().copied());
            let fresh: Vec<AudienceName> = sees.filter(|one| !seen.contains(one)).collect();
            seen.extend(fresh);
            next += 1;
        }
        Self(seen)
    }

    /// Whether what is for `audience` is read.
    pub fn includes(&self, audience: Audience) -> bool {
        match audience {
            Audience::Public => true,
            Audience::Named(name) => self.0.contains(&name),
            Audience::Internal => false,
        }
    }

    /// The nearest audience's own value, if one of them has one.
    pub fn nearest<'a, T>(&self, values: &'a BTreeMap<Audience, T>) -> Option<&'a T> {
        self.0.iter().find_map(|name| values.get(&Audience::Named(*name)))
    }
}

/// A text of an incident for narrower audiences: their own version of what everyone reads.
pub type Versions = BTreeMap<Audience, Localized>;

/// What narrower audiences read in place of the texts for everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NarrowTexts {
    /// Versions of the title.
    pub title: Versions,
    /// Of what it means for customers.
    pub impact: Versions,
    /// Of what they can do meanwhile.
    pub workaround: Versions,
}

impl NarrowTexts {
    /// Every audience that has a text of its own.
    pub fn audiences(&self) -> impl Iterator<Item = Audience> {
        self.title.keys().chain(self.impact.keys()).chain(self.workaround.keys()).copied()
    }
}

/// A text in the language of a file, by the audience it is for.
pub fn untranslated(texts: BTreeMap<Audience, String>) -> Versions {
    texts.into_iter().map(|(audience, text)| (audience, Localized::plain(text))).collect()
}

/// Adds a translation to the texts of those audiences that have one.
pub fn translate(versions: &mut Versions, language: &Language, texts: &BTreeMap<Audience, String>) {
    for (audience, text) in texts {
        if let Some(version) = versions.get_mut(audience) {
            version.translations.insert(language.clone(), text.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> AudienceName {
        AudienceName::new(name).unwrap()
    }

    fn audience(of: &str, sees: &[&str]) -> NamedAudience {
        let sees = sees.iter().map(|other| name(other)).collect();
        NamedAudience { name: name(of), title: Localized::plain(of), url: String::new(), sees }
    }

    #[test]
    fn a_name_is_short_and_none_of_the_two_that_every_site_has() {
        for (word, is_name) in [
            ("partners", true),
            ("tier-1", true),
            ("a23456789012345678901234", true),
            ("a234567890123456789012345", false),
            ("", false),
            ("-a", false),
            ("a-", false),
            ("Partners", false),
            ("a b", false),
            ("a\0", false),
            ("ñ", false),
            ("public", false),
            ("internal", false),
        ] {
            assert_eq!(
                AudienceName::new(word).map(|name| name.to_string()),
                is_name.then(|| word.to_owned())
            );
        }
        for word in ["public", "internal", "partners"] {
            assert_eq!(Audience::from_word(word).unwrap().word(), word);
        }
    }

    #[test]
    fn an_audience_reads_its_own_and_what_those_read_that_it_sees() {
        let all = [
            audience("board", &["partners", "press"]),
            audience("partners", &["resellers"]),
            audience("resellers", &["board"]),
            audience("press", &[]),
        ];
        for (reader, reads, not) in [
            ("board", vec!["board", "partners", "press", "resellers"], vec![]),
            ("press", vec!["press"], vec!["board", "partners", "resellers"]),
            ("unheard-of", vec!["unheard-of"], vec!["press"]),
        ] {
            let sight = Sight::of(name(reader), &all);
            assert!(reads.iter().all(|one| sight.includes(Audience::Named(name(one)))), "{reader}");
            assert!(!not.iter().any(|one| sight.includes(Audience::Named(name(one)))), "{reader}");
            assert!(sight.includes(Audience::Public) && !sight.includes(Audience::Internal));
        }
        let texts: BTreeMap<Audience, &str> = [("resellers", "far"), ("partners", "near")]
            .map(|(who, text)| (Audience::Named(name(who)), text))
            .into();
        assert_eq!(Sight::of(name("board"), &all).nearest(&texts), Some(&"near"));
        assert_eq!(Sight::of(name("press"), &all).nearest(&texts), None);
        assert_eq!(Sight::default().nearest(&texts), None);
    }
}
