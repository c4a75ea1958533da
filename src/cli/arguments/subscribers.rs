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
        /// CSV file with the columns mail, text, follow, severity, language, time_zone, and fields of your own
        file: PathBuf,
        /// Give each subscriber in the file exactly the addresses of their row, and remove their others
        #[arg(long)]
        replace: bool,
    },
    /// Add a subscriber, or replace their settings
    Add(AddSubscriber),
    /// List all subscribers, including removed ones
    List {
        /// Show full addresses instead of masked ones
        #[arg(long)]
        reveal: bool,
        /// List only subscribers with a suppressed address, and why it is suppressed
        #[arg(long)]
        suppressed: bool,
    },
    /// Stop all messages to a subscriber
    Remove {
        /// Subscriber: an address or an ID; `-` reads it from standard input
        who: String,
    },
    /// Remove an address from the suppression list, once you know that it works
    Allow {
        /// The address, a subscriber's id for all of theirs, or the name of a destination; `-` reads it from standard
        /// input
        who: String,
    },
}

/// Add a subscriber, or replace their settings.
#[derive(Debug, Args)]
pub(crate) struct AddSubscriber {
    /// Email addresses or phone numbers (+…), in order of preference; `-` reads them from standard input, one on each line
    #[arg(required = true, value_name = "ADDRESS")]
    pub(crate) addresses: Vec<String>,
    /// ID of a feature to follow; repeat the option for several [default: all features]
    #[arg(long, value_name = "FEATURE")]
    pub(crate) follow: Vec<String>,
    /// Lowest severity to be notified of
    #[arg(long, default_value = "notice", value_parser = severity)]
    pub(crate) severity: Severity,
    /// Language of the messages [default: the page's first language]
    #[arg(long, value_parser = language)]
    pub(crate) language: Option<Language>,
    /// IANA time zone for times in messages [default: the page's time zone]
    #[arg(long)]
    pub(crate) time_zone: Option<String>,
    /// Only bring back a subscriber who unsubscribed, at their own wish: how they asked, on one line. It is recorded, and
    /// `list` and `why` show it
    #[arg(long, value_name = "REASON")]
    pub(crate) bring_back: Option<String>,
}
