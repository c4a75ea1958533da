//! The recipient for whom a message is written: language, time zone, and format of times.

use crate::model::Moment;
use crate::model::incident::{Incident, IncidentId, TimeRange};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use crate::theme::markdown;
use crate::theme::words::Translations;

/// A date closer than this needs no year.
const NEAR_DAYS_MAX: i64 = 180;

/// Why someone gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// They follow what it is about.
    Subscribed,
    /// They asked about this incident alone, until it is over.
    AskedAboutThis,
}

/// Everyone who reads one language in one zone.
pub(super) struct Recipient<'a> {
    pub(super) page: &'a Page,
    pub(super) language: &'a Language,
    pub(super) words: &'a Translations,
    /// The text of the page's first language, for what is not translated.
    first_words: &'a Translations,
    pub(super) zone: Zone,
    /// When the message is written: what is true then.
    pub(super) now: Moment,
    /// When it may leave: times of the same day are written without their date.
    pub(super) leaves_at: Moment,
    /// Why they get the message.
    pub(super) why: Why,
    /// The page's address with a slash at its end, before links within the site.
    base: String,
}

/// The language someone is written in: theirs where the page is built in it, else the page's first.
pub(super) fn language_of<'a>(page: &'a Page, wanted: &'a Language) -> &'a Language {
    if page.languages.contains(wanted) { wanted } else { page.first_language() }
}

/// The zone of that name; the page's own if none is called so.
pub(super) fn zone_of(page: &Page, name: &str) -> Zone {
    Zone::named(name).or_else(|| Zone::named(&page.time_zone)).unwrap_or_else(Zone::utc)
}

impl<'a> Recipient<'a> {
    /// Readers of `language`, one of the page's, in the zone of that name, of what is true at `now` and may leave at
    /// `leaves_at`.
    pub(super) fn new(
        page: &'a Page,
        theme: &'a Theme,
        language: &'a Language,
        zone: &str,
        (now, leaves_at): (Moment, Moment),
    ) -> Self {
        let (zone, base) = (zone_of(page, zone), format!("{}/", page.url));
        let (words, first_words) = (theme.words(language), theme.words(page.first_language()));
        Self { page, language, words, first_words, zone, now, leaves_at, why: Why::Subscribed, base }
    }

    /// A text of the page or an incident in the reader's language, as far as it is translated.
    pub(super) fn text<'t>(&self, text: &'t Localized) -> &'t str {
        text.in_language(self.language)
    }

    /// A moment: `12:30 CET` on the day it leaves, `21 Nov, 12:30 CET` on any other, with the year if that day is far away.
    pub(super) fn time(&self, moment: Moment) -> String {
        self.dated(moment, self.words.time(moment, &self.zone))
    }

    /// A moment named next to another that was just written with its zone: `11:30` on the day it leaves.
    pub(super) fn other_time(&self, moment: Moment) -> String {
        if self.same_day(moment, self.leaves_at) {
            self.words.clock_time(moment, &self.zone)
        } else {
            self.time(moment)
        }
    }

    /// A time that a file states of its incident: the day alone, in the page's zone, where no more is known.
    pub(super) fn stated_time(&self, incident: &Incident, at: Moment) -> String {
        if incident.is_day_only(at) { self.day(at) } else { self.time(at) }
    }

    fn day(&self, at: Moment) -> String {
        let zone = self.page_zone();
        if self.is_near(at) {
            self.words.short_month_day(at, &zone)
        } else {
            self.words.short_date(at, &zone)
        }
    }

    /// A day of the page as RFC 3339 writes it: `2026-11-20`.
    pub(super) fn page_day(&self, at: Moment) -> String {
        self.page_zone().day(at)
    }

    fn page_zone(&self) -> Zone {
        zone_of(self.page, &self.page.time_zone)
    }

    /// From one time to another: `28 Nov, 22:00 – 29 Nov, 02:00 CET`; without an end, the start and that the end is open.
    /// Where only the days are known, the days.
    pub(super) fn window(&self, window: TimeRange) -> String {
        let shown = |at: Moment, is_day: bool| if is_day { self.day(at) } else { self.time(at) };
        let from = shown(window.starts, window.day_only.starts);
        match window.ends {
            None => self.words.say_with("time.open_span", &[("time", &from)]),
            Some(ends) if window.day_only.starts || window.day_only.ends => {
                self.words.span_of_two(&from, &shown(ends, window.day_only.ends))
            }
            Some(ends) => self.words.span_with(window.starts, ends, &self.zone, |moment| self.date(moment)),
        }
    }

    /// The language of a text if that is not the reader's.
    pub(super) fn foreign(&self, text: &Localized) -> Option<&'a Language> {
        let first = self.page.first_language();
        (!text.is_translated(self.language, first)).then_some(first)
    }

    /// What that language is called, in itself.
    pub(super) fn first_language_name(&self) -> &str {
        self.first_words.say("language")
    }

    /// Markdown as plain text. Times in it are written in the text's own language.
    pub(super) fn plain(&self, text: &Localized) -> String {
        markdown::to_plain(self.text(text), &self.markdown(text)).trim().to_owned()
    }

    /// Markdown as HTML blocks. Times in it are written in the text's own language.
    pub(super) fn html(&self, text: &Localized) -> String {
        markdown::to_html(self.text(text), &self.markdown(text))
    }

    /// The address of the page in the reader's language.
    pub(super) fn page_url(&self) -> String {
        self.page.address(&self.folder())
    }

    /// The address of the incident's page in the reader's language.
    pub(super) fn incident_url(&self, id: &IncidentId) -> String {
        self.page.address(&format!("{}incidents/{id}/", self.folder()))
    }

    /// The folder of the reader's language in the tree.
    fn folder(&self) -> String {
        let is_first = self.language == self.page.first_language();
        if is_first { String::new() } else { format!("{}/", self.language) }
    }

    fn markdown(&self, text: &Localized) -> markdown::MarkdownContext<'_> {
        let words = if self.foreign(text).is_some() { self.first_words } else { self.words };
        markdown::MarkdownContext { words, zone: &self.zone, base: &self.base }
    }

    /// A time with its date, unless it is of the day on which the message leaves.
    fn dated(&self, moment: Moment, time: String) -> String {
        if self.same_day(moment, self.leaves_at) {
            return time;
        }
        self.words.say_with("time.at", &[("date", &self.date(moment)), ("time", &time)])
    }

    fn date(&self, moment: Moment) -> String {
        if self.is_near(moment) {
            self.words.short_month_day(moment, &self.zone)
        } else {
            self.words.short_date(moment, &self.zone)
        }
    }

    fn is_near(&self, moment: Moment) -> bool {
        (moment - self.leaves_at).num_days().abs() < NEAR_DAYS_MAX
    }

    fn same_day(&self, one: Moment, other: Moment) -> bool {
        self.zone.wall_clock(one).date() == self.zone.wall_clock(other).date()
    }
}
