//! Passes: signed tokens in links and forms that prove what their holder may do, such as confirm or unsubscribe.
//!
//! Promises: a pass is for one purpose and one subject, and only the holder of the key makes one; a pass of another
//! purpose, a changed pass and an expired pass are refused; how long a refusal takes says nothing of the right answer.
//! A pass holds no address. The same key gives codes, and names under which what must not be stored is counted; nobody
//! without the key can guess either.

use chrono::DateTime;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use ring::hmac;
use subtle::ConstantTimeEq;

use super::Moment;

/// A secret of fewer bytes could be guessed.
pub const SECRET_BYTES_MIN: usize = 32;

/// Bytes of the signature that a pass carries: 128 bits.
const TAG_BYTES: usize = 16;

/// Bytes of the moment at which a pass expires; zero where it never does.
const UNTIL_BYTES: usize = 8;

/// No pass is longer: what is longer is refused unread.
const PASS_LETTERS_MAX: usize = 200;

/// Letters of the name of an address in a pass: 80 bits.
const ADDRESS_LETTERS: usize = 16;

/// What a pass permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To confirm a sign-up.
    Confirm,
    /// To type the code of a sign-up.
    Code,
    /// To type the code that was sent to a phone number.
    Number,
    /// To see and change one's subscription.
    Manage,
    /// To unsubscribe, and nothing else.
    Leave,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Code => "code",
            Self::Number => "number",
            Self::Manage => "manage",
            Self::Leave => "leave",
        }
    }
}

/// Why a pass is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was not made with this key for this purpose.
    Forged,
    /// Its time is over.
    Expired,
}

/// A subscriber, known by a link that was sent to one of their addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The subscriber's ID.
    pub subscriber: String,
    /// The name of the address.
    address: String,
}

/// Makes and checks passes.
#[derive(Clone)]
pub struct PassKey(hmac::Key);

impl PassKey {
    /// The key that follows from a secret; `None` where the secret is too short.
    pub fn new(secret: &str) -> Option<Self> {
        let is_long = secret.len() >= SECRET_BYTES_MIN;
        is_long.then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())))
    }

    /// A pass for `subject`, as letters that are safe in a URL.
    pub fn issue(&self, purpose: Purpose, subject: &str, until: Option<Moment>) -> String {
        let until = until.map_or(0, |until| until.timestamp_millis()).to_be_bytes();
        let tag = self.tag(purpose.word(), &[&until, subject.as_bytes()]);
        let tag = tag.as_ref().get(..TAG_BYTES).unwrap_or_default();
        BASE64URL_NOPAD.encode(&[&until[..], tag, subject.as_bytes()].concat())
    }

    /// The subject of a pass.
    ///
    /// # Errors
    ///
    /// The pass is not of this key and purpose, or its time is over.
    pub fn check(&self, purpose: Purpose, pass: &str, now: Moment) -> Result<String, Refused> {
        if pass.len() > PASS_LETTERS_MAX {
            return Err(Refused::Forged);
        }
        let bytes = BASE64URL_NOPAD.decode(pass.as_bytes()).map_err(|_| Refused::Forged)?;
        let (until, rest) = bytes.split_first_chunk::<UNTIL_BYTES>().ok_or(Refused::Forged)?;
        let (tag, subject) = rest.split_first_chunk::<TAG_BYTES>().ok_or(Refused::Forged)?;
        let right = self.tag(purpose.word(), &[until, subject]);
        let right = right.as_ref().get(..TAG_BYTES).unwrap_or_default();
        if !bool::from(right.ct_eq(tag)) {
            return Err(Refused::Forged);
        }
        let until = i64::from_be_bytes(*until);
        let is_over = until != 0 && DateTime::from_timestamp_millis(until).is_none_or(|until| until <= now);
        let subject = std::str::from_utf8(subject).map_err(|_| Refused::Forged)?;
        if is_over { Err(Refused::Expired) } else { Ok(subject.to_owned()) }
    }

    /// A pass for a subscriber, by ID, good for as long as the address it is sent to is theirs. `address` is the address as
    /// it is compared, with its channel.
    pub fn issue_to(&self, purpose: Purpose, subscriber: &str, address: &str) -> String {
        let subject = format!("{subscriber} {}", self.address_name(address));
        self.issue(purpose, &subject, None)
    }

    /// Who holds a pass of [`PassKey::issue_to`]; `None` if it is not good.
    pub fn bearer(&self, purpose: Purpose, pass: &str, now: Moment) -> Option<Bearer> {
        let subject = self.check(purpose, pass, now).ok()?;
        let (subscriber, address) = subject.split_once(' ')?;
        Some(Bearer { subscriber: subscriber.to_owned(), address: address.to_owned() })
    }

    /// Whether a pass was sent to this address.
    pub fn was_sent_to(&self, bearer: &Bearer, address: &str) -> bool {
        bearer.address == self.address_name(address)
    }

    fn address_name(&self, address: &str) -> String {
        self.name("address", address).chars().take(ADDRESS_LETTERS).collect()
    }

    /// The name under which `text` is stored where the text itself must not be.
    pub fn name(&self, label: &str, text: &str) -> String {
        BASE32_NOPAD.encode(self.tag(label, &[text.as_bytes()]).as_ref()).to_ascii_lowercase()
    }

    /// The digits that follow from `text`: the code of a sign-up.
    pub fn digits(&self, label: &str, text: &str, count: u32) -> String {
        let tag = self.tag(label, &[text.as_bytes()]);
        let number = tag.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let width = usize::try_from(count).unwrap_or_default();
        format!("{:0width$}", number % 10_u64.saturating_pow(count))
    }

    /// Signs the parts, each with its length before it, so that no two lists of parts read the same.
    fn tag(&self, label: &str, parts: &[&[u8]]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        for part in std::iter::once(&label.as_bytes()).chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign()
    }
}

impl std::fmt::Debug for PassKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PassKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn key() -> PassKey {
        PassKey::new("a secret of more than thirty-two bytes").unwrap()
    }

    fn now() -> Moment {
        DateTime::from_timestamp_millis(1_800_000_000_000).unwrap()
    }

    #[test]
    fn a_pass_is_for_one_purpose_and_one_time() {
        let until = now() + TimeDelta::hours(48);
        let pass = key().issue(Purpose::Confirm, "abc", Some(until));
        assert_eq!(key().check(Purpose::Confirm, &pass, now()), Ok("abc".to_owned()));
        assert_eq!(key().check(Purpose::Confirm, &pass, until), Err(Refused::Expired));
        for other in [Purpose::Code, Purpose::Number, Purpose::Manage, Purpose::Leave] {
            assert_eq!(key().check(other, &pass, now()), Err(Refused::Forged), "{other:?}");
        }
        let forever = key().issue(Purpose::Leave, "abc", None);
        assert!(key().check(Purpose::Leave, &forever, now() + TimeDelta::days(9_999)).is_ok());
    }

    #[test]
    fn a_pass_of_another_key_is_refused_and_a_short_secret_makes_none() {
        let other = PassKey::new("another secret of more than thirty-two bytes").unwrap();
        let pass = other.issue(Purpose::Leave, "abc", None);
        assert_eq!(key().check(Purpose::Leave, &pass, now()), Err(Refused::Forged));
        assert!(PassKey::new("short").is_none());
    }

    #[test]
    fn ten_thousand_changed_passes_are_refused() {
        let mut draw = fastrand::Rng::with_seed(18);
        let pass =
            key().issue(Purpose::Manage, "kq3ljl2ftd5s2y5v3n6m7o2c4e", Some(now() + TimeDelta::days(1)));
        for _ in 0..10_000 {
            let mut bytes = pass.clone().into_bytes();
            let at = draw.usize(..bytes.len());
            bytes[at] ^= 1 << draw.u8(..8);
            let changed = String::from_utf8_lossy(&bytes).into_owned();
            assert!(key().check(Purpose::Manage, &changed, now()).is_err(), "{changed}");
        }
        for strange in ["", "a", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(100_000), "é", "=="] {
            assert!(key().check(Purpose::Manage, strange, now()).is_err());
        }
    }

    #[test]
    fn nothing_about_a_key_is_shown() {
        assert_eq!(format!("{:?}", key()), "PassKey(…)");
        assert_ne!(key().name("a", "x"), key().name("b", "x"));
    }
}
