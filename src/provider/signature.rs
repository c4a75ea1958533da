//! The signature of Standard Webhooks (version 1 of its specification, symmetric keys `v1`).
//!
//! Promises: the signature covers the id, the time and the body as they are sent, so that a receiver notices every change
//! of them.

use data_encoding::BASE64;
use ring::hmac;

use super::settings::Hidden;

/// How a secret is written, before its base64.
const PREFIX: &str = "whsec_";

/// How many bytes a key may have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a secret must be, for a sentence.
pub(super) const EXPECTED: &str = "`whsec_` and 24 to 64 bytes in base64";

/// A key that signs.
pub(super) struct Key(hmac::Key);

impl Key {
    /// Reads a secret: `whsec_` and base64, or the base64 alone; `None` if it is neither.
    pub(super) fn read(secret: &Hidden) -> Option<Self> {
        let text = secret.expose().trim();
        let bytes = BASE64.decode(text.strip_prefix(PREFIX).unwrap_or(text).as_bytes()).ok()?;
        KEY_BYTES.contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a message: `v1,` and base64. `at` is in seconds since 1970.
    pub(super) fn sign(&self, id: &str, at: i64, body: &[u8]) -> String {
        let mut signing = hmac::Context::with_key(&self.0);
        signing.update(format!("{id}.{at}.").as_bytes());
        signing.update(body);
        format!("v1,{}", BASE64.encode(signing.sign().as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_alike() {
        // The vector of the reference libraries (standard-webhooks/standard-webhooks, MIT).
        let key = Key::read(&Hidden::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let signed = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_of_another_shape_is_no_key() {
        for secret in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all", "password"] {
            assert!(Key::read(&Hidden::new(secret)).is_none(), "{secret}");
        }
        assert!(Key::read(&Hidden::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")).is_some(), "the base64 alone");
    }
}
