//! Rules on the texts: each exists in every language, and is not too long.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::inspection::{Finding, Inspection, iso};
use super::passage::{self, Passage};
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
    empty
        .map(|update| finding(update).hint("write what is new, even if only that the work continues"))
        .collect()
}

pub(super) fn unfilled_blank(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    if !inspection.is_open(incident) {
        return Vec::new();
    }
    let hint = "replace it with its value; for literal braces, write `\\{`";
    let mut findings = Vec::new();
    for passage in passage::all(incident) {
        let unfilled: BTreeSet<&str> = blanks(passage.text).collect();
        findings.extend(unfilled.into_iter().map(|blank| {
            let message = format!("the placeholder `{blank}` is not filled in");
            passage.finding(inspection, blank, |place| Finding::error(place, message).hint(hint))
        }));
    }
    findings
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
    let titles = passage::title(incident).into_iter();
    let long = titles.filter(|title| title.text.chars().count() > TITLE_CHARACTERS_MAX);
    let finding = |title: Passage<'_>| {
        let of = title.language.map(|language| format!(" in `{language}`")).unwrap_or_default();
        let length = title.text.chars().count();
        let message = format!("the title{of} has {length} characters, more than {TITLE_CHARACTERS_MAX}");
        let hint = "shorten it; the rest fits into the first update";
        title.finding(inspection, title.text, |place| Finding::warning(place, message).hint(hint))
    };
    long.map(finding).collect()
}

/// A title is in subjects, headings and the names of links, where no reader's clock is known.
pub(super) fn time_in_title(inspection: &Inspection<'_>, incident: &Incident) -> Vec<Finding> {
    let hint = "write the time in `eta`, in `impact` or in an update; a title names what is wrong";
    let finding = |title: &Passage<'_>| {
        let token = &title.text[token::find(title.text).into_iter().next()?.range];
        let message = format!("the title holds `{token}`, which is filled in only in texts");
        Some(title.finding(inspection, token, |place| Finding::error(place, message).hint(hint)))
    };
    passage::title(incident).iter().filter_map(finding).collect()
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
