//! Text cut into words, numbers, links and punctuation.
//!
//! Promises: nothing is lost but blanks; characters of scripts without blanks between words are words of their own.

use super::plain::{BLOCK_END, LINK, STRUCK, TARGET, TARGET_END};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Word,
    /// Digits with their separators.
    Number,
    /// Three numbers that may be a date: `3/3/2026`.
    Date,
    /// Something that means itself: a link's target, a telephone number, a time of day.
    Fact,
    Mark,
}

/// A piece of a text.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub shape: Shape,
    pub text: String,
    /// Whether it follows the piece before it without a blank.
    pub glued: bool,
    /// Whether it is among the words of a link.
    pub in_link: bool,
}

/// Kana, Han and the scripts of Thai, Lao, Burmese and Khmer, written without blanks.
pub(super) fn stands_alone(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

/// Whether a word is one character of such a script.
pub(super) fn is_single_character(word: &str) -> bool {
    word.chars().next().is_some_and(stands_alone)
}

/// The pieces of a text in lower case.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    let mut cutter = Cutter { letters: &letters, place: 0, in_link: false, glued: false, pieces: Vec::new() };
    while cutter.place < letters.len() {
        cutter.step();
    }
    cutter.pieces
}

struct Cutter<'a> {
    letters: &'a [char],
    place: usize,
    in_link: bool,
    glued: bool,
    pieces: Vec<Piece>,
}

impl Cutter<'_> {
    fn at(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.place + ahead).copied()
    }

    fn push(&mut self, shape: Shape, text: String, length: usize) {
        self.pieces.push(Piece { shape, text, glued: self.glued, in_link: self.in_link });
        self.place += length.max(1);
        self.glued = true;
    }

    fn step(&mut self) {
        let Some(letter) = self.at(0) else { return };
        match letter {
            LINK => (self.in_link, self.place) = (true, self.place + 1),
            TARGET => self.target(),
            BLOCK_END | STRUCK => self.push(Shape::Mark, letter.to_string(), 1),
            _ if letter.is_whitespace() => (self.glued, self.place) = (false, self.place + 1),
            // The T of `2026-11-20T11:30Z`.
            't' if self.follows_date() && self.at(1).is_some_and(|c| c.is_ascii_digit()) => self.place += 1,
            _ => {
                let found = self
                    .web_address()
                    .or_else(|| self.mail())
                    .or_else(|| self.phone())
                    .or_else(|| self.number());
                match found.or_else(|| self.word()) {
                    Some((shape, text, length)) => self.push(shape, text, length),
                    None if letter == '-' && self.glued && self.at(1).is_some_and(char::is_alphabetic) => {
                        self.place += 1
                    }
                    None => self.push(Shape::Mark, letter.to_string(), 1),
                }
            }
        }
    }

    fn follows_date(&self) -> bool {
        self.glued && self.pieces.last().is_some_and(|piece| piece.text.starts_with("date:"))
    }

    fn target(&mut self) {
        let length = self.run(1, |letter| letter != TARGET_END);
        let target: String = self.letters.iter().skip(self.place + 1).take(length).collect();
        self.in_link = false;
        let address = same_address(&target);
        let kind = if address.contains('@') && !address.contains('/') { "mail" } else { "link" };
        self.push(Shape::Fact, format!("{kind}:{address}"), length + 2);
    }

    /// How many letters from `from` on are as `is` says.
    fn run(&self, from: usize, is: impl Fn(char) -> bool) -> usize {
        self.letters.iter().skip(self.place + from).take_while(|letter| is(**letter)).count()
    }

    fn slice(&self, length: usize) -> String {
        self.letters.iter().skip(self.place).take(length).collect()
    }

    fn web_address(&self) -> Option<(Shape, String, usize)> {
        let begins =
            |words: &str| words.chars().enumerate().all(|(ahead, letter)| self.at(ahead) == Some(letter));
        if self.glued && self.pieces.last().is_some_and(|piece| piece.shape == Shape::Word) {
            return None;
        }
        if !begins("http://") && !begins("https://") && !begins("www.") {
            return None;
        }
        let length = self.run(0, |c| {
            !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '(' | ')' | '|' | LINK..=STRUCK)
        });
        let address = self.slice(length);
        let address = address.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
        Some((Shape::Fact, format!("link:{}", same_address(address)), address.chars().count()))
    }

    fn mail(&self) -> Option<(Shape, String, usize)> {
        let name = self.run(0, |c| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-'));
        if name == 0 || self.at(name) != Some('@') {
            return None;
        }
        let host = self.run(name + 1, |c| c.is_alphanumeric() || matches!(c, '.' | '-'));
        let address = self.slice(name + 1 + host);
        let address = address.trim_end_matches(['.', '-']);
        (host > 0).then(|| (Shape::Fact, format!("mail:{address}"), address.chars().count()))
    }

    /// A number to call: international, with a leading zero and in groups, or with an area code in brackets.
    fn phone(&self) -> Option<(Shape, String, usize)> {
        let first = self.at(0)?;
        let international = first == '+' && self.at(1).is_some_and(|c| c.is_ascii_digit());
        let national = first == '0' && self.at(1).is_some_and(|c| c.is_ascii_digit());
        let area =
            first == '(' && (1..=5).any(|end| self.at(end + 1) == Some(')')) && self.at(1)?.is_ascii_digit();
        if !(international || national || area) || (self.glued && first.is_ascii_digit()) {
            return None;
        }
        let length = self.run(0, |c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '/'));
        let written = self.slice(length);
        let written = written.trim_end_matches([' ', '-', '(', '/', '+']);
        let digits: String = written.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
        let groups = written.split([' ', '-', ')', '/']).filter(|group| !group.is_empty()).count();
        let looks_like_date = national && (written.len() <= 10 && groups == 3 && !written.contains(' '));
        let enough = if international { 7 } else { 8 };
        if digits.len() < enough || digits.len() > 15 || groups < 2 && !international || looks_like_date {
            return None;
        }
        let sign = if international { "+" } else { "" };
        Some((Shape::Fact, format!("phone:{sign}{digits}"), written.chars().count()))
    }

    fn number(&self) -> Option<(Shape, String, usize)> {
        let first = self.at(0)?;
        let negative = first == '-' && !self.glued && self.at(1).is_some_and(|c| c.is_ascii_digit());
        if !first.is_ascii_digit() && !negative {
            return None;
        }
        let whole = 1 + self.run(1, |c| c.is_ascii_digit());
        let mut length = whole;
        let mut before = None;
        while let Some(mark) = self.at(length) {
            let follows = self.run(length + 1, |c| c.is_ascii_digit());
            let joins = match mark {
                ':' | '/' | '-' => follows > 0 && before.is_none_or(|before| before == mark),
                '.' | ',' => follows > 0 && !matches!(before, Some(':' | '/' | '-')),
                ' ' | '\'' => follows == 3 && whole <= 3 && before.is_none_or(|before| before == mark),
                _ => false,
            };
            if !joins {
                break;
            }
            before = Some(mark);
            length += 1 + follows;
        }
        let found = shaped(&self.slice(length), length);
        let is_range = found.0 == Shape::Number && matches!(before, Some('/' | '-' | ':'));
        Some(if is_range { shaped(&self.slice(whole), whole) } else { found })
    }

    fn word(&self) -> Option<(Shape, String, usize)> {
        let first = self.at(0)?;
        if stands_alone(first) || matches!(first, '€' | '$' | '£' | '¥' | '%') {
            return Some((Shape::Word, first.to_string(), 1));
        }
        if first == '°' {
            let length = 1 + self.run(1, char::is_alphabetic).min(1);
            return Some((Shape::Word, self.slice(length), length));
        }
        if !first.is_alphabetic() {
            return None;
        }
        let is_part =
            |c: char| (c.is_alphanumeric() || matches!(c, '\u{0300}'..='\u{036f}')) && !stands_alone(c);
        // After a number letters are its unit, and digits after them another number: `14h30`.
        let after_number = self.glued && self.pieces.last().is_some_and(|piece| piece.shape == Shape::Number);
        let length = self.run(0, |c| is_part(c) && !(after_number && c.is_ascii_digit()));
        let word = self.slice(length);
        // A name with digits is a code: `eu1`, `v2`.
        let shape = if word.chars().any(|c| c.is_ascii_digit()) { Shape::Fact } else { Shape::Word };
        Some((shape, if shape == Shape::Fact { format!("code:{word}") } else { word }, length))
    }
}

/// What digits and their separators look like.
fn shaped(text: &str, length: usize) -> (Shape, String, usize) {
    let parts: Vec<&str> = text.split(['.', ',', ':', '/', '-', ' ', '\'']).collect();
    let all = |mark: char| text.chars().filter(|c| !c.is_ascii_digit()).all(|c| c == mark);
    let sizes: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if all(':') && matches!(sizes[..], [1..=2, 2] | [1..=2, 2, 2]) {
        let hour = parts.first().map_or("", |hour| hour.trim_start_matches('0'));
        let rest = parts.get(1..).unwrap_or_default().join(":");
        return (
            Shape::Fact,
            format!("time:{:0>2}:{rest}", if hour.is_empty() { "0" } else { hour }),
            length,
        );
    }
    if all('-') && matches!(sizes[..], [4, 2, 2]) {
        return (Shape::Fact, format!("date:{text}"), length);
    }
    let is_date = matches!(sizes[..], [1..=2, 1..=2, 4] | [1..=2, 1..=2, 2]);
    if is_date && (all('.') || all('/') || all('-')) {
        return (Shape::Date, text.to_owned(), length);
    }
    let grouped = sizes.iter().skip(1).all(|size| *size == 3);
    if parts.len() > 2 && all('.') && !grouped {
        return (Shape::Fact, format!("version:{text}"), length);
    }
    (Shape::Number, text.to_owned(), length)
}

/// An address without what leads to the same page anyway.
fn same_address(address: &str) -> String {
    let address =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
    let address = address.strip_prefix("mailto:").unwrap_or(address);
    address.trim_end_matches('/').to_owned()
}
