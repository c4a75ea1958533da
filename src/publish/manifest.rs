//! The files of a build: each with its hash and length, and the ID of the build derived from them.
//!
//! Promises: pure; the same files give the same id on every machine, and any other byte or path gives another. Never
//! reads a file.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::model::tree::SiteFiles;

/// The SHA-256 of a build's manifest, in hexadecimal: the same files give the same id on every machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildId(String);

impl BuildId {
    /// Takes an id as it was stored: 64 hexadecimal digits in lower case.
    pub fn new(text: &str) -> Option<Self> {
        let hexadecimal = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(hexadecimal)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for people and file names.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for BuildId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// How many bytes it has.
    pub length: u64,
}

impl FileFacts {
    /// The facts of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { hash: hash(bytes), length: bytes.len() as u64 }
    }
}

/// Every file of a build by its path from the page's root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Each file's hash and size, by its path.
    pub files: BTreeMap<String, FileFacts>,
}

impl Manifest {
    /// Hashes every file.
    pub fn of(tree: &SiteFiles) -> Self {
        Self { files: tree.files.iter().map(|(path, bytes)| (path.clone(), FileFacts::of(bytes))).collect() }
    }

    /// The build's id: the SHA-256 of a line for each file with hash, length and path, in the order of the paths.
    pub fn build(&self) -> BuildId {
        let mut hasher = Sha256::new();
        for (path, facts) in &self.files {
            hasher.update(format!("{} {} {path}\n", facts.hash, facts.length));
        }
        BuildId(HEXLOWER.encode(&hasher.finalize()))
    }
}

/// The SHA-256 of bytes, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::{BuildId, Manifest};
    use crate::model::tree::SiteFiles;

    fn build(files: &[(&str, &str)]) -> BuildId {
        let file = |(path, text): &(&str, &str)| {
            ((*path).to_owned(), bytes::Bytes::copy_from_slice(text.as_bytes()))
        };
        Manifest::of(&SiteFiles { files: files.iter().map(file).collect() }).build()
    }

    #[test]
    fn an_id_follows_from_paths_and_bytes_alone() {
        let one = build(&[("a", "x"), ("b", "y")]);
        assert_eq!(one, build(&[("b", "y"), ("a", "x")]));
        for other in
            [build(&[("a", "y"), ("b", "x")]), build(&[("a", "x")]), build(&[("a", "x"), ("c", "y")])]
        {
            assert_ne!(one, other);
        }
        assert_eq!(BuildId::new(one.as_str()), Some(one.clone()));
        assert_eq!((BuildId::new("A"), one.short().len()), (None, 12));
    }
}
