//! The list of providers, in the order of the documentation. A new provider is one file in this folder, a
//! `mod` line and an entry in `KINDS`.

mod bluesky;
mod bounce;
mod brevo;
mod discord;
mod eum;
mod google_chat;
mod gotify;
mod infobip;
mod kannel;
mod mailgun;
mod mastodon;
mod matrix;
mod mattermost;
mod ntfy;
mod opsgenie;
mod pagerduty;
mod postmark;
mod resend;
mod rocket_chat;
mod sendgrid;
mod ses;
mod slack;
pub mod smtp;
mod sns;
mod teams;
mod telegram;
mod twilio;
mod vonage;
mod webhook;
mod zulip;

use super::kind::Kind;

/// Every kind of provider.
pub static KINDS: &[&Kind] = &[
    &smtp::KIND,
    &kannel::KIND,
    &mailgun::KIND,
    &sendgrid::KIND,
    &postmark::KIND,
    &resend::KIND,
    &brevo::KIND,
    &ses::KIND,
    &twilio::KIND,
    &vonage::KIND,
    &infobip::KIND,
    &eum::KIND,
    &sns::KIND,
    &slack::KIND,
    &teams::KIND,
    &google_chat::KIND,
    &discord::KIND,
    &telegram::KIND,
    &matrix::KIND,
    &mattermost::KIND,
    &rocket_chat::KIND,
    &zulip::KIND,
    &mastodon::KIND,
    &bluesky::KIND,
    &ntfy::KIND,
    &gotify::KIND,
    &pagerduty::KIND,
    &opsgenie::KIND,
    &webhook::KIND,
];

/// The kind with that value of `kind` in the plan.
pub fn named(word: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.word == word)
}
