//! The list of CDNs, in the order of the documentation. A new CDN is one file in this folder, a `mod`
//! line and an entry in `KINDS`.

mod bunny;
mod cloudflare;
mod cloudfront;
mod fastly;
mod varnish;

use super::kind::Kind;

/// Every kind of CDN.
pub static KINDS: &[&Kind] =
    &[&cloudfront::KIND, &cloudflare::KIND, &fastly::KIND, &bunny::KIND, &varnish::KIND];

/// The kind with that value of `kind` in the configuration.
pub fn named(word: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.word == word)
}
