//! The failing disk of `shim.c`, built once with the system's C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::fixtures::skip::skip;

/// The library to load before the program's own; `None`, with a notice, if there is no C compiler.
pub(crate) fn shim() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/faults/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&library).arg(source).arg("-ldl");
        match compiler.status() {
            Ok(status) => {
                assert!(status.success(), "tests/all/faults/shim.c does not compile");
                Some(library)
            }
            Err(error) => {
                skip(&format!("no C compiler: {error}"));
                None
            }
        }
    });
    built.as_deref()
}
