//! The arguments of the commands that build: `build` and `preview`.

use std::path::PathBuf;

use clap::Args;

/// Build the site into a folder.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Output folder, relative to the root folder [default: public, or the name of the audience]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Build into a folder that contains other files, and replace those of the same name
    #[arg(long)]
    pub(crate) adopt_folder: bool,
}

/// Build, serve on localhost, and rebuild whenever a file changes.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Port on localhost; 0 picks a free one
    #[arg(long, default_value_t = 4000)]
    pub(crate) port: u16,
}
