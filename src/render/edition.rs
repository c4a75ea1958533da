//! What all pages of one language share: its texts, the names of features, and the format of times.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::file::{Error, File};
use super::key::status_key;
use super::snapshot::Snapshot;
use super::stamp::CacheKey;
use super::view::{Prose, StatusIcon, Time, Title, VisibleDuring};
use crate::model::Moment;
use crate::model::feature::{FeatureId, Status};
use crate::model::incident::Incident;
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::site::Site;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use crate::theme::markdown::{MarkdownContext, escape, to_html};
use crate::theme::words::Translations;

/// One language of the site.
pub(super) struct LanguageEdition<'a> {
    pub(super) page: &'a Page,
    pub(super) theme: &'a Theme,
    pub(super) language: &'a Language,
    pub(super) words: &'a Translations,
    pub(super) zone: &'a Zone,
    pub(super) snapshot: &'a Snapshot<'a>,
    /// The language's folder with a slash at its end; empty for the first language.
    pub(super) folder: String,
    names: HashMap<&'a FeatureId, Cow<'a, str>>,
    /// What represents all that a page has from the site and not from its subject.
    pub(super) stamp: CacheKey,
}

impl<'a> LanguageEdition<'a> {
    pub(super) fn new(
        site: &'a Site,
        theme: &'a Theme,
        language: &'a Language,
        zone: &'a Zone,
        snapshot: &'a Snapshot<'a>,
    ) -> Self {
        let page = &site.page;
        let names = page.features().map(|feature| (&feature.id, page.feature_name(&feature.id, language)));
        Self {
            page,
            theme,
            language,
            words: theme.words(language),
            zone,
            snapshot,
            folder: folder_of(page, language),
            names: names.collect(),
            stamp: CacheKey::of(&(
                page,
                theme.fingerprint(),
                language,
                snapshot.audience,
                zone.abbreviation(snapshot.now),
            )),
        }
    }

    /// Fills in a template and says where in the tree the result lies.
    pub(super) fn fill(&self, path: String, template: &str, view: &impl Serialize) -> Result<File, Error> {
        match self.theme.render_in(self.language, template, view) {
            Ok(html) => Ok((path, html.into_bytes())),
            Err(source) => Err(Error::Template { page: path, source }),
        }
    }

    /// The name readers know a feature by; its id where the page no longer has it.
    pub(super) fn name<'b>(&'b self, feature: &'b FeatureId) -> &'b str {
        self.names.get(feature).map_or(feature.as_str(), AsRef::as_ref)
    }

    /// A moment with its date written out.
    pub(super) fn time(&self, moment: Moment) -> Time {
        Time { machine: machine(moment), human: self.words.date_time(moment, self.zone) }
    }

    /// A moment in little room.
    pub(super) fn short_time(&self, moment: Moment) -> Time {
        Time { machine: machine(moment), human: self.words.short_date_time(moment, self.zone) }
    }

    /// A time that a file states of its incident, with its date written out: the day alone where no more is known.
    pub(super) fn stated_time(&self, incident: &Incident, at: Moment) -> Time {
        self.day(incident, at, Translations::date).unwrap_or_else(|| self.time(at))
    }

    /// The same in little room.
    pub(super) fn short_stated_time(&self, incident: &Incident, at: Moment) -> Time {
        self.day(incident, at, Translations::short_date).unwrap_or_else(|| self.short_time(at))
    }

    fn day(
        &self,
        incident: &Incident,
        at: Moment,
        write: fn(&Translations, Moment, &Zone) -> String,
    ) -> Option<Time> {
        let machine = || self.zone.day(at);
        incident.is_day_only(at).then(|| Time { machine: machine(), human: write(self.words, at, self.zone) })
    }

    /// A phrase with a time in it, as markup.
    pub(super) fn phrase_html(&self, key: &str, time: &Time) -> String {
        escape(self.words.say(key)).replace("{time}", &time_html("", time))
    }

    /// The same, where the page's script adds how far away the time is.
    pub(super) fn near_phrase_html(&self, key: &str, time: &Time) -> String {
        escape(self.words.say(key)).replace("{time}", &time_html(" class=\"near\"", time))
    }

    /// From one time to another, as markup that the page's script can read.
    pub(super) fn span_html(&self, from: Moment, to: Moment) -> String {
        let (first, last) = self.words.span_ends(from, to, self.zone);
        let (from, to) =
            (Time { machine: machine(from), human: first }, Time { machine: machine(to), human: last });
        let span = escape(self.words.say("time.span"));
        let span = span.replace("{from}", &time_html("", &from)).replace("{to}", &time_html("", &to));
        format!("<span class=\"span\" data-times=\"{} {}\">{span}</span>", from.machine, to.machine)
    }

    /// For how long something is true, and whether it is at the build's moment.
    pub(super) fn holds(&self, from: Option<Moment>, until: Option<Moment>) -> VisibleDuring {
        let now = self.snapshot.now;
        VisibleDuring {
            now: from.is_none_or(|from| from < now) && until.is_none_or(|until| now <= until),
            from: from.map(machine),
            until: until.map(machine),
        }
    }

    /// What follows from the features' statuses and the worst of all, now and after each turn of the clock that
    /// changes it.
    pub(super) fn over_time<T: PartialEq>(
        &self,
        of: impl Fn(&BTreeMap<&FeatureId, Status>, Status) -> T,
    ) -> Vec<(VisibleDuring, T)> {
        let snapshot = self.snapshot;
        let mut states = vec![(None, of(&snapshot.statuses, snapshot.overall))];
        for prospect in &snapshot.prospects {
            let state = of(&prospect.statuses, prospect.overall);
            if states.last().is_none_or(|(_, last)| *last != state) {
                states.push((Some(prospect.from), state));
            }
        }
        let until: Vec<Option<Moment>> = states.iter().skip(1).map(|(from, _)| *from).chain([None]).collect();
        let states = states.into_iter().zip(until);
        states.map(|((from, state), until)| (self.holds(from, until), state)).collect()
    }

    /// How many more there are behind a list that was cut; `None` if none was left out.
    pub(super) fn and_more(&self, count: usize) -> Option<String> {
        (count > 0).then(|| self.words.say_with("overall.more", &[("count", &count.to_string())]))
    }

    pub(super) fn title(&self, text: &Localized) -> Title {
        Title { text: text.in_language(self.language).to_owned(), language: self.foreign(text) }
    }

    /// Markdown as HTML, for a page from which the tree's root is reached by `root`. Times within it are written
    /// in the text's language.
    pub(super) fn prose(&self, text: &Localized, root: &str) -> Prose {
        let language = self.foreign(text);
        let own = if language.is_some() { self.page.first_language() } else { self.language };
        let reader = MarkdownContext { words: self.theme.words(own), zone: self.zone, base: root };
        Prose { html: to_html(text.in_language(self.language), &reader), language }
    }

    /// A status as shape and word.
    pub(super) fn mark(&self, status: Status) -> StatusIcon {
        StatusIcon { shape: status.word(), word: self.words.say(status_key(status)).to_owned() }
    }

    /// The language a text is in if that is not this edition's.
    fn foreign(&self, text: &Localized) -> Option<String> {
        let first = self.page.first_language();
        (!text.is_translated(self.language, first)).then(|| first.as_str().to_owned())
    }
}

/// The folder of a language in the tree.
pub(super) fn folder_of(page: &Page, language: &Language) -> String {
    if language == page.first_language() { String::new() } else { format!("{language}/") }
}

fn time_html(attribute: &str, time: &Time) -> String {
    format!("<time{attribute} datetime=\"{}\">{}</time>", time.machine, escape(&time.human))
}

fn machine(moment: Moment) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
