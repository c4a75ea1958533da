//! The page in a real browser whose clock and zone are not the build's: the script keeps it true, and without a
//! script it says what was known when it was built.

use std::fs;

use allclear::model::Moment;
use allclear::model::incident::Audience;
use allclear::theme::Theme;
use allclear::{config, load, render};
use chrono::{TimeDelta, Utc};
use tempfile::TempDir;

use crate::fixtures::browser::Browser;
use crate::fixtures::judge::told;

const PAGE: &str = "\
name = 'Acme'
url = 'https://status.acme.test'
languages = ['en', 'es', 'it', 'pt', 'fr', 'de', 'ja', 'ar']
time_zone = 'Europe/Madrid'

[[groups]]
name = 'Shop'

[[groups.features]]
id = 'checkout'
name = 'Checkout'

[[groups.features]]
id = 'search'
name = 'Search'
";

/// A site built at a moment, with a payment problem since five minutes and work on the search from half an hour
/// after it until three hours after it.
struct Built {
    folder: TempDir,
}

impl Built {
    fn at(now: Moment, eta: TimeDelta) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let time = |after: TimeDelta| (now + after).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let minutes = TimeDelta::minutes;
        let problem = format!(
            "+++\ntitle = 'Cards fail'\nseverity = 'major'\naffected = ['checkout']\nstarted = {}\neta = {}\n\
             next_update = {}\n+++\n\n## {} · Investigating\n\nWe look into it.\n",
            time(minutes(-5)),
            time(eta),
            time(eta),
            time(minutes(-5)),
        );
        let work = format!(
            "+++\nkind = 'maintenance'\ntitle = 'New index'\naffected = ['search']\nstarts = {}\nends = {}\n+++\n",
            time(minutes(30)),
            time(minutes(180)),
        );
        fs::create_dir(folder.path().join("incidents")).unwrap();
        fs::write(folder.path().join("incidents/cards.md"), problem).unwrap();
        fs::write(folder.path().join("incidents/index.md"), work).unwrap();
        let built = Self { folder };
        built.render(now);
        built
    }

    /// The same site with its newest update, read at `now`.
    fn with_update(now: Moment, begun: Moment, eta: TimeDelta, heading: &str, words: &str) -> Self {
        let built = Self { folder: tempfile::tempdir().unwrap() };
        let time = |at: Moment| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let text = format!(
            "+++\ntitle = 'Cards fail'\nseverity = 'major'\naffected = ['checkout']\nstarted = {start}\neta = {eta}\n\
             impact = 'Cards are declined.'\n+++\n\n{heading}\n\n{words}\n",
            start = time(begun),
            eta = time(begun + eta),
        );
        fs::create_dir(built.folder.path().join("incidents")).unwrap();
        fs::write(built.folder.path().join("incidents/cards.md"), text).unwrap();
        built.render(now);
        built
    }

    fn render(&self, now: Moment) {
        let (page, problems, _) = config::page::parse_page(PAGE);
        assert_eq!(problems, []);
        let loaded = load::read_site(self.folder.path(), page.unwrap(), None);
        assert_eq!(loaded.problems, []);
        for (path, bytes) in
            render::site(&loaded.site, &Theme::built_in(), now, Audience::Public).unwrap().files
        {
            let path = self.folder.path().join("public").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    fn words(&self, browser: Browser, path: &str) -> String {
        browser.words_of(&format!("file://{}/public/{path}", self.folder.path().display()))
    }
}

#[track_caller]
fn assert_words(words: &str, there: &[&str], not_there: &[&str]) {
    for said in there {
        assert!(words.contains(said), "{said:?} is not in: {words}");
    }
    for said in not_there {
        assert!(!words.contains(said), "{said:?} is in: {words}");
    }
}

const MISSED: &str = "This is taking longer than we expected.";

#[test]
fn long_after_the_build_the_page_says_what_is_overdue_and_what_is_over() {
    let built = Built::at("2026-03-01T10:30:00Z".parse().unwrap(), TimeDelta::minutes(30));

    let words = built.words(Browser::new(false), "index.html");
    let zone = "All times are in the time zone Europe/Madrid (CET).";
    assert_words(&words, &["by 1 Mar 2026, 12:00 CET", "Planned", zone], &[MISSED, "ago", "Completed"]);

    let words = built.words(Browser::new(true).in_zone("Europe/Madrid"), "index.html");
    let late = "We promised an update by 1 Mar 2026, 12:00 CET and it is late.";
    assert_words(&words, &[MISSED, late, zone, "Completed"], &["by 1 Mar 2026, 12:00 CET Started"]);

    let words = built.words(Browser::new(true).in_zone("America/New_York"), "index.html");
    let here = "All times are in your own time zone, America/New_York.";
    let late = "We promised an update by Mar 1, 2026, 6:00 AM EST and it is late.";
    assert_words(&words, &[here, late, "March 1, 2026, 6:00 – 8:30 AM EST"], &["CET"]);

    let words = built.words(Browser::new(true).in_zone("Asia/Tokyo"), "incidents/index/index.html");
    assert_words(&words, &["Completed"], &["In progress", "CET"]);
}

#[test]
fn soon_after_the_build_the_page_counts_in_the_readers_language() {
    // Built an hour ago: the work has begun meanwhile, and the estimate lies in twenty minutes. Built again for each
    // look, so that a slow machine has no other numbers.
    let an_hour_ago = || Built::at(Utc::now() - TimeDelta::hours(1), TimeDelta::seconds(80 * 60 + 28));

    let words = an_hour_ago().words(Browser::new(false), "index.html");
    assert_words(&words, &["Search Working", "Planned"], &["In progress", "20 minutes", MISSED]);

    let in_zone = |zone| Browser::new(true).in_zone(zone);
    let words = an_hour_ago().words(in_zone("Europe/Madrid"), "index.html");
    let begun = [
        "Search Planned work",
        "In progress",
        "ends in 2 hours",
        "Checkout : Not working for some customers",
    ];
    assert_words(&words, &["in 20 minutes", "1 hour ago"], &[MISSED, "Search Working"]);
    assert_words(&words, &begun, &[]);

    let words = an_hour_ago().words(in_zone("Asia/Kolkata"), "es/index.html");
    let here = "Todas las horas corresponden a su zona horaria, Asia/";
    assert_words(
        &words,
        &["dentro de 20 minutos", "hace 1 hora", "termina dentro de 2 horas", here],
        &["CET"],
    );

    // An Arab page has its digits as everywhere on it.
    let words = an_hour_ago().words(in_zone("Asia/Dubai"), "ar/index.html");
    assert_words(&words, &["خلال 20 دقيقة", "قبل ساعة واحدة", "تنتهي خلال ساعتين"], &["CET", "٢"]);

    for (language, soon, ends) in [
        ("it", "tra 20 minuti", "finisce tra 2 ore"),
        ("pt", "em 20 minutos", "termina em 2 horas"),
        ("fr", "dans 20 minutes", "se termine dans 2 heures"),
        ("de", "in 20 Minuten", "endet in 2 Stunden"),
        ("ja", "20 分後", "2 時間後に終了"),
    ] {
        let words =
            an_hour_ago().words(in_zone("Europe/Madrid"), &format!("{language}/incidents/cards/index.html"));
        assert_words(&words, &[soon], &[]);
        if language == "ja" {
            assert_words(&words, &["まで 20 分後"], &["分後 まで"]);
        }
        let words =
            an_hour_ago().words(in_zone("Europe/Madrid"), &format!("{language}/incidents/index/index.html"));
        assert_words(&words, &[ends], &[]);
    }
}

/// Two hours of an open page. The estimate of the first build passes after 20 minutes; a second build, there after 30, says
/// another one at 100 minutes; a third, there after 90, says that it is over.
#[test]
fn an_open_page_asks_before_it_says_late_and_puts_news_in_place() {
    let begun: Moment = "2026-03-01T10:00:00Z".parse().unwrap();
    let minutes = TimeDelta::minutes;
    let heading = |after: i64, phase: &str| {
        format!("## {} UTC · {phase}", (begun + minutes(after)).format("%Y-%m-%d %H:%M"))
    };
    let builds = [
        Built::with_update(begun, begun, minutes(20), &heading(0, "Investigating"), "We look into it."),
        Built::with_update(
            begun + minutes(30),
            begun,
            minutes(100),
            &heading(29, "Identified"),
            "A disk is full.",
        ),
        Built::with_update(
            begun + minutes(90),
            begun,
            minutes(100),
            &heading(89, "Resolved"),
            "Cards work again.",
        ),
    ];
    let folder = |built: &Built| built.folder.path().join("public").display().to_string();
    let input: Vec<String> = std::iter::once(begun.to_rfc3339()).chain(builds.iter().map(folder)).collect();
    let told = told("looks/follow.js", &[], &input);

    let asked: Vec<i64> = told["asked"].as_array().unwrap().iter().map(|at| at.as_i64().unwrap()).collect();
    assert!(asked.iter().all(|at| *at > 0), "a visit is one request: {asked:?}");
    let most = (1..=120).map(|minute| asked.iter().filter(|at| **at == minute).count()).max().unwrap();
    assert!(asked.len() > 60 && asked.len() <= 120 && most <= 2, "once a minute at most: {asked:?}");
    assert!(asked.iter().filter(|at| (60..75).contains(*at)).count() <= 5, "it backs off: {asked:?}");

    let seen = |minute: usize| told["seen"][minute - 1].as_str().unwrap();
    assert!(!seen(19).contains(MISSED) && seen(22).contains(MISSED), "late, once it has asked: {}", seen(22));
    for minute in [32, 59, 70, 85] {
        assert!(seen(minute).contains("A disk is full."), "{minute}: {}", seen(minute));
        assert!(!seen(minute).contains(MISSED), "{minute}: {}", seen(minute));
    }
    for minute in [92, 105, 120] {
        assert!(seen(minute).contains("Everything is working"), "{minute}: {}", seen(minute));
        assert!(
            !seen(minute).contains(MISSED),
            "a page that knows the end calls nothing late: {}",
            seen(minute)
        );
    }
}
