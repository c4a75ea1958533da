//! Text from files as one line for a header or an SMS, cut if it is too long.
//!
//! Promises: a cut text fits and ends with an ellipsis. Never cuts within a word if a space is near.

pub(super) use crate::model::line::one_line;

/// The text cut to at most `characters_max` characters, the last of them three dots where something is
/// missing. Cuts at the end of a word if one is near.
pub(super) fn cut(text: &str, characters_max: usize) -> String {
    const DOTS: &str = "...";
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(characters_max.saturating_sub(DOTS.len())).collect();
    let at_word = kept.rfind(' ').filter(|at| at * 2 >= kept.len()).and_then(|at| kept.get(..at));
    format!("{}{DOTS}", at_word.unwrap_or(&kept).trim_end())
}

#[cfg(test)]
mod tests {
    use super::cut;

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
