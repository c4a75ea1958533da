//! The arguments of `allclear subscribers`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::{language, severity};
use crate::model::localized::Language;
use crate::model::phase::Severity;

/// Manage subscribers.
#[derive(Debug, Subcommand)]
pub(crate) enum Subscribers {
    /// Import subscribers from a CSV file with a header row
    Import {
        /// CSV file with the columns mail, text, follow, severity, language, time_zone, audience, and fields of your own
        file: PathBuf,
        /// Remove addresses of the listed subscribers that are not in their row [default: keep them]
        #[arg(long)]
        replace: bool,
    },
    /// Add a subscriber, or replace their settings
    Add(AddSubscriber),
    /// List subscribers, including removed ones
    List {
        /// Show full addresses instead of masked ones
        #[arg(long)]
        reveal: bool,
        /// List only subscribers with an address on the suppression list, and why it is there
        #[arg(long)]
        suppressed: bool,
        /// List only the members of this segment of site/plan.toml
        #[arg(long, value_name = "SEGMENT")]
        segment: Option<String>,
    },
    /// List what subscribers wrote by SMS that is no keyword, the newest first: some may want to end their messages
    Replies {
        /// Show full numbers instead of masked ones
        #[arg(long)]
        reveal: bool,
    },
    /// Remove a subscriber: nothing is sent to them any more
    Remove {
        /// Subscriber: an address or an ID; `-` reads it from standard input
        who: String,
    },
    /// Remove an address from the suppression list, once you know that it works
    Allow {
        /// An address, a subscriber's ID for all of their addresses, or the name of a destination; `-` reads it from standard input
        who: String,
    },
}

/// Add a subscriber, or replace their settings.
#[derive(Debug, Args)]
pub(crate) struct AddSubscriber {
    /// Email addresses, or phone numbers that begin with `+`, the preferred one first; `-` reads them from standard input, one on
    /// each line
    #[arg(required = true, value_name = "ADDRESS")]
    pub(crate) addresses: Vec<String>,
    /// ID of a feature to follow; repeat the option for several [default: all features]
    #[arg(long, value_name = "FEATURE")]
    pub(crate) follow: Vec<String>,
    /// Lowest severity to be notified of: notice, minor, major or critical
    #[arg(long, default_value = "notice", value_parser = severity)]
    pub(crate) severity: Severity,
    /// Language of the messages [default: the page's first language]
    #[arg(long, value_parser = language)]
    pub(crate) language: Option<Language>,
    /// IANA time zone of times in messages, such as Europe/Madrid [default: the page's time zone]
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Bring back a subscriber who unsubscribed and asked to be notified again; the reason says how they asked, on one line. It is
    /// recorded, and `list` and `why` show it
    #[arg(long, value_name = "REASON")]
    pub(crate) bring_back: Option<String>,
}
