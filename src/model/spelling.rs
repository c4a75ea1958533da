//! Suggestions for misspelt words, and words quoted for a sentence.

use super::line::is_unprintable;

/// Words longer than this are neither compared nor quoted whole.
const WORD_CHARACTERS_MAX: usize = 60;

/// A word that is the beginning of another has at least this length to count as near.
const BEGINNING_CHARACTERS_MIN: usize = 4;

/// The candidate most like `word`, if one is near: a third of the letters may differ, none in a word of two, and
/// a swap of neighbors counts as one. A word is also near if it begins with the other. Case does not count.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let length = word.chars().count();
    if length > WORD_CHARACTERS_MAX {
        return None;
    }
    let word = word.to_lowercase();
    let distance = |candidate: &str| strsim::osa_distance(&word, &candidate.to_lowercase());
    let near = candidates.into_iter().map(|candidate| (distance(candidate), candidate));
    let (distance, candidate) = near.min()?;
    let (shorter, longer) = (length.min(candidate.chars().count()), length.max(candidate.chars().count()));
    let distance_max = if longer < 3 { 0 } else { (longer / 3).max(1) };
    // `hostname` begins with `host`, though half of its letters are others.
    let begins_alike = shorter >= BEGINNING_CHARACTERS_MIN && distance == longer - shorter && {
        let candidate = candidate.to_lowercase();
        word.starts_with(&candidate) || candidate.starts_with(&word)
    };
    (distance <= distance_max || begins_alike).then_some(candidate)
}

/// The hint for a word that is none of `candidates`: the nearest, or all of them if there are few.
pub fn suggestion(word: &str, candidates: &[&str]) -> Option<String> {
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let listed =
        || candidates.iter().map(|candidate| format!("`{candidate}`")).collect::<Vec<_>>().join(", ");
    match candidates.len() {
        0 => None,
        1 => Some(format!("write {}", listed())),
        2..=12 => Some(format!("one of {}", listed())),
        _ => None,
    }
}

/// A word between backticks, shortened, with what cannot be printed shown as escapes.
pub fn quoted(word: &str) -> String {
    let mut shown: String = word.chars().take(WORD_CHARACTERS_MAX).flat_map(escaped).collect();
    if word.chars().nth(WORD_CHARACTERS_MAX).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn escaped(c: char) -> Vec<char> {
    if is_unprintable(c) { c.escape_default().collect() } else { vec![c] }
}

#[cfg(test)]
mod tests {
    use super::{nearest, quoted, suggestion};

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let words = ["checkout", "refunds", "search"];
        for (typed, found) in [
            ("chekout", Some("checkout")),
            ("Checkout", Some("checkout")),
            ("serach", Some("search")),
            ("payments", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, words), found, "{typed}");
        }
        assert_eq!(nearest(&"x".repeat(100_000), words), None);
        assert_eq!(nearest("a", []), None);
        assert_eq!(nearest("es", ["en"]), None);
        assert_eq!(nearest("hostname", ["host", "port"]), Some("host"));
        assert_eq!(nearest("Pass", ["user", "password"]), Some("password"));
        assert_eq!(nearest("pas", ["password"]), None, "too short to mean one");
    }

    #[test]
    fn few_words_are_listed_where_none_is_near() {
        assert_eq!(suggestion("zebra", &["mail", "text"]).as_deref(), Some("one of `mail`, `text`"));
        assert_eq!(suggestion("zebra", &[]), None);
    }

    #[test]
    fn quotes_are_short_and_show_control_characters() {
        assert_eq!(quoted("a\nb\u{1b}"), "`a\\nb\\u{1b}`");
        assert_eq!(quoted("\u{202e}a"), "`\\u{202e}a`");
        assert_eq!(quoted(&"x".repeat(100)), format!("`{}…`", "x".repeat(60)));
    }
}
