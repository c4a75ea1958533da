//! What words are said, in which form, and that every language says them all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{TimeDelta, TimeZone, Utc};

use super::*;
use crate::theme::Theme;

fn words(tag: &str) -> Translations {
    let theme = Theme::built_in();
    let words = theme.words(&Language::new(tag).unwrap());
    Translations::new(words.language.clone(), words.table.clone())
}

fn moment() -> Moment {
    Utc.with_ymd_and_hms(2026, 11, 20, 10, 5, 0).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

#[test]
fn names_of_the_other_direction_are_isolated_in_a_sentence() {
    let theme = Theme::built_in();
    let words = |tag: &str| theme.words(&Language::new(tag).unwrap());
    let sentence = |tag: &str, name: &str| words(tag).labelled(&words(tag).isolated(name), "x");
    for (tag, name) in [
        ("en", "الدفع (جديد)"),
        ("ja", "תשלום!"),
        ("ar", "Checkout (EU)"),
        ("ar", "支払い"),
        ("en", "API الدفع"),
    ] {
        assert!(sentence(tag, name).contains(&format!("\u{2068}{name}\u{2069}")), "{tag}: {name}");
    }
    for (tag, name) in
        [("en", "Checkout (EU)"), ("ja", "支払い API"), ("ar", "الدفع (جديد)"), ("ar", "24/7"), ("en", "")]
    {
        assert!(!sentence(tag, name).contains('\u{2068}'), "{tag}: {name}");
    }
}

#[test]
fn dates_and_times_are_written_as_each_language_does() {
    let madrid = zone("Europe/Madrid");
    assert_eq!(words("en").date_time(moment(), &madrid), "20 November 2026, 11:05 CET");
    assert_eq!(words("es").date_time(moment(), &madrid), "20 de noviembre de 2026, 11:05 CET");
    assert_eq!(words("de").date_time(moment(), &madrid), "20. November 2026, 11:05 CET");
    assert_eq!(words("en").time(moment(), &Zone::utc()), "10:05 UTC");
    assert_eq!(words("en").month(moment(), &madrid), "November 2026");
    assert_eq!(words("es").month(moment(), &madrid), "Noviembre de 2026");
    assert_eq!(words("it").date_time(moment(), &madrid), "20 novembre 2026, 11:05 CET");
    assert_eq!(words("pt").date_time(moment(), &madrid), "20 de novembro de 2026, 11:05 CET");
    assert_eq!(words("fr").date_time(moment(), &madrid), "20 novembre 2026, 11:05 CET");
    assert_eq!(words("ja").date_time(moment(), &zone("Asia/Tokyo")), "2026年11月20日 19:05 JST");
    assert_eq!(words("ar").date_time(moment(), &Zone::utc()), "20 نوفمبر 2026، 10:05 ص UTC");
    assert_eq!(words("ja").month(moment(), &madrid), "2026年11月");
    assert_eq!(words("pt").month(moment(), &madrid), "Novembro de 2026");
    assert_eq!(words("ar").month(moment(), &madrid), "نوفمبر 2026");
}

#[test]
fn a_zone_without_letters_is_named_by_its_offset() {
    assert_eq!(words("en").time(moment(), &zone("America/Sao_Paulo")), "07:05 UTC\u{2212}3");
    assert_eq!(words("en").time(moment(), &zone("Asia/Kathmandu")), "15:50 UTC+5:45");
    assert_eq!(words("en").time(moment(), &zone("Asia/Kolkata")), "15:35 IST");
    assert_eq!(Zone::named("Europe/Nowhere"), None);
}

#[test]
fn a_span_names_a_shared_date_once() {
    let (from, hours) = (moment(), |hours| moment() + TimeDelta::hours(hours));
    let english = words("en");
    assert_eq!(english.span(from, hours(2), &Zone::utc()), "20 November 2026, 10:05 – 12:05 UTC");
    assert_eq!(
        english.span(from, hours(20), &Zone::utc()),
        "20 November 2026, 10:05 – 21 November 2026, 06:05 UTC"
    );
}

#[test]
fn a_span_across_a_change_of_the_clocks_names_both_zones() {
    let from = Utc.with_ymd_and_hms(2026, 10, 24, 23, 30, 0).unwrap();
    let (madrid, to) = (zone("Europe/Madrid"), from + TimeDelta::hours(3));
    assert_eq!(words("en").span(from, to, &madrid), "25 October 2026, 01:30 CEST – 03:30 CET");
    assert_eq!(words("ja").span(from, to, &madrid), "2026年10月25日 1:30 CEST～3:30 CET");
}

#[test]
fn a_short_date_names_its_month_in_every_language() {
    for (tag, long, short) in [
        ("en", "20 Nov 2026", "20 Nov"),
        ("de", "20. November 2026", "20. November"),
        ("ja", "2026年11月20日", "11月20日"),
        ("ar", "20 نوفمبر 2026", "20 نوفمبر"),
    ] {
        let words = words(tag);
        assert_eq!(words.short_date(moment(), &Zone::utc()), long);
        assert_eq!(words.short_month_day(moment(), &Zone::utc()), short);
    }
}

#[test]
fn punctuation_belongs_to_the_language() {
    let said = |tag: &str| {
        let words = words(tag);
        (words.labelled("A", "B"), words.sentences(&["A", "B!", "C"]))
    };
    assert_eq!(said("en"), ("A: B".to_owned(), "A. B! C.".to_owned()));
    assert_eq!(said("fr"), ("A\u{a0}: B".to_owned(), "A. B! C.".to_owned()));
    assert_eq!(said("ja"), ("A：B".to_owned(), "A。B!C。".to_owned()));
}

#[test]
fn durations_name_their_two_largest_units() {
    let english = words("en");
    for (minutes, said) in [
        (-5, "less than a minute"),
        (0, "less than a minute"),
        (1, "1 minute"),
        (125, "2 hours 5 minutes"),
        (120, "2 hours"),
        (1440, "1 day"),
        (1441, "1 day"),
        (2 * 1440 + 60 + 59, "2 days 1 hour"),
    ] {
        assert_eq!(english.duration(TimeDelta::minutes(minutes)), said, "{minutes}");
    }
    assert_eq!(words("es").duration(TimeDelta::minutes(61)), "1 hora y 1 minuto");
    assert_eq!(words("de").duration(TimeDelta::minutes(1501)), "1 Tag und 1 Stunde");
}

#[test]
fn lists_and_numbers_follow_the_language() {
    assert_eq!(words("en").list(&["a", "b", "c"]), "a, b and c");
    assert_eq!(words("es").list(&["España", "Italia"]), "España e Italia");
    assert_eq!(words("en").percent(999_899), "99.98%");
    assert_eq!(words("en").percent(1_000_000), "100.00%");
    assert_eq!(words("es").percent(999_999), "99,99\u{a0}%");
}

#[test]
fn plurals_take_the_form_of_their_language() {
    let table = [("n.one", "{count} plik"), ("n.few", "{count} pliki"), ("n.many", "{count} plików")];
    let table = table.map(|(key, phrase)| (key.to_owned(), phrase.to_owned()));
    let polish = Translations::new(Language::new("pl").unwrap(), BTreeMap::from(table));
    let said = |count: &str| polish.say_with("n", &[("count", count)]);
    assert_eq!([said("1"), said("3"), said("12")], ["1 plik", "3 pliki", "12 plików"]);
    let arabic = words("ar");
    for (days, said) in
        [(1, "يوم واحد"), (2, "يومان"), (3, "3 أيام"), (11, "11 يومًا"), (100, "100 يوم"), (103, "103 أيام")]
    {
        assert_eq!(arabic.duration(TimeDelta::days(days)), said);
    }
}

#[test]
fn a_missing_phrase_is_said_in_english_and_then_by_its_key() {
    assert_eq!(words("nl").say("phase.resolved"), "Resolved");
    assert_eq!(words("nl").say("no.such.phrase"), "no.such.phrase");
    assert_eq!(words("de-AT").say("phase.completed"), "Abgeschlossen");
}

#[test]
fn american_english_has_the_words_of_english_and_dates_of_its_own() {
    let american = words("en-US");
    assert_eq!(american.say("phase.resolved"), "Resolved");
    assert_eq!(american.date(moment(), &Zone::utc()), "November 20, 2026");
    assert!(
        american.time(moment(), &Zone::utc()).contains("AM UTC"),
        "{}",
        american.time(moment(), &Zone::utc())
    );
    let theme = Theme::built_in();
    for region in ["en-US", "en-AU"] {
        assert!(theme.speaks(&Language::new(region).unwrap()), "{region}");
    }
}

#[test]
fn values_are_put_in_once_and_as_they_are() {
    let english = words("en");
    assert_eq!(english.say_with("mail.support", &[("url", "{url} {x")]), "Help: {url} {x");
    assert_eq!(fill("{a}{b}{", &[("a", "1")]), "1{b}{");
}

#[test]
fn a_language_cldr_does_not_know_is_dated_in_english() {
    let strange = Translations::new(Language::new("xx").unwrap(), BTreeMap::new());
    assert_eq!(strange.date(moment(), &Zone::utc()), "20 November 2026");
}

#[test]
fn no_language_of_the_world_fails_to_write_a_date() {
    for tag in ["ar", "fa", "th", "pt", "pt-BR", "ja", "zh-Hant", "hi", "he", "en-US", "sr-Latn", "x1", "und"]
    {
        let Some(language) = Language::new(tag) else { continue };
        let words = Translations::new(language, BTreeMap::new());
        assert!(words.date(moment(), &Zone::utc()).chars().any(char::is_numeric), "{tag}");
        assert!(!words.month(moment(), &Zone::utc()).is_empty(), "{tag}");
        assert!(!words.short_date(moment(), &Zone::utc()).is_empty(), "{tag}");
        assert!(!words.month_day(moment(), &Zone::utc()).is_empty(), "{tag}");
    }
}

/// Every phrase by its key, plurals once and without their form.
fn keys(tag: &str) -> BTreeSet<String> {
    let plain = |key: &String| {
        let forms = [".zero", ".one", ".two", ".few", ".many", ".other"];
        forms.iter().find_map(|form| key.strip_suffix(form)).unwrap_or(key).to_owned()
    };
    own_table(tag).keys().map(plain).collect()
}

/// A language's own phrases, before English fills the gaps.
fn own_table(tag: &str) -> BTreeMap<String, String> {
    crate::theme::open::built_in_table(&Language::new(tag).unwrap())
}

/// Every built-in language but English, with the plural forms that CLDR gives it.
const TRANSLATIONS: [(&str, &[&str]); 7] = [
    ("ar", &["few", "many", "one", "other", "two", "zero"]),
    ("de", &["one", "other"]),
    ("es", &["many", "one", "other"]),
    ("fr", &["many", "one", "other"]),
    ("it", &["many", "one", "other"]),
    ("ja", &["other"]),
    ("pt", &["many", "one", "other"]),
];

#[test]
fn every_language_has_every_phrase() {
    assert!(keys("en").len() > 100);
    for (tag, _) in TRANSLATIONS {
        assert_eq!(keys(tag), keys("en"), "{tag}");
    }
    let whole = |tag: &&str| *tag != "en" && !tag.contains('-');
    let built_in = crate::theme::files::WORDS.iter().map(|(tag, _)| *tag).filter(whole);
    assert!(built_in.eq(TRANSLATIONS.map(|(tag, _)| tag)), "a language is not in the list of this test");
}

#[test]
fn a_region_says_what_differs_and_takes_the_rest_from_its_language() {
    let (portugal, brazil) = (own_table("pt"), own_table("pt-BR"));
    for (key, phrase) in &brazil {
        assert!(portugal.contains_key(key), "{key} is asked for by nobody");
        assert_ne!(Some(phrase), portugal.get(key), "{key} is the same as in pt");
    }
    let words = words("pt-BR");
    assert_eq!((words.say("phase.in_progress"), words.say("phase.resolved")), ("Em andamento", "Resolvido"));
    assert_eq!(words.date(moment(), &Zone::utc()), "20 de novembro de 2026");
}

#[test]
fn every_plural_has_the_forms_of_its_language_and_no_other() {
    let english = own_table("en");
    let plurals: Vec<&str> = english.keys().filter_map(|key| key.strip_suffix(".one")).collect();
    assert!(plurals.len() >= 5);
    for (tag, expected) in TRANSLATIONS {
        let table = own_table(tag);
        for plural in &plurals {
            let forms = table.keys().filter_map(|key| key.strip_prefix(plural)?.strip_prefix('.'));
            assert!(forms.eq(expected.iter().copied()), "{tag}: {plural}");
        }
    }
}

/// A form for one number alone may say the number as a word: `يومان` is two days, `the last day` is one.
#[test]
fn every_translation_keeps_the_names_of_the_values() {
    let names = |phrase: &str| -> BTreeSet<String> {
        let opened = phrase.split('{').skip(1);
        opened.filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect()
    };
    let english = own_table("en");
    for (tag, _) in TRANSLATIONS {
        for (key, phrase) in own_table(tag) {
            let original = english.get(&key).or_else(|| {
                english.get(&format!("{}.other", key.rsplit_once('.').map_or("", |(stem, _)| stem)))
            });
            let (mut given, mut expected) = (names(&phrase), names(original.unwrap()));
            let alone = if tag == "ar" { &[".zero", ".one", ".two"][..] } else { &[".one"] };
            if alone.iter().any(|form| key.ends_with(form)) {
                for number in ["count", "days"] {
                    given.remove(number);
                    expected.remove(number);
                }
            }
            assert_eq!(given, expected, "{tag}: {key}");
        }
    }
}
