//! Addresses of people: one type and one parser for each kind.
//!
//! Promises: an address that exists here is safe to put into a mail header or a URL (no control characters,
//! one `@`, a plain domain); printing one, by `Display` or `Debug`, shows a mask. Only
//! [`EmailAddress::expose`] and [`PhoneNumber::expose`] give the real one, to the channel that needs it.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::place::Place;

/// A mail address of the strict shape: an unquoted local part, one `@`, a domain of at least two labels, at most 254
/// bytes (RFC 5321, 4.5.3.1; comments and quoted parts are refused on purpose, because parsers disagree about them).
///
/// Letters of every script are accepted in both parts (RFC 6531). The local part is kept as it is written, but composed (NFC), which is
/// the form that servers expect (RFC 6532, 3.1); the domain is kept in its ASCII form in lower case (RFC 5891), because every
/// server can be asked for that.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Takes an address of the strict shape; `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let local = ComposingNormalizerBorrowed::new_nfc().normalize(local);
        let whole = format!("{local}@{}", ascii_domain(domain)?);
        (is_local_part(&local) && whole.len() <= 254).then_some(Self(whole))
    }

    /// The address as it is compared: two spellings of one mailbox give the same text. The local part is in lower case and
    /// composed again; no mail system in use tells two people apart by case.
    pub fn canonical(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or((&self.0, ""));
        let composed = ComposingNormalizerBorrowed::new_nfc().normalize(local).to_lowercase();
        format!("{composed}@{domain}")
    }

    /// Whether only a server that accepts internationalized mail (`SMTPUTF8`, RFC 6531) can be asked for it.
    pub fn needs_utf8(&self) -> bool {
        !self.0.is_ascii()
    }

    /// The whole address, for the channel and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Whether it is an unquoted local part: dots only between other letters, at most 64 bytes. Outside ASCII whatever is
/// neither blank, control nor invisible (RFC 6531, 3.3).
fn is_local_part(local: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    (1..=64).contains(&local.len())
        && !local.starts_with(['.', '-'])
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| if c.is_ascii() { is_plain(c) } else { !is_hidden(c) })
}

/// Blanks, controls and marks of direction, and letters without width: no address needs them, and they make one address
/// look like another. The joiners of Indic and Persian words stay.
fn is_hidden(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{10FFFF}')
}

/// The domain in ASCII and lower case; `None` if it is none, or has one label only.
fn ascii_domain(domain: &str) -> Option<String> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    // Unicode has more letters of width than one and more dots than one; only what represents itself is looked at by us.
    let ascii = if domain.is_ascii() {
        domain.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii_strict(domain).ok()?
    };
    (ascii.contains('.') && ascii.split('.').all(is_label)).then_some(ascii)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.split_once('@').unwrap_or(("", &self.0));
        write!(f, "{}…@{domain}", local.chars().next().unwrap_or('…'))
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({self})")
    }
}

/// A phone number in E.164: `+`, then 7 to 15 digits, the first not 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Takes a number in E.164; blanks, hyphens, dots and round brackets between digits are dropped.
    pub fn new(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
        let digits = plain.strip_prefix('+')?;
        let shaped = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.chars().all(|c| c.is_ascii_digit());
        shaped.then_some(Self(plain))
    }

    /// The whole number with its `+`, for the channel and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = (&self.0[..3], &self.0[self.0.len() - 2..]);
        write!(f, "{head}…{tail}")
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({self})")
    }
}

/// The kinds of address. A channel's row names the one it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressKind {
    /// A mail address.
    Mailbox,
    /// In the international form: `+34600000001`.
    Phone,
    /// A place that the plan names.
    Place,
}

impl AddressKind {
    /// The kinds of address that a person has.
    pub const OF_PEOPLE: [Self; 2] = [Self::Mailbox, Self::Phone];

    /// Reads an address of this kind; `None` if it is of no such shape. Blanks around it are dropped.
    pub fn parse(self, text: &str) -> Option<Address> {
        let text = text.trim();
        match self {
            Self::Mailbox => EmailAddress::new(text).map(Address::Mailbox),
            Self::Phone => PhoneNumber::new(text).map(Address::Phone),
            Self::Place => Place::read(text).map(Address::Place),
        }
    }

    /// What it is called in a sentence, after "the" or "a".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Mailbox => "email address",
            Self::Phone => "phone number",
            Self::Place => "place",
        }
    }

    /// What one has to look like, for a hint.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Mailbox => "a plain address such as ana@example.org, without quotes or comments",
            Self::Phone => "with + and country code, such as +34600000000",
            Self::Place => "the name of a provider, then a slash and a room if it has several",
        }
    }

    /// An address that no person has (RFC 2606; a number reserved for drama), for messages that are only shown.
    pub fn specimen(self) -> &'static str {
        match self {
            Self::Mailbox => "reader@example.org",
            Self::Phone => "+441632960000",
            Self::Place => "provider/room",
        }
    }
}

/// An address of any kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A mail address.
    Mailbox(EmailAddress),
    /// In the international form: `+34600000001`.
    Phone(PhoneNumber),
    /// A place that the plan names.
    Place(Place),
}

impl Address {
    /// What a channel must carry to reach it.
    pub fn kind(&self) -> AddressKind {
        match self {
            Self::Mailbox(_) => AddressKind::Mailbox,
            Self::Phone(_) => AddressKind::Phone,
            Self::Place(_) => AddressKind::Place,
        }
    }

    /// The address as it is compared; see [`EmailAddress::canonical`]. A number in E.164 has one spelling.
    pub fn canonical(&self) -> String {
        match self {
            Self::Mailbox(address) => address.canonical(),
            Self::Phone(number) => number.expose().to_owned(),
            Self::Place(place) => place.as_str().to_owned(),
        }
    }

    /// The whole address, only for the channel and the ledger.
    pub fn expose(&self) -> &str {
        match self {
            Self::Mailbox(address) => address.expose(),
            Self::Phone(number) => number.expose(),
            Self::Place(place) => place.as_str(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(address) => address.fmt(f),
            Self::Phone(number) => number.fmt(f),
            Self::Place(place) => place.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        EmailAddress::new(text).unwrap_or_else(|| panic!("{text} was refused")).canonical()
    }

    #[test]
    fn spellings_of_one_mailbox_compare_equal_and_are_kept_for_sending() {
        for (one, other) in [
            ("ana@example.org", "Ana@EXAMPLE.org"),
            ("josé@example.org", "jose\u{301}@example.org"),
            ("ana@bücher.example", "ana@xn--bcher-kva.example"),
            ("ana@BÜCHER.example", "ana@bücher。example"),
            ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one} {other}");
        }
        let sent = |text: &str| EmailAddress::new(text).unwrap().expose().to_owned();
        assert_eq!(sent("Ana.Lopez@Example.ORG"), "Ana.Lopez@example.org");
        assert_eq!(sent("ana@bücher.example"), "ana@xn--bcher-kva.example");
        assert_eq!(sent("José@example.org"), "José@example.org");
        assert_eq!(sent("Jose\u{301}@example.org"), "José@example.org", "composed, as servers expect it");
        assert!(EmailAddress::new("José@example.org").unwrap().needs_utf8());
        assert!(!EmailAddress::new("ana@bücher.example").unwrap().needs_utf8());
        assert_ne!(canonical("ana@example.org"), canonical("ana+news@example.org"));
    }

    #[test]
    fn what_is_no_address_or_hides_something_is_refused() {
        for text in [
            "ana",
            "@example.org",
            "ana@",
            "ana@example",
            "ana@@example.org",
            "ana@a@example.org",
            "a b@example.org",
            ".ana@example.org",
            "ana.@example.org",
            "a..b@example.org",
            "-ana@example.org",
            "\"ana\"@example.org",
            "ana@-example.org",
            "ana@example-.org",
            "ana@exa_mple.org",
            "ana@example..org",
            "ana@example.org.",
            "ana\n@example.org",
            "ana@example.org\r\nBcc: eve@example.org",
            "ana@exam\nple.org",
            "an\u{200B}a@example.org",
            "an\u{202E}a@example.org",
            "ana\u{A0}@example.org",
            "an\u{AD}a@example.org",
            "ana@bücher",
            "ana@bü cher.example",
            "ana@xn--bücher.example",
            // Composed, it is a semicolon.
            "ana\u{37E}b@example.org",
        ] {
            assert_eq!(EmailAddress::new(text), None, "{text:?}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        assert_eq!(EmailAddress::new(&long), None);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(text in "[+a-zA-Z0-9._é用ß-]{1,12}@[a-zA-Z0-9ü例.-]{1,20}") {
            if let Some(address) = EmailAddress::new(&text) {
                let again = EmailAddress::new(address.expose());
                prop_assert_eq!(again.as_ref(), Some(&address));
                prop_assert_eq!(again.unwrap().canonical(), address.canonical());
                let canonical = EmailAddress::new(&address.canonical());
                prop_assert_eq!(canonical.map(|address| address.canonical()), Some(address.canonical()));
            }
        }
    }
}
