//! The one for whom a message is written: a language, a zone, and the times as they write them.

use crate::model::Moment;
use crate::model::incident::{IncidentId, Window};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::theme::Theme;
use crate::theme::calendar::Zone;
use crate::theme::markdown;
use crate::theme::words::Words;

/// Everybody who reads one language in one zone.
pub(super) struct Reader<'a> {
    pub(super) page: &'a Page,
    pub(super) language: &'a Language,
    pub(super) words: &'a Words,
    pub(super) zone: Zone,
    /// When the message is written: what is true then.
    pub(super) now: Moment,
    /// When it may leave: times of the same day are written without their date.
    pub(super) leaves_at: Moment,
    /// The page's address with a slash at its end, before links within the site.
    base: String,
}

/// The language somebody is written in: theirs where the page is built in it, else the page's first.
pub(super) fn language_of<'a>(page: &'a Page, wanted: &'a Language) -> &'a Language {
    if page.languages.contains(wanted) { wanted } else { page.first_language() }
}

/// The zone of that name; the page's own where none is called so.
pub(super) fn zone_of(page: &Page, name: &str) -> Zone {
    Zone::named(name).or_else(|| Zone::named(&page.time_zone)).unwrap_or_else(Zone::utc)
}

impl<'a> Reader<'a> {
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
        Self { page, language, words: theme.words(language), zone, now, leaves_at, base }
    }

    /// A text of the page or an incident in the reader's language, as far as it is translated.
    pub(super) fn text<'t>(&self, text: &'t Localized) -> &'t str {
        text.in_language(self.language)
    }

    /// A moment: `12:30 CET` on the day it leaves, `21 Nov 2026, 12:30 CET` on any other.
    pub(super) fn time(&self, moment: Moment) -> String {
        if self.same_day(moment, self.leaves_at) {
            self.words.time(moment, &self.zone)
        } else {
            self.words.short_date_time(moment, &self.zone)
        }
    }

    /// A moment named beside another that was just written with its zone: `11:30` on the day it leaves.
    pub(super) fn other_time(&self, moment: Moment) -> String {
        if self.same_day(moment, self.leaves_at) {
            self.words.clock_time(moment, &self.zone)
        } else {
            self.words.short_date_time(moment, &self.zone)
        }
    }

    /// From one time to another: `28 Nov 2026, 22:00 – 29 Nov 2026, 02:00 CET`.
    pub(super) fn window(&self, window: Window) -> String {
        let (date, clock) = (
            self.words.short_date(window.starts, &self.zone),
            self.words.clock_time(window.starts, &self.zone),
        );
        let from = self.words.say_with("time.at", &[("date", &date), ("time", &clock)]);
        let to = if self.same_day(window.starts, window.ends) {
            self.words.time(window.ends, &self.zone)
        } else {
            self.words.short_date_time(window.ends, &self.zone)
        };
        self.words.say_with("time.span", &[("from", &from), ("to", &to)])
    }

    /// Markdown as plain text.
    pub(super) fn plain(&self, text: &str) -> String {
        markdown::to_plain(text, &self.markdown()).trim().to_owned()
    }

    /// Markdown as HTML blocks.
    pub(super) fn html(&self, text: &str) -> String {
        markdown::to_html(text, &self.markdown())
    }

    /// The address of the incident's page in the reader's language.
    pub(super) fn incident_url(&self, id: &IncidentId) -> String {
        let folder = if self.language == self.page.first_language() {
            String::new()
        } else {
            format!("{}/", self.language)
        };
        format!("{}{folder}incidents/{id}/", self.base)
    }

    fn markdown(&self) -> markdown::Reader<'_> {
        markdown::Reader { words: self.words, zone: &self.zone, base: &self.base }
    }

    fn same_day(&self, one: Moment, other: Moment) -> bool {
        self.zone.wall_clock(one).date() == self.zone.wall_clock(other).date()
    }
}
