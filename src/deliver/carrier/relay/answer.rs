//! Reads the answers of a mail server (RFC 5321, 4.2).
//!
//! Promises: pure; an answer is read completely or not at all; text that is not an answer is refused, and so is an answer
//! whose lines have different codes.

/// An answer of one or more lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Its three digits, 200 to 599.
    pub(super) code: u16,
    /// Its words, line by line, without code; what is not UTF-8 is replaced.
    pub(super) words: String,
}

/// What the bytes that arrived so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// The beginning of an answer.
    Part,
    /// An answer, and how many bytes it took.
    Whole(Answer, usize),
    /// Bytes that are no SMTP reply.
    Garbage,
}

/// Reads the first answer in `bytes`.
pub(super) fn read(bytes: &[u8]) -> Arrived {
    let (mut rest, mut code, mut words) = (bytes, None, String::new());
    loop {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            let digits = rest.iter().take(3).all(u8::is_ascii_digit);
            return if digits { Arrived::Part } else { Arrived::Garbage };
        };
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some((this, tail)) = code_of(line) else { return Arrived::Garbage };
        if *code.get_or_insert(this) != this {
            return Arrived::Garbage;
        }
        words.push_str(&String::from_utf8_lossy(tail.get(1..).unwrap_or_default()));
        match tail.first() {
            None | Some(b' ') => {
                return Arrived::Whole(Answer { code: this, words }, bytes.len() - rest.len());
            }
            Some(b'-') => words.push('\n'),
            Some(_) => return Arrived::Garbage,
        }
    }
}

/// The code of an answer whose end never came. Its words are not to be trusted: they may be cut off.
pub(super) fn code_of_part(bytes: &[u8]) -> Option<u16> {
    let (code, tail) = code_of(bytes)?;
    matches!(tail.first(), Some(b' ' | b'-' | b'\r')).then_some(code)
}

fn code_of(line: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, tail) = line.split_at_checked(3)?;
    let code = str::from_utf8(digits).ok()?.parse().ok()?;
    (digits.iter().all(u8::is_ascii_digit) && (200..=599).contains(&code)).then_some((code, tail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(text: &str) -> Option<(u16, String, usize)> {
        match read(text.as_bytes()) {
            Arrived::Whole(answer, bytes) => Some((answer.code, answer.words, bytes)),
            _ => None,
        }
    }

    #[test]
    fn answers_come_in_these_shapes() {
        for (text, code, words, bytes) in [
            ("250 2.0.0 Ok\r\n", 250, "2.0.0 Ok", 14),
            ("250 Ok\n", 250, "Ok", 7),
            ("250\r\n", 250, "", 5),
            ("250 \r\n", 250, "", 6),
            ("250-one\r\n250-two\r\n250 three\r\n", 250, "one\ntwo\nthree", 29),
            ("250-one\r\n250\r\nrest", 250, "one\n", 14),
            ("354 go\r\n250 later\r\n", 354, "go", 8),
        ] {
            assert_eq!(whole(text), Some((code, words.to_owned(), bytes)), "{text:?}");
        }
        let latin = read(b"550 no s\xe9\r\n");
        assert!(matches!(latin, Arrived::Whole(answer, 11) if answer.words == "no s\u{fffd}"));
    }

    #[test]
    fn the_rest_is_awaited_or_refused() {
        for text in ["", "2", "250", "250 Ok", "250 Ok\r", "250-one\r\n", "250-one\r\n25"] {
            assert_eq!(read(text.as_bytes()), Arrived::Part, "{text:?}");
        }
        for text in [
            "HTTP/1.1 400 Bad Request\r\n",
            "H",
            "\r\n",
            "25\r\n",
            "250Ok\r\n",
            "999 what\r\n",
            "100 go on\r\n",
            "+50 Ok\r\n",
            "250-one\r\n550 two\r\n",
            "250-one\r\ntwo\r\n",
        ] {
            assert_eq!(read(text.as_bytes()), Arrived::Garbage, "{text:?}");
        }
    }

    #[test]
    fn a_part_says_its_code_once_the_code_is_over() {
        for (text, code) in [
            ("250 2.0", Some(250)),
            ("250-one\r\n25", Some(250)),
            ("550\r", Some(550)),
            ("250", None),
            ("25", None),
            ("", None),
            ("250O", None),
        ] {
            assert_eq!(code_of_part(text.as_bytes()), code, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_arrives_in_whatever_pieces_reads_the_same(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            answer in "[2-5][0-5][0-9]([ -][ -~]{0,20})?\r?\n",
            cut in 0..40_usize,
        ) {
            read(&bytes);
            code_of_part(&bytes);
            let answer = answer.as_bytes();
            if let Arrived::Whole(read_whole, length) = read(answer) {
                prop_assert_eq!(length, answer.len());
                prop_assert_eq!(read(&answer[..cut.min(length - 1)]), Arrived::Part);
                let mut followed = answer.to_vec();
                followed.extend(&bytes);
                prop_assert_eq!(read(&followed), Arrived::Whole(read_whole, length));
            }
        }
    }
}
