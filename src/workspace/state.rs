//! The state folder `.allclear/`, such as the ledger with all addresses.
//!
//! Promises: only the folder's owner may open it, whatever the umask is, and git ignores all of it. Never touches its
//! contents.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::audience::AudienceName;

/// The folder's name below the site's root, unless it lies elsewhere.
pub(crate) const FOLDER: &str = ".allclear";

const OWNER_ONLY: u32 = 0o700;
const IGNORE: &str = ".gitignore";
/// With this in it, git sees nothing of the folder, this file included.
const IGNORED: &str = "*\n";

/// What an audience of the page has for itself, within the state of the site.
const OF_AUDIENCE: &str = "audience-";

/// The folder of an audience of the page, within that of the site.
pub(crate) fn of_audience(state: &Path, name: AudienceName) -> PathBuf {
    state.join(format!("{OF_AUDIENCE}{name}"))
}

/// Makes the folder if it does not exist, protects it, and returns its path; that of an audience with the one around it.
///
/// # Errors
/// The folder or its list of ignored files cannot be made.
pub(crate) fn folder(folder: &Path) -> io::Result<PathBuf> {
    let is_of_audience =
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(OF_AUDIENCE));
    if let Some(around) = folder.parent().filter(|_| is_of_audience) {
        make(around)?;
    }
    make(folder)
}

fn make(folder: &Path) -> io::Result<PathBuf> {
    match DirBuilder::new().mode(OWNER_ONLY).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(named(folder, &error)),
        Ok(()) | Err(_) => {}
    }
    close(folder);
    let ignore = folder.join(IGNORE);
    if !ignore.exists() {
        fs::write(&ignore, IGNORED).map_err(|error| named(&ignore, &error))?;
    }
    Ok(folder.to_owned())
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("failed to create {}: {error}", path.display()))
}

/// Takes the rights of others away. Who is not the folder's owner may not, and has the rights that its owner gave.
fn close(folder: &Path) {
    let is_open = fs::metadata(folder).is_ok_and(|facts| facts.permissions().mode() & 0o077 != 0);
    if is_open {
        let _not_the_owner = fs::set_permissions(folder, Permissions::from_mode(OWNER_ONLY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_folder_is_its_owners_and_git_ignores_it_whoever_made_it() {
        let root = tempfile::tempdir().unwrap();
        let made = folder(&root.path().join(FOLDER)).unwrap();
        assert_eq!((mode(&made), made.file_name().unwrap()), (0o700, FOLDER.as_ref()));
        assert_eq!(fs::read_to_string(made.join(IGNORE)).unwrap(), "*\n");

        let old = tempfile::tempdir().unwrap();
        fs::create_dir(old.path().join(FOLDER)).unwrap();
        fs::set_permissions(old.path().join(FOLDER), Permissions::from_mode(0o755)).unwrap();
        fs::write(old.path().join(FOLDER).join(IGNORE), "ledger.db\n").unwrap();
        let old = folder(&old.path().join(FOLDER)).unwrap();
        assert_eq!(mode(&old), 0o700);
        assert_eq!(fs::read_to_string(old.join(IGNORE)).unwrap(), "ledger.db\n", "what is there stays");
    }

    #[test]
    fn an_audience_has_a_folder_of_its_own_within_that_of_the_site() {
        let root = tempfile::tempdir().unwrap();
        let name = AudienceName::new("partners").unwrap();
        let made = folder(&of_audience(&root.path().join(FOLDER), name)).unwrap();
        assert_eq!(made, root.path().join(FOLDER).join("audience-partners"));
        assert_eq!((mode(&made), mode(made.parent().unwrap())), (0o700, 0o700));
    }

    #[test]
    fn a_root_that_is_not_there_is_not_made() {
        let root = tempfile::tempdir().unwrap();
        assert!(folder(&root.path().join("nowhere").join(FOLDER)).is_err());
    }
}
