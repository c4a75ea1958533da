//! The manage page: what a subscriber sees and changes behind the link in each of their emails.
//!
//! Promises: only the holder of the link sees or changes anything; opening the page changes nothing; the address is masked,
//! because emails are forwarded; the download holds everything that is stored about the subscriber.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use serde_json::json;

use super::answer::Answer;
use super::fields::Fields;
use super::page::{Button, Form, Sheet};
use super::visitor::Visitor;
use super::{Desk, Error, Shown, link, only};
use crate::ledger::{Preferences, SubscriberRecord};
use crate::model::feature::FeatureId;
use crate::model::pass::Purpose;
use crate::model::subscriber::{FeatureFilter, SubscriberId, SubscriberState};

/// The page behind the link.
pub(super) async fn look(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    Ok(Answer::ok(sheet(desk, visitor, pass, &record).await?))
}

/// The page of a subscriber who just confirmed.
pub(super) async fn welcome(desk: &Arc<Desk>, visitor: &Visitor, id: &SubscriberId) -> Result<Answer, Error> {
    let wanted = id.clone();
    let record = desk.ledger(move |ledger| ledger.subscriber(&wanted)).await?;
    let Some(record) = record else { return Ok(Answer::gone(desk, visitor)) };
    // Of one who was erased no address is left.
    let Some((_, address)) = record.subscriber.endpoints.first() else {
        return Ok(Answer::gone(desk, visitor));
    };
    let pass = desk.terms.key.issue_to(Purpose::Manage, id.as_str(), &address.as_compared());
    // The link of a confirmation may be opened again after its owner unsubscribed.
    if record.state() == SubscriberState::Left {
        return Ok(Answer::ok(sheet(desk, visitor, &pass, &record).await?));
    }
    let shown = desk.shown();
    let words = shown.theme.words(&visitor.language);
    let done = words.sentences(&[words.say("desk.confirmed"), words.say("desk.confirmed_text")]);
    Ok(Answer::ok(Sheet { done, ..sheet(desk, visitor, &pass, &record).await? }))
}

/// Changes features, severity, language and time zone.
pub(super) async fn save(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    pass: &str,
    body: &str,
) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let shown = desk.shown();
    let words = shown.theme.words(&visitor.language);
    let fields = Fields::read(body);
    // Who asked about one incident alone may leave it at that.
    let keeps_to_one = record.subscriber.follows.is_nothing() && fields.one("follow") == "none";
    let to = match fields.preferences(&shown.page) {
        Ok(to) if keeps_to_one => only::alone(to),
        Ok(to) => to,
        Err(wrong) => {
            let sheet =
                Sheet { problem: words.say(wrong).to_owned(), ..sheet(desk, visitor, pass, &record).await? };
            return Ok(Answer::with(StatusCode::UNPROCESSABLE_ENTITY, sheet));
        }
    };
    let id = record.subscriber.id.clone();
    desk.ledger(move |ledger| ledger.change_subscription(&id, &to)).await?;
    said(desk, visitor, pass, "desk.saved").await
}

/// Brings back a subscriber who left.
pub(super) async fn come_back(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let (id, now, source) = (record.subscriber.id.clone(), desk.now(), format!("{}/", desk.terms.url));
    desk.ledger(move |ledger| ledger.come_back(&id, &source, now)).await?;
    said(desk, visitor, pass, "desk.confirmed").await
}

/// Everything that is kept about the subscriber.
pub(super) async fn export(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"subscription.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok(Answer::Plain((headers, format!("{:#}\n", data(&record))).into_response()))
}

/// Asks whether the subscriber wants to be erased, and does it once they confirm.
pub(super) async fn erase(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    pass: &str,
    sure: bool,
) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let shown = desk.shown();
    let (theme, language) = (&shown.theme, &visitor.language);
    if !sure {
        let button = Button {
            action: link::place(desk, visitor, pass, "/erase/sure"),
            label: theme.words(language).say("desk.erase").to_owned(),
            main: true,
        };
        let sheet = Sheet::saying(theme, language, "desk.erase", &["desk.erase_text"]);
        return Ok(Answer::ok(Sheet { buttons: vec![button], ..sheet }));
    }
    let (id, now) = (record.subscriber.id.clone(), desk.now());
    desk.ledger(move |ledger| ledger.erase_subscriber(&id, now)).await?;
    Ok(Answer::ok(Sheet::saying(theme, language, "desk.erased", &["desk.erased_text"])))
}

/// The page that asks whether to unsubscribe.
pub(super) async fn ask_to_leave(desk: &Arc<Desk>, visitor: &Visitor, pass: &str) -> Result<Answer, Error> {
    let Some(bearer) = desk.bearer(Purpose::Leave, pass) else { return Ok(Answer::gone(desk, visitor)) };
    let record = desk.subscriber(bearer).await?;
    let shown = desk.shown();
    let words = shown.theme.words(&visitor.language);
    let Some(record) = record.filter(|record| record.state() != SubscriberState::Left) else {
        return Ok(left(&shown, visitor));
    };
    let page = shown.page.name.in_language(&visitor.language);
    let page = words.isolated(page);
    let lead = words.say_with("desk.leave_text", &[("page", &page), ("address", &address(&record))]);
    let button = Button {
        action: format!("{}/leave/{pass}?lang={}", desk.terms.url, visitor.language),
        label: words.say("desk.leave_send").to_owned(),
        main: true,
    };
    let title = words.say("desk.leave").to_owned();
    Ok(Answer::ok(Sheet { title, lead: vec![lead], buttons: vec![button], ..Sheet::default() }))
}

/// Unsubscribes: by the button, or by the one click of a mail program (RFC 8058), which sends no cookie and follows no
/// redirect. Anyone who left before gets the same answer.
pub(super) async fn leave(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    (purpose, pass): (Purpose, &str),
) -> Result<Answer, Error> {
    let Some(bearer) = desk.bearer(purpose, pass) else { return Ok(Answer::gone(desk, visitor)) };
    if let Some(record) = desk.subscriber(bearer).await? {
        let now = desk.now();
        desk.ledger(move |ledger| ledger.remove_subscriber(&record.subscriber.id, now)).await?;
    }
    Ok(left(&desk.shown(), visitor))
}

fn left(shown: &Shown, visitor: &Visitor) -> Answer {
    Answer::ok(Sheet::saying(&shown.theme, &visitor.language, "desk.left", &["desk.left_text"]))
}

/// The page again, with a line about what was done.
pub(super) async fn said(
    desk: &Arc<Desk>,
    visitor: &Visitor,
    pass: &str,
    done: &str,
) -> Result<Answer, Error> {
    let Some(record) = link::find(desk, pass).await? else { return Ok(Answer::gone(desk, visitor)) };
    let done = desk.shown().theme.words(&visitor.language).say(done).to_owned();
    Ok(Answer::ok(Sheet { done, ..sheet(desk, visitor, pass, &record).await? }))
}

/// The page of a subscriber.
pub(super) async fn sheet(
    desk: &Desk,
    visitor: &Visitor,
    pass: &str,
    record: &SubscriberRecord,
) -> Result<Sheet, Error> {
    let (shown, language) = (desk.shown(), &visitor.language);
    let words = shown.theme.words(language);
    let button = |way: &str, label: &str, main| Button {
        action: link::place(desk, visitor, pass, way),
        label: words.say(label).to_owned(),
        main,
    };
    let mut lead = vec![words.say_with("desk.manage_text", &[("address", &address(record))])];
    let title = words.say("desk.manage").to_owned();
    if record.state() == SubscriberState::Left {
        let buttons = vec![
            button("/back", "desk.back", true),
            button("/export", "desk.export", false),
            button("/erase", "desk.erase", false),
        ];
        let done = words.say("desk.left").to_owned();
        return Ok(Sheet { title, lead, done, buttons, ..Sheet::default() });
    }
    let origins = record.incidents.iter().filter(|one| one.ended_at.is_none()).map(|one| one.origin.clone());
    for title in only::titles(desk, &shown, visitor, origins.collect()).await? {
        lead.push(words.say_with("desk.only_follows", &[("title", &words.isolated(&title))]));
    }
    let subscriber = &record.subscriber;
    let chosen = Preferences {
        follows: subscriber.follows.clone(),
        from_severity: subscriber.from_severity,
        language: subscriber.language.clone(),
        time_zone: subscriber.time_zone.clone(),
    };
    let to = (link::place(desk, visitor, pass, ""), "desk.save");
    let form = Form::new((&shown.page, &shown.theme), language, &chosen, to, None);
    let buttons = vec![
        button("/leave", "desk.leave", false),
        button("/export", "desk.export", false),
        button("/erase", "desk.erase", false),
    ];
    let number = link::number_form(desk, visitor, (pass, record), "");
    Ok(Sheet { title, lead, form: Some(form), number, buttons, ..Sheet::default() })
}

/// The addresses, masked.
fn address(record: &SubscriberRecord) -> String {
    let all: Vec<String> = record.subscriber.endpoints.iter().map(|(_, one)| one.to_string()).collect();
    all.join(", ")
}

fn data(record: &SubscriberRecord) -> serde_json::Value {
    let subscriber = &record.subscriber;
    let follows = match &subscriber.follows {
        FeatureFilter::Everything => json!("everything"),
        FeatureFilter::Features(ids) => json!(ids.iter().map(FeatureId::as_str).collect::<Vec<_>>()),
    };
    let addresses = subscriber.endpoints.iter().map(|(number, endpoint)| {
        json!({
            "channel": endpoint.channel().word(),
            "address": endpoint.expose(),
            "suppressed": record.suppressed.get(number),
        })
    });
    json!({
        "id": subscriber.id.as_str(),
        "state": record.state().word(),
        "addresses": addresses.collect::<Vec<_>>(),
        "follow": follows,
        "severity": subscriber.from_severity.word(),
        "language": subscriber.language.as_str(),
        "time_zone": subscriber.time_zone,
        "added_at": record.added_at.to_rfc3339(),
        "confirmed_at": record.confirmed_at.map(|at| at.to_rfc3339()),
        "removed_at": record.removed_at.map(|at| at.to_rfc3339()),
        "consent": record.consent.as_ref().map(|consent| json!({
            "way": consent.method.word(), "source": consent.source, "at": consent.at.to_rfc3339(),
        })),
        "incidents": record.incidents.iter().map(|one| json!({
            "incident": one.origin.as_str(),
            "since": one.since.to_rfc3339(),
            "ended_at": one.ended_at.map(|at| at.to_rfc3339()),
        })).collect::<Vec<_>>(),
        "fields": record.fields,
    })
}
