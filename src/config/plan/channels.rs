//! The channels of a plan (`[mail]`, `[text]`): their providers, senders and limits, and how they are read.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use super::country::country_codes;
use super::dkim::{Dkim, dkim};
use super::elsewhere;
use super::price::{TextPrice, price};
use super::provider::Providers;
use crate::config::sender::{SENDER, sender};
use crate::located::{Field, Table, quoted, suggestion};
use crate::model::address::EmailAddress;
use crate::model::channel::Channel;
use crate::model::message::Form;
use crate::model::report::Evidence;
use crate::model::sensitivity::Sensitivity;

const TIME_TO_LIVE: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);

/// How messages leave on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelPlan {
    /// The providers that carry it, in their order; never empty.
    pub providers: Vec<String>,
    /// A message that has not left by then is not sent any more.
    pub time_to_live: Duration,
    /// How far a message has to come to have reached the person.
    pub success: Evidence,
    /// The most sensitive text it carries; a more sensitive one is reduced to the link.
    pub sensitivity_max: Sensitivity,
    /// What its form of message needs in addition to the text.
    pub wording: Wording,
}

/// What a form of message needs in addition to the text. The variant is that of the channel's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wording {
    /// What an email needs: sender, reply address, signature.
    Mail(MailWording),
    /// For text messages.
    Text(TextWording),
}

/// Sender and signature of mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailWording {
    /// The sender.
    pub from: Mailbox,
    /// Reply-To address, if it differs from `from`.
    pub reply_to: Option<Mailbox>,
    /// The signature, if there is one.
    pub dkim: Option<Dkim>,
}

/// Sender and length of text messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextWording {
    /// The sender: a phone number, a short code or up to 11 letters.
    pub sender: String,
    /// The maximum number of segments of one text message.
    pub segments_max: u8,
    /// Replace letters such as á by a if the message then needs fewer segments.
    pub transliterate: bool,
    /// The country codes that messages may go to, such as `+34`; every one if there is none.
    pub countries: Vec<String>,
    /// What a segment costs, if the plan states it.
    pub price: Option<TextPrice>,
}

impl TextWording {
    /// Whether a message may go to a number.
    pub fn allows(&self, number: &str) -> bool {
        self.countries.is_empty() || self.countries.iter().any(|country| number.starts_with(country))
    }
}

impl ChannelPlan {
    /// What mails need, if this is a channel of mails.
    pub fn mail(&self) -> Option<&MailWording> {
        match &self.wording {
            Wording::Mail(mail) => Some(mail),
            Wording::Text(_) => None,
        }
    }

    /// What text messages need, if this is a channel of text messages.
    pub fn text(&self) -> Option<&TextWording> {
        match &self.wording {
            Wording::Text(text) => Some(text),
            Wording::Mail(_) => None,
        }
    }
}

/// An address with the name people see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name, without quotes, line breaks and angle brackets.
    pub name: Option<String>,
    /// Without a display name.
    pub address: EmailAddress,
}

impl Mailbox {
    /// Takes `Name <name@example.com>` or the bare address; `None` for anything else.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) else {
            return Some(Self { name: None, address: EmailAddress::new(text)? });
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim();
        let plain =
            |c: char| !c.is_control() && !matches!(c, '<' | '>' | '"' | '\\' | '\u{2028}' | '\u{2029}');
        let named = name.chars().all(plain) && name.chars().count() <= 100;
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        named.then_some(Self { name, address: EmailAddress::new(address)? })
    }
}

/// When a channel's message is too old, and if the file states it, if it does.
pub(super) struct TimeToLive {
    pub(super) channel: Channel,
    pub(super) time_to_live: Duration,
    pub(super) span: Option<Range<usize>>,
}

/// Reads the table of a channel.
pub(super) fn read(
    channel: Channel,
    mut table: Table<'_>,
    providers: &mut Providers,
) -> (Option<ChannelPlan>, Option<TimeToLive>) {
    let wording = match channel.facts().form {
        Form::Mail => mail(&mut table).map(Wording::Mail),
        Form::Text => text(&mut table).map(Wording::Text),
        // Channels for places have no table: what they need is said of each destination.
        Form::Card | Form::Event => None,
    };
    let carriers = carriers(&mut table, channel, providers);
    let time_to_live = table.required("time_to_live").duration(TIME_TO_LIVE);
    let deadline = time_to_live.map(|time| deadline(&table, channel, time));
    let (success, sensitivity_max) = reach(&mut table);
    table.finish_with(elsewhere::in_channel);
    let plan = || {
        Some(ChannelPlan {
            providers: carriers?,
            time_to_live: time_to_live?,
            success: success?,
            sensitivity_max: sensitivity_max?,
            wording: wording?,
        })
    };
    (plan(), deadline)
}

fn mail(table: &mut Table<'_>) -> Option<MailWording> {
    let expected = "a mailbox such as `Shop <status@example.com>`";
    let from = table.required("from").shaped("bad-mailbox", expected, Mailbox::new);
    let reply_to = table.optional("reply_to").shaped("bad-mailbox", expected, Mailbox::new);
    let dkim = dkim(table, from.as_ref().map(|from| &from.address));
    Some(MailWording { from: from?, reply_to, dkim: dkim? })
}

fn text(table: &mut Table<'_>) -> Option<TextWording> {
    let sender = table.required("sender").shaped("bad-sender", SENDER, sender);
    let segments_max = table.required("segments_max").integer(1..=10_u8);
    let transliterate = table.required("transliterate").flag();
    let countries = countries(&table.optional("countries"));
    let price = price(table);
    Some(TextWording {
        sender: sender?,
        segments_max: segments_max?,
        transliterate: transliterate?,
        countries: countries?,
        price: price?,
    })
}

/// Country codes; `None` if one cannot be read. An empty list would allow no number at all.
fn countries(field: &Field<'_>) -> Option<Vec<String>> {
    if field.is_present() && field.items().is_empty() {
        field.error(
            "no-country",
            "`countries` is empty",
            Some("leave it out to allow every country".to_owned()),
        );
        return None;
    }
    country_codes(field)
}

/// How far a channel's message has to come, and how sensitive a text it carries.
fn reach(table: &mut Table<'_>) -> (Option<Evidence>, Option<Sensitivity>) {
    let success = table.required("success").choice(&Evidence::ALL, Evidence::word, Evidence::from_word);
    let ceiling = table.required("sensitivity_max");
    (success, ceiling.choice(&Sensitivity::ALL, Sensitivity::word, Sensitivity::from_word))
}

fn deadline(table: &Table<'_>, channel: Channel, time_to_live: Duration) -> TimeToLive {
    let span = table.has("time_to_live").then(|| table.value_span("time_to_live"));
    TimeToLive { channel, time_to_live, span }
}

/// The providers a channel names, if each is there and can carry it.
fn carriers(table: &mut Table<'_>, channel: Channel, providers: &mut Providers) -> Option<Vec<String>> {
    let field = table.required("providers");
    let names = field.texts()?;
    if names.is_empty() {
        field.error("no-provider", format!("`{}` has no provider", channel.word()), None);
        return None;
    }
    let mut carriers = Vec::new();
    let mut sound = true;
    for item in field.items() {
        let Some(name) = item.text() else { continue };
        if let Err((rule, message, hint)) = carrier(&name, channel, &carriers, providers) {
            item.error(rule, message, hint);
            sound = false;
        }
        providers.used.insert(name.clone());
        carriers.push(name);
    }
    sound.then_some(carriers)
}

/// Why a provider cannot carry a channel, next to those named before it.
fn carrier(
    name: &str,
    channel: Channel,
    before: &[String],
    providers: &Providers,
) -> Result<(), (&'static str, String, Option<String>)> {
    let shown = quoted(name);
    if before.iter().any(|other| other == name) {
        return Err(("duplicate-provider", format!("{shown} is listed twice"), None));
    }
    match providers.kind_of(name) {
        None => {
            let hint = suggestion(name, &providers.names())
                .unwrap_or_else(|| "add a table for it, `[providers.NAME]`".to_owned());
            Err(("unknown-provider", format!("there is no provider {shown}"), Some(hint)))
        }
        Some(Some(kind)) if !kind.carries(channel) => {
            let others: Vec<&str> = kind.channels.iter().map(|other| other.name()).collect();
            let message = format!("{shown} supports {}, not {}", others.join(" and "), channel.name());
            Err(("wrong-provider", message, None))
        }
        Some(_) => Ok(()),
    }
}
