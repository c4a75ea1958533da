//! The signatures of Standard Webhooks (version 1 of its specification): `v1` with a key that both sides have, `v1a` with one whose
//! public half the receiver has.
//!
//! Promises: signatures are compared in constant time. A signature covers the id, the time and the body as they are sent, so that a
//! receiver notices every change of them.

use data_encoding::BASE64;
use ring::hmac;
use ring::signature::Ed25519KeyPair;

use super::callback::is_same;
use super::settings::Hidden;

/// How a secret of each kind is written, before its base64.
const SYMMETRIC: &str = "whsec_";
const PRIVATE: &str = "whsk_";

/// How many bytes a symmetric key may have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The bytes of a private key, which its public half may follow.
const SEED_BYTES: usize = 32;

/// What a secret must be, for a sentence.
pub(super) const EXPECTED: &str =
    "`whsec_` and 24 to 64 bytes in base64, or `whsk_` and an Ed25519 key of 32 or 64 bytes in base64";

/// A key that signs.
pub(super) enum Key {
    /// HMAC-SHA256.
    Symmetric(hmac::Key),
    /// Ed25519.
    Asymmetric(Ed25519KeyPair),
}

impl Key {
    /// Reads a secret: `whsec_` or `whsk_` and base64, or a symmetric key's base64 alone; `None` if it is none of them.
    pub(super) fn read(secret: &Hidden) -> Option<Self> {
        let text = secret.expose().trim();
        let decoded = |text: &str| BASE64.decode(text.as_bytes()).ok();
        if let Some(text) = text.strip_prefix(PRIVATE) {
            let bytes = decoded(text)?;
            let (seed, public) = bytes.split_at_checked(SEED_BYTES)?;
            let pair = match public.is_empty() {
                true => Ed25519KeyPair::from_seed_unchecked(seed),
                false => Ed25519KeyPair::from_seed_and_public_key(seed, public),
            };
            return pair.ok().map(Self::Asymmetric);
        }
        let bytes = decoded(text.strip_prefix(SYMMETRIC).unwrap_or(text))?;
        KEY_BYTES.contains(&bytes.len()).then(|| Self::Symmetric(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The signature of a message: its version, a comma and base64. `at` is in seconds since 1970.
    pub(super) fn sign(&self, id: &str, at: i64, body: &[u8]) -> String {
        let signed = [format!("{id}.{at}.").as_bytes(), body].concat();
        match self {
            Self::Symmetric(key) => format!("v1,{}", BASE64.encode(hmac::sign(key, &signed).as_ref())),
            Self::Asymmetric(pair) => format!("v1a,{}", BASE64.encode(pair.sign(&signed).as_ref())),
        }
    }

    /// Whether one of the signatures of a message, which are parted by blanks, is of this key.
    pub(super) fn is_of(&self, signatures: &str, id: &str, at: i64, body: &[u8]) -> bool {
        let expected = self.sign(id, at, body);
        signatures.split(' ').any(|given| is_same(&expected, given))
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
        let is_of =
            |given: &str, at| key.is_of(given, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b"{\"test\": 2432232314}");
        assert!(is_of(&signed, 1_614_265_330) && is_of(&format!("v1,AAAA {signed}"), 1_614_265_330));
        assert!(
            !is_of(&signed, 1_614_265_331)
                && !is_of("", 1_614_265_330)
                && !is_of(&signed[3..], 1_614_265_330)
        );
    }

    #[test]
    fn a_secret_of_another_shape_is_no_key() {
        let short = format!("whsk_{}", BASE64.encode(&[7; 31]));
        let mismatched = format!("whsk_{}", BASE64.encode(&[7; 64]));
        for secret in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_not base64 at all",
            "password",
            "whsk_",
            &short,
            &mismatched,
        ] {
            assert!(Key::read(&Hidden::new(secret)).is_none(), "{secret}");
        }
        assert!(Key::read(&Hidden::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")).is_some(), "the base64 alone");
    }

    #[test]
    fn a_private_key_signs_as_its_public_half_verifies() {
        // The first vector of RFC 8032, section 7.1: seed and public key.
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        for bytes in [seed.clone(), [seed.clone(), public.clone()].concat()] {
            let key = Key::read(&Hidden::new(format!("whsk_{}", BASE64.encode(&bytes)))).unwrap();
            let signed = key.sign("msg_1", 1_614_265_330, b"{}");
            let signature = BASE64.decode(signed.strip_prefix("v1a,").unwrap().as_bytes()).unwrap();
            let verifier = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &public);
            verifier.verify(b"msg_1.1614265330.{}", &signature).unwrap();
            assert!(verifier.verify(b"msg_1.1614265331.{}", &signature).is_err());
        }
    }
}
