//! Rust as text: where its tests begin, and what is left without comments and strings.

/// The first line that only tests see: an inline test module, which is at the end of its file, or the
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
    let mut code = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Code(c) => code.push(c),
            Piece::Comment(hidden) | Piece::Literal(hidden) => {
                code.extend(hidden.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            }
        }
    }
    code
}

/// The comments and the string literals with the line each begins at: `true` for a comment. Comments on lines that
/// follow each other are one, without their slashes; a literal is without its continuations.
pub(super) fn texts(text: &str) -> Vec<(usize, bool, String)> {
    let mut found: Vec<(usize, bool, String)> = Vec::new();
    let (mut line, mut joins) = (1, false);
    for piece in pieces(text) {
        match piece {
            Piece::Code(c) => {
                joins = joins && c.is_whitespace();
                line += usize::from(c == '\n');
            }
            Piece::Comment(comment) => {
                let words = comment.trim_start_matches(['/', '!', '*']);
                match found.last_mut().filter(|_| joins) {
                    Some((_, _, before)) => before.push_str(words),
                    None => found.push((line, true, words.to_owned())),
                }
                line += comment.matches('\n').count();
                joins = true;
            }
            Piece::Literal(literal) => {
                let continued = literal.split("\\\n").map(str::trim_start).collect::<String>();
                found.push((line, false, continued.replace("\\n", " | ")));
                line += literal.matches('\n').count();
                joins = false;
            }
        }
    }
    found
}

/// A part of a file of Rust.
enum Piece {
    Code(char),
    Comment(String),
    Literal(String),
}

fn pieces(text: &str) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
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
        let piece: String = rest[..length].iter().collect();
        found.push(match (length, rest[0]) {
            (0, c) => Piece::Code(c),
            (_, '/') => Piece::Comment(piece),
            _ => Piece::Literal(piece),
        });
        at += length.max(1);
    }
    found
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
