//! Hostile folders, and files that are replaced.

use std::fs;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::opening::{folder_below, step_by_step};
use super::{Beside, Durability, Entry, Error, Folder, Kind, Mode, Reach, is_inside, replace, walk};

/// A folder `root` with files, links and a pipe, and a file next to it that is nobody's business.
fn hostile() -> (TempDir, Folder) {
    let house = tempfile::tempdir().unwrap();
    let root = house.path().join("root");
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::write(house.path().join("secret"), "secret").unwrap();
    fs::write(root.join("a/file"), "text").unwrap();
    fs::write(root.join("a/b/deep"), "deep").unwrap();
    symlink("../../secret", root.join("a/link")).unwrap();
    symlink("..", root.join("a/up")).unwrap();
    symlink(house.path(), root.join("out")).unwrap();
    symlink("nowhere", root.join("dangling")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    let folder = Folder::open(&root).unwrap();
    (house, folder)
}

#[test]
fn a_file_is_read_only_where_it_really_lies() {
    let (_house, folder) = hostile();
    assert_eq!(folder.read("a/file", 9).unwrap().as_deref(), Some(b"text".as_slice()));
    assert_eq!(folder.read("a/b/deep", 4).unwrap().as_deref(), Some(b"deep".as_slice()));
    for path in ["none", "a/none", "none/file", "a/file/below"] {
        assert!(folder.read(path, 9).unwrap().is_none(), "{path}");
    }
    for path in ["a/link", "out", "dangling", "out/secret", "a/up/a/file", "dangling/x"] {
        assert!(matches!(folder.read(path, 9), Err(Error::Link)), "{path}: {:?}", folder.read(path, 9));
    }
    for path in ["../secret", "/etc/passwd", "a/../../secret", "", "a//file", "./a/file", "a\\file", "a/\0"] {
        assert!(matches!(folder.read(path, 9), Err(Error::Outside)), "{path:?}");
    }
    for path in ["pipe", "a"] {
        assert!(matches!(folder.read(path, 9), Err(Error::NotAFile)), "{path}");
    }
    assert!(matches!(folder.read("a/file", 3), Err(Error::TooLarge { bytes_max: 3 })));
    assert!(folder.has_file("a/file") && !folder.has_file("a/link") && !folder.has_file("a"));
    assert_eq!((folder.length("a/file"), folder.length("a/link")), (Some(4), None));
}

#[test]
fn both_ways_to_open_a_folder_agree() {
    let (house, _folder) = hostile();
    let root = fs::File::open(house.path().join("root")).unwrap();
    for path in
        ["a", "a/b", "a/file", "a/link", "a/up", "a/up/a", "out", "out/root", "dangling", "none", "pipe"]
    {
        let said = |opened: Result<_, Error>| opened.map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(said(folder_below(root.as_fd(), path)), said(step_by_step(root.as_fd(), path)), "{path}");
    }
}

#[test]
fn nothing_is_written_or_removed_through_a_link() {
    let (house, folder) = hostile();
    for path in ["out/secret", "out/new", "a/up/new", "dangling/new"] {
        assert!(matches!(folder.replace(path, b"x", Durability::Cached), Err(Error::Link)), "{path}");
        assert!(folder.remove(path).is_err(), "{path}");
    }
    assert!(matches!(folder.replace("../secret", b"x", Durability::Cached), Err(Error::Outside)));
    assert!(matches!(folder.remove("../secret"), Err(Error::Outside)));
    // A link in the place itself is replaced or removed, not what it points to.
    folder.replace("a/link", b"ours", Durability::Synced).unwrap();
    assert_eq!(folder.read("a/link", 9).unwrap().as_deref(), Some(b"ours".as_slice()));
    assert!(folder.remove("dangling").unwrap() && !folder.remove("dangling").unwrap());
    assert_eq!(fs::read(house.path().join("secret")).unwrap(), b"secret");
    assert!(!house.path().join("new").exists());
}

#[test]
fn a_replaced_file_keeps_its_mode_and_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub/file");
    replace(&path, b"one", Durability::Synced).unwrap();
    let by_umask = fs::metadata(&path).unwrap().mode();
    fs::write(folder.path().join("plain"), "").unwrap();
    assert_eq!(by_umask, fs::metadata(folder.path().join("plain")).unwrap().mode());
    for mode in [0o600, 0o640, 0o444, 0o755] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let before = fs::metadata(&path).unwrap();
        replace(&path, mode.to_string().as_bytes(), Durability::Synced).unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!(after.mode() & 0o7777, mode);
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_eq!(fs::read_to_string(&path).unwrap(), mode.to_string());
    }
}

#[test]
fn what_is_not_persisted_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    replace(&folder.path().join("file"), b"old", Durability::Cached).unwrap();
    let opened = Folder::open(folder.path()).unwrap();
    let beside =
        |bytes: &[u8]| opened.beside("file", bytes, Durability::Cached, Mode::ReadableByAll).unwrap();
    let (one, two): (Beside, Beside) = (beside(b"one"), beside(b"two"));
    assert_eq!(opened.names().unwrap().len(), 3);
    drop(one);
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"old");
    two.persist().unwrap();
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"two");
    assert_eq!(fs::metadata(folder.path().join("file")).unwrap().mode() & 0o777, 0o644);
    assert_eq!(opened.names().unwrap(), ["file"]);
    fs::create_dir(folder.path().join("in-the-way")).unwrap();
    assert!(opened.replace("in-the-way", b"x", Durability::Cached).is_err());
    assert!(opened.replace("file/below", b"x", Durability::Cached).is_err());
    assert_eq!(opened.names().unwrap(), ["file", "in-the-way"]);
}

#[test]
fn a_walk_names_what_it_does_not_enter() {
    let (house, _folder) = hostile();
    let root = house.path().join("root");
    for private in [".git/config", ".allclear/ledger.db", ".env", "a/.env.local", ".well-known/security.txt"]
    {
        fs::create_dir_all(root.join(private).parent().unwrap()).unwrap();
        fs::write(root.join(private), "x").unwrap();
    }
    fs::write(root.join("back\\slash"), "x").unwrap();
    let reach = Reach { depth_max: 2, skips_hidden: false };
    let entry = |path: &str, kind| Entry { path: path.to_owned(), kind };
    assert_eq!(
        walk(house.path(), "root", reach).unwrap(),
        [
            entry(".allclear", Kind::Private),
            entry(".env", Kind::Private),
            entry(".git", Kind::Private),
            entry(".well-known/security.txt", Kind::File),
            entry("a/.env.local", Kind::Private),
            entry("a/b", Kind::TooDeep),
            entry("a/file", Kind::File),
            entry("a/link", Kind::Link),
            entry("a/up", Kind::Link),
            entry("back\\slash", Kind::BadName),
            entry("dangling", Kind::Link),
            entry("out", Kind::Link),
            entry("pipe", Kind::Special),
        ]
    );
    let visible = walk(house.path(), "root", Reach { depth_max: 9, skips_hidden: true }).unwrap();
    assert!(visible.iter().all(|entry| !entry.path.contains("/.") && !entry.path.starts_with('.')));
    assert!(visible.contains(&entry("a/b/deep", Kind::File)));
    assert!(matches!(walk(&root, "out", reach), Err(Error::Link)));
    assert!(walk(&root, "none", reach).unwrap().is_empty());
}

proptest! {
    #[test]
    fn a_path_that_is_inside_never_leaves(path in "(\\.\\./|\\./|/|a|b|\\.|\\\\|..|é){0,6}") {
        if is_inside(&path) {
            let mut depth = 0_i32;
            for part in Path::new(&path).components() {
                depth += match part {
                    std::path::Component::Normal(_) => 1,
                    _ => -100,
                };
                prop_assert!(depth > 0, "{}", path);
            }
        }
    }
}
