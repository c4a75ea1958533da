//! The path of each page, and the links from one page to another.

use crate::model::feature::FeatureId;
use crate::model::incident::IncidentId;

/// The folder of an incident's page within its language's folder, with a slash at its end.
pub(super) fn incident_folder(id: &IncidentId) -> String {
    format!("incidents/{id}/")
}

/// The folder of a feature's page and files within a language's folder, with a slash at its end.
pub(super) fn feature_folder(id: &FeatureId) -> String {
    format!("features/{id}/")
}

/// The way from a page in `folder` (with a slash at its end, or empty) up to the tree's root.
pub(super) fn way_up(folder: &str) -> String {
    "../".repeat(folder.matches('/').count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_up_is_as_long_as_the_way_down() {
        assert_eq!(way_up(""), "");
        assert_eq!(way_up("es/incidents/2026/cards/"), "../../../../");
    }
}
