//! Derived ids: the same facts give the same id on every machine and in every run.
//!
//! Planning the same change twice must insert nothing; so no id is random.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

/// Hashes the parts, each with its length before it so that no two lists of parts read the same, with
/// SHA-256, as 52 lower-case letters and digits of base 32 (RFC 4648, 6). The alphabet fits the idempotency
/// keys of the providers, Message-IDs and file names.
pub fn derive(purpose: &str, parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&purpose).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    BASE32_NOPAD.encode(&hasher.finalize()).to_ascii_lowercase()
}

/// Declares an id that is a derived hash.
macro_rules! derived_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes an id as the ledger kept it or [`derive`](fn@crate::model::hash::derive) made it.
            pub fn from_stored(text: impl Into<String>) -> Self {
                Self(text.into().into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use derived_id;

#[cfg(test)]
mod tests {
    use super::derive;

    #[test]
    fn parts_cannot_run_into_each_other() {
        assert_ne!(derive("x", &["ab", "c"]), derive("x", &["a", "bc"]));
        assert_ne!(derive("x", &["a"]), derive("xa", &[]));
        assert_eq!(derive("x", &["a"]).len(), 52);
    }
}
