//! The `.gitignore` of a site: builds, and the state folder.
//!
//! Promises: an existing list keeps its lines. Never writes a list that is complete.

use std::path::Path;

use crate::files::{Durability, Folder};

use super::write;

const IGNORED: [&str; 3] = ["/public", "/internal", "/.allclear"];
const IGNORE_FILE: &str = ".gitignore";
/// The longest such list that is added to, in bytes.
const IGNORE_BYTES_MAX: u64 = 1 << 20;

/// Adds what is missing to the list of the site's folder.
pub(crate) fn add(dir: &Path) -> anyhow::Result<()> {
    let mut list = Folder::open(dir)?.read(IGNORE_FILE, IGNORE_BYTES_MAX)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&list).into_owned();
    let is_there = |wanted: &str| text.lines().any(|line| line.trim().trim_end_matches('/') == wanted);
    let missing: String =
        IGNORED.iter().filter(|wanted| !is_there(wanted)).map(|wanted| format!("{wanted}\n")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !list.is_empty() && !list.ends_with(b"\n") {
        list.push(b'\n');
    }
    list.extend(missing.as_bytes());
    write::file(&dir.join(IGNORE_FILE), &list, Durability::Cached)
}
