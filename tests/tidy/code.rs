//! Rust as text: where its tests begin, and what is left without comments and strings.

/// The first line that only tests see: an inline test module, which stands at the end of its file, or the
/// whole of a file made for tests.
pub(super) fn first_test_line(path: &str, lines: &[&str]) -> usize {
    if path.ends_with("/tests.rs") || path.ends_with("/suite.rs") || path.contains("/tests/") {
        return 0;
    }
    let opens = |index: usize| {
        lines[index].trim() == "#[cfg(test)]"
            && lines.get(index + 1).is_some_and(|next| next.trim_end().ends_with('{'))
    };
    (0..lines.len()).find(|index| opens(*index)).unwrap_or(lines.len())
}

/// The text with every comment and the inside of every string literal replaced by blanks, line by line.
pub(super) fn blank_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => span(rest, 2, |tail| tail.starts_with(&['*', '/']), 2),
            ['r', '#', '"', ..] => span(rest, 3, |tail| tail.starts_with(&['"', '#']), 2),
            ['r', '"', ..] => span(rest, 2, |tail| tail.starts_with(&['"']), 1),
            ['"', ..] => string_length(rest),
            ['\'', '\\', ..] => span(rest, 3, |tail| tail.starts_with(&['\'']), 1),
            ['\'', _, '\'', ..] => 3,
            _ => 0,
        };
        if length == 0 {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(rest[..length].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at += length;
        }
    }
    code
}

fn span(rest: &[char], from: usize, ends: impl Fn(&[char]) -> bool, closing: usize) -> usize {
    (from..rest.len()).find(|at| ends(&rest[*at..])).map_or(rest.len(), |at| at + closing)
}

fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}
