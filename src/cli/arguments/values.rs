//! Reads the values of options, with an error for each that cannot be read.

use crate::model::approval::Role;
use crate::model::audience::{Audience, AudienceName};
use crate::model::channel::Channel;
use crate::model::localized::Language;
use crate::model::moment::read_duration;
use crate::model::phase::{IncidentKind, Phase, Severity};

pub(super) fn span(text: &str) -> Result<std::time::Duration, String> {
    let duration =
        read_duration(text).map_err(|fault| format!("{}; {}", fault.sentence(text), fault.hint()))?;
    if duration.is_zero() {
        return Err(format!("`{text}` is zero; write a duration such as `30s`"));
    }
    Ok(duration)
}

pub(super) fn audience(text: &str) -> Result<Audience, String> {
    Audience::from_word(text).ok_or_else(|| format!("`public`, `internal`, or {}", AudienceName::SHAPE))
}

pub(super) fn kind(text: &str) -> Result<IncidentKind, String> {
    IncidentKind::from_word(text).ok_or_else(|| "either incident or maintenance".to_owned())
}

pub(super) fn phase(text: &str) -> Result<Phase, String> {
    match Phase::from_word(text) {
        Some(Phase::Withdrawn) => {
            Err("run `allclear withdraw ID`: it also removes the queued messages of the incident".to_owned())
        }
        Some(phase) => Ok(phase),
        None => Err(format!(
            "of an incident one of {}; of maintenance one of {}",
            phases_of(IncidentKind::Incident),
            phases_of(IncidentKind::Maintenance)
        )),
    }
}

/// The phases that an update of this kind can have. `withdrawn` has a command of its own.
fn phases_of(kind: IncidentKind) -> String {
    let phases = Phase::ALL.into_iter().filter(|phase| phase.kind() == kind && *phase != Phase::Withdrawn);
    phases.map(Phase::word).collect::<Vec<_>>().join(", ")
}

pub(super) fn severity(text: &str) -> Result<Severity, String> {
    Severity::from_word(text).ok_or_else(|| format!("one of {}", words(Severity::ALL.map(Severity::word))))
}

pub(super) fn role(text: &str) -> Result<Role, String> {
    Role::from_word(text).ok_or_else(|| format!("one of {}", words(Role::ALL.map(Role::word))))
}

pub(super) fn channel(text: &str) -> Result<Channel, String> {
    Channel::from_word(text).ok_or_else(|| format!("one of {}", words(Channel::ALL.map(Channel::word))))
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    Language::new(text).ok_or_else(|| "not a language tag, such as en or pt-BR".to_owned())
}

fn words<const N: usize>(words: [&str; N]) -> String {
    words.join(", ")
}
