//! Makes a style sheet small without changing what it means.
//!
//! Promises: text between quotes stays as it is.

/// Drops comments, and blanks that mean nothing; keeps one where several stood between words.
pub(super) fn squeeze(style: &str) -> String {
    let mut squeezed = String::with_capacity(style.len());
    let mut rest = style;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' => quoted_length(rest, next),
            _ if next.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            _ => next.len_utf8(),
        };
        let (piece, tail) = rest.split_at(length);
        if next.is_whitespace() {
            let needed = !squeezed.ends_with(['{', '}', ';', ',', ':', ' ', '>']) || squeezed.is_empty();
            if needed && !tail.starts_with(['{', '}', ';', ',', '>']) {
                squeezed.push(' ');
            }
        } else if !piece.starts_with("/*") {
            if next == '}' && squeezed.ends_with(';') {
                squeezed.pop();
            }
            squeezed.push_str(piece);
        }
        rest = tail;
    }
    squeezed.trim().to_owned()
}

/// The length of the quoted text that `rest` begins with, its quotes included.
fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::squeeze;

    #[test]
    fn blanks_and_comments_go_and_meaning_stays() {
        for (style, squeezed) in [
            ("a {\n  color: red;\n}\n", "a{color:red}"),
            ("/* x; */ a  b > c , d{}", "a b>c,d{}"),
            ("a::before { content: \"  /* x */ \\\" } \"; }", "a::before{content:\"  /* x */ \\\" } \"}"),
            ("a { width: calc(1px + 2px) }", "a{width:calc(1px + 2px)}"),
            ("@media (min-width: 1px) { a :hover { b: c } }", "@media (min-width:1px){a :hover{b:c}}"),
            ("", ""),
            ("a /* open", "a"),
        ] {
            assert_eq!(squeeze(style), squeezed);
        }
    }
}
