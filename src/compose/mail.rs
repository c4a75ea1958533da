//! The text of an email: its subject, and the same content as plain text and as HTML.
//!
//! Promises: the subject is the same for every change of an incident except its end, which the subject begins with; nothing
//! in it or in the sender's name can begin another header; the HTML and the plain text have the same content, and together
//! stay below the size at which mail programs cut an email.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Error;
use super::line::{cut, one_line};
use super::phrases::{self, ChangePhrase};
use super::reader::{Recipient, Why};
use crate::config::plan::MailWording;
use crate::model::Moment;
use crate::model::author_mark::AuthorMark;
use crate::model::change::{Change, ChangeKind};
use crate::model::edit::Part;
use crate::model::feature::{FeatureId, Status};
use crate::model::hash::derive;
use crate::model::incident::{Eta, Incident, Update};
use crate::model::localized::Localized;
use crate::model::message::{MailMessage, Mailbox, leave_link, manage_link};
use crate::model::phase::{Phase, Severity};
use crate::theme::message_view::{self, Fact};
use crate::theme::{Theme, looks, markdown};

/// The longest title in a subject; mail programs show some 60 to 80 characters.
const SUBJECT_TITLE_CHARACTERS_MAX: usize = 120;
/// The longest page name in a subject or before an address.
const NAME_CHARACTERS_MAX: usize = 60;
/// The largest text and HTML together: encoded for the way they take a third more, and what is over 100 kB some mail
/// programs cut without a word.
const BYTES_MAX: usize = 72_000;
/// The largest email that is sent, as text and HTML together: a template of the operator's can write more than mail
/// servers take.
const SENT_BYTES_MAX: usize = 4 << 20;
/// The most updates shown, the newest; the page has them all.
const UPDATES_MAX: usize = 3;

/// Writes the mail of a change; without news it says no more than that there is something to read, and where. Long
/// texts are cut until it is small enough.
pub(super) fn write(
    change: &Change,
    incident: &Incident,
    said: Option<&ChangePhrase>,
    channel: &MailWording,
    reader: &Recipient<'_>,
    theme: &Theme,
) -> Result<MailMessage, Error> {
    let mut shortest: Option<MailMessage> = None;
    for room in [usize::MAX, 16_000, 8_000, 4_000, 1_000] {
        let letter = match said {
            Some(said) => letter(change, incident, said, room, reader),
            None => reduced(reader),
        };
        let mail = filled(change, letter, channel, reader, theme)?;
        let bytes = mail.text.len() + mail.html.len();
        shortest = Some(mail);
        if bytes <= BYTES_MAX {
            break;
        }
    }
    let mail = shortest.ok_or_else(|| Error::NothingToAnnounce(change.incident.clone()))?;
    let bytes = mail.text.len() + mail.html.len();
    if bytes > SENT_BYTES_MAX {
        return Err(Error::too_long(&change.incident, "mail.html", "email", bytes, SENT_BYTES_MAX));
    }
    Ok(mail)
}

fn filled(
    change: &Change,
    mut letter: message_view::Mail,
    channel: &MailWording,
    reader: &Recipient<'_>,
    theme: &Theme,
) -> Result<MailMessage, Error> {
    if reader.why == Why::AskedAboutThis && change.what.iter().any(ChangeKind::ends) {
        letter.news.push(reader.words.say("mail.only_over").to_owned());
    }
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
        leave: reader.page.desk.as_deref().map(leave_link),
    })
}

/// A letter with all there is to say, each text of it cut to `room` bytes.
pub(super) fn letter(
    change: &Change,
    incident: &Incident,
    said: &ChangePhrase,
    room: usize,
    reader: &Recipient<'_>,
) -> message_view::Mail {
    let title = one_line(reader.text(&incident.title));
    let title = match said.is_end() {
        // Anyone who reads the first line alone must not read that it still fails.
        true => {
            let phase = incident.phase_at(reader.now);
            let over = phrases::name("phase", phase.word(), reader);
            reader.words.labelled(&over, &reader.words.isolated(&title))
        }
        false => title,
    };
    let told: Vec<&Update> = updates(change, incident).collect();
    let texts = || {
        let facts = [&incident.impact, &incident.workaround].into_iter().flatten();
        facts.chain(told.iter().map(|update| &update.body))
    };
    let is_foreign = texts().chain([&incident.title]).any(|text| reader.foreign(text).is_some());
    let original = || {
        let language = reader.words.isolated(reader.first_language_name());
        reader.words.say_with("incident.original", &[("language", &language)])
    };
    let is_cut = texts().any(|text| reader.text(text).len() > room);
    message_view::Mail {
        headline: said.headline.clone(),
        tone: tone(incident, said, reader).to_owned(),
        news: said.others.clone(),
        original: if is_foreign { original() } else { String::new() },
        facts: facts(change, incident, room, reader),
        said: told.iter().map(|update| quote(update, incident, room, reader)).collect(),
        shortened: if is_cut { reader.words.say("mail.shortened").to_owned() } else { String::new() },
        ..frame(title, reader.incident_url(&incident.id), reader)
    }
}

/// A letter that says no more than that there is something to read, and where: not even by the name of a page.
pub(super) fn reduced(reader: &Recipient<'_>) -> message_view::Mail {
    let headline = one_line(reader.text(&reader.page.name));
    let title = reader.words.say("news.only_link").to_owned();
    message_view::Mail {
        headline,
        tone: Severity::Notice.word().to_owned(),
        ..frame(title, reader.page_url(), reader)
    }
}

/// The frame of every letter: everything around its text.
fn frame(title: String, incident_url: String, reader: &Recipient<'_>) -> message_view::Mail {
    let words = reader.words;
    let page_name = one_line(reader.text(&reader.page.name));
    let short = [
        ("page", cut(&page_name, NAME_CHARACTERS_MAX)),
        ("title", cut(&title, SUBJECT_TITLE_CHARACTERS_MAX)),
    ];
    let subject =
        words.say_with("mail.subject", &short.each_ref().map(|(name, value)| (*name, value.as_str())));
    let stop = match reader.page.desk.as_deref() {
        Some(desk) => words.say_with("desk.mail_manage", &[("url", &manage_link(desk))]),
        None => words.say("mail.stop").to_owned(),
    };
    let reason = match reader.why {
        Why::Subscribed => "mail.reason",
        Why::AskedAboutThis => "mail.reason_only",
    };
    let mut footer = vec![words.say_with(reason, &[("page", &words.isolated(&page_name))]), stop];
    footer
        .extend(reader.page.support_url.as_ref().map(|url| words.say_with("mail.support", &[("url", url)])));
    message_view::Mail {
        language: reader.language.to_string(),
        direction: words.direction().to_owned(),
        subject: one_line(&subject),
        page_name,
        page_url: reader.page.url.clone(),
        title,
        incident_url,
        read_more: words.say("mail.read_more").to_owned(),
        footer,
        colors: looks::of_mail(&reader.page.looks),
        ..message_view::Mail::default()
    }
}

fn tone<'a>(incident: &'a Incident, said: &ChangePhrase, reader: &Recipient<'_>) -> &'a str {
    if incident.phase_at(reader.now).is_over() || said.first == ChangeKind::PostmortemPublished {
        "over"
    } else if incident.window.is_some() {
        "maintenance"
    } else {
        incident.severity.word()
    }
}

/// What is true now, each fact with its name.
fn facts(change: &Change, incident: &Incident, room: usize, reader: &Recipient<'_>) -> Vec<Fact> {
    // Nothing that was reported in error was ever true.
    if incident.phase_at(reader.now) == Phase::Withdrawn {
        return Vec::new();
    }
    let words = reader.words;
    let is_over = incident.phase_at(reader.now).is_over();
    let plain = |key: &str, text: String| {
        let html = markdown::escape(&text).replace('\n', "<br>");
        (!text.is_empty()).then(|| fact(key, &text, html, None, reader))
    };
    let prose = |key: &str, text: &Option<Localized>| {
        let text = shortened(text.as_ref()?, room, reader);
        let language = reader.foreign(&text).map(ToString::to_string);
        let said = reader.plain(&text);
        (!said.is_empty()).then(|| fact(key, &said, reader.html(&text), language, reader))
    };
    let affected = plain("incident.affected", affected(incident, is_over, reader));
    let meaning = prose(if is_over { "incident.impact_past" } else { "incident.impact" }, &incident.impact);
    if never_began(incident, reader.now) {
        // Nothing happened, so nothing ended and nothing was meant for anyone.
        return [affected, plain("incident.window", window(change, incident, reader))]
            .into_iter()
            .flatten()
            .collect();
    }
    if is_over {
        let lasted = incident.ended_at(reader.now).and_then(|ended| {
            let time = reader.stated_time(incident, ended);
            let said = match incident.open_for(ended).map(|open| words.duration(open)) {
                Some(duration) => {
                    words.say_with("incident.lasted", &[("time", &time), ("duration", &duration)])
                }
                None => time,
            };
            plain("incident.ended", said)
        });
        return [affected, meaning, lasted].into_iter().flatten().collect();
    }
    let next = incident.next_update.filter(|at| *at > reader.now).map(|at| reader.time(at));
    let severity =
        incident.window.is_none().then(|| phrases::name("severity", incident.severity.word(), reader));
    let facts = [
        affected,
        meaning,
        prose("incident.workaround", &incident.workaround),
        plain("incident.window", window(change, incident, reader)),
        plain("incident.eta", eta(change, incident, reader)),
        plain("mail.next_update_by", next.unwrap_or_default()),
        plain("mail.severity", severity.unwrap_or_default()),
    ];
    facts.into_iter().flatten().collect()
}

/// Whether it is planned work that was cancelled before its start.
fn never_began(incident: &Incident, now: Moment) -> bool {
    let is_before = |ended: Moment| incident.window.is_some_and(|window| ended <= window.starts);
    incident.phase_at(now) == Phase::Cancelled && incident.ended_at(now).is_some_and(is_before)
}

fn fact(key: &str, text: &str, html: String, language: Option<String>, reader: &Recipient<'_>) -> Fact {
    let label = reader.words.say(key);
    let below = if text.contains('\n') { "\n" } else { "" };
    let text_in_line = match &language {
        Some(_) if below.is_empty() => reader.words.isolated(text),
        _ => text.into(),
    };
    let line = reader.words.labelled(label, &format!("{below}{text_in_line}")).replace(" \n", "\n");
    let is_key = matches!(key, "incident.eta" | "incident.window" | "incident.ended");
    let (label, text) = (label.to_owned(), text.to_owned());
    Fact { label, text, line, html, is_advice: key == "incident.workaround", is_key, language }
}

/// The affected features in the page's order, each with its status while the incident continues.
fn affected(incident: &Incident, is_over: bool, reader: &Recipient<'_>) -> String {
    let status = |id: &FeatureId| incident.status_of(id, reader.now);
    let ids = phrases::affected(incident, reader);
    let name = |id| phrases::feature_in_sentence(id, reader);
    if is_over || incident.window.is_some() {
        return reader.words.list(&ids.into_iter().map(name).collect::<Vec<_>>());
    }
    let with_status = ids.into_iter().map(|id| match status(id) {
        Status::Operational if incident.severity == Severity::Notice => name(id),
        status => reader.words.labelled(&name(id), &phrases::name("status", status.word(), reader)),
    });
    with_status.collect::<Vec<_>>().join("\n")
}

fn eta(change: &Change, incident: &Incident, reader: &Recipient<'_>) -> String {
    let now = match incident.eta {
        Some(Eta::At(eta)) if eta <= reader.now => reader.words.say("incident.eta_missed").to_owned(),
        Some(Eta::At(eta)) => reader.time(eta),
        Some(Eta::Unknown) => reader.words.say("incident.eta_unknown").to_owned(),
        None => return String::new(),
    };
    let before = change.what.iter().find_map(|what| match what {
        ChangeKind::EtaChanged { from: Some(Eta::At(from)), .. } => Some(reader.time(*from)),
        _ => None,
    });
    with_before(now, before, reader)
}

fn window(change: &Change, incident: &Incident, reader: &Recipient<'_>) -> String {
    let Some(window) = incident.window else { return String::new() };
    let before = change.what.iter().find_map(|what| match what {
        ChangeKind::MaintenanceRescheduled { from, .. } => Some(reader.window(*from)),
        _ => None,
    });
    with_before(reader.window(window), before, reader)
}

fn with_before(now: String, before: Option<String>, reader: &Recipient<'_>) -> String {
    match before {
        Some(before) => reader.words.say_with("mail.with_before", &[("now", &now), ("before", &before)]),
        None => now,
    }
}

/// The updates to quote, newest first: those that are new, else the newest there is.
fn updates<'a>(change: &'a Change, incident: &'a Incident) -> impl Iterator<Item = &'a Update> {
    let is_new = |update: &&Update| {
        change.what.iter().any(|what| match what {
            ChangeKind::UpdatePosted { at } | ChangeKind::Corrected { part: Part::Update { at }, .. } => {
                *at == update.at
            }
            _ => false,
        })
    };
    let told = || incident.public_updates().rev().filter(|update| !update.body.default.trim().is_empty());
    let count = told().filter(is_new).count().min(UPDATES_MAX);
    let only_new = count > 0;
    // What its author keeps silent is quoted only if it is announced itself.
    let may_quote = move |update: &&Update| {
        update.author_mark.or(incident.author_mark) != Some(AuthorMark::Silent) || is_new(update)
    };
    told().filter(move |update| !only_new || is_new(update)).take(count.max(1)).filter(may_quote)
}

fn quote(
    update: &Update,
    incident: &Incident,
    room: usize,
    reader: &Recipient<'_>,
) -> message_view::UpdateView {
    let phase = phrases::name("phase", incident.phase_at(update.at).word(), reader);
    let body = shortened(&update.body, room, reader);
    message_view::UpdateView {
        heading: reader
            .words
            .say_with("mail.said", &[("phase", &phase), ("time", &reader.stated_time(incident, update.at))]),
        language: reader.foreign(&body).map(ToString::to_string),
        text: reader.plain(&body),
        html: reader.html(&body),
    }
}

/// The text as its reader gets it, cut to `room` bytes: at the end of a paragraph if one is near, else of a word.
fn shortened<'t>(text: &'t Localized, room: usize, reader: &Recipient<'_>) -> Cow<'t, Localized> {
    let whole = reader.text(text);
    if whole.len() <= room {
        return Cow::Borrowed(text);
    }
    let kept = whole.get(..whole.floor_char_boundary(room)).unwrap_or_default();
    let ends = [kept.rfind("\n\n"), kept.rfind(char::is_whitespace)];
    let end = ends.into_iter().flatten().find(|end| end * 2 >= kept.len());
    let kept = format!("{}\n\n…", end.and_then(|end| kept.get(..end)).unwrap_or(kept));
    let translations = match reader.foreign(text) {
        Some(_) => BTreeMap::new(),
        None => BTreeMap::from([(reader.language.clone(), kept.clone())]),
    };
    Cow::Owned(Localized { default: kept, translations })
}
