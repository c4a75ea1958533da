//! The words that mark entries, phases and times in posts, from `words.toml`.
//!
//! A language is a column of that file, never a branch of code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The tables of `words.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// The names of the months, January first.
    pub(super) months: Vec<Vec<String>>,
    pub(super) weekdays: Vec<String>,
    /// What stands between the parts of a date.
    pub(super) time_fillers: Vec<String>,
    /// What makes the number before it an hour.
    pub(super) hour_words: Vec<String>,
    /// Minutes east of Greenwich by abbreviation.
    pub(super) zones: BTreeMap<String, i32>,
    pub(super) marks: Marks,
    pub(super) endings: Endings,
    pub(super) work: Work,
    pub(super) trouble: Trouble,
    pub(super) spans: Spans,
    /// Letters and what represents them in an address.
    pub(super) letters: BTreeMap<String, String>,
}

/// The phrases that begin the mark of an entry, by what the entry then is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Marks {
    pub(super) opening: Vec<String>,
    pub(super) closing: Vec<String>,
    pub(super) news: Vec<String>,
    pub(super) investigating: Vec<String>,
    pub(super) identified: Vec<String>,
    pub(super) monitoring: Vec<String>,
    pub(super) in_progress: Vec<String>,
    pub(super) scheduled: Vec<String>,
    pub(super) cancelled: Vec<String>,
    pub(super) postmortem: Vec<String>,
    /// What may follow the phrase.
    pub(super) fillers: Vec<String>,
    /// Labels of facts within an entry, which begin none.
    pub(super) facts: Vec<String>,
    /// Headings of a text that tells the whole story afterwards.
    pub(super) summary: Vec<String>,
}

/// What says how something ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endings {
    pub(super) over: Vec<String>,
    /// Words that mean an end if they are alone.
    pub(super) alone: Vec<String>,
    /// Words right before an end that is to come.
    pub(super) ahead: Vec<String>,
    /// Words that begin what ends with an end that is to come.
    pub(super) until: Vec<String>,
    /// What says that the author closes it.
    pub(super) closing: Vec<String>,
    pub(super) off: Vec<String>,
}

/// What speaks of planned work.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    pub(super) names: Vec<String>,
    pub(super) emergency: Vec<String>,
    pub(super) maintenance: Vec<String>,
    pub(super) weak_names: Vec<String>,
    /// What makes trouble that a title names planned.
    pub(super) qualifiers: Vec<String>,
    pub(super) phrases: Vec<String>,
    pub(super) future: Vec<String>,
    pub(super) hints: Vec<String>,
    /// What says in an update that the work is still to begin.
    pub(super) soon: Vec<String>,
    pub(super) promises: Vec<String>,
}

/// What speaks of trouble.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trouble {
    pub(super) names: Vec<String>,
    /// What says that there is none.
    pub(super) denials: Vec<String>,
    pub(super) phrases: Vec<String>,
}

/// The words and signs between two times.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spans {
    pub(super) between: Vec<String>,
    /// What may stand between a day and the first time.
    pub(super) openers: Vec<String>,
    /// What makes a time one by which something is done.
    pub(super) deadlines: Vec<String>,
    pub(super) minutes: Vec<String>,
    pub(super) hours: Vec<String>,
    pub(super) days: Vec<String>,
    pub(super) lengths: Vec<String>,
    pub(super) numbers: BTreeMap<String, i64>,
}

/// The tables. A test holds that they can be read.
pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("words.toml")).unwrap_or_default());

pub(super) fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|known| known == word)
}

/// Whether a text has one of the pieces in it.
pub(super) fn speaks(text: &str, pieces: &[String]) -> bool {
    pieces.iter().any(|piece| text.contains(piece.as_str()))
}

/// A text in lower case with one blank for whatever stands between its words, and one at either end.
pub(super) fn spaced(text: &str) -> String {
    let words: String =
        text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A name in the letters of an address: lower-case accents are written without them.
pub(crate) fn plain_letters(name: &str) -> String {
    let plain = |c: char| {
        let lower: String = c.to_lowercase().collect();
        match WORDS.letters.get(&lower) {
            Some(plain) if c.is_lowercase() || !c.is_uppercase() => plain.clone(),
            Some(plain) => {
                let mut letters = plain.chars();
                letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
            }
            None => c.to_string(),
        }
    };
    name.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_read() {
        let words: Words = toml::from_str(include_str!("words.toml")).unwrap();
        assert_eq!((words.months.len(), words.zones["cest"]), (12, 120));
    }

    #[test]
    fn names_keep_their_accented_letters_as_plain_ones() {
        assert_eq!(plain_letters("Außerschulische Übung"), "Ausserschulische Uebung");
    }
}
