//! The text of an alarm, in the form that each channel needs.
//!
//! Promises: in English, like the program's own output; names the machine, the last error and the command to run. Holds no
//! address and no text of an incident.

use crate::compose::gsm7;
use crate::config::plan::{ChannelPlan, Plan};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::hash::derive;
use crate::model::line::{one_line, short_line};
use crate::model::localized::Language;
use crate::model::message::{
    CardFact, CardMessage, EventMessage, MailMessage, Mailbox, Message, TextMessage, Tone,
};
use crate::model::phase::Severity;

/// The longest cause in an SMS, in characters.
const CAUSE_MAX: usize = 120;

/// What stopped, or works again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Notifications,
    Page,
}

/// Which of the messages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlarmKind {
    Stopped,
    /// It works since then.
    WorksAgain(Moment),
    Test,
    /// A text was let out without the approval that the plan asks for.
    BreakGlass,
}

/// What an alarm says.
#[derive(Clone, Debug)]
pub(crate) struct AlarmMessage {
    pub(crate) subject: Subject,
    pub(crate) kind: AlarmKind,
    pub(crate) page_name: String,
    pub(crate) page_url: String,
    pub(crate) page_host: String,
    pub(crate) machine: String,
    pub(crate) folder: String,
    /// Since when it fails, or failed.
    pub(crate) since: Moment,
    /// The last errors, each one line.
    pub(crate) causes: Vec<String>,
}

impl Subject {
    pub(crate) const ALL: [Self; 2] = [Self::Notifications, Self::Page];

    /// The word in files and in the health document.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Notifications => "notifications",
            Self::Page => "page",
        }
    }

    /// What is said of it when it stopped, and when it works again.
    pub(crate) fn stopped(self) -> &'static str {
        match self {
            Self::Notifications => "notifications have stopped",
            Self::Page => "the page is no longer updated",
        }
    }

    pub(crate) fn works(self) -> &'static str {
        match self {
            Self::Notifications => "notifications work again",
            Self::Page => "the page is updated again",
        }
    }

    fn consequence(self) -> &'static str {
        match self {
            Self::Notifications => {
                "Subscribers are not notified, or not on every channel. Nothing is lost: messages are sent when it \
                 works again, unless they have expired by then."
            }
            Self::Page => {
                "Readers see the page as it was. Changes are published, and then announced, when it works again."
            }
        }
    }
}

impl AlarmMessage {
    /// What the message is known by: the same in every try.
    pub(crate) fn id(&self) -> String {
        let kind = match self.kind {
            AlarmKind::Stopped => "stopped",
            AlarmKind::WorksAgain(_) => "works again",
            AlarmKind::Test => "test",
            AlarmKind::BreakGlass => "break glass",
        };
        derive("alarm", &[&self.thread(), kind, &self.since.to_rfc3339()])
    }

    /// Writes it for a channel; `None` if the plan has no sender for it.
    pub(crate) fn write(&self, plan: &Plan, channel: Channel, now: Moment) -> Option<Message> {
        Some(match channel {
            Channel::Mail => Message::Mail(self.mail(plan.channels.get(&channel)?, now)?),
            Channel::Text => Message::Text(self.text()),
            Channel::Chat => Message::Card(Box::new(self.card())),
            Channel::Tool | Channel::Webhook => Message::Event(Box::new(self.event(now))),
        })
    }

    /// What stays the same from the alarm to its end, so that a tool closes what it opened.
    fn thread(&self) -> String {
        let own = match self.kind {
            AlarmKind::Stopped | AlarmKind::WorksAgain(_) => String::new(),
            AlarmKind::Test => "test".to_owned(),
            AlarmKind::BreakGlass => self.since.to_rfc3339(),
        };
        derive("alarm", &[&self.page_host, self.subject.word(), &own])
    }

    fn headline(&self) -> &'static str {
        match self.kind {
            AlarmKind::Stopped => self.subject.stopped(),
            AlarmKind::WorksAgain(_) => self.subject.works(),
            AlarmKind::Test => "this is a test of the alarm",
            AlarmKind::BreakGlass => "break-glass was used",
        }
    }

    /// The paragraphs of the alarm's text.
    fn paragraphs(&self) -> Vec<String> {
        let Self { machine, folder, causes, .. } = self;
        let status = format!("`allclear run --status` on {machine}, in {folder}, shows every part");
        let errors = || causes.iter().map(|cause| format!("- {cause}")).collect::<Vec<_>>().join("\n");
        match self.kind {
            AlarmKind::Stopped => vec![
                format!("{}: {}, since {}.", self.page_host, self.headline(), written(self.since)),
                self.subject.consequence().to_owned(),
                format!("Last error:\n{}", errors()),
                format!("{status}; `allclear doctor` checks providers and targets."),
                "You get one more message when it works again.".to_owned(),
            ],
            AlarmKind::WorksAgain(at) => vec![
                format!("{}: {}. Nothing has failed since {}.", self.page_host, self.headline(), written(at)),
                format!("It had stopped at {}. Last error:\n{}", written(self.since), errors()),
                format!("{status}."),
            ],
            AlarmKind::BreakGlass => vec![
                format!("{}: {}.", self.page_host, self.headline()),
                causes.join("\n"),
                format!("It was ordered with `--break-glass`; this comes from {machine}, {folder}."),
            ],
            AlarmKind::Test => vec![
                format!("{}: {}; nothing is wrong.", self.page_host, self.headline()),
                format!(
                    "A message like this one is sent here when `allclear run` on {machine}, in {folder}, no longer \
                     notifies or no longer updates the page."
                ),
            ],
        }
    }

    fn plain(&self) -> String {
        self.paragraphs().join("\n\n")
    }

    fn mail(&self, terms: &ChannelPlan, now: Moment) -> Option<MailMessage> {
        let wording = terms.mail()?;
        let subject = format!("[allclear] {}: {}", self.page_host, self.headline());
        let paragraphs: String =
            self.paragraphs().iter().map(|text| format!("<p>{}</p>", escaped(text))).collect();
        Some(MailMessage {
            from: Mailbox {
                name: wording.from.name.as_deref().map_or_else(|| one_line(&self.page_name), one_line),
                address: wording.from.address.clone(),
            },
            reply_to: wording.reply_to.as_ref().map(|mailbox| mailbox.address.clone()),
            html: format!(
                "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
                 <body>{paragraphs}</body></html>\n",
                escaped(&subject)
            ),
            subject,
            text: format!("{}\n", self.plain()),
            language: Language::english(),
            date: now,
            host: self.page_host.clone(),
            thread: self.thread(),
            leave: None,
        })
    }

    fn text(&self) -> TextMessage {
        let Self { page_host, machine, .. } = self;
        let cause = self.causes.first().map(|cause| short_line(cause, CAUSE_MAX)).unwrap_or_default();
        let words = match self.kind {
            AlarmKind::Stopped => format!(
                "allclear: {page_host}: {} since {}. {cause}. See allclear run --status on {machine}",
                self.headline(),
                written(self.since)
            ),
            AlarmKind::WorksAgain(at) => {
                format!("allclear: {page_host}: {}, no failure since {}", self.headline(), written(at))
            }
            AlarmKind::Test => format!("allclear: {page_host}: {}; nothing is wrong", self.headline()),
            AlarmKind::BreakGlass => format!("allclear: {page_host}: {}. {cause}", self.headline()),
        };
        let body = gsm7::plain_punctuation(&gsm7::transliterate(&words));
        let (encoding, segments) = gsm7::measure(&body);
        TextMessage { body, encoding, segments }
    }

    /// The type of the event.
    fn what(&self) -> &'static str {
        match self.kind {
            AlarmKind::Stopped => "run.stopped",
            AlarmKind::WorksAgain(_) => "run.works_again",
            AlarmKind::Test => "run.test",
            AlarmKind::BreakGlass => "approval.break_glass",
        }
    }

    fn tone(&self) -> Tone {
        match self.kind {
            AlarmKind::Stopped => Tone::Ongoing(Severity::Critical),
            AlarmKind::WorksAgain(_) | AlarmKind::Test | AlarmKind::BreakGlass => Tone::Over,
        }
    }

    fn card(&self) -> CardMessage {
        let label = if self.kind == AlarmKind::BreakGlass { "Who and why" } else { "Last error" };
        let causes =
            self.causes.iter().map(|cause| CardFact { label: label.to_owned(), text: cause.clone() });
        CardMessage {
            name: self.headline().to_owned(),
            title: format!("{}: {}", self.page_host, self.headline()),
            headline: format!("allclear run on {}", self.machine),
            tone: self.tone(),
            news: self.paragraphs().first().cloned().into_iter().collect(),
            facts: causes.collect(),
            said: Vec::new(),
            read_more: "The page".to_owned(),
            url: self.page_url.clone(),
            page_name: self.page_name.clone(),
            thread: self.thread(),
            text: self.plain(),
            brief: self.text().body,
            language: Language::english(),
        }
    }

    fn event(&self, now: Moment) -> EventMessage {
        EventMessage {
            what: vec![self.what().to_owned()],
            tone: self.tone(),
            change: self.id(),
            revision: if self.kind == AlarmKind::Stopped { 1 } else { 2 },
            at: now,
            summary: format!("allclear: {}: {}", self.page_host, self.headline()),
            url: self.page_url.clone(),
            page_name: self.page_name.clone(),
            page_url: self.page_url.clone(),
            thread: self.thread(),
            details: None,
            text: self.plain(),
            language: Language::english(),
        }
    }
}

fn written(at: Moment) -> String {
    at.format("%-d %B %H:%M UTC").to_string()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\n', "<br>")
}
