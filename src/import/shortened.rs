//! An open incident without its text, for a file that cannot be carried over.
//!
//! Promises: title, start, features, severity, planned times and the last phase stay, and a sentence names the file with
//! the rest; no text makes it larger than a file may be, and it never looks better than its source. Never invents an
//! update.

use crate::model::incident::{Incident, Update};
use crate::model::localized::Localized;

/// The longest title that is kept, in characters.
const TITLE_CHARACTERS_MAX: usize = 120;

/// The incident with one sentence in place of its text. `source` is its file in the site that is imported.
pub fn shortened(incident: &Incident, source: &str) -> Incident {
    let text = Localized::plain(format!(
        "The text of this incident could not be carried over from the previous status page. It is in the file `{}` there.",
        source.replace('`', "'")
    ));
    let newest = incident.updates.last().map(|update| Update {
        phase: incident.updates.iter().rev().find_map(|update| update.phase),
        body: text.clone(),
        ..update.clone()
    });
    let title = incident.title.default.chars().take(TITLE_CHARACTERS_MAX).collect::<String>();
    Incident {
        title: Localized::plain(title.trim_end()),
        impact: newest.is_none().then_some(text),
        workaround: None,
        updates: newest.into_iter().collect(),
        ..incident.clone()
    }
}
