//! What happened to a build at a target: a sentence for people, an object for scripts.
//!
//! Promises: every failure names the target, what went wrong and what to do. Never shows a secret, and never decides
//! what is done.

use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, WARN, count, styled};
use crate::config::target::Target;
use crate::publish::branch::BranchError;
use crate::publish::handover::HandoverError;
use crate::publish::newer::Refusal;
use crate::publish::releases::ReleaseError;
use crate::publish::send::{SendError, Sent, Survey};
use crate::publish::store::{Conditions, Fault};

use crate::flow::publish::place::JourneyError;

/// What a result means for the exit code.
pub(super) fn exit_of<T>(result: &Result<T, JourneyError>) -> Exit {
    match result {
        Ok(_) => Exit::Done,
        Err(error) if refusal(error).is_some() => Exit::Refused,
        Err(_) => Exit::WorldFailed,
    }
}

/// Says it to people.
pub(super) fn result(target: &Target, result: &Result<Sent, JourneyError>) {
    match result {
        Ok(sent) => {
            let word = if sent.written + sent.deleted == 0 { "already up to date:" } else { "published:" };
            print::say(&format!("{} {}", styled(GOOD, word), sentence(target, sent)));
            notes(sent);
        }
        Err(error) => failure(target, error),
    }
}

/// Says to people what would be done.
pub(super) fn survey(target: &Target, result: &Result<Survey, JourneyError>) {
    match result {
        Ok(survey) => {
            for (verb, paths) in [("write", &survey.write), ("delete", &survey.delete)] {
                paths.iter().for_each(|path| print::data(&format!("{}: {verb} {path}", target.name)));
            }
            print::say(&format!(
                "{} `{}`: {} to write, {} to delete; dry run, nothing was changed",
                styled(STRONG, "would publish:"),
                target.name,
                count(survey.write.len(), "file", "files"),
                survey.delete.len()
            ));
        }
        Err(error) => failure(target, error),
    }
}

/// Says to scripts what would be done.
pub(super) fn survey_as_json(target: &Target, result: &Result<Survey, JourneyError>) -> Value {
    match result {
        Ok(survey) => json!({ "target": target.name, "write": survey.write, "delete": survey.delete }),
        Err(error) => failure_as_json(target, error),
    }
}

fn failure(target: &Target, error: &JourneyError) {
    let (style, word) = match refusal(error) {
        Some(_) => (WARN, "refused:"),
        None => (BAD, "error:"),
    };
    print::say(&format!("{} target `{}`: {error}", styled(style, word), target.name));
    print::say(&format!("{} {}", styled(STRONG, "  help:"), hint(error)));
}

fn failure_as_json(target: &Target, error: &JourneyError) -> Value {
    json!({
        "target": target.name,
        "url": target.url,
        "error": error.to_string(),
        "refused": refusal(error).is_some(),
        "hint": hint(error),
    })
}

/// Says it to scripts.
pub(super) fn as_json(target: &Target, result: &Result<Sent, JourneyError>) -> Value {
    match result {
        Ok(sent) => json!({
            "target": target.name,
            "url": target.url,
            "build": sent.build.as_str(),
            "before": sent.before.as_ref().map(ToString::to_string),
            "written": sent.written,
            "kept": sent.kept,
            "deleted": sent.deleted,
            "waiting": sent.waiting,
            "over_limit": sent.over_limit,
            "changed": sent.changed,
        }),
        Err(error) => failure_as_json(target, error),
    }
}

fn sentence(target: &Target, sent: &Sent) -> String {
    let mut parts = vec![format!("{} written", sent.written), format!("{} unchanged", sent.kept)];
    if sent.deleted > 0 {
        parts.push(format!("{} obsolete deleted", sent.deleted));
    }
    format!(
        "build {} at `{}` ({}): {} {}",
        sent.build.short(),
        target.name,
        target.place.kind(),
        parts.join(", "),
        styled(FAINT, &target.url)
    )
}

fn notes(sent: &Sent) {
    if sent.over_limit > 0 {
        let files = count(sent.over_limit, "file is", "files are");
        print::say(&format!(
            "{} {files} obsolete, more than expected, so none was deleted; check that the build is complete, \
             then delete them with `--remove-many`",
            styled(WARN, "  note:")
        ));
    }
    if sent.conditions == Some(Conditions::Ignored) {
        print::say(&format!(
            "{} this target does not support conditional writes, so two publishers at once could corrupt the \
             page: publish from one place only",
            styled(WARN, "  note:")
        ));
    }
}

fn refusal(error: &JourneyError) -> Option<&Refusal> {
    match error {
        JourneyError::Send(SendError::Refused(refusal))
        | JourneyError::Release(ReleaseError::Refused(refusal))
        | JourneyError::Branch(BranchError::Refused(refusal))
        | JourneyError::Handover(HandoverError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

fn hint(error: &JourneyError) -> &'static str {
    if let Some(refusal) = refusal(error) {
        return refusal.hint();
    }
    match error {
        JourneyError::Send(SendError::Store(error)) | JourneyError::Release(ReleaseError::Store(error)) => {
            error.kind.hint()
        }
        JourneyError::Send(SendError::Busy) => {
            "wait for the other publisher to finish, or stop it, then publish again"
        }
        JourneyError::Send(SendError::Record(_) | SendError::Pointer(_))
        | JourneyError::Release(ReleaseError::Pointer(_)) => {
            "another program, or a newer allclear, writes to this place: choose another folder or `prefix`, or \
             upgrade"
        }
        JourneyError::Branch(_) => "check that git can push to that remote from here, then publish again",
        JourneyError::Handover(_) => {
            "see the program's own output; the same changes are passed to it again next time"
        }
        JourneyError::Open(_) => "look at the target in site/page.toml",
        _ => Fault::Other.hint(),
    }
}
