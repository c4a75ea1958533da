//! The list of providers, in the order of the documentation. A new provider is one file in this folder, a
//! `mod` line and an entry in `KINDS`.

mod discord;
mod kannel;
mod mailgun;
mod mattermost;
mod ntfy;
mod pagerduty;
mod slack;
pub mod smtp;
mod twilio;
mod webhook;

use super::kind::Kind;

/// Every kind of provider.
pub static KINDS: &[&Kind] = &[
    &smtp::KIND,
    &kannel::KIND,
    &mailgun::KIND,
    &twilio::KIND,
    &slack::KIND,
    &discord::KIND,
    &mattermost::KIND,
    &ntfy::KIND,
    &pagerduty::KIND,
    &webhook::KIND,
];

/// The kind with that value of `kind` in the plan.
pub fn named(word: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.word == word)
}
