//! The number of segments of an SMS message: 3GPP TS 23.038, 6.2.1, and 23.040, 9.2.3.24.
//!
//! Promises: counts what a handset will be charged for: a message in the seven-bit alphabet holds 160 septets,
//! or 153 in each of several segments; any other letter makes the whole message travel in sixteen bits, 70
//! units or 67 in each. A letter that takes two is never split between segments.

use crate::model::message::{Encoding, TextMessage};

/// The letters that take one septet. The escape itself, 0x1B, is none of them.
const ALPHABET: &str = concat!(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/// The letters that take two: an escape and one more.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// What one segment holds, alone and as one of several.
struct Room {
    alone: usize,
    each: usize,
}

const SEPTETS: Room = Room { alone: 160, each: 153 };
const UNITS: Room = Room { alone: 70, each: 67 };

/// The message of a text with its segments counted: as it is but for its punctuation, or in plain letters where that is permitted and
/// saves a segment.
pub fn message(text: &str, may_transliterate: bool) -> TextMessage {
    let measured = |body: String| {
        let (encoding, segments) = measure(&body);
        TextMessage { body, encoding, segments }
    };
    let as_it_is = measured(plain_punctuation(text));
    if !may_transliterate || as_it_is.encoding == Encoding::Gsm7 {
        return as_it_is;
    }
    let plain = measured(transliterate(&as_it_is.body));
    if plain.segments < as_it_is.segments { plain } else { as_it_is }
}

/// How a text travels, and in how many segments; 255 represents all that is longer.
pub fn measure(text: &str) -> (Encoding, u8) {
    let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
    match septets {
        Some(lengths) => (Encoding::Gsm7, segments(&lengths, &SEPTETS)),
        None => (Encoding::Ucs2, segments(&text.chars().map(char::len_utf16).collect::<Vec<_>>(), &UNITS)),
    }
}

/// The text with every letter of the Latin script that the alphabet lacks replaced by its plain one (`á` by
/// `a`), so that it travels in seven bits. Letters of other scripts stay.
pub fn transliterate(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match PLAIN_LETTERS.iter().find(|(dressed, _)| dressed.contains(letter)) {
            Some((_, letters)) => plain.push_str(letters),
            None => plain.push(letter),
        }
    }
    plain
}

/// The text with typographic quotes, dashes and blanks replaced by those of a typewriter, which read the
/// same and travel in seven bits.
pub fn plain_punctuation(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '‘' | '’' | '‚' => plain.push('\''),
            '‐' | '‑' | '–' | '—' | '−' | '·' | '•' => plain.push('-'),
            '…' => plain.push_str("..."),
            '\u{a0}' | '\u{202f}' | '\u{2009}' => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}

fn septets(letter: char) -> Option<usize> {
    if ALPHABET.contains(letter) { Some(1) } else { EXTENSION.contains(letter).then_some(2) }
}

fn segments(lengths: &[usize], room: &Room) -> u8 {
    if lengths.iter().sum::<usize>() <= room.alone {
        return 1;
    }
    let (mut count, mut used) = (1_usize, 0);
    for length in lengths {
        if used + length > room.each {
            (count, used) = (count + 1, 0);
        }
        used += length;
    }
    u8::try_from(count).unwrap_or(u8::MAX)
}

/// Letters the alphabet lacks, and what is written for them.
const PLAIN_LETTERS: &[(&str, &str)] = &[
    ("áâãāăą", "a"),
    ("ÀÁÂÃĀĂĄ", "A"),
    ("çćčĉċ", "c"),
    ("ĆČĈĊ", "C"),
    ("ďđð", "d"),
    ("ĎĐÐ", "D"),
    ("êëēĕėęě", "e"),
    ("ÈÊËĒĔĖĘĚ", "E"),
    ("ğĝġģ", "g"),
    ("ĞĜĠĢ", "G"),
    ("íîïīĭįı", "i"),
    ("ÌÍÎÏĪĬĮİ", "I"),
    ("łĺļľ", "l"),
    ("ŁĹĻĽ", "L"),
    ("ńņň", "n"),
    ("ŃŅŇ", "N"),
    ("óôõōŏő", "o"),
    ("ÒÓÔÕŌŎŐ", "O"),
    ("œ", "oe"),
    ("Œ", "OE"),
    ("ŕřŗ", "r"),
    ("ŔŘŖ", "R"),
    ("śšşșŝ", "s"),
    ("ŚŠŞȘŜ", "S"),
    ("ťţț", "t"),
    ("ŤŢȚ", "T"),
    ("þ", "th"),
    ("Þ", "Th"),
    ("úûūŭůűų", "u"),
    ("ÙÚÛŪŬŮŰŲ", "U"),
    ("ýÿ", "y"),
    ("ÝŸ", "Y"),
    ("źżž", "z"),
    ("ŹŻŽ", "Z"),
    ("ẞ", "SS"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ALPHABET, EXTENSION, PLAIN_LETTERS, measure, plain_punctuation, transliterate};
    use crate::model::message::Encoding;

    /// Counts by building every segment out of code units, with nothing in common with the counter but the
    /// standard.
    fn naive(text: &str) -> (Encoding, usize) {
        let mut units: Vec<Vec<u16>> = Vec::new();
        for letter in text.chars() {
            if ALPHABET.chars().any(|known| known == letter) {
                units.push(vec![1]);
            } else if EXTENSION.chars().any(|known| known == letter) {
                units.push(vec![27, 1]);
            } else {
                units = text.chars().map(|letter| letter.encode_utf16(&mut [0; 2]).to_vec()).collect();
                return (Encoding::Ucs2, pack(&units, 70, 67));
            }
        }
        (Encoding::Gsm7, pack(&units, 160, 153))
    }

    fn pack(letters: &[Vec<u16>], alone: usize, each: usize) -> usize {
        if letters.concat().len() <= alone {
            return 1;
        }
        let mut segments: Vec<Vec<u16>> = vec![Vec::new()];
        for letter in letters {
            if segments.last().unwrap().len() + letter.len() > each {
                segments.push(Vec::new());
            }
            segments.last_mut().unwrap().extend(letter);
        }
        segments.len()
    }

    fn any_text() -> impl Strategy<Value = String> {
        let letters = prop_oneof![
            20 => prop::sample::select(ALPHABET.chars().collect::<Vec<_>>()),
            4 => prop::sample::select(EXTENSION.chars().collect::<Vec<_>>()),
        ];
        let seven = prop::collection::vec(letters, 0..500).prop_map(|letters| letters.into_iter().collect());
        let sixteen = prop::collection::vec(prop_oneof![Just('á'), Just('😀'), any::<char>()], 0..250)
            .prop_map(|letters| letters.into_iter().collect());
        prop_oneof![seven.boxed(), sixteen.boxed()]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

        #[test]
        fn counts_as_building_the_segments_does(text in any_text()) {
            let (encoding, segments) = measure(&text);
            prop_assert_eq!((encoding, usize::from(segments)), naive(&text));
        }
    }

    #[test]
    fn the_limits_of_a_segment() {
        for (text, expected) in [
            (String::new(), (Encoding::Gsm7, 1)),
            ("a".repeat(160), (Encoding::Gsm7, 1)),
            ("a".repeat(161), (Encoding::Gsm7, 2)),
            ("a".repeat(306), (Encoding::Gsm7, 2)),
            ("a".repeat(307), (Encoding::Gsm7, 3)),
            ("€".repeat(80), (Encoding::Gsm7, 1)),
            // 76 pairs fill 152 of 153 septets; the 77th may not be split.
            ("€".repeat(153), (Encoding::Gsm7, 3)),
            ("á".repeat(70), (Encoding::Ucs2, 1)),
            ("á".repeat(71), (Encoding::Ucs2, 2)),
            ("😀".repeat(35), (Encoding::Ucs2, 1)),
            ("😀".repeat(67), (Encoding::Ucs2, 3)),
            ("a".repeat(100_000), (Encoding::Gsm7, 255)),
        ] {
            assert_eq!(measure(&text), expected, "{} letters", text.chars().count());
        }
    }

    #[test]
    fn the_alphabet_is_complete() {
        assert_eq!(ALPHABET.chars().count(), 127, "all but the escape");
        assert_eq!(EXTENSION.chars().count(), 10);
    }

    #[test]
    fn transliteration_leaves_seven_bits() {
        assert_eq!(transliterate("Interrupción del año: çã"), "Interrupcion del año: ca");
        assert_eq!(transliterate("Störung 障害"), "Störung 障害");
        for (dressed, plain) in PLAIN_LETTERS {
            assert_eq!(measure(plain).0, Encoding::Gsm7);
            for letter in dressed.chars() {
                assert_eq!(measure(&letter.to_string()).0, Encoding::Ucs2, "{letter} is in the alphabet");
            }
        }
        assert_eq!(plain_punctuation("“Zahlungen” – wieder\u{202f}da…"), "\"Zahlungen\" - wieder da...");
    }
}
