//! Names spelt out next to their abbreviation: "Example Single Sign-on (ExSSO)" is ExSSO.

/// The text with each "Long Name (LN)" written as its abbreviation.
pub(super) fn without_expansions(text: &str) -> String {
    let mut text = text.to_owned();
    let mut from = 0;
    while let Some(open) = text.get(from..).and_then(|rest| rest.find('(')).map(|place| place + from) {
        from = open + 1;
        let Some(close) = text.get(from..).and_then(|rest| rest.find(')')).map(|place| place + from) else {
            break;
        };
        let short = text.get(from..close).unwrap_or_default();
        if !is_abbreviation(short) {
            continue;
        }
        if let Some(begins) = expansion(text.get(..open).unwrap_or_default(), short) {
            let short = short.to_owned();
            text.replace_range(begins..=close, &short);
            from = begins + short.len();
        }
    }
    text
}

fn is_abbreviation(word: &str) -> bool {
    let letters = word.chars().count();
    (2..=12).contains(&letters)
        && word.chars().all(char::is_alphanumeric)
        && word.chars().filter(|letter| letter.is_uppercase()).count() >= 2
}

/// Where the words begin, at the end of `before`, whose letters `short` is made of: each of its letters in order, the first at
/// the beginning of the first word, and every longer word gives its first one.
fn expansion(before: &str, short: &str) -> Option<usize> {
    let starts: Vec<usize> = word_starts(before);
    let most = short.chars().count() + 3;
    let candidates = starts.iter().rev().take(most);
    candidates.copied().find(|start| {
        let words = before.get(*start..).unwrap_or_default();
        !words.contains(['.', ',', ';', ':', '(', ')', '\u{e003}']) && spells(words, short)
    })
}

fn word_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut within = false;
    for (place, letter) in text.char_indices() {
        if letter.is_alphanumeric() && !within {
            starts.push(place);
        }
        within = letter.is_alphanumeric();
    }
    starts
}

fn spells(words: &str, short: &str) -> bool {
    let low = |text: &str| super::fold::fold(text).chars().collect::<Vec<char>>();
    let short = low(short);
    let words: Vec<Vec<char>> =
        words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(low).collect();
    words.len() > 1 && fits(&words, &short, true)
}

/// Whether the letters of `short` can be taken from the words in order.
fn fits(words: &[Vec<char>], short: &[char], first: bool) -> bool {
    let Some((word, rest)) = words.split_first() else { return short.is_empty() };
    let small = word.len() <= 3 && !first;
    if small && fits(rest, short, false) {
        return true;
    }
    // The word gives its first letters, as many as fit.
    let common = word.iter().zip(short).take_while(|(a, b)| a == b).count();
    (1..=common).any(|taken| short.get(taken..).is_some_and(|left| fits(rest, left, false)))
}
