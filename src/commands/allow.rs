//! `--allow-hosts` and `--allow`: what the files of the site may name.
//!
//! Promises: a list that cannot be read, or that a commit could change, stops the command before it does anything.

use std::path::Path;

use crate::cli::arguments::Global;
use crate::cli::exit::Failure;
use crate::config::allowed::{self, AllowList};
use crate::files::Folder;
use crate::workspace::root::Root;

/// The longest list.
const BYTES_MAX: u64 = 256 * 1024;

/// Restricts this process, if an option asks for it.
pub(super) fn restrict(global: &Global, root: &Root) -> Result<(), Failure> {
    if global.allow.is_none() && global.allow_hosts.is_empty() {
        return Ok(());
    }
    let hosts = global.allow_hosts.iter().map(|host| host.trim());
    let mut list = AllowList::default().with_hosts(hosts).map_err(Failure::Usage)?;
    if let Some(path) = &global.allow {
        list = list.with_file(path, &read(path, &root.path)?).map_err(Failure::Usage)?;
    }
    allowed::restrict(list);
    Ok(())
}

fn read(path: &Path, root: &Path) -> Result<String, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", path.display()));
    let real = path.canonicalize().map_err(|error| unreadable(&error))?;
    if root.canonicalize().is_ok_and(|root| real.starts_with(root)) {
        return Err(unreadable(
            &"the list is within the site, where a commit can change it: keep it elsewhere",
        ));
    }
    let (Some(folder), Some(name)) = (real.parent(), real.file_name().and_then(|name| name.to_str())) else {
        return Err(unreadable(&"is not a regular file"));
    };
    let read = Folder::open(folder).and_then(|folder| folder.read(name, BYTES_MAX));
    let bytes = read.map_err(|error| unreadable(&error))?.ok_or_else(|| unreadable(&"does not exist"))?;
    String::from_utf8(bytes).map_err(|_| unreadable(&"is not text in UTF-8"))
}
