//! Reports what happened to a build at a target: a sentence for people, an object for scripts.
//!
//! Promises: every failure names the target, what went wrong and what to do. Never shows a secret, and decides nothing.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::cli::duration::say_span;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::{self, BAD, FAINT, GOOD, STRONG, WARN, count, styled};
use crate::config::target::Target;
use crate::publish::branch::BranchError;
use crate::publish::command_target::HandoverError;
use crate::publish::newer::NotNewer;
use crate::publish::releases::ReleaseError;
use crate::publish::send::{SendError, Sent, UploadPreview};
use crate::publish::store::{ConditionalWrites, StoreFault};
use crate::publish::verify::Mismatch;
use crate::purge::Purged;

use crate::flow::publish::place::JourneyError;

const MISSES_NAMED: usize = 3;

/// What a result means for the exit code.
pub(super) fn exit_of<T>(result: &Result<T, JourneyError>) -> Exit {
    match result {
        Ok(_) => Exit::Done,
        Err(error) if refusal(error).is_some() => Exit::Refused,
        Err(_) => Exit::OperationFailed,
    }
}

/// Prints the result for people.
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
pub(super) fn survey(target: &Target, result: &Result<UploadPreview, JourneyError>) {
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
pub(super) fn survey_as_json(target: &Target, result: &Result<UploadPreview, JourneyError>) -> Value {
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

/// Says to people what the cache in front of a target did.
pub(super) fn purged(target: &Target, purged: &Result<Option<Purged>, Failure>) {
    let Some(cdn) = &target.cdn else { return };
    let name = cdn.kind.title;
    let told = match purged {
        Ok(None) => return,
        Ok(Some(Purged::Urls(number))) => {
            format!("{name} purges {}", count(*number, "address", "addresses"))
        }
        Ok(Some(Purged::Everything)) => format!("{name} purged everything"),
        Err(failure) => {
            print::say(&format!("{} target `{}`: {}", styled(BAD, "error:"), target.name, words(failure)));
            let hint = "readers may see the old page until the CDN's copies expire; once the CDN answers again, run \
                        `allclear publish --purge-all`";
            print::say(&format!("{} {hint}", styled(STRONG, "  help:")));
            return;
        }
    };
    print::say(&format!("{} `{}`: {told}", styled(GOOD, "purged:"), target.name));
}

/// The same to scripts.
pub(super) fn purged_as_json(purged: &Result<Option<Purged>, Failure>) -> Option<Value> {
    match purged {
        Ok(None) => None,
        Ok(Some(Purged::Urls(number))) => Some(json!({ "urls": number })),
        Ok(Some(Purged::Everything)) => Some(json!("everything")),
        Err(failure) => Some(json!({ "error": words(failure) })),
    }
}

/// Says to people what is waited for.
pub(super) fn waiting(target: &Target, wait: Duration) {
    let wait = say_span(TimeDelta::from_std(wait).unwrap_or_default());
    print::say(&format!(
        "{} readers of {} do not get the new build yet; checking for {wait} at most (`--no-verify` skips this)",
        styled(FAINT, "waiting:"),
        target.url
    ));
}

/// Says to people what readers get.
pub(super) fn looked(target: &Target, looked: &Result<Vec<Mismatch>, Failure>, is_elsewhere: bool) {
    let style = if is_elsewhere { WARN } else { BAD };
    match looked {
        Ok(misses) if misses.is_empty() => {
            print::say(&format!("{} readers of {} get the new build", styled(GOOD, "verified:"), target.url));
        }
        Ok(misses) => print::warn(&format!(
            "{} readers of {} still do not get the new build: {}",
            styled(style, "not verified:"),
            target.url,
            missed(misses)
        )),
        Err(failure) => {
            print::warn(&format!("{} {}: {}", styled(style, "not verified:"), target.url, words(failure)));
        }
    }
}

/// Says which targets do not have the page as they should, if it is enough that another has.
pub(super) fn behind<'a>(names: impl Iterator<Item = &'a str>) {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if !names.is_empty() {
        print::say(&format!(
            "{} readers get the new build at another target, which is enough to notify people; {} {} not up to \
             date, and `allclear publish --every-target` exits with 1 until that is fixed",
            styled(WARN, "note:"),
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" }
        ));
    }
}

/// What is there instead of what was sent, in one line.
pub(super) fn missed(misses: &[Mismatch]) -> String {
    let named = misses.iter().take(MISSES_NAMED).map(|miss| format!("/{} {}", miss.path, miss.found));
    let mut named: Vec<String> = named.collect();
    if let Some(more) = misses.len().checked_sub(MISSES_NAMED).filter(|more| *more > 0) {
        named.push(format!("and {more} more"));
    }
    named.join("; ")
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::World(error) => format!("{error:#}"),
        other => format!("{other:?}"),
    }
}

/// Prints the result for scripts.
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

/// What was written where.
pub(super) fn sentence(target: &Target, sent: &Sent) -> String {
    let mut parts = vec![format!("{} written", sent.written), format!("{} unchanged", sent.kept)];
    if sent.deleted > 0 {
        parts.push(format!("{} obsolete deleted", sent.deleted));
    }
    format!(
        "build {} at `{}` ({}): {}; {}",
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
    if sent.conditions == Some(ConditionalWrites::Ignored) {
        print::say(&format!(
            "{} this target does not support conditional writes, so two publishers at once could corrupt the \
             page: publish from one place only",
            styled(WARN, "  note:")
        ));
    }
}

pub(super) fn refusal(error: &JourneyError) -> Option<&NotNewer> {
    match error {
        JourneyError::Send(SendError::Refused(refusal))
        | JourneyError::Release(ReleaseError::Refused(refusal))
        | JourneyError::Branch(BranchError::Refused(refusal))
        | JourneyError::Handover(HandoverError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

pub(super) fn hint(error: &JourneyError) -> &'static str {
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
        JourneyError::Stopped => "run it again; files that were already uploaded are skipped",
        JourneyError::Open(_) => "check the target in site/page.toml",
        _ => StoreFault::Other.hint(),
    }
}
