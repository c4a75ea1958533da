//! Shows, before `allclear notify` asks: each change with its recipients and text, what is not announced and why, and what
//! earlier runs queued.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::model::change::{Change, ChangeKind};
use crate::model::edit::{Part, Reason, TextEdit, Unannounced, Verdict};
use crate::model::incident::IncidentId;
use crate::model::message::Message;
use crate::model::notice::Notices;

use super::cost::Costs;
use super::queue::Queued;
use crate::cli::arguments::Format;
use crate::cli::describe;
use crate::cli::print::{self, FAINT, STRONG, WARN, count, styled};
use crate::cli::unannounced;
use crate::flow::corrected::corrects;
use crate::flow::notify::{PendingAnnouncement, reach};
use crate::workspace::root::{LoadedSite, Root};

/// Shows all of it. `has_errors` says whether a file cannot be used, so that what it holds is announced later.
pub(super) fn show(
    (root, opened): (&Root, &LoadedSite),
    prepared: &PendingAnnouncement,
    (queued, costs): (&Queued, &Costs),
    has_errors: bool,
) {
    if root.format == Format::Json {
        print::exact(&as_json(opened, prepared, (queued, costs)));
        return;
    }
    let changes = &prepared.difference.changes;
    let is_held = |unannounced: &Unannounced| unannounced.reason == Reason::Faulty;
    if changes.is_empty() && prepared.unannounced.iter().all(is_held) && prepared.gone.is_empty() {
        let held = if has_errors { ", apart from those held back by files with errors" } else { "" };
        let words = if queued.is_empty() { "" } else { "; still in the queue:" };
        print::say(&format!("no new changes to announce{held}{words}"));
    }
    for change in changes {
        let id = styled(STRONG, change.incident.as_str());
        print::say(&format!("{id}  {}", describe::all(&change.what)));
        print::say(&format!("  {}", reach(change, prepared)));
        for line in costs.lines(&change.id) {
            print::say(&format!("  {line}"));
        }
        if let Some(number) = prepared.unaware.get(&change.origin) {
            let people = count(*number, "subscriber or destination has", "subscribers or destinations have");
            print::say(&format!(
                "  {people} queued messages of it, which are sent with the text as it is now"
            ));
        } else if prepared.notices.notices.iter().all(|notice| notice.change != change.id) {
            print::say(&styled(WARN, &format!("  {}", why_no_one(change, prepared))));
        }
        if let Some(announced) = prepared.may_be(&change.incident) {
            print::say(&styled(WARN, &format!("  {}", unannounced::may_be(&change.incident, announced))));
        }
        for (beginning, message) in wordings(change, &prepared.notices) {
            print::say(&styled(FAINT, &format!("  │ {beginning}")));
            if print::is_verbose() {
                whole(message).lines().for_each(|line| print::say(&styled(FAINT, &format!("  │   {line}"))));
            }
        }
        for line in unannounced::edits(&prepared.edits, &change.incident) {
            print::say(&format!("  {line}"));
        }
    }
    for unannounced in &prepared.unannounced {
        let id = styled(STRONG, unannounced.incident.as_str());
        print::say(&format!("{id}  not announced: {}", unannounced::reason(&unannounced.reason)));
        if changes.iter().any(|change| change.incident == unannounced.incident) {
            continue;
        }
        for line in unannounced::edits(&prepared.edits, &unannounced.incident) {
            print::say(&styled(FAINT, &format!("  {line}")));
        }
        if corrects(&prepared.corrected, &prepared.difference.announced, &unannounced.incident) {
            print::say("  its queued messages are sent with the text as it is now");
        }
    }
    for line in queued.lines(prepared) {
        print::say(&line);
    }
}

/// Why a change has no recipient, and what a run does with it.
fn why_no_one(change: &Change, prepared: &PendingAnnouncement) -> String {
    let followers = prepared.followers.get(&change.id).copied().unwrap_or_default();
    if change.what.contains(&ChangeKind::Withdrawn) {
        return "no subscriber was notified of this incident, so none needs the correction; a run marks it as announced"
            .to_owned();
    }
    if followers == 0 {
        return "no subscriber follows this, and `notify` would still mark it as announced; first run `allclear \
                subscribers add`"
            .to_owned();
    }
    let followers = count(followers, "subscriber follows", "subscribers follow");
    if change.what.iter().all(|what| matches!(what, ChangeKind::Corrected { .. })) {
        return format!(
            "{followers} this, but none reads the language of the corrected text; a run marks it as announced"
        );
    }
    format!(
        "{followers} this, but site/plan.toml has no channel for their addresses, and `notify` would still mark it as \
         announced; first add the channel to the plan"
    )
}

/// How each different message of a change begins, at most six: emails first.
fn wordings<'a>(change: &Change, notices: &'a Notices) -> Vec<(String, &'a Message)> {
    let of_change = notices.notices.iter().filter(|notice| notice.change == change.id);
    let places: BTreeSet<_> = of_change.flat_map(|notice| &notice.steps).map(|step| step.message).collect();
    let messages = places.into_iter().filter_map(|place| notices.messages.get(place));
    let in_order = |message: &'a Message| ((!matches!(message, Message::Mail(_)), begins(message)), message);
    let beginnings: BTreeMap<(bool, String), &Message> = messages.map(in_order).collect();
    beginnings.into_iter().map(|((_, beginning), message)| (beginning, message)).take(6).collect()
}

/// The text of a message, if its beginning does not show all of it.
fn whole(message: &Message) -> &str {
    match message {
        Message::Mail(mail) => &mail.text,
        Message::Text(_) | Message::Card(_) | Message::Event(_) => "",
    }
}

fn begins(message: &Message) -> String {
    match message {
        Message::Mail(mail) => {
            // The first line is the title, which the subject repeats.
            let headline =
                mail.text.lines().filter(|line| !line.trim().is_empty()).nth(1).unwrap_or_default();
            format!("email  {} · {headline}", mail.subject)
        }
        Message::Text(text) => format!("SMS  {}", text.body.replace('\n', " ")),
        Message::Card(card) => format!("card  {} · {}", card.title, card.headline),
        Message::Event(event) => format!("event  {}", event.summary),
    }
}

/// What is announced, and what is not: an entry with a reason and no `what` is announced to nobody.
fn as_json(
    opened: &LoadedSite,
    prepared: &PendingAnnouncement,
    (queued, costs): (&Queued, &Costs),
) -> String {
    let PendingAnnouncement { difference, notices, edits, unannounced, .. } = prepared;
    let of_change =
        |change: &Change| notices.notices.iter().filter(|notice| notice.change == change.id).count();
    let told = difference.changes.iter().map(|change| {
        json!({
            "change": change.id.as_str(),
            "incident": change.incident.as_str(),
            "title": opened.site.incident(&change.incident).map(|incident| incident.title.default.as_str()),
            "what": change.what.iter().map(|what| what.word()).collect::<Vec<_>>(),
            "notices": of_change(change),
            "sms": costs.json(&change.id),
            "asks": asks(change, edits),
            "may_be": prepared.may_be(&change.incident).map(IncidentId::as_str),
            "edits": unannounced::edits_json(edits, &change.incident),
        })
    });
    let unannounced = unannounced.iter().map(|unannounced| {
        json!({
            "incident": unannounced.incident.as_str(),
            "what": [],
            "notices": 0,
            "not_told": unannounced.reason.word(),
            "reason": unannounced::reason(&unannounced.reason),
            "edits": unannounced::edits_json(edits, &unannounced.incident),
        })
    });
    format!("{:#}", serde_json::Value::Array(told.chain(unannounced).chain(queued.json()).collect()))
}

/// Whether all there is to tell are edits that are neither harmless nor sure to be a correction.
fn asks(change: &Change, edits: &[TextEdit]) -> bool {
    let of_change =
        |edit: &&TextEdit| edit.incident == change.incident && edit.edit.verdict != Verdict::Silent;
    let is_edit = |what: &ChangeKind| match what {
        ChangeKind::Corrected { .. } => true,
        ChangeKind::UpdatePosted { at } => {
            edits.iter().filter(of_change).any(|edit| edit.part == Part::Update { at: *at })
        }
        _ => false,
    };
    change.what.iter().all(is_edit)
        && edits.iter().filter(of_change).all(|edit| edit.edit.verdict == Verdict::Ask)
}
