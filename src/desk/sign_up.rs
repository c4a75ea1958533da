//! Signing up: the form, and what happens to a request.
//!
//! Promises: the answer and its cost are the same whether an address is known, new, suppressed or was entered too often;
//! the form names what is wrong and keeps the rest as it was typed.

use std::sync::Arc;

use axum::http::{StatusCode, Uri};
use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;

use super::answer::Answer;
use super::fields::{Fields, fresh};
use super::page::{CodeForm, Form, Sheet};
use super::visitor::Visitor;
use super::{Desk, Error, OpenIncident, Shown, only};
use crate::ledger::{Asked, Preferences, SignUp, SignUpLimit};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::feature::FeatureId;
use crate::model::pass::Purpose;
use crate::model::subscriber::{FeatureFilter, Subscription};

/// How long a sign-up can be confirmed.
const CONFIRMABLE: TimeDelta = TimeDelta::hours(48);

/// The most requests of one network within an hour.
const OF_NETWORK: u32 = 10;

/// The most confirmations to one address, whatever it is asked for, within each time.
const TO_ADDRESS: [(TimeDelta, u32); 2] = [(TimeDelta::hours(24), 1), (TimeDelta::days(30), 3)];

/// The form. `?feature=checkout` chooses that one, `?incident=payments` asks about that incident alone.
pub(super) fn form(desk: &Arc<Desk>, visitor: &Visitor, uri: &Uri) -> Answer {
    let shown = desk.shown();
    let mut chosen = fresh(&shown.page, &visitor.language);
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    if let Some((_, id)) = query.clone().find(|(key, _)| key == "incident") {
        return match shown.open(&id) {
            Some(incident) => Answer::ok(sheet_of_one(desk, &shown, visitor, (&chosen, incident), "")),
            None => Answer::ok(over(desk, &shown, visitor, "")),
        };
    }
    let named = query.filter(|(key, _)| key == "feature").filter_map(|(_, id)| FeatureId::new(&id));
    if let Some(id) = named.into_iter().find(|id| shown.page.feature(id).is_some()) {
        chosen.follows = FeatureFilter::Features([id].into());
    }
    Answer::ok(sheet(desk, &shown, visitor, &chosen, ""))
}

fn sheet(desk: &Desk, shown: &Shown, visitor: &Visitor, chosen: &Preferences, typed: &str) -> Sheet {
    let (page, theme, language) = (&shown.page, &*shown.theme, &visitor.language);
    let to = (format!("{}/", desk.terms.url), "desk.send");
    let form = Form::new((page, theme), language, chosen, to, Some(typed.to_owned()));
    Sheet {
        form: Some(form),
        notes: vec![theme.words(language).say("desk.known").to_owned()],
        ..Sheet::saying(theme, language, "desk.title", &["desk.intro"])
    }
}

/// The form for one incident.
fn sheet_of_one(
    desk: &Desk,
    shown: &Shown,
    visitor: &Visitor,
    (chosen, incident): (&Preferences, &OpenIncident),
    typed: &str,
) -> Sheet {
    let (page, theme, language) = (&shown.page, &*shown.theme, &visitor.language);
    let to = (format!("{}/", desk.terms.url), "desk.send");
    let form = Form::new((page, theme), language, chosen, to, Some(typed.to_owned()));
    let title = incident.title.in_language(language);
    let words = theme.words(language);
    Sheet {
        title: words.labelled(words.say("desk.only"), &words.isolated(title)),
        form: Some(form.of_one(&incident.id)),
        ..Sheet::saying(theme, language, "desk.only", &["desk.only_text", "desk.intro"])
    }
}

/// The usual form, which says first that the incident that was asked about is over.
fn over(desk: &Desk, shown: &Shown, visitor: &Visitor, typed: &str) -> Sheet {
    let chosen = fresh(&shown.page, &visitor.language);
    let problem = shown.theme.words(&visitor.language).say("desk.only_gone").to_owned();
    Sheet { problem, ..sheet(desk, shown, visitor, &chosen, typed) }
}

/// Keeps a sign-up, as far as the limits allow.
pub(super) async fn ask(desk: &Arc<Desk>, visitor: &Visitor, body: &str) -> Result<Answer, Error> {
    let (shown, fields) = (desk.shown(), Fields::read(body));
    let typed = fields.one("address");
    let named = fields.one("incident");
    let incident = shown.open(named);
    if !named.is_empty() && incident.is_none() {
        return Ok(Answer::with(StatusCode::GONE, over(desk, &shown, visitor, typed)));
    }
    let chosen = fields.preferences(&shown.page);
    let to = Endpoint::new(Channel::Mail, typed);
    let (chosen, to) = match (chosen, to) {
        (Ok(chosen), Some(to)) => (chosen, to),
        (chosen, to) => {
            let wrong =
                chosen.as_ref().err().copied().filter(|_| to.is_some()).unwrap_or("desk.wrong_address");
            let chosen = chosen.unwrap_or_else(|_| fresh(&shown.page, &visitor.language));
            let problem = shown.theme.words(&visitor.language).say(wrong).to_owned();
            let sheet = match incident {
                Some(incident) => sheet_of_one(desk, &shown, visitor, (&chosen, incident), typed),
                None => sheet(desk, &shown, visitor, &chosen, typed),
            };
            let sheet = Sheet { problem, ..sheet };
            return Ok(Answer::with(StatusCode::UNPROCESSABLE_ENTITY, sheet));
        }
    };
    let id = BASE32_NOPAD.encode(&desk.draw()?).to_ascii_lowercase();
    // A field that people do not see, and programs fill in.
    let is_trapped = !fields.one("website").is_empty();
    if !is_trapped {
        let now = desk.now();
        let origin = match incident {
            Some(incident) => Some(only::origin(desk, incident).await?),
            None => None,
        };
        let chosen = if origin.is_some() { only::alone(chosen) } else { chosen };
        let sign_up = SignUp {
            id: id.clone(),
            subscription: subscription(chosen, to),
            incident: origin,
            joins: None,
            source: format!("{}/", desk.terms.url),
            asked_at: now,
            expires_at: now + CONFIRMABLE,
        };
        match keep(desk, visitor, sign_up).await? {
            Asked::Kept | Asked::Silent => {}
            Asked::Network | Asked::Busy => return Ok(busy(&shown, visitor)),
        }
        desk.due.notify_one();
    }
    Ok(Answer::ok(sent(desk, &shown, visitor, &id)))
}

fn subscription(chosen: Preferences, to: Endpoint) -> Subscription {
    Subscription {
        follows: chosen.follows,
        from_severity: chosen.from_severity,
        language: chosen.language,
        time_zone: chosen.time_zone,
        endpoints: vec![to],
        fields: Default::default(),
    }
}

async fn keep(desk: &Desk, visitor: &Visitor, sign_up: SignUp) -> Result<Asked, Error> {
    let network = format!("network:{}", desk.terms.key.name("network", &visitor.network));
    let canonical = sign_up.subscription.endpoints.first().map(Endpoint::canonical).unwrap_or_default();
    let address = format!("address:{}", desk.terms.key.name("address", &canonical));
    let hour = TimeDelta::hours(1);
    let limit = |subject: &str, within, most, beyond| SignUpLimit {
        subject: subject.to_owned(),
        within,
        most,
        beyond,
    };
    let mut limits = vec![
        limit(&network, hour, OF_NETWORK, Asked::Network),
        limit("all", hour, desk.terms.sign_ups_per_hour, Asked::Busy),
    ];
    limits.extend(TO_ADDRESS.map(|(within, most)| limit(&address, within, most, Asked::Silent)));
    let now = sign_up.asked_at;
    desk.ledger(move |ledger| ledger.ask(&sign_up, &limits, now)).await
}

/// That there were too many requests.
pub(super) fn busy(shown: &Shown, visitor: &Visitor) -> Answer {
    let sheet = Sheet::saying(&shown.theme, &visitor.language, "desk.busy", &["desk.busy_text"]);
    Answer::with(StatusCode::TOO_MANY_REQUESTS, sheet)
}

/// That an email is on its way, and where its code is typed.
fn sent(desk: &Desk, shown: &Shown, visitor: &Visitor, id: &str) -> Sheet {
    let pass = desk.terms.key.issue(Purpose::Code, id, Some(desk.now() + CONFIRMABLE));
    let label = shown.theme.words(&visitor.language).say("desk.code").to_owned();
    let code = CodeForm { action: format!("{}/code", desk.terms.url), pass, label };
    let sheet = Sheet::saying(&shown.theme, &visitor.language, "desk.sent", &["desk.sent_text"]);
    Sheet { code: Some(code), ..sheet }
}
