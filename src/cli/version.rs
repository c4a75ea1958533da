//! The version of the program: a release includes its commit and that commit's date.
//!
//! Promises: fixed when the program is built (`contrib/release/build` sets it, else `build.rs` in a clone), so the same commit gives
//! the same bytes.

/// Such as `0.1.0 (4f3a9c12d0aa, 2026-12-01)`.
pub(crate) const VERSION: &str = match option_env!("ALLCLEAR_VERSION") {
    Some(version) => version,
    None => concat!(env!("CARGO_PKG_VERSION"), " (not a release)"),
};

/// The program and the number of its version.
pub(crate) const NAME: &str = concat!("allclear ", env!("CARGO_PKG_VERSION"));

/// The date of a release's commit; what is no release has none.
pub(crate) const DATE: &str = match option_env!("ALLCLEAR_DATE") {
    Some(date) => date,
    None => "no release",
};
