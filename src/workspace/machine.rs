//! The name of this machine, as people know it.
//!
//! Promises: one short word that fits into a line.

/// The name; `None` where the system does not say.
pub(crate) fn name() -> Option<String> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host.or_else(|| std::env::var("HOSTNAME").ok()).map(|host| plain(&host));
    host.filter(|host| !host.is_empty())
}

/// At most 64 characters that can be in one line.
pub(crate) fn plain(word: &str) -> String {
    word.trim().chars().filter(|c| !c.is_control() && !c.is_whitespace()).take(64).collect()
}
