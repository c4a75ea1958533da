//! Text as HTML and XML can hold it.
//!
//! Promises: escaped text cannot end the element or the quoted attribute it is in.

/// Escapes text for the content or a quoted attribute of HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    push_escaped(&mut escaped, text);
    escaped
}

/// The text without control characters and other letters that XML forbids.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| is_allowed(*c)).collect()
}

/// Writes text, escaped.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Whether XML allows a letter and our marks do not use it.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c, '\n' | '\t')
        || !(c.is_control() || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'))
}
