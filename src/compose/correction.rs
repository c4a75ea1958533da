//! The recipients of a correction: subscribers who were sent the text that changed.

use crate::model::change::{Change, ChangeKind};
use crate::model::edit::Part;
use crate::model::incident::Incident;
use crate::model::localized::{Language, Localized};

/// Whether readers of `language` hear of a change: not where all of it are corrections of texts that they read in another
/// language.
pub(super) fn concerns(change: &Change, incident: &Incident, language: &Language, first: &Language) -> bool {
    change.what.iter().any(|what| match what {
        ChangeKind::Corrected { language: Some(corrected), .. } => corrected == language,
        ChangeKind::Corrected { part, language: None } => {
            // A text that is gone was read by everyone.
            text(*part, incident)
                .is_none_or(|text| language == first || !text.translations.contains_key(language))
        }
        _ => true,
    })
}

fn text(part: Part, incident: &Incident) -> Option<&Localized> {
    match part {
        Part::Title => Some(&incident.title),
        Part::Impact => incident.impact.as_ref(),
        Part::Workaround => incident.workaround.as_ref(),
        Part::Update { at } => {
            incident.updates.iter().find(|update| update.at == at).map(|update| &update.body)
        }
    }
}
