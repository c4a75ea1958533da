//! The options of `allclear init`: an answer to each of its questions, for scripts.
//!
//! Promises: what is not given is asked on a terminal. Never makes anything itself.

use std::path::PathBuf;

use clap::Args;

/// Create a new site.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder for the site; it may contain a git repository, but no site yet
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Create the sample site instead, a shop with a history of incidents, to try allclear out
    #[arg(long, conflicts_with_all = ["name", "url", "languages", "features", "from", "relay", "time_zone", "people", "runbook"])]
    pub(crate) sample: bool,
    /// Name of your company or product, such as "Acme"
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// URL of the page, such as https://status.acme.com
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Languages of the page, separated by commas, the default one first, such as en,es
    #[arg(long, value_name = "LIST")]
    pub(crate) languages: Option<String>,
    /// Features that customers use, in their words, separated by commas, such as "Checkout,Search"
    #[arg(long, value_name = "LIST")]
    pub(crate) features: Option<String>,
    /// Sender of emails, such as status@acme.com [default: none, and no one is notified yet]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Option<String>,
    /// SMTP server that sends the emails
    #[arg(long, value_name = "HOST[:PORT]", requires = "from")]
    pub(crate) relay: Option<String>,
    /// Who speaks for the page, separated by commas, such as "Ana Prieto <ana@acme.com>, Bo Berg <bo@acme.com>": from two people on,
    /// one approves what another writes about serious incidents
    #[arg(long, value_name = "LIST", requires = "from")]
    pub(crate) people: Option<String>,
    /// URL of the instructions for those who respond to an incident
    #[arg(long, value_name = "URL", requires = "people")]
    pub(crate) runbook: Option<String>,
    /// IANA time zone of times on the page, such as Europe/Madrid; with JavaScript, readers see their own
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
}
