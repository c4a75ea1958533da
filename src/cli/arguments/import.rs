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
        /// The zone of times that carry none: Europe/Berlin; without it the site's own, or UTC
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Overwrite existing files
        #[arg(long)]
        force: bool,
    },
}
