//! The product behind a service fails: what a build writes for Cloudflare, CloudFront, API Gateway and Fastly, each with
//! the nearest to the service that can run here.
//!
//! Needs what tests/install brings. Some come by npm; a machine without it skips those.

mod amazon;
mod cloudflare;
mod fastly;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fixtures::skip::skip;

/// A program that npm brought, in the package whose name begins so; nothing if npm is missing.
fn brought(folder: &str, package: &str, program: &str) -> Option<PathBuf> {
    if Command::new("npm").arg("--version").output().is_err() {
        skip(&format!("there is no npm, so no {package}"));
        return None;
    }
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/edge/node_modules").join(folder);
    let packages = std::fs::read_dir(modules).into_iter().flatten().map(|entry| entry.unwrap().path());
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(package);
    let found = packages.filter(named).map(|path| path.join(program)).find(|path| path.is_file());
    assert!(found.is_some(), "{package} does not exist: run tests/install as root");
    found
}
