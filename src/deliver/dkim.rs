//! Signs emails (DKIM: RFC 6376, Ed25519 by RFC 8463).
//!
//! Promises: the same email and key give the same signature, so a retry is the same to the byte. Every header that a reader
//! or a filter relies on is oversigned, so that no second one can be added (RFC 6376, 5.4.2). A key that cannot be used is
//! an error before anything is sent. Never shows a key or a part of it.

use std::path::Path;

use data_encoding::BASE64;
use ring::digest;
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

use crate::config::plan::Dkim;
use crate::config::secret::SecretError;
use crate::model::Moment;

/// The headers that are signed, present or not: the signature breaks if an absent one is added later.
const SIGNED: [&str; 17] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "Content-Language",
];

/// Column at which a line of a header is folded.
const LINE_CHARACTERS: usize = 72;

/// Signs mails for one domain, with one key or two.
pub(super) struct Signer {
    domain: String,
    keys: Vec<(String, Key)>,
}

enum Key {
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// What a verifier has to find for one of our keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimRecord {
    /// The name in DNS: `SELECTOR._domainkey.DOMAIN`.
    pub name: String,
    public: Vec<u8>,
}

/// The records of the plan's keys. A relative path counts from `root`.
///
/// # Errors
///
/// A key cannot be read.
pub fn dkim_records(dkim: &Dkim, root: &Path) -> Result<Vec<DkimRecord>, KeyError> {
    let Signer { domain, keys } = Signer::new(dkim, root)?;
    let record = |(selector, key): (String, Key)| {
        let public = match key {
            Key::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Key::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        };
        DkimRecord { name: format!("{selector}._domainkey.{domain}"), public }
    };
    Ok(keys.into_iter().map(record).collect())
}

impl DkimRecord {
    /// Whether the value of `p=` is this key. An RSA key is the end of a structure that names its algorithm (RFC 6376, 3.6.1).
    pub fn is_published_as(&self, value: &str) -> bool {
        BASE64.decode(value.as_bytes()).is_ok_and(|key| key.ends_with(&self.public))
    }
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is not where the plan says.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is not a key for signing mails.
    #[error("use the key of selector `{selector}`: {why}")]
    Unusable {
        /// Selector of the key.
        selector: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Signer {
    /// Reads the keys. A relative path counts from `root`.
    pub(super) fn new(dkim: &Dkim, root: &Path) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for chosen in &dkim.keys {
            let pem = chosen.key.reveal(root)?;
            let unusable = |why| KeyError::Unusable { selector: chosen.selector.clone(), why };
            keys.push((chosen.selector.clone(), Key::from_pem(pem.expose()).map_err(unusable)?));
        }
        Ok(Self { domain: dkim.domain.clone(), keys })
    }

    /// A header field with the signature of each key, for a mail that was written at `date`: its header, whose lines end
    /// in CRLF, and the hash of its body.
    ///
    /// # Errors
    ///
    /// There is no memory for the signature.
    pub(super) fn sign(&self, header: &str, body_hash: &str, date: Moment) -> Result<String, Unspecified> {
        let fields = fields(header);
        let signatures =
            self.keys.iter().map(|(selector, key)| self.field(selector, key, &fields, body_hash, date));
        signatures.collect()
    }

    /// The header field of one signature.
    fn field(
        &self,
        selector: &str,
        key: &Key,
        fields: &[(&str, &str)],
        body_hash: &str,
        date: Moment,
    ) -> Result<String, Unspecified> {
        let (mut names, mut data) = (Vec::new(), String::new());
        for name in SIGNED {
            // Of several the last comes first, and the name again for the one that must not be added.
            for (_, value) in fields.iter().rev().filter(|(other, _)| other.eq_ignore_ascii_case(name)) {
                names.push(name);
                data.push_str(&relaxed_field(name, value));
                data.push_str("\r\n");
            }
            names.push(name);
        }
        let unsigned = format!(
            "v=1; a={}; c=relaxed/relaxed;\r\n\td={}; s={selector}; t={};\r\n\tbh={body_hash};\r\n\th={};\r\n\tb=",
            key.algorithm(),
            self.domain,
            date.timestamp(),
            in_lines(names.iter().flat_map(|name| [":", name]).skip(1)),
        );
        data.push_str(&relaxed_field("DKIM-Signature", &unsigned));
        let signature = BASE64.encode(&key.sign(data.as_bytes())?);
        let signature = in_lines(signature.split_inclusive(|_| true));
        Ok(format!("DKIM-Signature: {unsigned}{signature}\r\n"))
    }
}

impl Key {
    /// Reads PKCS #8, or PKCS #1 as older programs write RSA keys.
    fn from_pem(pem: &str) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| "it is not a private key in PEM, `-----BEGIN PRIVATE KEY-----`".to_owned())?;
        let read = match &key {
            PrivateKeyDer::Pkcs8(der) => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
                .map(Self::Ed25519)
                .or_else(|_| RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map(Self::Rsa)),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Self::Rsa),
            _ => return Err("it is neither an Ed25519 nor an RSA key".to_owned()),
        };
        read.map_err(|error| {
            format!("it is neither an Ed25519 key nor an RSA key of 2048 to 4096 bits ({error})")
        })
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519-sha256",
            Self::Rsa(_) => "rsa-sha256",
        }
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            // RFC 8463, 3: what Ed25519 signs is the hash.
            Self::Ed25519(pair) => {
                let hash = digest::digest(&digest::SHA256, data);
                Ok(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

/// What a signature says of a body.
pub(super) fn body_hash(body: &[u8]) -> String {
    BASE64.encode(digest::digest(&digest::SHA256, &relaxed_body(body)).as_ref())
}

/// Header and body of a mail, without the empty line between them.
pub(super) fn split(mail: &[u8]) -> (&[u8], &[u8]) {
    let end = mail.windows(4).position(|four| four == b"\r\n\r\n");
    let (header, rest) = mail.split_at(end.map_or(mail.len(), |end| end + 2));
    (header, rest.get(2..).unwrap_or_default())
}

/// Name and value of each field, as they stand.
pub(super) fn fields(header: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::new();
    let mut rest = header;
    while !rest.is_empty() {
        let folded = |at: usize| rest.get(at + 2..).is_some_and(|next| next.starts_with([' ', '\t']));
        let end = rest.match_indices("\r\n").map(|(at, _)| at).find(|at| !folded(*at));
        let (field, after) = rest.split_at(end.unwrap_or(rest.len()));
        fields.extend(field.split_once(':'));
        rest = after.get(2..).unwrap_or_default();
    }
    fields
}

/// RFC 6376, 3.4.2: the name lowered, the value on one line with single blanks.
fn relaxed_field(name: &str, value: &str) -> String {
    let words: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    format!("{}:{}", name.to_ascii_lowercase(), words.join(" "))
}

/// RFC 6376, 3.4.4: single blanks, none at the end of a line, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut relaxed = Vec::with_capacity(body.len() + 2);
    let mut end = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r\n").unwrap_or(line).trim_ascii_end();
        let mut blank = false;
        for byte in line {
            let is_blank = matches!(byte, b' ' | b'\t');
            if !is_blank {
                relaxed.push(*byte);
            } else if !blank {
                relaxed.push(b' ');
            }
            blank = is_blank;
        }
        relaxed.extend_from_slice(b"\r\n");
        if !line.is_empty() {
            end = relaxed.len();
        }
    }
    relaxed.truncate(end);
    relaxed
}

/// A long value over several lines, broken between its pieces.
fn in_lines<'p>(pieces: impl Iterator<Item = &'p str>) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for piece in pieces {
        if length + piece.len() > LINE_CHARACTERS {
            text.push_str("\r\n\t");
            length = 0;
        }
        text.push_str(piece);
        length += piece.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use ring::signature::{ED25519, KeyPair, UnparsedPublicKey};

    use super::*;
    use crate::config::plan::DkimKey;
    use crate::config::secret::Secret;

    /// The private key of RFC 8463, A.2.
    const ED25519_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

    const MAIL: &[u8] = b"From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner\r\n ready?\r\n\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    fn signer(pem: &str) -> Result<Signer, KeyError> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("key"), pem).unwrap();
        let key = DkimKey { selector: "brisbane".to_owned(), key: Secret::File("key".into()) };
        let dkim = Dkim { domain: "football.example.com".to_owned(), keys: vec![key] };
        Signer::new(&dkim, root.path())
    }

    fn signed() -> String {
        let date = Utc.timestamp_opt(1_528_637_909, 0).unwrap();
        let (header, body) = split(MAIL);
        let header = str::from_utf8(header).unwrap();
        let signature = signer(ED25519_PEM).unwrap().sign(header, &body_hash(body), date).unwrap();
        signature + header
    }

    #[test]
    fn canonical_forms_are_those_of_the_standard() {
        // RFC 6376, 3.4.5.
        let (header, body) = split(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n");
        let fields = fields(str::from_utf8(header).unwrap());
        let relaxed: Vec<_> = fields.iter().map(|(name, value)| relaxed_field(name.trim(), value)).collect();
        assert_eq!(relaxed, ["a:X", "b:Y Z"]);
        assert_eq!(relaxed_body(body), b" C\r\nD E\r\n");
        for (body, relaxed) in [
            (&b""[..], &b""[..]),
            (b"\r\n\r\n", b""),
            (b" \t\r\n", b""),
            (b"no end", b"no end\r\n"),
            (b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
        ] {
            assert_eq!(relaxed_body(body), relaxed, "{body:?}");
        }
    }

    #[test]
    fn the_body_hash_is_that_of_the_standards_example() {
        // RFC 8463, A.3.
        assert!(signed().contains("bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;"));
    }

    #[test]
    fn every_name_is_signed_once_more_than_it_is_there() {
        let signed = signed();
        let field = signed.split("Joe SixPack").next().unwrap().replace("\r\n\t", "");
        let list = field.split("h=").nth(2).unwrap().split(';').next().unwrap();
        let count = |wanted: &str| list.split(':').filter(|name| *name == wanted).count();
        assert_eq!((count("From"), count("Subject"), count("Cc"), count("Content-Type")), (2, 2, 1, 1));
        assert!(
            field.starts_with(
                "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;d=football.example.com;"
            )
        );
        assert!(signed.lines().all(|line| line.len() < 78), "{signed}");
        assert_eq!(signed, self::signed(), "a retry is the same to the byte");
    }

    #[test]
    fn the_signature_is_one_of_the_key() {
        let signer = signer(ED25519_PEM).unwrap();
        let Key::Ed25519(pair) = &signer.keys[0].1 else { panic!("an Ed25519 key") };
        // RFC 8463, A.2.
        assert_eq!(BASE64.encode(pair.public_key().as_ref()), "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        let hash = digest::digest(&digest::SHA256, b"data");
        let signature = signer.keys[0].1.sign(b"data").unwrap();
        UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref())
            .verify(hash.as_ref(), &signature)
            .unwrap();
    }

    #[test]
    fn a_key_that_is_none_is_refused_in_words_that_do_not_repeat_it() {
        let cut = ED25519_PEM.replace("rn9g", "");
        for (pem, words) in [
            ("s3cret", "it is not a private key in PEM"),
            ("-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----\n", "neither an Ed25519"),
            (
                "-----BEGIN EC PRIVATE KEY-----\nczNjcmV0\n-----END EC PRIVATE KEY-----\n",
                "neither an Ed25519",
            ),
            (&cut, "neither an Ed25519"),
        ] {
            let error = signer(pem).err().unwrap().to_string();
            assert!(error.starts_with("use the key of selector `brisbane`: "), "{error}");
            assert!(error.contains(words) && !error.contains("czNj") && !error.contains("s3cret"), "{error}");
        }
    }
}
