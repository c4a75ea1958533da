//! The options of `allclear init`: an answer to each of its questions, for scripts.
//!
//! Promises: what is not given is asked on a terminal. Never makes anything itself.

use std::path::PathBuf;

use clap::Args;

/// Create a new site.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder of the site; may hold a repository, but no site yet
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Create the sample, a shop with a history of incidents, to explore
    #[arg(long, conflicts_with_all = ["name", "url", "languages", "features", "from", "relay", "time_zone"])]
    pub(crate) sample: bool,
    /// Name of your company or product, such as "Acme"
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The page's URL, such as https://status.acme.com
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// The page's languages, the first being the default, such as en,es
    #[arg(long, value_name = "LIST")]
    pub(crate) languages: Option<String>,
    /// What your customers use, in their words, such as "Checkout,Search"
    #[arg(long, value_name = "LIST")]
    pub(crate) features: Option<String>,
    /// The sender of emails, such as status@acme.com; without it, no one is notified yet
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) from: Option<String>,
    /// Mail server that sends the emails
    #[arg(long, value_name = "HOST[:PORT]", requires = "from")]
    pub(crate) relay: Option<String>,
    /// IANA time zone for times on the page when JavaScript is off
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
}
