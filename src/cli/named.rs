//! An incident as people name it on the command line: by its ID, or by any path to its file.
//!
//! Promises: the error for an unknown name suggests the nearest ID. Never reads the disk.

use std::path::{Component, Path, PathBuf};

use crate::cli::exit::Failure;
use crate::model::incident::{Incident, IncidentId};
use crate::model::localized::Language;
use crate::model::site::Site;

/// How alike an ID must be to be suggested, from 0 to 1.
const ALIKE: f64 = 0.75;

/// The incident of that name. `within` is the way from the site's root to the working folder.
pub(crate) fn incident<'a>(site: &'a Site, within: &Path, typed: &str) -> Result<&'a Incident, Failure> {
    let incidents = || site.incidents.iter().map(AsRef::as_ref);
    let by_id = |id: &str| incidents().find(|incident: &&Incident| incident.id.as_str() == id);
    let by_file = || incidents().find(|incident| is_file_of(incident, within, typed));
    let found = by_id(typed).or_else(by_file).or_else(|| by_id(typed.strip_suffix(".md")?));
    found.ok_or_else(|| {
        let alike = |incident: &Incident| strsim::jaro_winkler(incident.id.as_str(), typed);
        let nearest = incidents().max_by(|one, other| alike(one).total_cmp(&alike(other)));
        let hint = match nearest.filter(|nearest| alike(nearest) >= ALIKE) {
            Some(nearest) => format!("; did you mean `{}`?", nearest.id),
            None => "; an ID is the file's path below incidents/ without .md".to_owned(),
        };
        Failure::Usage(format!("there is no incident `{typed}`{hint}"))
    })
}

/// The ID that a name represents, also of an incident that has no file any more.
pub(crate) fn id(within: &Path, typed: &str) -> Result<IncidentId, Failure> {
    let path = typed.strip_suffix(".md").map(|stem| plain(&within.join(stem)));
    let below = path.as_deref().and_then(|path| path.strip_prefix("incidents").ok()?.to_str());
    let id = IncidentId::new(below.unwrap_or(typed));
    id.ok_or_else(|| Failure::Usage(format!("`{typed}` is not the ID of an incident")))
}

/// Whether a path leads to the incident's file or to a translation of it.
fn is_file_of(incident: &Incident, within: &Path, typed: &str) -> bool {
    let Some(stem) = typed.strip_suffix(".md") else { return false };
    let Some(file) = incident.file.strip_suffix(".md").map(Path::new) else { return false };
    let is_it = |stem: &str| {
        let path = Path::new(stem);
        plain(&within.join(path)) == file || path == file || path.is_absolute() && path.ends_with(file)
    };
    let main = stem.rsplit_once('.').filter(|(_, language)| Language::new(language).is_some());
    is_it(stem) || main.is_some_and(|(main, _)| is_it(main))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::localized::Localized;
    use crate::model::looks::Branding;
    use crate::model::page::Page;
    use crate::model::sample;

    #[test]
    fn an_incident_answers_to_its_id_and_to_every_path_of_its_files() {
        let started = "2026-11-20T10:00:00Z".parse().unwrap();
        let page = Page {
            name: Localized::plain("Example"),
            description: None,
            url: "https://status.example.org".into(),
            languages: vec![Language::new("en").unwrap()],
            time_zone: "UTC".into(),
            support_url: None,
            subscribe_url: None,
            desk: None,
            looks: Branding::default(),
            theme: "default".into(),
            groups: Vec::new(),
            history_days: 90,
            links: Default::default(),
            audiences: Vec::new(),
            read_by: None,
        };
        let site = Site::of(page, [sample::incident("2026/cards", started)]);
        for (within, typed) in [
            ("", "2026/cards"),
            ("incidents", "2026/cards"),
            ("", "incidents/2026/cards.md"),
            ("", "./incidents/2026/cards.md"),
            ("", "incidents/2026/cards.es.md"),
            ("incidents/2026", "cards.md"),
            ("incidents/2026", "cards.pt-BR.md"),
            ("incidents/2026", "../2026/cards.md"),
            ("incidents/2026", "incidents/2026/cards.md"),
            ("", "/srv/status/incidents/2026/cards.md"),
            ("", "2026/cards.md"),
        ] {
            let found = incident(&site, Path::new(within), typed).unwrap();
            assert_eq!(found.id.as_str(), "2026/cards", "{within} {typed}");
        }
        let fault = |typed| match incident(&site, Path::new(""), typed).unwrap_err() {
            Failure::Usage(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(fault("2026/crads"), "there is no incident `2026/crads`; did you mean `2026/cards`?");
        assert!(
            fault("incidents/x.md").ends_with("below incidents/ without .md"),
            "{}",
            fault("incidents/x.md")
        );
    }

    #[test]
    fn an_id_needs_no_file() {
        for typed in ["2026/gone", "incidents/2026/gone.md", "./incidents/2026/gone.md"] {
            assert_eq!(id(Path::new(""), typed).unwrap().as_str(), "2026/gone");
        }
        assert!(id(Path::new(""), "../x").is_err());
    }
}
