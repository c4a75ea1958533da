//! `allclear notify --preview`: the whole message about one incident, as a reader gets it.
//!
//! Promises: sends, plans and records nothing; needs no ledger. The message is that of the change that the next `notify` announces,
//! or of how the incident stands if there is none. Links that are personal lead to the desk's first page.

use serde_json::json;

use crate::cli::arguments::{Format, Notify};
use crate::cli::choice::Choice;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, FAINT, count, styled};
use crate::cli::{describe, named, problems};
use crate::commands::person;
use crate::compose;
use crate::files::Durability;
use crate::flow::notify::{announced, compare};
use crate::flow::readers::Readers;
use crate::model::change::Change;
use crate::model::channel::Channel;
use crate::model::destination::{Destination, Repeats};
use crate::model::endpoint::Endpoint;
use crate::model::incident::{Audience, Incident};
use crate::model::localized::Language;
use crate::model::message::{Encoding, Message};
use crate::model::phase::Severity;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::FeatureFilter;
use crate::workspace::root::{LoadedSite, Root};
use crate::workspace::{state, write};

/// The file of an email, below the folder of the state.
const HTML_FILE: &str = "preview.html";

/// What is shown: an incident, and the change of it that the next run announces.
struct Subject<'a> {
    root: &'a Root,
    opened: &'a LoadedSite,
    incident: &'a Incident,
    change: Option<Change>,
    channel: Channel,
}

/// Shows the message.
pub(crate) fn run(root: &Root, options: &Notify) -> Outcome {
    let (Some(incident), Some(channel)) = (&options.preview, options.channel) else {
        return Err(Failure::Usage("--preview needs the ID of an incident, and --channel".to_owned()));
    };
    let reader = options.reader.as_deref();
    let mut opened = root.open()?;
    if !opened.may_send() {
        problems::show(&mut opened.problems, Format::Text);
        return Err(Failure::Problems);
    }
    let incident = named::incident(&opened.site, &root.within, incident)?;
    let change = pending(root, &opened, incident)?;
    let about = match &change {
        Some(change) => format!("not announced yet: {}", describe::all(&change.what)),
        None => "nothing is to be announced; this is how it stands".to_owned(),
    };
    let subject = Subject { root, opened: &opened, incident, change, channel };
    let message =
        if channel.is_for_places() { subject.to_place(reader)? } else { subject.to_person(reader)? };
    print::say(&styled(FAINT, &format!("{}  {about}", incident.id)));
    show(root, channel, &message)
}

/// The change of the incident that the next run announces.
fn pending(root: &Root, opened: &LoadedSite, incident: &Incident) -> Result<Option<Change>, Failure> {
    let Some(base) = announced(root)? else { return Ok(None) };
    let found = compare(root, opened, base, &Choice::default(), Readers::Specimens(&[]))?;
    Ok(found.difference.changes.into_iter().find(|change| change.incident == incident.id))
}

impl Subject<'_> {
    fn to_person(&self, reader: Option<&str>) -> Result<Message, Failure> {
        let Self { root, opened, incident, change, channel } = self;
        let plan = opened.need_plan()?;
        if !plan.has(*channel) {
            let (word, name) = (channel.word(), channel.name());
            let why = format!("site/plan.toml has no table `[{word}]`, so nobody is notified by {name}");
            return Err(Failure::Usage(why));
        }
        let (language, zone) = match reader {
            None => (opened.site.page.first_language().clone(), opened.site.page.time_zone.clone()),
            Some(who) => self.subscriber(who)?,
        };
        let readership = (*channel, &language, zone.as_str());
        let parts = (&opened.site, plan, &*opened.theme);
        let message = compose::preview(incident, change.as_ref(), readership, parts, root.now())?;
        Ok(match message {
            Message::Mail(mail) => Message::Mail(mail.personal(None, "", "")),
            other => other,
        })
    }

    /// Language and time zone of a subscriber who has an address on the channel.
    fn subscriber(&self, who: &str) -> Result<(Language, String), Failure> {
        let who = person::typed_one(who)?;
        let mut ledger = self.root.ledger_if_any()?.ok_or_else(|| {
            Failure::Usage("there is no ledger here, so no subscriber is known; leave out --for".to_owned())
        })?;
        let subscriber = person::find(&mut ledger, &who)?.subscriber;
        if !subscriber.endpoints.iter().any(|(_, endpoint)| endpoint.channel() == self.channel) {
            let why = format!("subscriber {} has no address for {}", subscriber.id, self.channel.name());
            return Err(Failure::Usage(why));
        }
        Ok((subscriber.language, subscriber.time_zone))
    }

    fn to_place(&self, reader: Option<&str>) -> Result<Message, Failure> {
        let Self { root, opened, incident, change, channel } = self;
        let destination = match reader {
            None => any_place(*channel)?,
            Some(name) => {
                let places = &opened.need_plan()?.destinations;
                let place = places.iter().find(|one| one.name == name && one.endpoint.channel() == *channel);
                place.cloned().ok_or_else(|| {
                    let channel = channel.word();
                    let why = format!("site/plan.toml has no destination `{name}` on the channel {channel}");
                    Failure::Usage(why)
                })?
            }
        };
        let parts = (&opened.site, &*opened.theme);
        let message = compose::preview_of_place(incident, change.as_ref(), &destination, parts, root.now())?;
        message.ok_or_else(|| {
            let name = &destination.name;
            Failure::Usage(format!("this change is not for readers of the language of `{name}`"))
        })
    }
}

/// A destination without wishes of its own.
fn any_place(channel: Channel) -> Result<Destination, Failure> {
    let endpoint = Endpoint::new(channel, "preview");
    Ok(Destination {
        name: "preview".to_owned(),
        endpoint: endpoint.ok_or_else(|| anyhow::anyhow!("the channel has no places"))?,
        follows: FeatureFilter::Everything,
        from_severity: Severity::Notice,
        language: None,
        time_zone: None,
        audience: Audience::Public,
        sensitivity_max: Sensitivity::Customer,
        time_to_live: std::time::Duration::ZERO,
        repeats: Repeats::ByChannel,
    })
}

/// Prints the message; an email is also written as a file.
fn show(root: &Root, channel: Channel, message: &Message) -> Outcome {
    let html = match message {
        Message::Mail(mail) => {
            let path = state::folder(&root.state).map_err(anyhow::Error::from)?.join(HTML_FILE);
            write::file(&path, mail.html.as_bytes(), Durability::Cached)?;
            Some(path.display().to_string())
        }
        _ => None,
    };
    if root.format == Format::Json {
        let document = json!({
            "channel": channel.word(),
            "subject": message.subject(),
            "text": message.plain_text(),
            "html_file": html,
        });
        print::exact(&format!("{document:#}"));
        return Ok(Exit::Done);
    }
    if let Message::Mail(mail) = message {
        print::data(&format!("Subject: {}\n", mail.subject));
    }
    print::data(message.plain_text());
    if let Message::Text(text) = message {
        let letters = if text.encoding == Encoding::Gsm7 { "GSM 7-bit" } else { "UCS-2" };
        let segments = count(text.segments.into(), "segment", "segments");
        print::say(&styled(FAINT, &format!("{segments}, {letters}")));
    }
    if let Some(path) = html {
        print::say(&format!("as HTML: {path}"));
    }
    Ok(Exit::Done)
}
