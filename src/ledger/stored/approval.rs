//! The stored shape of an approval.

use serde::{Deserialize, Serialize};

use super::{Unreadable, from_json, incident, moment, moment_text, to_json, unreadable};
use crate::model::approval::{Approval, Means, Role};

#[derive(Serialize, Deserialize)]
struct StoredApproval {
    version: u32,
    incident: String,
    digest: String,
    person: String,
    at: String,
    means: StoredMeans,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredMeans {
    Command,
    BreakGlass { role: String, reason: String },
    Commit { id: String, signed: bool },
}

/// The approval as the ledger stores it.
pub(in crate::ledger) fn write_approval(approval: &Approval) -> String {
    let Approval { incident, digest, person, at, means } = approval;
    let means = match means {
        Means::Command => StoredMeans::Command,
        Means::BreakGlass { role, reason } => {
            StoredMeans::BreakGlass { role: role.word().to_owned(), reason: reason.clone() }
        }
        Means::Commit { id, signed } => StoredMeans::Commit { id: id.clone(), signed: *signed },
    };
    to_json(&StoredApproval {
        version: 1,
        incident: incident.as_str().to_owned(),
        digest: digest.clone(),
        person: person.clone(),
        at: moment_text(*at),
        means,
    })
}

/// The approval that the ledger's text states.
pub(in crate::ledger) fn read_approval(text: &str) -> Result<Approval, Unreadable> {
    let stored: StoredApproval = from_json(text, "approval")?;
    if stored.version != 1 {
        return Err(unreadable("approval"));
    }
    let means = match stored.means {
        StoredMeans::Command => Means::Command,
        StoredMeans::BreakGlass { role, reason } => {
            Means::BreakGlass { role: Role::from_word(&role).ok_or_else(|| unreadable("role"))?, reason }
        }
        StoredMeans::Commit { id, signed } => Means::Commit { id, signed },
    };
    Ok(Approval {
        incident: incident(&stored.incident)?,
        digest: stored.digest,
        person: stored.person,
        at: moment(&stored.at)?,
        means,
    })
}
