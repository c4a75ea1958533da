//! The rules of each language that distinguish edits of form from edits of meaning: one TOML file per language.
//!
//! Promises: a language without a file has no rules of its own, so that only edits of form are proven harmless in it. A new
//! language is one file and one line of `FILES`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

use serde::Deserialize;

use super::fold::fold;
use super::lexer::{self, Shape};
use crate::model::localized::Language;

/// The files, by language tag without region.
const FILES: &[(&str, &str)] = &[
    ("en", include_str!("languages/en.toml")),
    ("de", include_str!("languages/de.toml")),
    ("es", include_str!("languages/es.toml")),
    ("fr", include_str!("languages/fr.toml")),
    ("it", include_str!("languages/it.toml")),
    ("ja", include_str!("languages/ja.toml")),
    ("pt", include_str!("languages/pt.toml")),
];

/// The classes of signals whose words mean the same; a word of another class is only itself.
const SAME_WITHIN: &[&str] = &[
    "not",
    "no-longer",
    "all",
    "only",
    "until",
    "since",
    "before",
    "after",
    "is",
    "is-state",
    "was",
    "will",
    "can",
    "done",
    "ongoing",
    "have",
    "at-least",
    "at-most",
    "today",
    "tomorrow",
    "yesterday",
    "already",
    "both",
    "again",
    "fully",
    "partly",
    "do",
    "to",
    "from",
    "by",
];

/// What a word or phrase represents.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// Nothing: articles, "please", "currently".
    Dropped,
    /// A greeting, which is nothing at the beginning of a text.
    Greeting,
    /// "a", which counts one before a unit and is nothing elsewhere.
    Article,
    And,
    Number(f64),
    /// What a number before it is multiplied by: "thousand".
    Multiplier(f64),
    Half,
    /// The half hour before the hour that follows: German "halb drei".
    HalfTo,
    Unit(String),
    /// A quantity of seconds: "quarter of an hour".
    Seconds(f64),
    Month(u8),
    Weekday(u8),
    /// "am" (0) or "pm" (12).
    DayHalf(u8),
    /// The hour of "noon" or "midnight".
    Hour(u8),
    /// "Uhr", "o'clock".
    Clock,
    /// A word that carries the meaning of its sentence, by its class: a negation, a quantifier, a tense.
    Signal(String),
    /// Other words that mean the same.
    Words(Vec<String>),
}

/// One language's rules.
pub(super) struct Rules {
    /// Meanings by the first word of the phrase, the longest phrase first.
    phrases: HashMap<String, Vec<(Vec<String>, Meaning)>>,
    /// Words that are spelt right, and so are no slips of other ones.
    known: HashSet<String>,
    confusable: HashSet<(String, String)>,
    file: File,
}

/// A language's file, as written.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    decimal: String,
    thousands: Vec<String>,
    prefixes: Vec<String>,
    endings: Vec<String>,
    agreement: Vec<(String, String)>,
    plurals: Vec<(String, String)>,
    drop: Vec<String>,
    article: Vec<String>,
    and: Vec<String>,
    or: Vec<String>,
    glue: Vec<String>,
    anaphora: Vec<String>,
    greetings: Vec<String>,
    common: String,
    confusable: Vec<String>,
    contractions: Vec<(String, String)>,
    abbreviations: Vec<(String, String)>,
    half: Vec<String>,
    #[serde(default)]
    half_to: Vec<String>,
    quantities: Vec<(String, f64)>,
    noon: Vec<String>,
    midnight: Vec<String>,
    am: Vec<String>,
    pm: Vec<String>,
    clock: Vec<String>,
    numbers: BTreeMap<String, f64>,
    multipliers: BTreeMap<String, f64>,
    units: BTreeMap<String, Vec<String>>,
    months: BTreeMap<String, u8>,
    weekdays: BTreeMap<String, u8>,
    signals: BTreeMap<String, Vec<String>>,
    rewrites: BTreeMap<String, String>,
    same: BTreeMap<String, Vec<String>>,
    courtesy: Courtesy,
}

/// The words of thanks and apologies.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Courtesy {
    /// One of these makes a sentence one of thanks or apology…
    marks: Vec<String>,
    /// …when it has no word that is not among these.
    words: String,
}

impl Rules {
    /// The rules of a language, by its tag or by its tag without region.
    pub(super) fn of(language: &Language) -> &'static Self {
        static ALL: OnceLock<(BTreeMap<&'static str, Rules>, Rules)> = OnceLock::new();
        let (all, none) = ALL.get_or_init(|| {
            // A file that does not parse is found by a test; here it would only mean that more is asked.
            let read =
                |(tag, text): &(&'static str, &str)| Some((*tag, Self::new(toml::from_str(text).ok()?)));
            (FILES.iter().filter_map(read).collect(), Self::new(File::default()))
        });
        let base = language.as_str().split('-').next().unwrap_or_default().to_ascii_lowercase();
        all.get(base.as_str()).unwrap_or(none)
    }

    fn new(file: File) -> Self {
        let mut rules =
            Self { phrases: HashMap::new(), known: HashSet::new(), confusable: HashSet::new(), file };
        for (phrase, meaning) in rules.file.meanings() {
            rules.add(&phrase, meaning);
        }
        for phrases in rules.phrases.values_mut() {
            phrases.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        }
        rules.known.extend(rules.file.common.split_whitespace().map(fold));
        for group in &rules.file.confusable {
            let words: Vec<String> = group.split_whitespace().map(fold).collect();
            for one in &words {
                rules.confusable.extend(words.iter().map(|other| (one.clone(), other.clone())));
            }
        }
        rules
    }

    fn add(&mut self, phrase: &str, meaning: Meaning) {
        let words = words_of(phrase);
        let Some(first) = words.first() else { return };
        self.known.extend(words.iter().cloned());
        let entry = self.phrases.entry(first.clone()).or_default();
        if !entry.iter().any(|(known, _)| *known == words) {
            entry.push((words, meaning));
        }
    }

    /// The meaning of the longest phrase that `words` begin with, and of how many words it is.
    pub(super) fn longest(&self, words: &[&str]) -> Option<(usize, &Meaning)> {
        let candidates = self.phrases.get(*words.first()?)?;
        let begins =
            |phrase: &[String]| phrase.len() <= words.len() && phrase.iter().zip(words).all(|(a, b)| a == b);
        candidates.iter().find(|(phrase, _)| begins(phrase)).map(|(phrase, meaning)| (phrase.len(), meaning))
    }

    /// Whether `a` and `b` are both words, each spelt right, so that neither is a slip of the other.
    pub(super) fn are_two_words(&self, a: &str, b: &str) -> bool {
        (self.known.contains(a) && self.known.contains(b))
            || self.confusable.contains(&(a.to_owned(), b.to_owned()))
    }

    /// The single words of a class of signals, as tokens name it.
    pub(super) fn signal_words<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a str> {
        let class = class.strip_prefix('#').unwrap_or(class);
        self.phrases.values().flatten().filter_map(move |(phrase, meaning)| {
            match (phrase.as_slice(), meaning) {
                ([word], Meaning::Signal(name)) if name == class => Some(word.as_str()),
                _ => None,
            }
        })
    }

    /// Whether the lists of the language hold the word.
    pub(super) fn is_known(&self, word: &str) -> bool {
        self.known.contains(word)
    }

    /// Prefixes that turn a word into its opposite.
    pub(super) fn prefixes(&self) -> &[String] {
        &self.file.prefixes
    }

    /// Whether two endings of one stem differ by grammar or by regional spelling only.
    pub(super) fn endings_agree(&self, a: &str, b: &str) -> bool {
        let both = |one: &str, other: &str| self.file.agreement.iter().any(|(x, y)| x == one && y == other);
        let in_list = |ending: &str| self.file.endings.iter().any(|known| known == ending);
        (in_list(a) && in_list(b)) || both(a, b) || both(b, a)
    }

    /// Whether a word only joins a link to its sentence.
    pub(super) fn is_glue(&self, word: &str) -> bool {
        self.file.glue.iter().any(|glue| fold(glue) == word)
    }

    /// Whether a sentence that begins with this word may point back to the one before it.
    pub(super) fn points_back(&self, word: &str) -> bool {
        self.file.anaphora.iter().any(|known| fold(known) == word)
    }

    /// The character before the decimals of a number.
    pub(super) fn decimal(&self) -> Option<char> {
        self.file.decimal.chars().next()
    }

    /// Whether the character groups the digits of a number by three.
    pub(super) fn groups_digits(&self, mark: char) -> bool {
        self.file.thousands.iter().any(|known| known.starts_with(mark))
    }

    /// The text, in lower case, with abbreviations and contractions written out.
    pub(super) fn written_out(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (short, long) in &self.file.abbreviations {
            let at_word = |before: &str, short: &str| !(ends_in_word(before) && starts_as_word(short));
            text = replace(&text, short, long, at_word);
        }
        for (short, long) in &self.file.contractions {
            text = replace(&text, short, long, |_, _| true);
        }
        text
    }

    /// The words of thanks and apologies: those that make a sentence one, and those that it may hold in
    /// addition to.
    pub(super) fn courtesy(&self) -> (&[String], &str) {
        (&self.file.courtesy.marks, &self.file.courtesy.words)
    }

    /// Whether two words are the singular and the plural of one.
    pub(super) fn differ_in_number(&self, a: &str, b: &str) -> bool {
        let forms = |a: &str, b: &str| {
            self.file.plurals.iter().any(|(one, many)| {
                a.strip_suffix(one.as_str())
                    .is_some_and(|stem| stem.len() > 2 && b.strip_suffix(many.as_str()) == Some(stem))
            })
        };
        forms(a, b) || forms(b, a)
    }
}

impl File {
    /// Every phrase of the file with its meaning; the first of two meanings holds.
    fn meanings(&self) -> Vec<(String, Meaning)> {
        let mut all = Vec::new();
        let mut each = |phrases: &[String], meaning: Meaning| {
            all.extend(phrases.iter().map(|phrase| (phrase.clone(), meaning.clone())));
        };
        for (class, phrases) in &self.signals {
            for phrase in phrases {
                let means_the_same = SAME_WITHIN.contains(&class.as_str());
                let name = if means_the_same { class.clone() } else { format!("{class}:{}", fold(phrase)) };
                each(std::slice::from_ref(phrase), Meaning::Signal(name));
            }
        }
        for (unit, phrases) in &self.units {
            each(phrases, Meaning::Unit(unit.clone()));
        }
        each(&self.noon, Meaning::Hour(12));
        each(&self.midnight, Meaning::Hour(0));
        each(&self.am, Meaning::DayHalf(0));
        each(&self.pm, Meaning::DayHalf(12));
        each(&self.clock, Meaning::Clock);
        each(&self.half, Meaning::Half);
        each(&self.half_to, Meaning::HalfTo);
        each(&self.and, Meaning::And);
        each(&self.or, Meaning::Signal("or".to_owned()));
        each(&self.article, Meaning::Article);
        each(&self.drop, Meaning::Dropped);
        each(&self.greetings, Meaning::Greeting);
        for (name, phrases) in &self.same {
            each(phrases, Meaning::Words(words_of(name)));
        }
        let numbers = self.numbers.iter().map(|(word, value)| (word.clone(), Meaning::Number(*value)));
        let multipliers =
            self.multipliers.iter().map(|(word, value)| (word.clone(), Meaning::Multiplier(*value)));
        let quantities = self.quantities.iter().map(|(phrase, s)| (phrase.clone(), Meaning::Seconds(*s)));
        let months = self.months.iter().map(|(word, month)| (word.clone(), Meaning::Month(*month)));
        let weekdays = self.weekdays.iter().map(|(word, day)| (word.clone(), Meaning::Weekday(*day)));
        let rewrites = self.rewrites.iter().map(|(from, to)| (from.clone(), Meaning::Words(words_of(to))));
        all.extend(
            numbers.chain(multipliers).chain(quantities).chain(months).chain(weekdays).chain(rewrites),
        );
        all
    }
}

/// The words of a phrase as the lexer gives them.
fn words_of(phrase: &str) -> Vec<String> {
    let pieces = lexer::pieces(&phrase.to_lowercase());
    pieces.into_iter().filter(|piece| piece.shape == Shape::Word).map(|piece| fold(&piece.text)).collect()
}

/// Replaces `from` if it is not followed by more of a word and if `fits` accepts what is before it.
fn replace(text: &str, from: &str, to: &str, fits: impl Fn(&str, &str) -> bool) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(from) {
        let (before, found) = rest.split_at(place);
        let after = found.get(from.len()..).unwrap_or_default();
        replaced.push_str(before);
        let is_end = !from.ends_with(char::is_alphanumeric) || !starts_as_word(after);
        // An apostrophe that follows no word opens a quotation.
        let is_quote = from.starts_with('\'') && !ends_in_word(&replaced);
        let fits = is_end && !is_quote && fits(&replaced, from);
        replaced.push_str(if fits { to } else { from });
        rest = after;
    }
    replaced + rest
}

fn starts_as_word(text: &str) -> bool {
    text.starts_with(char::is_alphanumeric)
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses_and_its_phrases_have_one_meaning() {
        for (tag, text) in FILES {
            let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("{tag}: {error}"));
            let mut seen: HashMap<Vec<String>, Meaning> = HashMap::new();
            for (phrase, meaning) in file.meanings() {
                let words = words_of(&phrase);
                if let Some(other) = seen.insert(words, meaning.clone()) {
                    assert_eq!(other, meaning, "{tag}: {phrase:?} has two meanings");
                }
            }
        }
    }
}
