//! The providers of a plan: what the file says of each, read by the keys of its kind.
//!
//! Promises: every key that the row of a kind names is read, and every other is a problem. A secret is only named here,
//! never read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use super::elsewhere;
use super::pace::{RateLimit, pace};
use crate::config::keys::{self, Values};
use crate::config::secret::{Secret, SecretError};
use crate::located::{Field, Table};
use crate::model::channel::{Channel, Network};
use crate::model::feature::FeatureId;
use crate::model::web_address;
use crate::provider::{self, KINDS, Kind, Protection, Settings, owner};

/// Maximum number of connections where the plan names no other.
const CONNECTIONS: u16 = 8;

/// A provider as the plan describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its row of facts.
    pub kind: &'static Kind,
    /// The values of its keys, without the secrets.
    pub settings: Settings,
    /// Where its secrets are kept, by key.
    pub secrets: BTreeMap<&'static str, Secret>,
    /// The company behind it: providers of one owner are assumed to fail together. Its own name where no other is
    /// known.
    pub owner: String,
    /// What a person needs to be reached by it.
    pub network: Network,
    /// How fast it may be handed messages, if there is a limit.
    pub pace: Option<RateLimit>,
    /// Maximum number of connections at once.
    pub connections: u16,
}

impl Provider {
    /// The settings with the secrets in the clear. A relative path counts from `root`.
    ///
    /// # Errors
    ///
    /// The first secret that cannot be read.
    pub fn revealed(&self, root: &Path) -> Result<Settings, SecretError> {
        keys::revealed(self.kind.keys, &self.settings, &self.secrets, root)
    }
}

/// The providers of a plan while it is read.
#[derive(Debug, Default)]
pub(super) struct Providers {
    /// Those that could be read.
    pub(super) whole: BTreeMap<String, Provider>,
    /// The names that a channel uses.
    pub(super) used: BTreeSet<String>,
    /// Every name written, with its kind if that is known, and where it stands.
    written: BTreeMap<String, (Option<&'static Kind>, Range<usize>)>,
}

impl Providers {
    /// Reads the providers of a plan.
    pub(super) fn read(table: Option<Table<'_>>) -> Self {
        let mut providers = Self::default();
        for (name, field) in table.iter().flat_map(Table::all) {
            let span = table.as_ref().map(|table| table.key_span(name)).unwrap_or_default();
            let Some(table) = field.table() else { continue };
            if FeatureId::new(name).is_none() {
                let message =
                    "the name of a provider has only lower-case letters, digits and hyphens".to_owned();
                table.document().error(span.clone(), "bad-id", message, None);
            }
            let (kind, provider) = provider(name, table);
            providers.written.insert(name.to_owned(), (kind, span));
            providers.whole.extend(provider.map(|provider| (name.to_owned(), provider)));
        }
        providers
    }

    /// The kind of a provider: `None` if there is no such provider, `Some(None)` where it does not say.
    pub(super) fn kind_of(&self, name: &str) -> Option<Option<&'static Kind>> {
        self.written.get(name).map(|(kind, _)| *kind)
    }

    /// The names, sorted.
    pub(super) fn names(&self) -> Vec<&str> {
        self.written.keys().map(String::as_str).collect()
    }

    /// The providers that no channel uses, and where they stand.
    pub(super) fn unused(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let unused = self.written.iter().filter(|(name, _)| !self.used.contains(*name));
        unused.map(|(name, (_, span))| (name.as_str(), span.clone()))
    }

    /// Whether every provider could be read.
    pub(super) fn are_whole(&self) -> bool {
        self.whole.len() == self.written.len()
    }
}

fn provider(name: &str, mut table: Table<'_>) -> (Option<&'static Kind>, Option<Provider>) {
    let kind = table.required("kind").choice(KINDS, |kind| kind.word, provider::named);
    // Which keys are known depends on the kind.
    let Some(kind) = kind else { return (None, None) };
    let owner = table.optional("owner").shaped("bad-id", OWNER, owner);
    let network = default_network(kind);
    let network = optional(&mut table, "network", network, |field| {
        field.choice(&Network::ALL, Network::word, Network::from_word)
    });
    let pace = pace(&mut table);
    let connections = optional(&mut table, "connections", CONNECTIONS, |field| field.integer(1..=100_u16));
    let values = Values::read(kind.keys, &mut table);
    check_protection(kind, &values, &table);
    let owner = owner.or_else(|| known_owner(kind, &values.settings));
    let provider = || {
        Some(Provider {
            kind,
            settings: values.settings,
            secrets: values.secrets,
            owner: owner.unwrap_or_else(|| name.to_owned()),
            network: network?,
            pace: pace?,
            connections: connections?,
        })
    };
    let provider = if values.is_whole { provider() } else { None };
    table.finish_with(|key| elsewhere::in_provider(kind, key));
    (Some(kind), provider)
}

/// What an owner has to be, for a sentence.
pub(super) const OWNER: &str = "the name of an owner, in lower-case letters, digits and hyphens";

/// Takes the name of an owner, or of one of its services for it.
pub(super) fn owner(text: &str) -> Option<String> {
    FeatureId::new(text).map(|_| owner::named(text).to_owned())
}

/// The owner of a kind, or of the host that the settings name.
fn known_owner(kind: &Kind, settings: &Settings) -> Option<String> {
    let host = match kind.protection {
        Protection::Url(key) => web_address::host_of_url(settings.text(key)),
        Protection::Word { host, .. } => settings.text(host),
        Protection::SecretUrl => "",
    };
    kind.owner.or_else(|| owner::of_host(host)).map(str::to_owned)
}

fn default_network(kind: &Kind) -> Network {
    kind.channels.first().map_or(Network::Ip, |channel: &Channel| channel.facts().network)
}

/// Reads a key that may be left out: `None` only where its value cannot be read.
fn optional<'d, T>(
    table: &mut Table<'d>,
    key: &'static str,
    default: T,
    read: impl FnOnce(&Field<'d>) -> Option<T>,
) -> Option<T> {
    let field = table.optional(key);
    if field.is_present() { read(&field) } else { Some(default) }
}

/// Reports a connection to another machine that is not encrypted.
fn check_protection(kind: &Kind, values: &Values, table: &Table<'_>) {
    let document = table.document();
    match kind.protection {
        Protection::SecretUrl => {}
        Protection::Url(key) => {
            let url = values.settings.text(key);
            if url.starts_with("http://") && !web_address::is_this_machine(url) {
                let message = "the password is sent to another machine without encryption".to_owned();
                let hint = Some("use https, or a tunnel that ends on this machine".to_owned());
                document.warning(table.value_span(key), "unencrypted", message, hint);
            }
        }
        Protection::Word { key, host } => {
            let (word, host) = (values.settings.text(key), values.settings.text(host));
            if word == "none" && !host.is_empty() && !web_address::is_this_machine(host) {
                let message = "email is sent to another machine without encryption".to_owned();
                let hint = Some(format!("write `{key} = \"starttls\"` or `\"tls\"`"));
                let span = table.value_span(key);
                if values.secrets.is_empty() {
                    document.warning(span, "unencrypted", message, hint);
                } else {
                    document.error(span, "unencrypted", format!("{message}, and so does the password"), hint);
                }
            }
        }
    }
}
