//! The SSH keys of the plan's people, in a file that git verifies signatures with.
//!
//! Promises: holds these keys alone. If it cannot be written, git verifies none.

use crate::config::plan::{People, Person, SigningKey};
use crate::files::Durability;
use crate::workspace::root::Root;
use crate::workspace::write;

/// The file, below the folder of the state.
const SIGNERS: &str = "allowed-signers";

/// Writes the file and returns its path.
pub(crate) fn write(root: &Root, people: &People) -> String {
    let line = |(name, person): (&String, &Person)| match &person.signing_key {
        Some(SigningKey::Ssh(key)) => Some(format!("{name} namespaces=\"git\" {key}\n")),
        _ => None,
    };
    let text: String = people.iter().filter_map(line).collect();
    let path = std::path::absolute(root.state.join(SIGNERS)).unwrap_or_else(|_| root.state.join(SIGNERS));
    match write::if_different(&path, text.as_bytes(), Durability::Cached) {
        Ok(_) => path.display().to_string(),
        Err(_) => "/dev/null".to_owned(),
    }
}
