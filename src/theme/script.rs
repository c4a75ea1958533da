//! Makes a script small without changing what it does.
//!
//! Promises: only what is on a line of its own goes: comments, blanks at its ends, empty lines. A line that
//! begins with `//` inside a text of several lines would go too, so scripts of a theme have no such texts.

/// Drops lines that are comments, and the blanks around every line.
pub(super) fn squeeze(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::squeeze;

    #[test]
    fn comments_and_indentation_go_and_the_rest_stays() {
        let script = "// What it does.\n\nif (a) {\n  b('// no comment'); // one that stays\n}\n";
        assert_eq!(squeeze(script), "if (a) {\nb('// no comment'); // one that stays\n}");
        assert_eq!(squeeze("// nothing\n"), "");
    }
}
