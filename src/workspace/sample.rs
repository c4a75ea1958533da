//! The built-in sample: the repository's own `site/`, `incidents/` and theme, carried inside the binary.

use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::files::Durability;
use crate::workspace::write;

static SITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/site");
static THEME: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/themes/larkmoor");
static INCIDENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/incidents");

/// Writes the sample below a folder; says how many files it wrote.
pub(crate) fn write(root: &Path) -> anyhow::Result<usize> {
    let mut written = write_dir(&SITE, &root.join("site"))?;
    written += write_dir(&INCIDENTS, &root.join("incidents"))?;
    Ok(written + write_dir(&THEME, &root.join("themes/larkmoor"))?)
}

fn write_dir(dir: &Dir<'_>, target: &Path) -> anyhow::Result<usize> {
    let mut written = 0;
    for file in dir.files() {
        let name = file.path().file_name().unwrap_or_default();
        write::file(&target.join(name), file.contents(), Durability::Cached)?;
        written += 1;
    }
    for inner in dir.dirs() {
        let name = inner.path().file_name().unwrap_or_default();
        written += write_dir(inner, &target.join(name))?;
    }
    Ok(written)
}
