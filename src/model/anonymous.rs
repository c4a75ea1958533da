//! Removes an address from a text of others, however it is spelled.
//!
//! Promises: the result holds neither the address nor its local part, plain, quoted, percent-encoded, in the form of a
//! return path (`ana=example.org`), in hexadecimal or in Base64, nor the digits of a telephone number. Other text stays.

use data_encoding::{BASE64, HEXLOWER};

/// Local parts and numbers of fewer characters are masked only as a word of their own.
const PART_CHARACTERS_MIN: usize = 3;

/// The last digits of a number that make it known.
const DIGITS_MIN: usize = 7;

/// What is in place of a word.
const MASK: &str = "…";

/// What is left of words without any spelling of `address`: a mail address or a telephone number.
pub fn anonymous(words: &str, address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, _)) => without_mail(words, address, local),
        None => without_number(words, address),
    }
}

fn without_mail(words: &str, address: &str, local: &str) -> String {
    let (lower, local) = (address.to_lowercase(), local.to_lowercase());
    let mut spelled = vec![
        lower.replace('@', "%40"),
        lower.replace('@', "="),
        lower.replace('@', "=40"),
        HEXLOWER.encode(lower.as_bytes()),
        HEXLOWER.encode(address.as_bytes()),
        lower,
    ];
    if local.chars().count() >= PART_CHARACTERS_MIN {
        spelled.push(HEXLOWER.encode(local.as_bytes()));
    }
    let encoded = [address, &*local].map(base64_forms).concat();
    let hides = |word: &str| {
        let small = word.to_lowercase();
        spelled.iter().any(|form| small.contains(form))
            || encoded.iter().any(|form| word.contains(form))
            || parts(&small).any(|part| part == local)
    };
    masked(words, hides)
}

/// The letters that Base64 has of a text wherever it begins among the others: those at the ends depend on these.
pub fn base64_forms(text: &str) -> Vec<String> {
    let form = |before: usize| {
        let bytes = [&[0; 2][..before], text.as_bytes()].concat();
        let whole = BASE64.encode(&bytes[..bytes.len() - bytes.len() % 3]);
        whole.chars().skip(if before == 0 { 0 } else { 4 }).collect::<String>()
    };
    (0..3).map(form).filter(|form| form.len() > PART_CHARACTERS_MIN).collect()
}

/// What a word consists of, as local parts are written: `user=ana.diaz,` has `user` and `ana.diaz`.
fn parts(word: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '+' | '-' | '\u{27}');
    word.split(move |c| !is_part(c)).map(|part| part.trim_matches(['.', '-', '\u{27}']))
}

fn without_number(words: &str, number: &str) -> String {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let known = digits(number);
    let tail = known.get(known.len().saturating_sub(DIGITS_MIN)..).unwrap_or_default();
    if tail.len() < DIGITS_MIN || !digits(words).contains(tail) {
        return words.to_owned();
    }
    masked(words, |word| word.contains(|c: char| c.is_ascii_digit()))
}

fn masked(words: &str, hides: impl Fn(&str) -> bool) -> String {
    words.split(' ').map(|word| if hides(word) { MASK } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::anonymous;

    #[test]
    fn no_spelling_of_an_address_is_kept() {
        let address = "Ana.Diaz@example.org";
        for (words, kept) in [
            ("550 no such user Ana.Diaz@example.org here", "550 no such user … here"),
            ("unknown user=ana.diaz at example.org", "unknown … at example.org"),
            ("unknown \"ANA.DIAZ\"; sorry", "unknown … sorry"),
            ("see https://x.test/?to=ana.diaz%40example.org", "see …"),
            ("bounce+ana.diaz=example.org@x.test failed", "… failed"),
            ("id QW5hLkRpYXpAZXhhbXBsZS5vcmc= refused", "id … refused"),
            ("id YW5hLmRpYXo= refused", "id … refused"),
            ("id QW5hLkRpYXpAZXhhbXBsZS5vcmch refused", "id … refused"),
            ("id MUFuYS5EaWF6QGV4YW1wbGUub3JnIQ== refused", "id … refused"),
            ("id MjJBbmEuRGlhekBleGFtcGxlLm9yZyE= refused", "id … refused"),
            ("id 416e612e4469617a406578616d706c652e6f7267", "id …"),
            ("mailbox full, anabel is not", "mailbox full, anabel is not"),
        ] {
            assert_eq!(anonymous(words, address), kept, "{words}");
        }
        assert_eq!(anonymous("user info: info is full", "info@example.org"), "user … … is full");
    }

    #[test]
    fn no_spelling_of_a_number_is_kept() {
        let number = "+34600000001";
        assert_eq!(anonymous("code 7: no 600 000 001 here", number), "code … no … … … here");
        assert_eq!(anonymous("to 00346-0000-0001", number), "to …");
        assert_eq!(anonymous("error 30003 at 10:30", number), "error 30003 at 10:30");
    }
}
