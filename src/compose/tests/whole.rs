//! What holds for a whole message: what is read first, how long it gets, in which languages it speaks.

use chrono::TimeDelta;

use super::build::{at, change, maintenance, now, outage, over, plan, site, subscriber, update};
use crate::compose::notices;
use crate::model::Moment;
use crate::model::change::ChangeKind;
use crate::model::incident::{Incident, TimeRange};
use crate::model::localized::{Language, Localized};
use crate::model::message::{MailMessage, Message, TextMessage};
use crate::model::phase::{Phase, Severity};
use crate::model::sensitivity::Sensitivity;
use crate::theme::Theme;

const LANGUAGES: [&str; 9] = ["en", "ar", "de", "es", "fr", "it", "ja", "pt", "pt-BR"];

/// What someone with a mail address and a telephone gets.
fn told(incident: &Incident, what: ChangeKind, tag: &str, now: Moment) -> (MailMessage, TextMessage) {
    let mut site = site([incident.clone()]);
    site.page.languages = LANGUAGES.iter().filter_map(|tag| Language::new(tag)).collect();
    let ana = [subscriber("ana", tag, &["ana@example.org", "+34600111222"])];
    let told = notices(&[change(incident, [what])], &site, &ana, &plan(), &Theme::built_in(), now).unwrap();
    let mut messages = told.messages.into_iter();
    match (messages.next(), messages.next()) {
        (Some(Message::Mail(mail)), Some(Message::Text(text)))
        | (Some(Message::Text(text)), Some(Message::Mail(mail))) => (mail, text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_end_is_read_before_what_has_ended_in_every_language() {
    for tag in LANGUAGES {
        let theme = Theme::built_in();
        let words = theme.words(&Language::new(tag).unwrap());
        let (mail, text) = told(&over(), ChangeKind::Resolved, tag, at(11, 20));
        let resolved = words.say("phase.resolved");
        let title = over().title.in_language(&Language::new(tag).unwrap()).to_owned();
        assert!(mail.subject.find(resolved) < mail.subject.find(&title), "{}", mail.subject);
        assert!(mail.text.starts_with(resolved), "{}", mail.text);
        let first = words.say("news.resolved").split('{').next().unwrap();
        let headline = text.body.find(crate::compose::gsm7::transliterate(first).trim());
        let headline = headline.or_else(|| text.body.find(first.trim()));
        assert!(headline.is_some() && headline < text.body.find(&title), "{}", text.body);
    }
}

#[test]
fn what_came_back_lasted_as_long_as_it_was_bad() {
    let mut twice = over();
    let again = at(11, 17) + TimeDelta::days(9);
    twice.updates.push(update(again, Phase::Investigating, Localized::plain("It is back.")));
    let end = again + TimeDelta::minutes(55);
    twice.updates.push(update(end, Phase::Resolved, Localized::plain("It is over.")));
    assert_eq!(twice.open_for(end), Some(TimeDelta::hours(3)));
    let (mail, text) = told(&twice, ChangeKind::Resolved, "en", end + TimeDelta::minutes(1));
    assert!(mail.text.contains("Resolved after 3 hours\n"), "{}", mail.text);
    assert!(mail.text.contains(", after 3 hours\n"), "{}", mail.text);
    assert!(text.body.contains("Resolved after 3 hours: "), "{}", text.body);
}

#[test]
fn a_span_never_lasts_longer_than_from_its_start_to_its_end() {
    let mut work = maintenance();
    assert_eq!(work.open_for(at(23, 0)), Some(TimeDelta::hours(1)));
    assert_eq!(work.open_for(at(12, 0)), Some(TimeDelta::zero()));
    let window = work.window.unwrap();
    assert_eq!(
        work.open_for(window.ends.unwrap() + TimeDelta::days(3)),
        Some(TimeDelta::hours(4)),
        "the clock has ended it"
    );
    let cancelled = update(at(21, 0), Phase::Cancelled, Localized::plain("Not tonight."));
    work.updates.push(cancelled);
    assert_eq!(work.open_for(window.ends.unwrap()), Some(TimeDelta::zero()));
}

#[test]
fn a_window_across_a_change_of_the_clocks_names_both_zones() {
    let starts = "2026-10-24T23:30:00Z".parse().unwrap();
    let window = TimeRange::between(starts, starts + TimeDelta::hours(3));
    let severity = Severity::Major;
    let work = Incident { severity, started: starts, window: Some(window), ..maintenance() };
    let (mail, text) = told(&work, ChangeKind::MaintenanceAnnounced, "en", starts - TimeDelta::days(4));
    assert!(mail.text.contains("25 Oct, 01:30 CEST – 03:30 CET"), "{}", mail.text);
    assert!(text.body.contains("25 Oct, 01:30 CEST - 03:30 CET"), "{}", text.body);
}

#[test]
fn a_text_without_a_translation_is_marked_and_keeps_the_dates_of_its_language() {
    let (mail, _) = told(&outage(), ChangeKind::Opened, "ar", now());
    assert!(mail.text.contains("(اللغة الأصلية: \u{2068}English\u{2069})"), "{}", mail.text);
    assert!(mail.text.contains("by 20 November 2026, 12:00 CET"), "{}", mail.text);
    let (mail, _) = told(&outage(), ChangeKind::Opened, "de", now());
    assert!(!mail.text.contains("noch nicht übersetzt"), "{}", mail.text);
}

#[test]
fn a_mail_stays_below_the_size_at_which_mail_programs_cut_it() {
    let mut long = outage();
    long.impact = Some(Localized::plain("<&> ".repeat(20_000)));
    for update in &mut long.updates {
        update.body = Localized::plain("One of many words & more.\n\n".repeat(5_000));
    }
    let (mail, _) = told(&long, ChangeKind::Opened, "en", now());
    assert!(mail.text.len() + mail.html.len() < 75_000, "{} and {}", mail.text.len(), mail.html.len());
    for part in [&mail.text, &mail.html] {
        assert!(part.contains("This email is shortened.") && part.contains("/incidents/2026/card-payments/"));
        assert!(part.contains("One of many words"));
    }
    let (mail, _) = told(&outage(), ChangeKind::Opened, "en", now());
    assert!(!mail.text.contains("shortened"));
}

#[test]
fn a_mail_is_cut_between_letters_of_any_size_and_leads_to_the_whole_text() {
    for letter in ["é", "障", "👩‍🚒", "ع"] {
        for shift in 0..4 {
            let mut long = outage();
            long.impact = Some(Localized::plain("x".repeat(shift) + &letter.repeat(60_000)));
            long.updates[0].body = Localized::plain("y".repeat(shift) + &letter.repeat(60_000));
            let (mail, _) = told(&long, ChangeKind::Opened, "en", now());
            let bytes = mail.text.len() + mail.html.len();
            assert!(bytes < 75_000 && mail.text.contains(letter), "{letter}: {bytes}");
            let link = "https://status.nimbus.example/incidents/2026/card-payments/";
            assert!(mail.text.contains(&format!(": {link}")), "{letter}");
            assert!(mail.html.contains(&format!("href=\"{link}")), "{letter}");
            assert!(!mail.html.contains('\u{fffd}') && !mail.text.contains('\u{fffd}'), "{letter}");
        }
    }
}

#[test]
fn the_link_of_what_is_confidential_names_nothing() {
    let secret = Incident { sensitivity: Sensitivity::Confidential, ..outage() };
    for (tag, link) in
        [("en", "https://status.nimbus.example/"), ("pt-BR", "https://status.nimbus.example/pt-BR/")]
    {
        let (mail, text) = told(&secret, ChangeKind::Opened, tag, now());
        assert!(text.body.ends_with(&format!(" {link}")), "{}", text.body);
        assert!(mail.text.contains(&format!(": {link}\n")), "{}", mail.text);
        for part in [&mail.subject, &mail.text, &mail.html, &text.body] {
            assert!(!part.contains("card-payments"), "{part}");
        }
    }
}
