//! The status page itself: its name, its languages, its features.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Moment;
use super::audience::{AudienceName, NamedAudience};
use super::feature::{Feature, FeatureId, Group, Life, Status};
use super::localized::{Language, Localized};
use super::looks::Branding;

/// What the operator says about the page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// Whose page it is.
    pub name: Localized,
    /// One sentence under the name.
    pub description: Option<Localized>,
    /// Its public address: absolute, `https://…`, without a trailing slash.
    pub url: String,
    /// The languages it is built in; the first is the default and has no prefix in URLs. Never empty.
    pub languages: Vec<Language>,
    /// The IANA time zone in which times are written where no script runs: `Europe/Madrid`.
    pub time_zone: String,
    /// Where subscribers get help that this page cannot give.
    pub support_url: Option<String>,
    /// Where people sign up for mail and text messages: a form of the operator's, or an address to write to.
    pub subscribe_url: Option<String>,
    /// Where the desk is, if the plan names one: absolute, without a trailing slash.
    pub desk: Option<String>,
    /// The folder below `themes/` whose files replace the built-in theme's.
    pub theme: String,
    /// Colors, header and logo, over those of the theme.
    pub looks: Branding,
    /// The features in groups, in the order of the file.
    pub groups: Vec<Group>,
    /// How many days the index shows as bars.
    pub history_days: u16,
    /// How pages are named in links that leave the page.
    pub links: Links,
    /// The audiences that read more than everyone does, by name.
    pub audiences: Vec<NamedAudience>,
    /// The audience whose page this is, if it is not everyone's.
    pub read_by: Option<AudienceName>,
}

/// How a page of the tree is named in a link from outside: in messages, feeds, canonical addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Links {
    /// By its folder: `…/incidents/cards/`. Its host finds the `index.html` in it.
    #[default]
    Folders,
    /// By its file: `…/incidents/cards/index.html`, for hosts that only know files.
    Files,
}

impl Links {
    /// Both shapes of links.
    pub const ALL: [Self; 2] = [Self::Folders, Self::Files];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Folders => "folders",
            Self::Files => "files",
        }
    }

    /// The one a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|links| links.word() == word)
    }

    /// What readers are sent to for a path in the tree: a file, or a folder with a slash at its end.
    pub fn named(self, path: &str) -> String {
        let folder =
            path.strip_suffix("index.html").filter(|folder| folder.is_empty() || folder.ends_with('/'));
        let folder = folder.or((path.is_empty() || path.ends_with('/')).then_some(path));
        match (self, folder) {
            (Self::Folders, Some(folder)) => folder.to_owned(),
            (Self::Files, Some(folder)) => format!("{folder}index.html"),
            (_, None) => path.to_owned(),
        }
    }
}

impl Page {
    /// The address by which readers are sent to a path in the tree: a file, or a folder with a slash at its end.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{}", self.url, self.links.named(path))
    }

    /// The same page at the address of one of its audiences.
    pub fn of_audience(mut self, audience: &NamedAudience) -> Self {
        self.url.clone_from(&audience.url);
        self.read_by = Some(audience.name);
        self
    }

    /// What the audience is called whose page this is, if it is not everyone's.
    pub fn read_by_title(&self, language: &Language) -> Option<&str> {
        let audience = self.read_by.and_then(|name| self.audience(name))?;
        Some(audience.title.in_language(language))
    }

    /// The audience of that name.
    pub fn audience(&self, name: AudienceName) -> Option<&NamedAudience> {
        self.audiences.iter().find(|audience| audience.name == name)
    }

    /// The default language.
    pub fn first_language(&self) -> &Language {
        &self.languages[0]
    }

    /// Every feature, in the order of the page.
    pub fn features(&self) -> impl Iterator<Item = &Feature> {
        self.groups.iter().flat_map(|group| &group.features)
    }

    /// The feature that has that id, or had it.
    pub fn feature(&self, id: &FeatureId) -> Option<&Feature> {
        let by_id = self.features().find(|feature| feature.id == *id);
        by_id.or_else(|| self.features().find(|feature| feature.was.contains(id)))
    }

    /// The id that a feature has now; the same one if it never changed.
    pub fn current_id<'a>(&'a self, id: &'a FeatureId) -> &'a FeatureId {
        self.feature(id).map_or(id, |feature| &feature.id)
    }

    /// From when to when each feature exists that has limits.
    pub fn lives(&self) -> BTreeMap<&FeatureId, Life> {
        let limited = self.features().filter(|feature| !feature.life.is_unlimited());
        limited.map(|feature| (&feature.id, feature.life)).collect()
    }

    /// Whether a feature had another id.
    pub fn has_renamed(&self) -> bool {
        self.features().any(|feature| !feature.was.is_empty())
    }

    /// The groups of which a feature exists at a moment.
    pub fn groups_at(&self, at: Moment) -> impl Iterator<Item = &Group> {
        self.groups
            .iter()
            .filter(move |group| group.features.is_empty() || group.features_at(at).next().is_some())
    }

    /// `None` also for the id of a feature.
    pub fn group(&self, id: &FeatureId) -> Option<&Group> {
        self.groups.iter().find(|group| group.id.as_ref() == Some(id))
    }

    /// These features, the ids they had, and the ids of their groups: whatever someone may follow to hear of one of them.
    pub fn with_groups(&self, features: &BTreeSet<FeatureId>) -> BTreeSet<FeatureId> {
        let holds = |group: &&Group| group.features.iter().any(|feature| features.contains(&feature.id));
        let groups = self.groups.iter().filter(holds).filter_map(|group| group.id.clone());
        let former =
            features.iter().filter_map(|id| self.feature(id)).flat_map(|feature| feature.was.clone());
        features.iter().cloned().chain(former).chain(groups).collect()
    }

    /// Statuses by feature as it is called now, where the id of a group stood for all of its features. What is said of a feature itself
    /// goes before what is said of its group.
    pub fn by_feature(&self, statuses: &BTreeMap<FeatureId, Status>) -> BTreeMap<FeatureId, Status> {
        let (groups, features): (Vec<_>, Vec<_>) =
            statuses.iter().partition(|(id, _)| self.group(id).is_some());
        let mut by_feature: BTreeMap<FeatureId, Status> = BTreeMap::new();
        for (id, status) in features {
            let worst = by_feature.entry(self.current_id(id).clone()).or_insert(*status);
            *worst = (*worst).max(*status);
        }
        for (id, status) in groups {
            for feature in self.group(id).into_iter().flat_map(|group| &group.features) {
                by_feature.entry(feature.id.clone()).or_insert(*status);
            }
        }
        by_feature
    }

    /// The feature's name for readers of `language`, with its group's in brackets where another feature has the same
    /// name; its id where the page no longer has it.
    pub fn feature_name<'a>(&'a self, id: &'a FeatureId, language: &Language) -> Cow<'a, str> {
        let in_groups = || {
            self.groups.iter().flat_map(|group| group.features.iter().map(move |feature| (group, feature)))
        };
        let id = self.current_id(id);
        let Some((group, feature)) = in_groups().find(|(_, feature)| feature.id == *id) else {
            return id.as_str().into();
        };
        let name = feature.name.in_language(language);
        let is_shared =
            in_groups().any(|(_, other)| other.id != *id && other.name.in_language(language) == name);
        if is_shared { format!("{name} ({})", group.name.in_language(language)).into() } else { name.into() }
    }

    /// The host's name in the page's address, without port: what a Message-ID can hold.
    pub fn host(&self) -> &str {
        let after_scheme = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or(after_scheme);
        authority.split(':').next().unwrap_or(authority)
    }
}

#[cfg(test)]
mod tests {
    use super::Links;

    #[test]
    fn a_page_is_named_by_its_folder_or_by_its_file() {
        for (path, folders, files) in [
            ("", "", "index.html"),
            ("es/", "es/", "es/index.html"),
            ("incidents/a/index.html", "incidents/a/", "incidents/a/index.html"),
            ("history.atom", "history.atom", "history.atom"),
            ("notindex.html", "notindex.html", "notindex.html"),
        ] {
            assert_eq!(
                (Links::Folders.named(path), Links::Files.named(path)),
                (folders.into(), files.into())
            );
        }
    }
}
