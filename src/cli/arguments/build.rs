//! The arguments of the commands that build: `build` and `preview`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model::incident::Audience;

/// Build the site into a folder.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Output folder, relative to the root folder [default: public, or internal with --audience internal]
    #[arg(long, short, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Build into a folder that contains other files, and replace those of the same name
    #[arg(long)]
    pub(crate) adopt_folder: bool,
    /// Who the site is for; the internal site also shows internal updates, so never publish it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) audience: AudienceArg,
}

/// Who a site is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum AudienceArg {
    /// Everyone
    #[default]
    Public,
    /// Your own staff
    Internal,
}

impl From<AudienceArg> for Audience {
    fn from(readers: AudienceArg) -> Self {
        match readers {
            AudienceArg::Public => Self::Public,
            AudienceArg::Internal => Self::Internal,
        }
    }
}

/// Build, serve on localhost, and rebuild whenever a file changes.
#[derive(Debug, Args)]
pub(crate) struct Preview {
    /// Port on localhost; 0 picks a free one
    #[arg(long, default_value_t = 4000)]
    pub(crate) port: u16,
    /// Who the site is for; the internal site also shows internal updates
    #[arg(long, value_enum, default_value_t)]
    pub(crate) audience: AudienceArg,
}
