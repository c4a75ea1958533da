//! The page's file: good ones, bad ones with their exact problems, and the way back.

use proptest::prelude::*;

use super::{PAGE_TEMPLATE, parse_page, read_page, write_page};
use crate::config::tests::{line, uncommented};
use crate::located::Document;
use crate::model::Moment;
use crate::model::audience::{AudienceName, NamedAudience};
use crate::model::feature::{Feature, FeatureId, Group};
use crate::model::localized::{Language, Localized};
use crate::model::looks::{Branding, Color, Header};
use crate::model::page::{Links, Page};
use crate::model::problem::{ProblemLevel, SourceKey};

const SMALLEST: &str = "\
name = 'Shop'
url = 'https://status.example.com'
[[groups]]
name = 'Buying'
[[groups.features]]
id = 'checkout'
name = 'Checkout'
";

fn problems(text: &str) -> Vec<String> {
    parse_page(text).1.iter().map(line).collect()
}

fn language(tag: &str) -> Language {
    Language::new(tag).expect("a tag")
}

#[test]
fn the_smallest_page_has_the_defaults_of_the_template() {
    let (page, problems, places) = parse_page(SMALLEST);
    assert_eq!(problems, []);
    let checkout = Feature::named(FeatureId::new("checkout").expect("an id"), Localized::plain("Checkout"));
    let expected = Page {
        name: Localized::plain("Shop"),
        description: None,
        url: "https://status.example.com".into(),
        languages: vec![language("en")],
        time_zone: "UTC".into(),
        support_url: None,
        subscribe_url: None,
        desk: None,
        looks: Branding::default(),
        audiences: Vec::new(),
        read_by: None,
        theme: "default".into(),
        groups: vec![Group { id: None, name: Localized::plain("Buying"), features: vec![checkout] }],
        history_days: 90,
        links: Default::default(),
    };
    assert_eq!(page, Some(expected));
    let place = places.find("site/page.toml", SourceKey::Key("groups[0].features[0].id".into()));
    assert_eq!(place.map(|at| (at.line, at.column)), Some((6, 6)));
}

#[test]
fn the_template_is_a_page_when_its_examples_are_uncommented_and_names_every_key() {
    let text = uncommented(PAGE_TEMPLATE);
    let (page, problems, _) = parse_page(&text);
    assert_eq!(problems, []);
    assert!(page.is_some_and(|page| page.support_url.is_some() && page.description.is_some()));

    let document = Document::from_toml("page.toml", &text, 0..text.len());
    super::read::read(document.root());
    for key in document.known_keys() {
        let name = key.rsplit('.').next().unwrap_or_default().to_owned();
        let written = |line: &str| {
            let line = line.trim_start_matches('#');
            line.starts_with(&format!("{name} =")) || line.contains(&format!("[{key}]"))
        };
        assert!(PAGE_TEMPLATE.lines().any(written), "{key}");
    }
}

#[test]
fn an_empty_and_a_broken_page_give_these_problems() {
    assert_eq!(
        problems(""),
        [
            "1:1+1 missing-key: `name` is missing (add `name = …`)",
            "1:1+1 missing-key: `url` is missing (add `url = …`)",
            "1:1+1 no-feature: the page has no feature (add `[[groups]]` with a name, and `[[groups.features]]` with \
             an id and a name)",
        ]
    );
    assert_eq!(
        problems("name = 'Shop\n"),
        [
            "1:13+1 syntax: the quote that opens this text is not closed by the end of the line (close it with `'`, as it was opened)"
        ]
    );
}

#[test]
fn bad_values_give_these_problems() {
    for (key, value, expected) in [
        (
            "url",
            "'https://example.com/'",
            "bad-url: `https://example.com/` is not an absolute http or https URL without a slash at its end",
        ),
        ("languages", "[]", "no-language: a page needs at least one language"),
        ("languages", "['en', 'en']", "duplicate-language: `en` is listed twice"),
        (
            "languages",
            "['en', 'pt_br']",
            "bad-language: `pt_br` is not a language tag (did you mean `pt-BR`?)",
        ),
        ("languages", "['en', 'EN']", "bad-language: `EN` is not a language tag (did you mean `en`?)"),
        (
            "languages",
            "['klingonish']",
            "bad-language: `klingonish` is not a language tag (write a tag such as `en`, `es` or `pt-BR`)",
        ),
        ("languages", "'en'", "wrong-type: `languages` must be a list, not text (put it in square brackets)"),
        (
            "time_zone",
            "'Europe/Madird'",
            "unknown-time-zone: `Europe/Madird` is not a time zone (did you mean `Europe/Madrid`?)",
        ),
        (
            "time_zone",
            "'Madrid'",
            "unknown-time-zone: `Madrid` is not a time zone (did you mean `Europe/Madrid`?)",
        ),
        (
            "time_zone",
            "'+01:00'",
            "unknown-time-zone: `+01:00` is not a time zone (write a name such as `Europe/Madrid` or `UTC`)",
        ),
        ("product_domains", "['shop']", "bad-host: `shop` is not a host name, such as `shop.example.com`"),
        ("support_url", "'help'", "bad-url: `help` is not an http, https or mailto URL"),
        ("subscribe_url", "'sign up'", "bad-url: `sign up` is not an http, https or mailto URL"),
        ("theme", "'../x'", "bad-theme: `../x` is not the name of a folder below themes/"),
        ("history_days", "0", "out-of-range: `history_days` must be between 1 and 365, not 0"),
        (
            "description",
            "{ en = 'Shop', es = 'Tienda' }",
            "unknown-language: `es` is not a language of this page (add `es` to the `languages` of the page)",
        ),
        (
            "histroy_days",
            "3",
            "unknown-key: `histroy_days` is not a known key (did you mean `history_days`?)",
        ),
    ] {
        let rest: String =
            SMALLEST.lines().filter(|line| !line.starts_with(key)).map(|line| format!("{line}\n")).collect();
        let said = problems(&format!("{key} = {value}\n{rest}"));
        let first = said.first().and_then(|line| line.split_once(' ')).map(|(_, rest)| rest);
        assert_eq!(first, Some(expected), "{key} = {value}");
    }
}

#[test]
fn looks_that_cannot_be_used_give_these_problems() {
    for (looks, expected) in [
        ("accent = '#1f5f8a'\naccent_dark = '#8cc4ee'\nheader = 'accent'\nlogo = 'a/logo.svg'", ""),
        (
            "accent = '#8cc4ee'",
            "2:10+9 low-contrast: #8cc4ee on #f5f7fa has a contrast of 1.7; text needs 4.5 (choose a darker color)",
        ),
        (
            "accent = '#1f5f8a'\naccent_dark = '#1f5f8a'",
            "3:15+9 low-contrast: #1f5f8a on #161e27 has a contrast of 2.4; text needs 4.5 (choose a lighter color)",
        ),
        ("accent = 'blue'", "2:10+6 bad-colour: `blue` is not a color such as `#1f5f8a`"),
        (
            "header = 'acent'",
            "2:10+7 unknown-word: `acent` is not a value of `looks.header` (did you mean `accent`?)",
        ),
        (
            "header = 'accent'",
            "2:10+8 missing-accent: `looks.header` needs an `accent` (add `accent`, the color in light mode)",
        ),
        (
            "logo = '../logo.svg'",
            "2:8+13 bad-logo: `../logo.svg` is not the path of a picture below site/static/: svg, png, jpg, webp or \
             avif",
        ),
        ("colour = '#fff'", "2:1+6 unknown-key: `colour` is not a known key of `looks`"),
    ] {
        let said = problems(&format!(
            "[looks]\n{looks}\n{}",
            SMALLEST.replace("name = 'Shop'\n", "").replace("url = 'https://status.example.com'\n", "")
        ));
        let said: Vec<&String> = said.iter().filter(|line| !line.contains("missing-key")).collect();
        assert_eq!(said.first().map_or("", |line| line.as_str()), expected, "{looks}");
    }
}

#[test]
fn a_logo_that_is_not_there_is_named_and_left_out() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(root.path().join("site/static")).expect("a folder");
    let text = format!("{}\n[looks]\nlogo = 'logo.svg'\n", SMALLEST);
    std::fs::write(root.path().join("site/page.toml"), &text).expect("a file");
    let (page, problems, _) = read_page(root.path());
    assert_eq!(
        problems.iter().map(line).collect::<Vec<_>>(),
        ["10:8+10 missing-logo: there is no file site/static/logo.svg"]
    );
    assert_eq!(page.expect("a page").looks.logo, None);
    std::fs::write(root.path().join("site/static/logo.svg"), "<svg/>").expect("a file");
    let (page, problems, _) = read_page(root.path());
    assert_eq!((page.expect("a page").looks.logo.as_deref(), problems.len()), (Some("logo.svg"), 0));
}

#[test]
fn bad_features_give_these_problems() {
    let text = format!(
        "{SMALLEST}
[[groups.features]]
id = 'Check Out'
name = 'A'
[[groups.features]]
id = 'checkout'
name = 'B'
[[groups]]
name = 'Empty'
"
    );
    assert_eq!(
        problems(&text),
        [
            "10:6+11 bad-id: `Check Out` is not an id: lower-case letters, digits and hyphens, at most 64",
            "13:6+10 duplicate-feature: `checkout` is also the id of line 6",
            "15:1+10 empty-group: the group has no feature",
        ]
    );
}

#[test]
fn an_unknown_key_does_not_take_the_page_away() {
    let (page, problems, _) = parse_page(&format!("colour = 'red'\n{SMALLEST}"));
    assert!(page.is_some());
    assert_eq!(problems.iter().map(|problem| problem.level).collect::<Vec<_>>(), [ProblemLevel::Error]);
}

#[test]
fn a_page_without_a_file_is_a_problem() {
    let root = tempfile::tempdir().expect("a folder");
    let (page, problems, _) = read_page(root.path());
    assert_eq!(page, None);
    assert_eq!(problems.first().map(|problem| problem.rule), Some("missing-file"));
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zé日\"'\\\\{}#=]{1,3}( [a-zA-Zß\"'\\\\]{1,4})?"
}

fn localized() -> impl Strategy<Value = Localized> {
    (text(), prop::option::of(text())).prop_map(|(default, spanish)| Localized {
        default,
        translations: spanish.map(|text| (language("es"), text)).into_iter().collect(),
    })
}

fn looks() -> impl Strategy<Value = Branding> {
    let chosen = |accent_dark, accent_header, logo: Option<&str>| Branding {
        accent: Color::new("#1f5f8a"),
        accent_dark,
        header: if accent_header { Header::Accent } else { Header::Plain },
        logo: logo.map(str::to_owned),
    };
    let dark = prop::option::of(Just(Color::WHITE));
    let logo = prop::option::of(Just("pictures/logo.svg"));
    let some = (dark, any::<bool>(), logo).prop_map(move |(dark, header, logo)| chosen(dark, header, logo));
    prop_oneof![Just(Branding::default()), some]
}

fn page() -> impl Strategy<Value = Page> {
    let feature = (localized(), prop::option::of(localized()));
    let group = (localized(), prop::collection::vec(feature, 1..3));
    let groups = prop::collection::vec(group, 1..4);
    let support = prop::option::of(Just("https://example.com/help?a=1".to_owned()));
    (localized(), prop::option::of(localized()), support, 1..=365_u16, groups, looks()).prop_map(
        |(name, description, support_url, history_days, groups, looks)| {
            let mut number = 0;
            let mut feature = |(name, description)| {
                number += 1;
                let id = FeatureId::new(&format!("f-{number}")).expect("an id");
                Feature { description, ..Feature::named(id, name) }
            };
            let mut groups_so_far = 0;
            let group = |(name, features): (Localized, Vec<_>)| {
                groups_so_far += 1;
                let id = (groups_so_far % 2 == 0).then(|| FeatureId::new(&format!("g-{groups_so_far}")));
                let features = features.into_iter().map(&mut feature).collect();
                Group { id: id.flatten(), name, features }
            };
            Page {
                name,
                description,
                url: "https://status.example.com".into(),
                languages: vec![language("en"), language("es")],
                time_zone: "Europe/Madrid".into(),
                subscribe_url: support_url.clone(),
                desk: None,
                support_url,
                theme: "plain".into(),
                looks,
                groups: groups.into_iter().map(group).collect(),
                history_days,
                links: if history_days % 2 == 0 { Links::Files } else { Links::Folders },
                audiences: if history_days % 3 == 0 { audiences() } else { Vec::new() },
                read_by: None,
            }
        },
    )
}

/// Two audiences, one of which sees what is for the other.
fn audiences() -> Vec<NamedAudience> {
    let name = |name: &str| AudienceName::new(name).expect("a name");
    let audience = |of: &str, sees: &[&str]| NamedAudience {
        name: name(of),
        title: Localized {
            default: of.to_uppercase(),
            translations: [(language("es"), "Ellos".into())].into(),
        },
        url: format!("https://{of}.status.example.com"),
        sees: sees.iter().map(|other| name(other)).collect(),
    };
    vec![audience("partners", &["resellers"]), audience("resellers", &[])]
}

proptest! {
    #[test]
    fn a_written_page_reads_back_equal(page in page()) {
        let text = write_page(&page);
        let (read, problems, _) = parse_page(&text);
        prop_assert_eq!(problems, vec![], "{}", text);
        prop_assert_eq!(read, Some(page));
    }

    #[test]
    fn no_damage_to_a_page_panics(
        at in 0..4_000_usize, length in 0..40_usize, put in "(?s)[\\[\\]{}=\"'.,#\n\\\\a-z0-9é-]{0,6}"
    ) {
        crate::config::tests::check_damaged(&uncommented(PAGE_TEMPLATE), at, length, &put, |text| parse_page(text).1)?;
    }
}

#[test]
fn a_page_that_cannot_be_used_says_why_whatever_a_value_is() {
    let life = "since = 2026-06-01\nuntil = 2027-01-01\n";
    let template = uncommented(PAGE_TEMPLATE)
        + "\n[[groups]]\nname = 'Last'\n[[groups.features]]\nid = 'last'\nname = 'Last'\n"
        + life;
    crate::config::tests::check_edges(&template, |text| {
        let (page, problems, _) = parse_page(text);
        (page.is_some(), problems)
    });
}

#[test]
fn a_feature_says_from_when_to_when_it_exists_and_what_it_was_called() {
    let text = format!(
        "{}since = 2026-06-01\nuntil = '2027-01-01'\nwas = ['payment']\n",
        SMALLEST.replacen("name", "time_zone = 'Europe/Madrid'\nname", 1)
    );
    let (page, found, _) = parse_page(&text);
    assert_eq!(found, []);
    let page = page.expect("a page");
    let checkout = &page.groups[0].features[0];
    let moment = |text: &str| text.parse::<Moment>().ok();
    assert_eq!(checkout.life.since, moment("2026-05-31T22:00:00Z"), "midnight in Madrid");
    assert_eq!(checkout.life.until, moment("2026-12-31T23:00:00Z"));
    assert_eq!(page.current_id(&checkout.was[0]), &checkout.id);
    assert_eq!(parse_page(&super::write_page(&page)).0, Some(page));

    let says = |line: &str| problems(&format!("{SMALLEST}{line}\n"));
    assert_eq!(says("since = 2026-13-01").len(), 1);
    assert!(says("until = 9999-12-31")[0].contains("bad-day: `9999-12-31` is too far from now"));
    assert!(says("since = 'soon'")[0].contains("bad-day: `soon` is not a day (write it like `2026-06-01`)"));
    assert!(says("since = 2026-06-01\nuntil = 2026-06-01")[0].contains("bad-life"));
    assert!(says("was = ['checkout']")[0].contains("duplicate-feature"));
}
