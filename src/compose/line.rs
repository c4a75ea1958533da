//! Text from files as one line that can stand in a header or a text message.
//!
//! Promises: what comes out holds no line break of any kind, no control character and no mark that turns the
//! direction of the letters around it.

/// The text without direction marks, with every control character and line break taken for a blank, and runs of
/// blanks for one.
pub(super) fn one_line(text: &str) -> String {
    let text: String = text.chars().filter(|c| !turns_direction(*c)).collect();
    let shown = text.split(|c: char| c.is_whitespace() || c.is_control());
    shown.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text cut to at most `characters_max` characters, the last of them three dots where something is
/// missing. Cuts at the end of a word where one is near.
pub(super) fn cut(text: &str, characters_max: usize) -> String {
    const DOTS: &str = "...";
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(DOTS.len())).collect();
    let at_word = kept.rfind(' ').filter(|at| at * 2 >= kept.len()).and_then(|at| kept.get(..at));
    format!("{}{DOTS}", at_word.unwrap_or(&kept).trim_end())
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{cut, one_line};

    #[test]
    fn nothing_breaks_out_of_the_line() {
        for hostile in [
            "Fails\r\nBcc: x@example.net",
            "Fails\0\nX: 1",
            "Fails\u{85}X: 1\u{2028}Y: 2\u{2029}Z",
            "Fails\u{b}\u{c}\u{1b}[31m",
            "\u{202e}sliaF\u{202c} now",
        ] {
            let line = one_line(hostile);
            assert!(
                !line.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}'))
            );
            assert!(line.contains("ails") || line.contains("sliaF"), "{line}");
        }
        assert_eq!(one_line(" two \u{a0}\t words\r\n"), "two words");
        assert_eq!(one_line("21\u{200f}/11\u{200f}/2026"), "21/11/2026");
    }

    #[test]
    fn a_cut_text_says_so_and_fits() {
        assert_eq!(cut("Card payments are failing", 25), "Card payments are failing");
        assert_eq!(cut("Card payments are failing", 24), "Card payments are...");
        assert_eq!(cut("Zahlungsdienstleistungsausfall", 10), "Zahlung...");
        assert_eq!(cut("abc", 0), "...");
        for room in 3..40 {
            assert!(cut("Card payments are failing since noon", room).chars().count() <= room);
        }
    }
}
