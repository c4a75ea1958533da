//! `[targets.cdn]`: what keeps copies of the page, and how it is told to let them go.
//!
//! Promises: each kind holds what its interface asks for and nothing else; a secret is named, never held. Never calls
//! a cache.

use super::AwsKeys;
use super::read::aws_keys;
use crate::config::secret::Secret;
use crate::config::web_address;
use crate::located::Table;

/// What stands before a target and keeps copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cdn {
    /// Amazon CloudFront.
    CloudFront {
        /// The distribution's id.
        distribution: String,
        /// The account; the variables that AWS's own programs read where nothing is said.
        keys: AwsKeys,
        /// Where its interface is, if not at AWS.
        endpoint: Option<String>,
    },
    /// Cloudflare.
    Cloudflare {
        /// The zone's id.
        zone: String,
        /// A token that may purge it.
        token: Secret,
        /// Where its interface is, if not at Cloudflare.
        endpoint: Option<String>,
    },
    /// Fastly.
    Fastly {
        /// The service's id.
        service: String,
        /// A token that may purge it.
        token: Secret,
        /// Where its interface is, if not at Fastly.
        endpoint: Option<String>,
    },
    /// bunny.net.
    Bunny {
        /// The account's key.
        access_key: Secret,
        /// Where its interface is, if not at bunny.net.
        endpoint: Option<String>,
    },
    /// Varnish servers of the operator's.
    Varnish {
        /// Each server's own address.
        servers: Vec<String>,
    },
}

impl Cdn {
    /// The words of `kind`, in the order of the documentation.
    pub const KINDS: [&str; 5] = ["cloudfront", "cloudflare", "fastly", "bunny", "varnish"];

    /// The word of `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CloudFront { .. } => "cloudfront",
            Self::Cloudflare { .. } => "cloudflare",
            Self::Fastly { .. } => "fastly",
            Self::Bunny { .. } => "bunny",
            Self::Varnish { .. } => "varnish",
        }
    }

    /// Reads the table; the target is without it where it could not be read.
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let kind = kind(&mut table, &Self::KINDS)?;
        let cdn = match kind {
            "cloudfront" => {
                let distribution = id(&mut table, "distribution");
                let (keys, endpoint) = (aws_keys(&mut table), endpoint(&mut table));
                distribution.zip(keys).map(|(distribution, keys)| Self::CloudFront {
                    distribution,
                    keys,
                    endpoint,
                })
            }
            "cloudflare" => {
                let (zone, token) = (id(&mut table, "zone"), Secret::read(&table.required("token")));
                let endpoint = safe_endpoint(&mut table);
                let whole = zone.zip(token).zip(endpoint);
                whole.map(|((zone, token), endpoint)| Self::Cloudflare { zone, token, endpoint })
            }
            "fastly" => {
                let (service, token) = (id(&mut table, "service"), Secret::read(&table.required("token")));
                let endpoint = safe_endpoint(&mut table);
                let whole = service.zip(token).zip(endpoint);
                whole.map(|((service, token), endpoint)| Self::Fastly { service, token, endpoint })
            }
            "bunny" => {
                let access_key = Secret::read(&table.required("access_key"));
                let endpoint = safe_endpoint(&mut table);
                access_key.zip(endpoint).map(|(access_key, endpoint)| Self::Bunny { access_key, endpoint })
            }
            _ => varnish(&mut table),
        };
        table.finish();
        cdn
    }
}

/// The value of `kind`, one of the words.
pub(super) fn kind(table: &mut Table<'_>, kinds: &[&'static str]) -> Option<&'static str> {
    use crate::located::{quoted, suggestion};

    let field = table.required("kind");
    let text = field.text()?;
    let known = kinds.iter().copied().find(|kind| *kind == text);
    if known.is_none() {
        let message = format!("{} is not a word for `{}`", quoted(&text), field.path());
        field.error("unknown-word", message, suggestion(&text, kinds));
    }
    known
}

/// An absolute `http` or `https` URL.
pub(super) fn endpoint(table: &mut Table<'_>) -> Option<String> {
    let expected = "an absolute http or https URL without a slash at its end";
    table.optional("endpoint").shaped("bad-url", expected, web_address::base)
}

/// An endpoint that is given a key as it is, so nobody may overhear it; `None` where somebody might.
fn safe_endpoint(table: &mut Table<'_>) -> Option<Option<String>> {
    let endpoint = endpoint(table);
    let is_in_the_clear = endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    if is_in_the_clear && !endpoint.as_deref().is_some_and(web_address::is_this_machine) {
        let (message, hint) = ("the key goes to another machine in the clear", "use https");
        let span = table.value_span("endpoint");
        table.document().error(span, "unencrypted", message.to_owned(), Some(hint.to_owned()));
        return None;
    }
    Some(endpoint)
}

fn varnish(table: &mut Table<'_>) -> Option<Cdn> {
    let field = table.required("servers");
    let expected = "an absolute http or https URL without a slash at its end";
    let written = field.items();
    let servers: Vec<String> =
        written.iter().filter_map(|item| item.shaped("bad-url", expected, web_address::base)).collect();
    (!servers.is_empty() && servers.len() == written.len()).then_some(Cdn::Varnish { servers })
}

/// What a provider calls one of its things; it stands in URLs.
fn id(table: &mut Table<'_>, key: &'static str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let shape = |id: &str| (id.len() <= 100 && id.chars().all(plain)).then(|| id.to_owned());
    table.required(key).shaped("bad-id", "an id of letters, digits, hyphens and underscores", shape)
}
