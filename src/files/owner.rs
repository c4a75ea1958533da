//! The hint for a file that this process may not use: its owner, and what to do.
//!
//! Promises: names the owner and one remedy. Never opens or changes the file.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::process::geteuid;

use super::read;

/// What [`user`] makes of the number 0.
const ROOT: &str = "user root";
/// No list of the machine's users is longer.
const USERS_BYTES_MAX: u64 = 4 << 20;

/// Whether this process may read and write the file or folder; one that does not exist is no obstacle.
pub fn may_use(path: &Path) -> bool {
    let asked = accessat(CWD, path, Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS);
    asked.is_ok() || !path.exists()
}

/// To whom the nearest part of the path belongs that exists, and what to do about it.
pub fn owner_hint(path: &Path) -> Option<String> {
    let (there, facts) = path.ancestors().find_map(|part| Some((part, part.symlink_metadata().ok()?)))?;
    let (owner, own) = (facts.uid(), geteuid().as_raw());
    Some(words(
        &there.display().to_string(),
        facts.mode() & 0o777,
        &user(owner),
        (own != owner).then(|| user(own)),
    ))
}

/// `other` is the user that this process runs as, if it is not the owner.
fn words(path: &str, mode: u32, owner: &str, other: Option<String>) -> String {
    match other {
        // Nothing here needs root, and what root writes, no one else may write afterward.
        Some(other) if owner == ROOT => format!(
            "{path} belongs to {owner} and has the mode {mode:04o}, and allclear runs as {other}: change the owner with `chown`"
        ),
        Some(other) => format!(
            "{path} belongs to {owner} and has the mode {mode:04o}, and allclear runs as {other}: run it as {owner}, or change the \
             owner with `chown`"
        ),
        None => format!(
            "{path} belongs to {owner}, as whom allclear runs, and has the mode {mode:04o}: allow reading and writing with `chmod \
             u+rwX {path}`, or check whether the file system is mounted read-only"
        ),
    }
}

/// The name of a user, or its number if the machine has no name for it.
fn user(number: u32) -> String {
    let users = read(Path::new("/etc/passwd"), USERS_BYTES_MAX).ok().flatten().unwrap_or_default();
    let users = String::from_utf8_lossy(&users);
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, found) = (fields.next()?, fields.nth(1)?);
        (found.parse() == Ok(number)).then(|| format!("user {name}"))
    });
    named.unwrap_or_else(|| format!("user {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let own = user(geteuid().as_raw());
        let missing = folder.path().join("none/ledger.db");
        let hint = owner_hint(&missing).unwrap();
        assert!(hint.starts_with(&format!("{} belongs to {own}", folder.path().display())), "{hint}");
        assert!(hint.contains("chmod") && may_use(&missing), "{hint}");
        let others = words("/srv/status", 0o700, "user allclear", Some("user ana".to_owned()));
        assert_eq!(
            others,
            "/srv/status belongs to user allclear and has the mode 0700, and allclear runs as user ana: run it as user \
             allclear, or change the owner with `chown`"
        );
        let of_root = words("/srv/status", 0o700, ROOT, Some("user ana".to_owned()));
        assert!(of_root.ends_with("runs as user ana: change the owner with `chown`"), "{of_root}");
        assert_eq!((user(0).as_str(), user(4_123_456_789).as_str()), ("user root", "user 4123456789"));
    }
}
