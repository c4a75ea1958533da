//! A moment means the same wherever an author writes it.

use std::sync::Arc;

use proptest::prelude::*;

use crate::load::parse_incident;
use crate::model::Moment;
use crate::model::incident::{Eta, Incident};
use crate::model::moment;
use crate::model::problem::Problem;
use crate::model::token;

/// The format for people, with every shape of a moment in its examples.
const FORMAT: &str = include_str!("../../../docs/format.md");

/// The shapes that docs/format.md and docs/commands.md show, for one moment in Madrid's winter. Each has a zone.
const SHAPES: [&str; 10] = [
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%MZ",
    "%Y-%m-%d %H:%M UTC",
    "%Y-%m-%d %H:%MZ",
    "%Y-%m-%d %H:%M:%S.250 UTC",
    "%Y-%m-%dT%H:%M:%S+00:00",
    "%Y-%m-%dT%H:%M+00:00",
    "%Y-%m-%d %H:%M +00:00",
    "%Y-%m-%d %H:%M Africa/Abidjan",
    "%Y-%m-%dT%H:%M Etc/UTC",
];

/// What each reader of a file makes of a moment: front matter in TOML and YAML, a heading, an attribute in quotes, and
/// a token in a text.
fn readings(written: &str) -> Vec<Option<Moment>> {
    let toml = format!(
        "+++\ntitle = 'x'\nseverity = 'minor'\naffected = ['a']\nstarted = '{written}'\nimpact = 'Until {{time {written}}}.'\n\
         +++\n\n## {written} · Identified {{eta=\"{written}\"}}\n\nx\n"
    );
    let yaml = format!("---\ntitle: x\nseverity: minor\naffected: [a]\nstarted: \"{written}\"\n---\n");
    let (toml, yaml) = (incident(&toml), incident(&yaml));
    let update = toml.as_ref().and_then(|incident| incident.updates.first());
    let eta = |eta: Option<Eta>| eta.and_then(|eta| if let Eta::At(at) = eta { Some(at) } else { None });
    let impact =
        toml.as_ref().and_then(|incident| incident.impact.as_ref()).map(|text| text.default.as_str());
    vec![
        toml.as_ref().map(|incident| incident.started),
        yaml.map(|incident| incident.started),
        update.map(|update| update.at),
        update.and_then(|update| eta(update.eta)),
        token::find(impact.unwrap_or_default()).into_iter().next().and_then(|token| token.moment.ok()),
        moment::read_flag(written).ok(),
        moment::read_from(written, Moment::UNIX_EPOCH).ok(),
    ]
}

fn incident(text: &str) -> Option<Arc<Incident>> {
    parse_incident("incidents/x.md", text).incident
}

/// The problems of a text that is not a moment in front matter, a heading and an attribute.
fn problems(written: &str) -> Vec<Problem> {
    let text = format!(
        "+++\ntitle = 'x'\nseverity = 'minor'\naffected = ['a']\nstarted = '{written}'\n+++\n\n\
         ## {written} · Identified {{eta=\"{written}\"}}\n\nx\n"
    );
    parse_incident("incidents/x.md", &text).problems
}

fn rules(written: &str) -> Vec<&'static str> {
    problems(written).into_iter().map(|problem| problem.rule).collect()
}

proptest! {
    #[test]
    fn every_shape_is_read_the_same_by_every_reader(minute in 0_i64..60_000_000, shape in 0..SHAPES.len()) {
        let at = Moment::from_timestamp(minute * 60, 0).unwrap();
        // Abidjan has had no clock changes and no offset since 1912.
        let written = at.format(SHAPES[shape]).to_string();
        prop_assert_eq!(readings(&written), vec![Some(at); 7], "{}", written);
    }
}

#[test]
fn every_moment_of_the_format_is_read_the_same_by_every_reader() {
    let shown = shown_moments();
    assert!(shown.len() > 20, "{shown:?}");
    for written in shown {
        let at = moment::read(&written).unwrap_or_else(|fault| panic!("{}", fault.sentence(&written)));
        assert_eq!(readings(&written), vec![Some(at); 7], "{written}");
    }
}

/// The moments of the examples that are right: a date, a time of day and a zone up to a blank, a quote, a brace, or
/// what ends a heading's time.
fn shown_moments() -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in FORMAT.match_indices("2026-1") {
        let rest = &FORMAT[at..];
        let end = rest.find(['\n', '"', '`', '}', '{', '·', '—', '–', ',', ';']).unwrap_or(rest.len());
        let written = rest[..end].split(" - ").next().unwrap_or_default().trim();
        let words: Vec<&str> = written.split(' ').collect();
        let length = if words[0].contains('T') { 1 } else { 3 };
        let written = words.into_iter().take(length).collect::<Vec<_>>().join(" ");
        if moment::read(&written).is_ok() {
            found.push(written);
        }
    }
    found
}

#[test]
fn an_abbreviated_zone_is_refused_in_the_same_words_everywhere() {
    for zone in ["CET", "EET", "WET", "MET", "EST", "MST", "HST", "PST", "CEST", "GMT"] {
        let written = format!("2026-07-20 05:05 {zone}");
        assert_eq!(rules(&written), ["unknown-zone"; 3], "{zone}");
        let said: Vec<_> = problems(&written).into_iter().map(|one| (one.message, one.hint)).collect();
        assert!(said[0].0.starts_with(&format!("`{zone}` is an abbreviation")), "{said:?}");
        assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
        let flag = moment::read_flag(&written).unwrap_err();
        assert_eq!(flag, format!("{}; {}", said[0].0, said[0].1.clone().unwrap_or_default()));
    }
}

#[test]
fn a_local_time_that_the_clocks_skip_or_repeat_is_refused_everywhere() {
    assert_eq!(rules("2026-10-25 02:30 Europe/Madrid"), ["ambiguous-time"; 3]);
    assert_eq!(rules("2026-03-29 02:30 Europe/Madrid"), ["skipped-time"; 3]);
    assert_eq!(rules("2026-11-20 02:30"), ["missing-zone"; 3]);
}
