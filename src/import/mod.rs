//! Imports the files of other status pages as a page and incidents of allclear.
//!
//! Promises: nothing is lost. Every file of the source becomes an incident, or a note names it with the reason; what could
//! not be understood is noted with file and line. The same files give the same result: no clock, no environment, no
//! network. Only facts of the source are stated: no end, promise or ETA is invented. Never writes: the caller does.

mod clocks;
mod cstate;
mod dress;
mod endings;
mod entries;
mod files;
mod imported;
mod lengths;
mod markdown;
mod marks;
mod notes;
mod order;
mod piece;
mod planned;
mod shortened;
mod spans;
mod story;
pub mod subscribers;
mod times;
mod track;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

pub use files::Error;
pub use imported::Imported;
pub use shortened::shortened;
pub use times::Zone;
pub(crate) use words::plain_letters;

/// Reads the cState site in the folder `root`: its configuration, its content and the pictures it shows. `zone` is that
/// of times that carry none; without it Hugo's `timeZone` counts, and else UTC.
///
/// # Errors
/// When the folder is no cState site, or a file of it cannot be read. Files that can be read but not
/// understood are notes, never errors.
pub fn cstate(root: &Path, zone: Option<&Zone>) -> Result<Imported, Error> {
    let files = files::read(root, cstate::is_of_interest)?;
    if !files.keys().any(|path| cstate::is_site_file(path)) {
        return Err(Error::NotASite(root.to_owned()));
    }
    Ok(cstate_files(&files, zone))
}

/// Does the work of [`cstate`] on files already in memory, by their path from the site's folder with `/` between
/// folders. An incident depends on its own file and the configuration alone, save that a second file of the same
/// name gets a number, and that links to other posts lead to their new addresses.
pub fn cstate_files(files: &BTreeMap<String, Vec<u8>>, zone: Option<&Zone>) -> Imported {
    cstate::import(files, zone)
}
