//! Rules on the texts: that they exist, in every language, and fit.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::inspection::{Finding, Inspection, iso};
use crate::model::incident::{Incident, Update};
use crate::model::localized::{Language, Localized};
use crate::model::phase::Phase;
use crate::model::token;

const TITLE_CHARACTERS_MAX: usize = 120;
/// Longer words in braces are prose.
const BLANK_BYTES_MAX: usize = 60;

pub(super) fn missing_impact(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if !inspection.is_open(incident) || incident.impact.is_some() {
        return Vec::new();
    }
    let place = inspection.key(incident, &["affected", "title"]);
    let hint = "add `impact = …`: who notices what, in the customers' words";
    vec![
        Finding::warning(place, "the file has no `impact`: customers do not learn what this means for them")
            .hint(hint),
    ]
}

pub(super) fn empty_update(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let ends = |update: &Update| update.phase.is_some_and(Phase::is_over);
    let empty =
        incident.public_updates().filter(|update| update.body.default.trim().is_empty() && !ends(update));
    let finding = |update| Finding::warning(inspection.heading(incident, update), "the update has no text");
    empty.map(|update| finding(update).hint("write what is new, even if only that work continues")).collect()
}

pub(super) fn unfilled_blank(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if !inspection.is_open(incident) {
        return Vec::new();
    }
    let fields = [("title", Some(&incident.title)), ("impact", incident.impact.as_ref())];
    let fields = fields.into_iter().chain([("workaround", incident.workaround.as_ref())]);
    let fields = fields.filter_map(|(key, text)| Some((inspection.key(incident, &[key]), blank_in(text?)?)));
    let updates = incident.public_updates();
    let updates =
        updates.filter_map(|update| Some((inspection.heading(incident, update), blank_in(&update.body)?)));
    let finding = |(place, blank): (_, &str)| {
        Finding::error(place, format!("the placeholder `{blank}` is not filled in"))
            .hint("replace it with its value; for literal braces, write `\\{`")
    };
    fields.chain(updates).map(finding).collect()
}

/// The first blank of an approved message template that was left in a text, in any language.
fn blank_in(text: &Localized) -> Option<&str> {
    std::iter::once(&text.default).chain(text.translations.values()).find_map(|text| blanks(text).next())
}

/// The blanks of a message template in a text, such as `{other method}`: small words in braces. Time tokens and braces after a
/// backslash or in code are none.
pub fn blanks(text: &str) -> impl Iterator<Item = &str> {
    let code = code(text);
    text.match_indices('{').filter_map(move |(start, _)| {
        let is_code = |at: usize| code.iter().any(|code| code.contains(&at));
        let words = &text[start + 1..];
        // Looks no further than the first letter that no blank has, so that many braces stay cheap.
        let length = words.find(|c: char| !c.is_alphabetic() && c != ' ')?;
        let end = start + 1 + length;
        let is_wording = words[length..].starts_with('}')
            && words.starts_with(|c: char| c.is_lowercase())
            && length <= BLANK_BYTES_MAX;
        let inside = &words[..length];
        let is_meant = text[..start].ends_with('\\') || inside.starts_with("time");
        (is_wording && !is_meant && !is_code(start)).then(|| &text[start..=end])
    })
}

/// The bytes of a markdown text that are in code, in lines and in blocks.
fn code(text: &str) -> Vec<Range<usize>> {
    let mut code = Vec::new();
    for (event, range) in Parser::new(text).into_offset_iter() {
        if matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))) {
            code.push(range);
        }
    }
    code
}

pub(super) fn overlong_title(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let title = &incident.title;
    let texts = std::iter::once((None, &title.default));
    let texts = texts.chain(title.translations.iter().map(|(language, text)| (Some(language), text)));
    let long = texts.filter(|(_, text)| text.chars().count() > TITLE_CHARACTERS_MAX);
    let finding = |(language, text): (Option<&Language>, &String)| {
        let of = language.map(|language| format!(" in `{language}`")).unwrap_or_default();
        let length = text.chars().count();
        let message = format!("the title{of} has {length} characters, more than {TITLE_CHARACTERS_MAX}");
        let place = inspection.key(incident, &["title"]);
        Finding::warning(place, message).hint("shorten it; the rest fits into the first update")
    };
    long.map(finding).collect()
}

/// A title is in subjects, headings and the names of links, where no reader's clock is known.
pub(super) fn time_in_title(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let texts = std::iter::once(&incident.title.default).chain(incident.title.translations.values());
    let token = texts.flat_map(|text| token::find(text).into_iter().map(|found| &text[found.range])).next();
    let finding = |token: &str| {
        let message = format!("the title holds `{token}`, which is only filled in within texts");
        let hint = "say the time in `eta`, in `impact` or in an update; a title names what is wrong";
        Finding::error(inspection.key(incident, &["title"]), message).hint(hint)
    };
    token.map(finding).into_iter().collect()
}

pub(super) fn unfinished_translation(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let others = inspection.site.page.languages.iter().skip(1);
    let begun = others.filter(|language| incident.title.translations.contains_key(*language));
    begun.flat_map(|language| untranslated(inspection, incident, language)).collect()
}

/// The texts that are missing in a language that has a title.
fn untranslated(inspection: &Inspection<'_>, incident: &Incident, language: &Language) -> Vec<Finding> {
    let lacks =
        |text: &Localized| !text.default.trim().is_empty() && !text.translations.contains_key(language);
    let hint = "readers of that language get it in the page's first language";
    let fields = [("impact", &incident.impact), ("workaround", &incident.workaround)];
    let fields = fields.into_iter().filter(|(_, text)| text.as_ref().is_some_and(lacks)).map(|(key, _)| {
        let place = inspection.key(incident, &[key, "title"]);
        Finding::warning(place, format!("the title has a translation in `{language}`, `{key}` has none"))
    });
    let updates = incident.public_updates().filter(|update| lacks(&update.body)).map(|update| {
        let at = iso(update.at);
        let message = format!("the title has a translation in `{language}`, the update of {at} has none");
        Finding::warning(inspection.heading(incident, update), message)
    });
    fields.chain(updates).map(|finding| finding.hint(hint)).collect()
}
