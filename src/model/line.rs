//! Text from others made safe for places that interpret it: a header, a terminal, a log, a git host's job.
//!
//! Promises: what comes out holds no escape sequence of others, no control character that moves a cursor, no mark that
//! turns the direction of the letters around it, and no command of a workflow. Never judges what a text says.

/// The text on one line without direction marks: every control character and line break is taken for a blank, and a run of
/// blanks for one.
pub fn one_line(text: &str) -> String {
    let text: String = text.chars().filter(|c| !turns_direction(*c) && !marks_direction(*c)).collect();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The text on one line of at most `characters_max` characters; what is longer is cut off.
pub fn short_line(text: &str, characters_max: usize) -> String {
    cut(&one_line(text), characters_max)
}

/// Like [`short_line`], with `…` in place of each word that `hides` picks: an address, a number.
pub fn masked_line(text: &str, hides: impl Fn(&str) -> bool, characters_max: usize) -> String {
    let line = one_line(text);
    let masked: Vec<&str> = line.split(' ').map(|word| if hides(word) { "…" } else { word }).collect();
    cut(&masked.join(" "), characters_max)
}

/// The text on one line with as many characters as before: each that cannot be shown is one `�`, so columns stay.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_unprintable(c) && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Text for a terminal or a log, which may be a git host's: keeps line ends, tabs and colors (SGR sequences, ECMA-48
/// 8.3.117), shows every other control character as `�`, and breaks what GitHub and Azure would take for a command of the
/// workflow.
pub fn printed(text: &str) -> String {
    text.split('\n').map(printed_line).collect::<Vec<_>>().join("\n")
}

/// Whether a character moves a cursor, ends a line or turns the direction of the letters around it.
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || turns_direction(c)
}

/// Whether a character takes no room and joins nothing, so that two names with and without it look alike. The joiners of
/// Persian, Indian scripts and emoji are none.
pub fn has_no_width(c: char) -> bool {
    matches!(c, '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}')
}

/// Whether a character turns the letters after it round, wherever they come from (UAX #9, 2.1 to 2.4): a text with one says
/// something else than it shows.
pub fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn turns_direction(c: char) -> bool {
    reorders(c) || c == '\u{feff}'
}

/// Whether a character is a mark without a shape that a date in Arabic may hold (UAX #9, 2.6). Harmless on a screen;
/// in a text message it takes room.
fn marks_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}')
}

fn printed_line(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let colored = color_length(rest);
        let (kept, after) = rest.split_at(colored.unwrap_or(c.len_utf8()));
        shown.push_str(if colored.is_none() && is_unprintable(c) && c != '\t' { "\u{fffd}" } else { kept });
        rest = after;
    }
    without_commands(shown)
}

/// How many bytes the color sequence has that the text begins with.
fn color_length(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers[end..].starts_with('m').then_some("\u{1b}[".len() + end + 1)
}

/// GitHub reads `::command` at the start of a line, whatever blanks stand before it; the older `##[command]`, which
/// Azure writes `##vso[`, is read anywhere.
fn without_commands(line: String) -> String {
    let line =
        if line.contains("##") { line.replace("##[", "## [").replace("##vso[", "## vso[") } else { line };
    if line.trim_start().starts_with("::") { format!("|{line}") } else { line }
}

fn cut(text: &str, characters_max: usize) -> String {
    text.chars().take(characters_max).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_unprintable, masked_line, one_line, printed, short_line, visible};

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
            assert!(!line.contains(is_unprintable), "{line:?}");
            assert!(line.contains("ails") || line.contains("sliaF"), "{line}");
        }
        assert_eq!(one_line(" two \u{a0}\t words\r\n"), "two words");
        assert_eq!(one_line("21\u{200f}/11\u{200f}/2026"), "21/11/2026");
        assert_eq!(printed("21\u{200f}/11\u{200f}/2026"), "21\u{200f}/11\u{200f}/2026");
    }

    #[test]
    fn words_that_are_to_be_hidden_are() {
        let line = masked_line("550 no ana@example.org\r\n here", |word| word.contains('@'), 20);
        assert_eq!(line, "550 no … here");
        assert_eq!(short_line("a\nlong  answer", 6), "a long");
    }

    #[test]
    fn a_terminal_gets_colors_and_nothing_else_that_it_interprets() {
        assert_eq!(printed("\u{1b}[1;31mbad:\u{1b}[0m a\tb\nnext"), "\u{1b}[1;31mbad:\u{1b}[0m a\tb\nnext");
        for hostile in
            ["\u{1b}[2J", "\u{1b}]0;title\u{7}", "\u{1b}[31", "\u{9b}31m", "a\rb", "\u{202e}x", "\u{8}"]
        {
            assert!(printed(hostile).contains('\u{fffd}'), "{hostile:?}");
        }
    }

    #[test]
    fn a_forge_gets_no_command() {
        for hostile in
            ["::error::gotcha", "  ::set-output name=x::y", "a\n::add-mask::b", "x ##[error]y", "##vso[task]"]
        {
            let shown = printed(hostile);
            assert!(!shown.contains("##[") && !shown.contains("##vso["), "{shown}");
            assert!(shown.lines().all(|line| !line.trim_start().starts_with("::")), "{shown}");
        }
        assert_eq!(printed("see a::b"), "see a::b");
    }

    proptest! {
        #[test]
        fn any_text_is_made_safe(text in "(\\PC|\\p{Cc}|\u{1b}\\[[0-9;]{0,3}m|::|##\\[|\n|\u{202e}|\u{2028}| ){0,30}") {
            prop_assert!(!one_line(&text).contains(is_unprintable));
            prop_assert!(!one_line(&text).contains("  "));
            prop_assert_eq!(one_line(&one_line(&text)), one_line(&text));
            prop_assert!(!visible(&text).contains(|c| is_unprintable(c) && c != '\t'));
            prop_assert_eq!(visible(&text).chars().count(), text.chars().count());
            let shown = printed(&text);
            prop_assert!(shown.lines().all(|line| !line.trim_start().starts_with("::") && !line.contains("##[")));
            let foreign = |c: char| is_unprintable(c) && !matches!(c, '\n' | '\t' | '\u{1b}');
            prop_assert!(!shown.contains(foreign));
            prop_assert_eq!(printed(&shown), shown);
            prop_assert!(short_line(&text, 7).chars().count() <= 7);
        }
    }
}
