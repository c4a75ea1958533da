//! Documents read through the public door of `located`: what is decoded, and the exact lines of the problems.

use std::time::Duration;

use proptest::prelude::*;

use super::{Document, Entry, FILE_BYTES_MAX, Field, Lines, Located, PROBLEMS_MAX, Table, Value};
use crate::model::localized::{Language, Localized};
use crate::model::phase::Severity;
use crate::model::problem::{Problem, SourceKey};

/// `line:column+length rule: message (hint)`.
pub(crate) fn line(problem: &Problem) -> String {
    let place = problem.place.as_ref().map(|at| format!("{}:{}+{}", at.line, at.column, at.length));
    let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("{} {}: {}{hint}", place.unwrap_or_default(), problem.rule, problem.message)
}

/// The problems of reading `text` as TOML with `read`, each as one line.
fn problems(text: &str, read: impl Fn(&mut Table<'_>)) -> Vec<String> {
    let document = Document::from_toml("site/page.toml", text, 0..text.len());
    let mut table = document.root();
    read(&mut table);
    table.finish();
    document.into_parts().0.iter().map(line).collect()
}

/// What `decode` makes of the value in `key = …`.
fn decoded<T>(value: &str, decode: impl Fn(Field<'_>) -> T) -> T {
    let text = format!("key = {value}\n");
    let document = Document::from_toml("x.toml", &text, 0..text.len());
    let mut table = document.root();
    decode(table.optional("key"))
}

fn language(tag: &str) -> Language {
    Language::new(tag).expect("a tag")
}

#[test]
fn values_of_the_right_shape_are_decoded() {
    assert_eq!(decoded("' Shop '", |field| field.text()), Some("Shop".to_owned()));
    assert_eq!(decoded("false", |field| field.flag()), Some(false));
    assert_eq!(decoded("0x1F", |field| field.integer(1..=365_u16)), Some(31));
    assert_eq!(decoded("1_000", |field| field.integer(1..=5_000_u32)), Some(1_000));
    assert_eq!(
        decoded("'major'", |field| field.choice(&Severity::ALL, Severity::word, Severity::from_word)),
        Some(Severity::Major)
    );
    let day = Duration::from_secs(86_400);
    assert_eq!(
        decoded("'2h30m'", |field| field.duration(Duration::ZERO..=day)),
        Some(Duration::from_secs(9_000))
    );
    assert_eq!(decoded("['a', 'b']", |field| field.texts()), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(decoded("'ab'", |field| field.shaped("bad-id", "short", |text| Some(text.len()))), Some(2));
}

#[test]
fn times_are_read_bare_and_in_quotes() {
    for value in ["2026-11-20T09:12:00Z", "2026-11-20 10:12:00+01:00", "'2026-11-20T09:12Z'"] {
        let moment = decoded(value, |field| field.moment()).map(|at| at.to_rfc3339());
        assert_eq!(moment.as_deref(), Some("2026-11-20T09:12:00+00:00"), "{value}");
    }
}

#[test]
fn text_may_be_localized() {
    let languages = [language("en"), language("es")];
    let decode = |value: &str| decoded(value, |field| field.localized(&languages));
    assert_eq!(decode("'Shop'"), Some(Localized::plain("Shop")));
    let both = Localized { default: "Shop".into(), translations: [(language("es"), "Tienda".into())].into() };
    assert_eq!(decode("{ es = 'Tienda', en = 'Shop' }"), Some(both));
    assert_eq!(decode("{ es = 'Tienda' }"), None);
    assert_eq!(
        decoded("{ fr = 'Boutique' }", |field| field.localized(&[])).map(|text| text.default),
        Some("Boutique".to_owned())
    );
}

#[test]
fn every_problem_of_a_file_is_reported_at_its_place() {
    let text = "\
nme = 'Shop'
count = 400
open = 'true'
level = 'majr'
at = 2026-11-20T09:12:00
day = 2026-11-20
wait = '5 minutes'
long = '72h'
words = ['a', 3, '']
label = { en = 'Shop', fr = 'Boutique' }
[mail]
form = 'x'
[[groups]]
name = 'Buying'
[[groups]]
";
    let read = |table: &mut Table<'_>| {
        table.required("name").text();
        table.optional("count").integer(1..=365_u16);
        table.optional("open").flag();
        table.optional("level").choice(&Severity::ALL, Severity::word, Severity::from_word);
        table.optional("at").moment();
        table.optional("day").moment();
        let day = Duration::from_secs(86_400);
        table.optional("wait").duration(Duration::ZERO..=day);
        table.optional("long").duration(Duration::from_secs(10)..=day);
        table.optional("words").texts();
        table.optional("label").localized(&[language("en"), language("es")]);
        if let Some(mut mail) = table.optional("mail").table() {
            mail.required("from").text();
            mail.finish();
        }
        for mut group in table.optional("groups").tables() {
            group.required("name").text();
            group.finish();
        }
    };
    assert_eq!(
        problems(text, read),
        [
            "1:1+3 unknown-key: `nme` is not a known key (did you mean `name`?)",
            "1:1+12 missing-key: `name` is missing (add `name = …`)",
            "2:9+3 out-of-range: `count` must be between 1 and 365, not 400",
            "3:8+6 wrong-type: `open` must be true or false, not text (remove the quotes)",
            "4:9+6 unknown-word: `majr` is not a value of `level` (did you mean `major`?)",
            "5:6+19 missing-zone: `2026-11-20T09:12:00` has no time zone (write `2026-11-20T09:12:00Z`, an offset \
             such as `+02:00`, or a zone such as `Europe/Madrid`)",
            "6:7+10 bad-time: `2026-11-20` has no time of day (write it like `2026-11-20T09:05:00Z`)",
            "7:8+11 bad-duration: `5 minutes` is not a duration (write it like `90s`, `30m`, `24h`, `2h30m` or `1d \
             2h`)",
            "8:8+5 out-of-range: `long` must be between 10s and 24h, not 72h",
            "9:15+1 wrong-type: `words[1]` must be text, not a whole number (put it in quotes)",
            "9:18+2 empty-text: `words[2]` is empty",
            "10:24+2 unknown-language: `fr` is not a language of this page (add `fr` to the `languages` of the page)",
            "11:1+6 missing-key: `from` is missing in `mail` (add `from = …`)",
            "12:1+4 unknown-key: `form` is not a known key of `mail` (did you mean `from`?)",
            "15:1+10 missing-key: `name` is missing in `groups[1]` (add `name = …`)",
        ]
    );
}

#[test]
fn several_syntax_errors_come_at_once_and_cause_no_others() {
    let text = "name = Shop\ncount = = 3\nother = 1\n[mail\n";
    let read = |table: &mut Table<'_>| {
        table.required("name").text();
        table.required("url").text();
        table.optional("count").integer(1..=5_u16);
    };
    assert_eq!(
        problems(text, read),
        [
            "1:8+4 syntax: text must be in quotes (put it in quotes)",
            "2:9+1 syntax: extra `=`",
            "3:1+5 unknown-key: `other` is not a known key",
            "4:6+1 syntax: unclosed table (expected `]`)",
        ]
    );
}

#[test]
fn the_slips_of_a_tired_hand_are_told_in_words() {
    let told = |text: &str| problems(text, |table| drop(table.optional("eta").text()));
    let unquoted = "text must be in quotes (put it in quotes)";
    let ended = "unexpected key or value (the value before it has already ended; text with a `'` or a `\"` in it \
                 needs the other kind of quotes)";
    for (text, at, expected) in [
        ("eta = tomorrow", "1:7+8", unquoted),
        ("eta = infinite", "1:7+8", unquoted),
        ("eta = 2h", "1:7+2", unquoted),
        ("eta = True", "1:7+4", "invalid boolean (expected `true`)"),
        (
            "eta = \"late",
            "1:12+1",
            "the quote that opens this text is not closed by the end of the line (close it with `\"`, as it was opened)",
        ),
        ("eta", "1:4+1", "key with no value (write `key = value`)"),
        ("eta = 'it's late'", "1:11+1", ended),
    ] {
        let expected = format!("{at} syntax: {expected}");
        assert_eq!(told(text), [expected], "{text}");
    }
}

#[test]
fn a_block_keeps_its_place_in_the_file() {
    let text = "+++\nseverty = 'major'\n+++\nWords.\n";
    let document = Document::from_toml("a.md", text, 4..22);
    let mut table = document.root();
    table.required("severity").text();
    table.finish();
    let said: Vec<String> = document.into_parts().0.iter().map(line).collect();
    assert_eq!(
        said,
        [
            "2:1+7 unknown-key: `severty` is not a known key (did you mean `severity`?)",
            "2:1+17 missing-key: `severity` is missing (add `severity = …`)",
        ]
    );
}

#[test]
fn a_tree_of_another_syntax_reads_the_same() {
    let text = "---\ntitle: Shop\ntitle: Tienda\neta:\n---\n";
    let lines = Lines::new(text);
    let span = |line: usize, from: usize, to: usize| lines.offset(line, from)..lines.offset(line, to);
    let root = Value::Table(vec![
        Entry::new("title", span(2, 1, 6), Located::new(Value::Text("Shop".into()), span(2, 8, 12))),
        Entry::new("title", span(3, 1, 6), Located::new(Value::Text("Tienda".into()), span(3, 8, 14))),
        Entry::new("eta", span(4, 1, 4), Located::new(Value::Nothing, span(4, 5, 5))),
    ]);
    let document = Document::from_tree("a.md", text, Located::new(root, span(2, 1, 12)));
    let mut table = document.root();
    assert_eq!(table.required("title").text().as_deref(), Some("Shop"));
    assert_eq!(table.required("eta").moment(), None);
    table.finish();
    let said: Vec<String> = document.into_parts().0.iter().map(line).collect();
    assert_eq!(
        said,
        [
            "2:1+11 missing-key: `eta` is missing (add `eta = …`)",
            "3:1+5 duplicate-key: duplicate key `title` (the first is on line 2; keep only one)",
        ]
    );
}

#[test]
fn places_of_keys_and_of_the_words_in_lists_are_remembered() {
    let text = "affected = ['checkout', 'refunds']\n[[groups]]\nname = 'A'\n";
    let document = Document::from_toml("a.md", text, 0..text.len());
    let mut table = document.root();
    table.optional("affected").texts();
    for mut group in table.optional("groups").tables() {
        group.required("name").text();
    }
    assert_eq!(document.known_keys().iter().collect::<Vec<_>>(), ["affected", "groups", "groups.name"]);
    let (_, places) = document.into_parts();
    let find =
        |key: &str| places.find("a.md", SourceKey::Key(key.into())).map(|at| (at.line, at.column, at.length));
    assert_eq!(find("affected"), Some((1, 12, 23)));
    assert_eq!(find("affected.refunds"), Some((1, 25, 9)));
    assert_eq!(find("groups[0].name"), Some((3, 8, 3)));
    assert_eq!(find("title"), None);
}

#[test]
fn a_hidden_value_stands_in_no_problem_and_no_place() {
    let text = "relay = { password = 'hunter2', prot = 25 }\n";
    let document = Document::from_toml("a.toml", text, 0..text.len());
    let mut table = document.root();
    if let Some(mut relay) = table.optional("relay").table() {
        let password = relay.optional("password");
        password.span().into_iter().for_each(|span| document.hide(span));
        relay.finish();
    }
    let (problems, places) = document.into_parts();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].place.as_ref().map(|at| at.source.as_str()),
        Some("relay = { password = *********, prot = 25 }")
    );
    assert!(!format!("{problems:?} {places:?}").contains("hunter2"));
}

#[test]
fn a_file_lies_over_its_defaults_key_by_key() {
    let defaults = "days = 90\n[retry]\nfirst = '10s'\ntimes = 8\n";
    let text = "[retry]\ntimes = 0\n";
    let defaults = Document::from_toml("default.toml", defaults, 0..defaults.len());
    let document = Document::from_toml("site/plan.toml", text, 0..text.len());
    let mut table = document.root().over(&defaults.root());
    assert_eq!(table.required("days").integer(1..=365_u16), Some(90));
    assert!(!table.has("days"));
    let mut retry = table.required("retry").table().expect("a table");
    assert_eq!(retry.required("first").text().as_deref(), Some("10s"));
    assert_eq!(retry.required("times").integer(1..=20_u16), None);
    retry.finish();
    table.finish();
    let said: Vec<String> = document.into_parts().0.iter().map(line).collect();
    assert_eq!(said, ["2:9+1 out-of-range: `retry.times` must be between 1 and 20, not 0"]);
}

#[test]
fn text_is_one_line_and_prose_keeps_its_lines() {
    let value = "\"\"\"\n  Pay by bank\n  transfer. \n\"\"\"";
    assert_eq!(decoded(value, |field| field.text()).as_deref(), Some("Pay by bank transfer."));
    assert_eq!(decoded(value, |field| field.prose()).as_deref(), Some("Pay by bank\n  transfer."));
    assert_eq!(decoded("\"gnp\\u202eexe\"", |field| field.prose()), None);
    assert_eq!(decoded("\"21\\u200f/11\"", |field| field.prose()).as_deref(), Some("21\u{200f}/11"));
    let read = |table: &mut Table<'_>| drop(table.optional("a").text());
    assert_eq!(
        problems(r#"a = "x\u0007""#, read),
        ["1:5+9 control-character: `a` holds the control character U+0007 (delete it)"]
    );
    assert_eq!(
        problems(r#"a = "x\u2028y""#, read),
        ["1:5+10 control-character: `a` holds the control character U+2028 (delete it)"]
    );
}

#[test]
fn limits_hold() {
    let deep = format!("a = {}{}\n", "[".repeat(40), "]".repeat(40));
    assert_eq!(
        problems(&deep, |table| drop(table.optional("a").items())),
        ["1:20+50 too-deep: lists and tables are nested more than 16 levels deep"]
    );

    let long = format!("# {}\n", "x".repeat(FILE_BYTES_MAX));
    let read = |table: &mut Table<'_>| drop(table.required("name"));
    assert_eq!(
        problems(&long, read),
        ["1:1+262146 file-too-large: the file has 262147 bytes; the limit is 262144"]
    );

    let many_on_one_line = "=".repeat(FILE_BYTES_MAX);
    assert_eq!(problems(&many_on_one_line, |_| ()), ["1:2+1 syntax: extra `=`"]);

    let wide: String = (0..PROBLEMS_MAX + 7).map(|at| format!("k{at} = 1\n")).collect();
    let said = problems(&wide, |_| ());
    assert_eq!(said.len(), PROBLEMS_MAX + 1);
    assert_eq!(said.last().map(String::as_str), Some(" too-many-problems: 7 more problems are not shown"));
}

proptest! {
    #[test]
    fn no_text_panics_and_every_place_lies_in_the_file(text in "(?s)[\\[\\]{}=\"'.,#\\n\\ra-cé0-9T:Z+ -]{0,80}") {
        let document = Document::from_toml("a.toml", &text, 0..text.len());
        let mut table = document.root();
        let field = table.optional("a");
        let _ = (field.text(), field.flag(), field.integer(0..=9_u16), field.moment(), field.texts());
        field.localized(&[language("en")]);
        field.tables().into_iter().for_each(Table::finish);
        table.finish();
        let lines: Vec<&str> = text.split('\n').collect();
        for problem in document.into_parts().0 {
            let place = problem.place.expect("a place");
            let line = lines[place.line - 1];
            prop_assert_eq!(&place.source, line.strip_suffix('\r').unwrap_or(line));
            prop_assert!(place.column >= 1 && place.column <= line.chars().count() + 1);
        }
    }
}

#[test]
fn a_name_is_what_it_looks_like() {
    let reads = |value: &str| {
        let text = format!("a = \"{value}\"\n");
        let document = Document::from_toml("a.toml", &text, 0..text.len());
        let read = document.root().optional("a").text();
        read.ok_or_else(|| document.into_parts().0.remove(0).message)
    };
    for hidden in ["\u{202e}", "\u{2066}", "\u{200b}", "\u{2060}", "\u{feff}"] {
        let refused = reads(&format!("Pay{hidden}ments")).unwrap_err();
        assert!(refused.contains("holds the invisible character U+"), "{refused}");
    }
    for shown in ["دفع", "می\u{200c}خواهم", "👩\u{200d}🔧", "21\u{200f}/11"] {
        assert_eq!(reads(shown).as_deref(), Ok(shown));
    }
}
