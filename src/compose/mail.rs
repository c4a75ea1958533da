//! The words of a mail: its subject, and the same content as plain text and as HTML.
//!
//! Promises: the subject is the same for every change of an incident; nothing in it or in the sender's name
//! can begin another header; whatever the HTML says the text says too.

use super::Error;
use super::line::{cut, one_line};
use super::phrases::{self, Said};
use super::reader::Reader;
use crate::config::plan::MailChannel;
use crate::model::change::{Change, What};
use crate::model::feature::{FeatureId, Status};
use crate::model::hash::derive;
use crate::model::incident::{Eta, Incident, Update};
use crate::model::message::{MailMessage, Mailbox};
use crate::model::phase::Severity;
use crate::theme::letter::{self, Fact};
use crate::theme::{Theme, markdown};

/// The longest title in a subject; mail programs show some 60 to 80 characters.
const SUBJECT_TITLE_CHARACTERS_MAX: usize = 120;
/// The longest page name in a subject or before an address.
const NAME_CHARACTERS_MAX: usize = 60;
/// The most updates shown, the newest; the page has them all.
const UPDATES_MAX: usize = 3;

/// Writes the mail of a change.
pub(super) fn write(
    change: &Change,
    letter: letter::Mail,
    channel: &MailChannel,
    reader: &Reader<'_>,
    theme: &Theme,
) -> Result<MailMessage, Error> {
    let failed = |source| Error::Template { incident: change.incident.clone(), source };
    let page_name = cut(&one_line(reader.text(&reader.page.name)), NAME_CHARACTERS_MAX);
    let from = channel.from.name.as_deref().map(one_line).unwrap_or(page_name);
    Ok(MailMessage {
        from: Mailbox { name: from, address: channel.from.address.clone() },
        reply_to: channel.reply_to.as_ref().map(|mailbox| mailbox.address.clone()),
        text: theme.render_in(reader.language, "mail.txt", &letter).map_err(failed)?,
        html: theme.render_in(reader.language, "mail.html", &letter).map_err(failed)?,
        subject: letter.subject,
        language: reader.language.clone(),
        date: reader.leaves_at,
        host: reader.page.host().to_owned(),
        thread: derive("thread", &[change.origin.as_str()]),
    })
}

/// A letter with all there is to say.
pub(super) fn letter(change: &Change, incident: &Incident, said: &Said, reader: &Reader<'_>) -> letter::Mail {
    let title = one_line(reader.text(&incident.title));
    letter::Mail {
        headline: said.headline.clone(),
        tone: tone(incident, said, reader).to_owned(),
        news: said.others.clone(),
        facts: facts(change, incident, reader),
        said: updates(change, incident).map(|update| quote(update, incident, reader)).collect(),
        ..frame(title, incident, reader)
    }
}

/// A letter that says no more than that there is something to read, and where.
pub(super) fn reduced(incident: &Incident, reader: &Reader<'_>) -> letter::Mail {
    let headline = one_line(reader.text(&reader.page.name));
    let title = reader.words.say("news.only_link").to_owned();
    letter::Mail { headline, tone: Severity::Notice.word().to_owned(), ..frame(title, incident, reader) }
}

/// What stands around the words of every letter.
fn frame(title: String, incident: &Incident, reader: &Reader<'_>) -> letter::Mail {
    let words = reader.words;
    let page_name = one_line(reader.text(&reader.page.name));
    let short = [
        ("page", cut(&page_name, NAME_CHARACTERS_MAX)),
        ("title", cut(&title, SUBJECT_TITLE_CHARACTERS_MAX)),
    ];
    let subject =
        words.say_with("mail.subject", &short.each_ref().map(|(name, value)| (*name, value.as_str())));
    let mut footer =
        vec![words.say_with("mail.reason", &[("page", &page_name)]), words.say("mail.stop").to_owned()];
    footer
        .extend(reader.page.support_url.as_ref().map(|url| words.say_with("mail.support", &[("url", url)])));
    letter::Mail {
        language: reader.language.to_string(),
        direction: words.direction().to_owned(),
        subject: one_line(&subject),
        page_name,
        page_url: reader.page.url.clone(),
        title,
        incident_url: reader.incident_url(&incident.id),
        read_more: words.say("mail.read_more").to_owned(),
        footer,
        ..letter::Mail::default()
    }
}

fn tone<'a>(incident: &'a Incident, said: &Said, reader: &Reader<'_>) -> &'a str {
    if incident.phase_at(reader.now).is_over() || said.first == What::PostmortemPublished {
        "over"
    } else if incident.window.is_some() {
        "maintenance"
    } else {
        incident.severity.word()
    }
}

/// What is true now, each fact with its name.
fn facts(change: &Change, incident: &Incident, reader: &Reader<'_>) -> Vec<Fact> {
    let words = reader.words;
    let is_over = incident.phase_at(reader.now).is_over();
    let mut facts = Vec::new();
    let mut add = |key: &str, text: String| {
        if !text.is_empty() {
            let html = markdown::escape(&text).replace('\n', "<br>");
            facts.push(Fact { label: words.say(key).to_owned(), text, html });
        }
    };
    add("incident.affected", affected(incident, is_over, reader));
    let meaning = if is_over { "incident.impact_past" } else { "incident.impact" };
    add(meaning, incident.impact.as_ref().map_or(String::new(), |text| reader.plain(reader.text(text))));
    if is_over {
        if let Some(ended) = incident.ended_at(reader.now) {
            let duration = words.duration(ended - incident.began_at());
            let (time, values) = (reader.time(ended), &[("duration", duration.as_str())]);
            add("incident.ended", words.say_with("incident.lasted", &[("time", time.as_str()), values[0]]));
        }
        return facts;
    }
    let workaround = incident.workaround.as_ref();
    add("incident.workaround", workaround.map_or(String::new(), |text| reader.plain(reader.text(text))));
    add("incident.window", window(change, incident, reader));
    add("incident.eta", eta(change, incident, reader));
    let next = incident.next_update.filter(|at| *at > reader.now).map(|at| reader.time(at));
    add("mail.next_update_by", next.unwrap_or_default());
    if incident.window.is_none() {
        add("mail.severity", phrases::name("severity", incident.severity.word(), reader));
    }
    facts
}

/// The affected features in the page's order, each with its status while the incident goes on.
fn affected(incident: &Incident, is_over: bool, reader: &Reader<'_>) -> String {
    let status = |id: &FeatureId| incident.status_of(id, reader.now);
    let ids = phrases::affected(incident, reader);
    let name = |id| reader.page.feature_name(id, reader.language);
    if is_over || incident.window.is_some() {
        return reader.words.list(&ids.into_iter().map(name).collect::<Vec<_>>());
    }
    let with_status = ids.into_iter().map(|id| match status(id) {
        Status::Operational if incident.severity == Severity::Notice => name(id).to_owned(),
        status => {
            let status = phrases::name("status", status.word(), reader);
            reader.words.say_with("incident.status_now", &[("feature", name(id)), ("status", &status)])
        }
    });
    with_status.collect::<Vec<_>>().join("\n")
}

fn eta(change: &Change, incident: &Incident, reader: &Reader<'_>) -> String {
    let now = match incident.eta {
        Some(Eta::At(eta)) if eta <= reader.now => reader.words.say("incident.eta_missed").to_owned(),
        Some(Eta::At(eta)) => reader.time(eta),
        Some(Eta::Unknown) => reader.words.say("incident.eta_unknown").to_owned(),
        None => return String::new(),
    };
    let before = change.what.iter().find_map(|what| match what {
        What::EtaMoved { from: Some(Eta::At(from)), .. } => Some(reader.time(*from)),
        _ => None,
    });
    with_before(now, before, reader)
}

fn window(change: &Change, incident: &Incident, reader: &Reader<'_>) -> String {
    let Some(window) = incident.window else { return String::new() };
    let before = change.what.iter().find_map(|what| match what {
        What::MaintenanceMoved { from, .. } => Some(reader.window(*from)),
        _ => None,
    });
    with_before(reader.window(window), before, reader)
}

fn with_before(now: String, before: Option<String>, reader: &Reader<'_>) -> String {
    match before {
        Some(before) => reader.words.say_with("mail.with_before", &[("now", &now), ("before", &before)]),
        None => now,
    }
}

/// The updates to quote, newest first: those that are new, else the newest there is.
fn updates<'a>(change: &'a Change, incident: &'a Incident) -> impl Iterator<Item = &'a Update> {
    let is_new = |update: &&Update| change.what.contains(&What::UpdatePosted { at: update.at });
    let told = || incident.public_updates().rev().filter(|update| !update.body.default.trim().is_empty());
    let count = told().filter(is_new).count().min(UPDATES_MAX);
    let only_new = count > 0;
    told().filter(move |update| !only_new || is_new(update)).take(count.max(1))
}

fn quote(update: &Update, incident: &Incident, reader: &Reader<'_>) -> letter::Said {
    let phase = phrases::name("phase", incident.phase_at(update.at).word(), reader);
    let first = reader.page.first_language();
    let is_translated = update.body.is_translated(reader.language, first);
    let body = reader.text(&update.body);
    letter::Said {
        heading: reader.words.say_with("mail.said", &[("phase", &phase), ("time", &reader.time(update.at))]),
        language: (!is_translated).then(|| first.to_string()),
        text: reader.plain(body),
        html: reader.html(body),
    }
}
