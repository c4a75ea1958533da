//! Folds case, accents and ligatures, so that words that a reader takes for the same compare equal.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// The compatibility form of a text (NFKC, Unicode Standard Annex 15): full-width digits become digits, no-break spaces spaces.
/// Quotes and dashes become one of each kind, and invisible characters go.
pub(super) fn plain_characters(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2032}' | '\u{00b4}' | '`' => {
                plain.push('\'')
            }
            '\u{201c}'..='\u{201f}' | '\u{00ab}' | '\u{00bb}' | '\u{2039}' | '\u{203a}' => plain.push('"'),
            '\u{2010}' | '\u{2011}' => plain.push('-'),
            '\u{2012}'..='\u{2015}' => plain.push('\u{2013}'),
            '\u{2212}' => plain.push('-'),
            _ => plain.push(letter),
        }
    }
    plain
}

/// A word in lower case without accents; German umlauts are written out, as those without the keys do.
pub(super) fn fold(word: &str) -> String {
    let mut spelt = String::with_capacity(word.len());
    for letter in word.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => spelt.push_str("ae"),
            'ö' => spelt.push_str("oe"),
            'ü' => spelt.push_str("ue"),
            'ß' => spelt.push_str("ss"),
            'œ' => spelt.push_str("oe"),
            'æ' => spelt.push_str("ae"),
            _ => spelt.push(letter),
        }
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&spelt);
    // Only the accents of European scripts: in Japanese and Hindi such marks make other letters.
    decomposed.chars().filter(|letter| !matches!(letter, '\u{0300}'..='\u{036f}')).collect()
}
