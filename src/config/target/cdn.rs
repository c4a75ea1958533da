//! `[targets.cdn]`: the CDN that caches the page, and how it is purged.
//!
//! Promises: every key that the row of a kind names is read, and every other is a problem; a secret is named, never
//! held. Never calls a cache.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cdn::{self, KINDS, Kind};
use crate::config::keys::{self, Values};
use crate::config::secret::{Secret, SecretError};
use crate::located::Table;
use crate::provider::Settings;

/// What stands before a target and keeps copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdn {
    /// Its row of facts.
    pub kind: &'static Kind,
    /// The values of its keys, without the secrets.
    pub settings: Settings,
    /// Where its secrets are kept, by key.
    pub secrets: BTreeMap<&'static str, Secret>,
}

impl Cdn {
    /// The settings with the secrets in the clear. A relative path counts from `root`.
    ///
    /// # Errors
    ///
    /// The first secret that cannot be read.
    pub fn revealed(&self, root: &Path) -> Result<Settings, SecretError> {
        keys::revealed(self.kind.keys, &self.settings, &self.secrets, root)
    }

    /// Reads the table; the target is without it where it could not be read.
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let kind = table.required("kind").choice(KINDS, |kind| kind.word, cdn::named)?;
        let values = Values::read(kind.keys, &mut table);
        table.finish();
        values.is_whole.then_some(Self { kind, settings: values.settings, secrets: values.secrets })
    }

    /// Whether the secrets of its account are read from their default places.
    pub(super) fn has_usual_account(&self) -> bool {
        self.secrets == keys::usual_account(self.kind.keys)
    }
}
