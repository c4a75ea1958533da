//! Addresses of people: one type and one parser for each kind.
//!
//! Promises: an address that exists here is safe to put into a mail header or a URL (no control characters,
//! one `@`, a plain domain); printing one, by `Display` or `Debug`, shows a mask. Only
//! [`EmailAddress::expose`] and [`PhoneNumber::expose`] give the real one, to the channel that needs it.

use std::fmt;

/// A mail address of the strict shape: an unquoted local part, one `@`, a domain of at least two labels in
/// ASCII, 254 characters at most (RFC 5321, 4.5.3.1; comments and quoted parts are refused on purpose,
/// because parsers disagree about them).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Takes an address of the strict shape; the domain is lowered, the local part kept. `None` for others.
    pub fn new(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let local_ok = (1..=64).contains(&local.len())
            && !local.starts_with(['.', '-'])
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        (local_ok && domain_ok && text.len() <= 254)
            .then(|| Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }

    /// The whole address, for the channel and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
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
    /// A phone number.
    Phone,
}

impl AddressKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Mailbox, Self::Phone];

    /// Reads an address of this kind; `None` where it is of no such shape. Blanks around it are dropped.
    pub fn parse(self, text: &str) -> Option<Address> {
        let text = text.trim();
        match self {
            Self::Mailbox => EmailAddress::new(text).map(Address::Mailbox),
            Self::Phone => PhoneNumber::new(text).map(Address::Phone),
        }
    }

    /// What it is called in a sentence, after "the" or "a".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Mailbox => "mail address",
            Self::Phone => "phone number",
        }
    }

    /// What one has to look like, for a hint.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Mailbox => "a plain address such as ana@example.org, without quotes or comments",
            Self::Phone => "with + and country code, such as +34600000000",
        }
    }

    /// An address that no person has (RFC 2606; a number reserved for drama), for messages that are only shown.
    pub fn specimen(self) -> &'static str {
        match self {
            Self::Mailbox => "reader@example.org",
            Self::Phone => "+441632960000",
        }
    }
}

/// An address of any kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A mail address.
    Mailbox(EmailAddress),
    /// A phone number.
    Phone(PhoneNumber),
}

impl Address {
    /// Its kind.
    pub fn kind(&self) -> AddressKind {
        match self {
            Self::Mailbox(_) => AddressKind::Mailbox,
            Self::Phone(_) => AddressKind::Phone,
        }
    }

    /// The whole address, only for the channel and the ledger.
    pub fn expose(&self) -> &str {
        match self {
            Self::Mailbox(address) => address.expose(),
            Self::Phone(number) => number.expose(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mailbox(address) => address.fmt(f),
            Self::Phone(number) => number.fmt(f),
        }
    }
}
