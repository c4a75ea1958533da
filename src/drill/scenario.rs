//! What happens in a drill, as a file: the built-in five, and the operator's own in `site/drills/`.
//!
//! Promises: the title of its incident begins with the mark of an exercise, whatever the file has. An unknown name or word is
//! refused with those that exist, so that no part of a scenario is left out in silence. Only reads.

use anyhow::Context as _;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::cli::exit::Failure;
use crate::drill::toml_file;
use crate::files::Folder;
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::phase::{IncidentKind, Severity};
use crate::workspace::root::Root;

/// How every text of a drill begins that a person could read.
pub(super) const MARK: &str = "EXERCISE:";

/// The operator's own scenarios, below the root.
const OWN: &str = "site/drills";
const BYTES_MAX: u64 = 64 * 1024;

const BUILT_IN: [(&str, &str); 5] = [
    ("data", include_str!("scenarios/data.toml")),
    ("degradation", include_str!("scenarios/degradation.toml")),
    ("disaster", include_str!("scenarios/disaster.toml")),
    ("maintenance", include_str!("scenarios/maintenance.toml")),
    ("outage", include_str!("scenarios/outage.toml")),
];

/// A scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    /// What it is, in one line.
    pub(super) about: String,
    title: String,
    #[serde(default = "incident", deserialize_with = "kind")]
    kind: IncidentKind,
    /// How bad it is.
    #[serde(deserialize_with = "severity")]
    pub(super) severity: Severity,
    impact: String,
    workaround: String,
    /// The channel that is made to fail: `mail` or `text`; none fails if it is left out.
    #[serde(default, deserialize_with = "channel")]
    pub(super) fails: Option<Channel>,
    /// What is written after the opening, in order.
    pub(super) updates: Vec<ScenarioUpdate>,
}

/// An update of the scenario's incident.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioUpdate {
    /// The phase, as `allclear update --phase` takes it.
    pub(super) phase: String,
    /// The text.
    pub(super) text: String,
}

fn incident() -> IncidentKind {
    IncidentKind::Incident
}

fn kind<'de, D: Deserializer<'de>>(input: D) -> Result<IncidentKind, D::Error> {
    let word = String::deserialize(input)?;
    IncidentKind::from_word(&word)
        .ok_or_else(|| D::Error::unknown_variant(&word, &["incident", "maintenance"]))
}

fn severity<'de, D: Deserializer<'de>>(input: D) -> Result<Severity, D::Error> {
    let word = String::deserialize(input)?;
    Severity::from_word(&word)
        .ok_or_else(|| D::Error::unknown_variant(&word, &["notice", "minor", "major", "critical"]))
}

fn channel<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Channel>, D::Error> {
    let word = String::deserialize(input)?;
    let failing =
        Channel::from_word(&word).filter(|channel| matches!(channel, Channel::Mail | Channel::Text));
    failing.map(Some).ok_or_else(|| D::Error::unknown_variant(&word, &["mail", "text"]))
}

impl Scenario {
    /// The scenario of that name; the operator's own comes before a built-in one.
    pub(super) fn read(root: &Root, name: &str) -> Result<Self, Failure> {
        let unknown = || {
            let known: Vec<String> = names(root).into_iter().map(|(name, _)| name).collect();
            Failure::Usage(format!("no scenario `{name}`; choose one of: {}", known.join(", ")))
        };
        let id = IncidentId::new(name).filter(|_| !name.contains('/')).ok_or_else(unknown)?;
        let path = format!("{OWN}/{id}.toml");
        let own = Folder::open(&root.path).and_then(|root| root.read(&path, BYTES_MAX));
        let text = match own.with_context(|| format!("failed to read {path}"))? {
            Some(bytes) => String::from_utf8(bytes).with_context(|| format!("failed to read {path}"))?,
            None => {
                let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
                built_in.map(|(_, text)| (*text).to_owned()).ok_or_else(unknown)?
            }
        };
        toml_file::parse(&text).map_err(|fault| Failure::Usage(format!("{path}: {fault}")))
    }

    /// Whether it is planned work.
    pub(super) fn is_planned(&self) -> bool {
        self.kind == IncidentKind::Maintenance
    }

    /// The incident's file, opened at `at`; `feature` is the one that it affects.
    pub(super) fn incident(&self, feature: &str, at: Moment) -> String {
        let moment = |at: Moment| at.format("%Y-%m-%dT%H:%M:00Z").to_string();
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let times = if self.is_planned() {
            let (starts, ends) = (at + chrono::TimeDelta::hours(2), at + chrono::TimeDelta::hours(3));
            format!("starts = {}\nends = {}\n", moment(starts), moment(ends))
        } else {
            let later = moment(at + chrono::TimeDelta::hours(4));
            format!("started = {}\neta = {later}\nnext_update = {later}\n", moment(at))
        };
        let phase = if self.is_planned() { "Scheduled" } else { "Investigating" };
        format!(
            "+++\ntitle = {}\nkind = \"{}\"\nseverity = \"{}\"\naffected = [\"{feature}\"]\n{times}impact = {}\n\
             workaround = {}\n+++\n\n## {} · {phase}\n\nThis is an exercise. {}\n",
            quoted(&format!("{MARK} {}", self.title)),
            self.kind.word(),
            self.severity.word(),
            quoted(&self.impact),
            quoted(&self.workaround),
            at.format("%Y-%m-%d %H:%M UTC"),
            self.impact,
        )
    }
}

/// The names of all scenarios, each with what it is.
pub(super) fn names(root: &Root) -> Vec<(String, String)> {
    let listed = Folder::open(&root.path).and_then(|root| root.below(OWN)).and_then(|own| own.names());
    let own = listed.unwrap_or_default().into_iter();
    let own = own.filter_map(|file| file.strip_suffix(".toml").map(str::to_owned));
    let mut names: Vec<String> = own.chain(BUILT_IN.iter().map(|(name, _)| (*name).to_owned())).collect();
    names.sort();
    names.dedup();
    let about = |name: &String| Scenario::read(root, name).map(|one| one.about).unwrap_or_default();
    names.iter().map(|name| (name.clone(), about(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(changed: (&str, &str)) -> Result<Scenario, String> {
        let outage = BUILT_IN.iter().find(|(name, _)| *name == "outage").unwrap().1;
        assert!(outage.contains(changed.0));
        toml_file::parse(&outage.replace(changed.0, changed.1))
    }

    #[test]
    fn every_built_in_scenario_is_read() {
        for (name, text) in BUILT_IN {
            let scenario: Scenario = toml_file::parse(text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            assert!(!scenario.updates.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_word_that_means_nothing_is_refused_with_those_that_do() {
        for (changed, wrong) in [
            (
                ("fails = \"mail\"", "fails = \"sms\""),
                "line 6: unknown variant `sms`, expected `mail` or `text`",
            ),
            (("fails = \"mail\"", "fails = \"webhook\""), "expected `mail` or `text`"),
            (("fails = \"mail\"", "kind = \"work\""), "line 6: unknown variant `work`, expected `incident`"),
            (("\"critical\"", "\"huge\""), "line 3: unknown variant `huge`, expected one of `notice`"),
            (("fails =", "failing ="), "line 6: unknown field `failing`"),
        ] {
            let fault = parse(changed).unwrap_err();
            assert!(fault.contains(wrong), "{fault}");
        }
        assert_eq!(parse(("fails = \"mail\"", "")).unwrap().fails, None);
    }
}
