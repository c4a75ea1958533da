//! The pages of the desk: their content, and their frame, which is that of the status page.
//!
//! Promises: every text comes from the theme, in the reader's language; input is only ever a value.

use serde::Serialize;

use super::fields::can_be_followed;
use super::{Desk, Error, Shown};
use crate::ledger::Preferences;
use crate::model::feature::FeatureId;
use crate::model::incident::IncidentId;
use crate::model::localized::Language;
use crate::model::page::Page;
use crate::model::phase::Severity;
use crate::model::subscriber::FeatureFilter;
use crate::theme::words::direction;
use crate::theme::{Theme, markdown};

/// The content of a page.
#[derive(Debug, Default, Serialize)]
pub(super) struct Sheet {
    pub(super) title: String,
    /// Paragraphs below the title.
    pub(super) lead: Vec<String>,
    /// What was wrong with what was sent.
    pub(super) problem: String,
    pub(super) done: String,
    pub(super) form: Option<Form>,
    pub(super) code: Option<CodeForm>,
    pub(super) number: Option<NumberForm>,
    /// Forms that are one button each.
    pub(super) buttons: Vec<Button>,
    /// Small print at the end.
    pub(super) notes: Vec<String>,
}

/// What someone can choose.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    action: String,
    /// The text of its button.
    send: String,
    /// The address as it was typed; `None` if it is known and cannot be changed.
    address: Option<String>,
    /// The only incident that is asked about: nothing but language and time zone can be chosen then.
    incident: Option<String>,
    /// Whether no feature can be followed, as by subscribers who asked about one incident; if so it is chosen.
    nothing: bool,
    everything: bool,
    groups: Vec<Group>,
    severities: Vec<Choice>,
    languages: Vec<Choice>,
    zone: String,
}

#[derive(Debug, Serialize)]
struct Group {
    name: String,
    /// The group as a whole, if it can be followed.
    whole: Option<Choice>,
    features: Vec<Choice>,
}

#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

/// Where a code is typed.
#[derive(Debug, Serialize)]
pub(super) struct CodeForm {
    pub(super) action: String,
    pub(super) pass: String,
    /// What its field is called.
    pub(super) label: String,
}

/// Where a phone number for SMS is added or given up.
#[derive(Debug, Serialize)]
pub(super) struct NumberForm {
    /// Where a number is added; `None` if none can be.
    pub(super) action: Option<String>,
    /// As it was typed.
    pub(super) typed: String,
    /// That messages go to a number, masked; empty if there is none.
    pub(super) now: String,
    /// Where that number is given up; `None` if it is their only address.
    pub(super) remove: Option<String>,
}

/// A form that is one button.
#[derive(Debug, Serialize)]
pub(super) struct Button {
    pub(super) action: String,
    pub(super) label: String,
    /// Whether it is what most people came for.
    pub(super) main: bool,
}

impl Sheet {
    /// A page of a title and paragraphs, by the keys of their words.
    pub(super) fn saying(theme: &Theme, language: &Language, title: &str, lead: &[&str]) -> Self {
        let words = theme.words(language);
        let lead = lead.iter().map(|key| words.say(key).to_owned()).collect();
        Self { title: words.say(title).to_owned(), lead, ..Self::default() }
    }

    /// That something failed here, and what to do.
    pub(super) fn failed(theme: &Theme, language: &Language) -> Self {
        Self::saying(theme, language, "desk.failed", &["desk.failed_text"])
    }

    /// Fills the page in.
    pub(super) fn render(self, desk: &Desk, shown: &Shown, language: &Language) -> Result<String, Error> {
        let frame = Frame::new(desk, &shown.page, &shown.theme, language, &self.title);
        Ok(shown.theme.render_in(language, "desk.html", &View { frame, sheet: self })?)
    }
}

impl Form {
    /// A form with these choices made.
    pub(super) fn new(
        (page, theme): (&Page, &Theme),
        language: &Language,
        chosen: &Preferences,
        (action, send): (String, &str),
        address: Option<String>,
    ) -> Self {
        let words = theme.words(language);
        let severities = Severity::ALL.map(|severity| {
            let name = words.say(&format!("severity.{}", severity.word())).to_owned();
            let name = match severity {
                Severity::Critical => name,
                _ => words.say_with("desk.or_worse", &[("severity", &name)]),
            };
            Choice { value: severity.word().to_owned(), name, chosen: severity == chosen.from_severity }
        });
        let languages = page.languages.iter().map(|one| Choice {
            value: one.to_string(),
            name: theme.words(one).say("language").to_owned(),
            chosen: *one == chosen.language,
        });
        let languages: Vec<Choice> = languages.collect();
        Self {
            action,
            send: words.say(send).to_owned(),
            address,
            incident: None,
            nothing: chosen.follows.is_nothing(),
            everything: chosen.follows == FeatureFilter::Everything,
            groups: groups(page, language, &chosen.follows),
            severities: severities.into(),
            languages: if languages.len() > 1 { languages } else { Vec::new() },
            zone: chosen.time_zone.clone(),
        }
    }

    /// The same for one incident.
    pub(super) fn of_one(self, incident: &IncidentId) -> Self {
        Self { incident: Some(incident.to_string()), ..self }
    }
}

fn groups(page: &Page, language: &Language, follows: &FeatureFilter) -> Vec<Group> {
    let is_chosen = |id: &FeatureId| matches!(follows, FeatureFilter::Features(ids) if ids.contains(id));
    let choice = |id: &FeatureId, name: &str| Choice {
        value: id.to_string(),
        name: name.to_owned(),
        chosen: is_chosen(id),
    };
    let known: Vec<&FeatureId> = can_be_followed(page).collect();
    page.groups
        .iter()
        .map(|group| {
            let name = group.name.in_language(language);
            let whole = group.id.as_ref().filter(|id| known.contains(id)).map(|id| choice(id, name));
            let features = group.features.iter();
            let features = features.map(|one| choice(&one.id, one.name.in_language(language)));
            Group { name: name.to_owned(), whole, features: features.collect() }
        })
        .collect()
}

/// The view of `desk.html`.
#[derive(Serialize)]
struct View<'a> {
    frame: Frame<'a>,
    #[serde(flatten)]
    sheet: Sheet,
}

/// The view of the layout, whose links lead to the status page.
#[derive(Serialize)]
struct Frame<'a> {
    language: &'a str,
    direction: &'static str,
    page_name: &'a str,
    title: String,
    summary: &'a str,
    kind: &'static str,
    home: String,
    history: String,
    subscribe: String,
    /// The theme's own stands: the policy allows no picture of another host.
    logo: Option<String>,
    canonical: String,
    editions: Vec<Edition<'a>>,
    is_internal: bool,
    read_by: Option<&'a str>,
    is_linked: bool,
    /// Only other pages lead here.
    desk: Option<String>,
    support: Option<String>,
    zone: &'a str,
    zone_note: &'static str,
    state: &'static str,
}

#[derive(Serialize)]
struct Edition<'a> {
    language: &'a str,
    name: &'a str,
    href: String,
    is_here: bool,
}

impl<'a> Frame<'a> {
    fn new(desk: &Desk, page: &'a Page, theme: &'a Theme, language: &'a Language, title: &str) -> Self {
        let name = page.name.in_language(language);
        let is_first = language == page.first_language();
        let folder = if is_first { String::new() } else { format!("{language}/") };
        let edition = |one: &'a Language| Edition {
            language: one.as_str(),
            name: theme.words(one).say("language"),
            href: format!("?lang={one}"),
            is_here: one == language,
        };
        let editions: Vec<Edition<'a>> = page.languages.iter().map(edition).collect();
        Self {
            language: language.as_str(),
            direction: direction(language),
            page_name: name,
            title: format!("{title} · {name}"),
            summary: theme.words(language).say("subscribe.intro"),
            kind: "desk",
            home: page.address(&folder),
            history: page.address(&format!("{folder}history/")),
            subscribe: format!("{}/?lang={language}", desk.terms.url),
            logo: None,
            canonical: format!("{}/", desk.terms.url),
            editions: if editions.len() > 1 { editions } else { Vec::new() },
            is_internal: false,
            read_by: page.read_by_title(language),
            is_linked: false,
            desk: None,
            support: page.support_url.as_deref().and_then(markdown::safe_address),
            zone: &page.time_zone,
            zone_note: "",
            state: "operational",
        }
    }
}
