//! The arguments of `allclear import`.

use std::path::PathBuf;

use clap::Subcommand;

/// Import incidents from another system.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Import a cState site: the folder with config.yml and content/issues/
    Cstate {
        /// Folder of the cState site
        source: PathBuf,
        /// IANA time zone of times that have none, such as Europe/Berlin [default: the site's own, or UTC]
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Overwrite files that exist already [default: refuse]
        #[arg(long)]
        force: bool,
    },
}
