//! Distinguishes planned work from trouble, and reads when work is to end.
//!
//! Other systems have one kind of file for both. Planned work speaks of the future ("will be upgraded", "is planned for"),
//! trouble of the present; titles and file names show one or the other. Words are weighed, and a tie stays an incident.

use chrono::TimeDelta;

use super::lengths;
use super::times::{self, Stated, Zone};
use super::words::{WORDS, has, spaced, speaks};
use crate::model::Moment;

/// What a file most likely reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The post is about an outage.
    Trouble,
    /// The post is about planned work.
    Work,
    /// Words of both; it counts as trouble and is noted.
    Unclear,
}

/// How much of a message is weighed, in characters.
const WEIGHED_CHARS: usize = 700;

/// Within how many words behind `planned` what is planned is named.
const PLANNED_WORDS: usize = 3;

/// Within how many words an announcement says its time.
const CLOCK_WORDS: usize = 40;

/// The longest work that a text can plan.
const WORK_MAX: TimeDelta = TimeDelta::days(31);

/// Weighs the words of a title, a file's name and its first message. `is_post` says that it was published as news
/// rather than as an incident, which is how people announce work.
pub(super) fn judge(title: &str, stem: &str, opening: &str, is_post: bool) -> Judgement {
    let message: String = opening.chars().take(WEIGHED_CHARS).collect();
    let (title, stem, opening) = (spaced(title), spaced(stem), spaced(&message));
    let trouble_in_title = speaks(&without_planned(&title), &WORDS.trouble.names);
    let opening = without(&opening, &WORDS.trouble.denials);
    let announced = announced(&message, &opening);
    let is_emergency =
        announced == 0 && speaks(&title, &WORDS.work.emergency) && !speaks(&title, &WORDS.work.maintenance);
    let titled = match speaks(&title, &WORDS.work.names) {
        _ if is_emergency => 0,
        true => 2,
        false => i32::from(speaks(&title, &WORDS.work.weak_names)),
    };
    let named = match stem.contains("maintenance") || stem.contains("wartung") {
        true => 2,
        false => i32::from(!is_emergency && speaks(&stem, &WORDS.work.names)),
    };
    let work = titled + named + announced + i32::from(is_post);
    let trouble = 2 * i32::from(trouble_in_title)
        + i32::from(speaks(&stem, &WORDS.trouble.names))
        + 3 * i32::from(speaks(&opening, &WORDS.trouble.phrases));
    match work - trouble {
        0 if trouble_in_title && announced == 0 => Judgement::Trouble,
        _ if work == 0 || is_post && titled + named == 0 && announced <= 1 => Judgement::Trouble,
        ..=-1 => Judgement::Trouble,
        2.. => Judgement::Work,
        _ if is_post => Judgement::Work,
        1 if titled > 0 => Judgement::Work,
        _ => Judgement::Unclear,
    }
}

/// A title without the trouble that is planned: `planned network outage`.
fn without_planned(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let is_planned = |at: usize| {
        let before = words.get(at.saturating_sub(PLANNED_WORDS)..at).unwrap_or_default();
        before.iter().any(|word| has(&WORDS.work.qualifiers, word))
    };
    let kept: Vec<&str> =
        words.iter().enumerate().filter(|(at, _)| !is_planned(*at)).map(|(_, word)| *word).collect();
    format!(" {} ", kept.join(" "))
}

/// A text without those pieces.
fn without(text: &str, pieces: &[String]) -> String {
    pieces.iter().fold(text.to_owned(), |text, piece| text.replace(piece.as_str(), " "))
}

/// Whether a message speaks of work that is to come.
pub(super) fn announces(message: &str) -> bool {
    announced(message, &spaced(message)) > 0
}

/// How much a message is an announcement. What will be at a stated time is planned.
fn announced(message: &str, words: &str) -> i32 {
    let words = without(words, &WORDS.work.promises);
    if speaks(&words, &WORDS.work.phrases) {
        return 5;
    }
    match speaks(&words, &WORDS.work.future) {
        true if says_clock(&without_promises(message)) => 5,
        future => i32::from(future || speaks(&words, &WORDS.work.hints)),
    }
}

/// A message without the sentences that promise only words.
fn without_promises(message: &str) -> String {
    let sentences = message.split_inclusive(['.', '\n']);
    sentences.filter(|sentence| !speaks(&spaced(sentence), &WORDS.work.promises)).collect()
}

/// Whether a message says a time of day near its beginning.
fn says_clock(message: &str) -> bool {
    let words: Vec<&str> = message.split_whitespace().take(CLOCK_WORDS).collect();
    (0..words.len()).any(|at| is_clock(&words, at))
}

/// When work is to end that starts at `starts`, if a text states it: by two times (`between 11:30 and 14:30 UTC`,
/// `14.07.2026 22:00 Uhr bis 15.07.2026 02:00 Uhr`), or by how long it takes.
pub(super) fn end_in(text: &str, starts: Moment, zone: &Zone) -> Option<Moment> {
    let text: String = text.chars().take(WEIGHED_CHARS).collect();
    let ends = span_end(&text, starts, zone).or_else(|| Some(starts + lengths::stated(&text)?))?;
    (starts < ends && ends - starts <= WORK_MAX).then_some(ends)
}

/// The times of day at which work begins and ends that takes place on the day that begins at `day`, if a text states both.
pub(super) fn times_on(text: &str, day: Moment, zone: &Zone) -> Option<(Moment, Moment)> {
    let text: String = text.chars().take(WEIGHED_CHARS).collect();
    let is_that_day = |(from, to): &(Moment, Moment)| {
        zone.day(*from) == zone.day(day) && from < to && *to - *from <= WORK_MAX
    };
    spans(&text, day, zone).map(|(times, _)| times).find(is_that_day)
}

/// The second of two times with only a span's words between them. Where the first is not the start, by whole hours and
/// without a zone, the author's clock was another than the file's: only the length counts.
fn span_end(text: &str, starts: Moment, zone: &Zone) -> Option<Moment> {
    let mut spans = spans(text, starts, zone);
    spans.next().map(|((from_at, to_at), is_zoneless)| {
        let is_foreign = is_zoneless && (from_at - starts).num_minutes() % 60 == 0;
        if from_at == starts || !is_foreign { to_at } else { starts + (to_at - from_at) }
    })
}

/// The pairs of times with only a span's words between them, and whether neither has a zone.
fn spans<'t>(
    text: &'t str,
    starts: Moment,
    zone: &'t Zone,
) -> impl Iterator<Item = ((Moment, Moment), bool)> + 't {
    let today = zone.day(starts);
    let words: Vec<&str> = text.split_whitespace().flat_map(with_dashes).collect();
    let clocks: Vec<usize> = (0..words.len()).filter(|at| is_clock(&words, *at)).collect();
    let pairs: Vec<(usize, usize)> = clocks.iter().copied().zip(clocks.iter().copied().skip(1)).collect();
    pairs.into_iter().filter_map(move |(first, last)| {
        let inner = words.get(first + 1..last)?;
        let is_span = inner.iter().any(|word| is_between(word))
            && inner.iter().all(|word| is_between(word) || times::is_time_word(word));
        let from = times::stated(&around(&words, first, 0, last), today);
        let to = times::stated(&around(&words, last, first + 1, words.len()), today);
        let (from_at, to_at) = is_span.then(|| moments(from, to, starts, zone))??;
        // "between 2h and 4h of downtime": lengths, unless the first is the very start.
        let are_lengths = from_at != starts && is_hours(words.get(first)?) && is_hours(words.get(last)?);
        let is_zoneless = from.offset.is_none() && to.offset.is_none();
        (!are_lengths).then_some(((from_at, to_at), is_zoneless))
    })
}

/// `2h`: two o'clock or two hours.
fn is_hours(word: &str) -> bool {
    let digits = word.trim_matches([',', '.', ';', '(', ')']).strip_suffix('h');
    digits.is_some_and(|digits| digits.chars().all(|c| c.is_ascii_digit()))
}

fn moments(from: Stated, to: Stated, starts: Moment, zone: &Zone) -> Option<(Moment, Moment)> {
    let offset = from.offset.or(to.offset);
    let from = Stated { day: from.day.or(Some(zone.day(starts))), offset, ..from };
    let to = Stated { day: to.day.or(from.day), offset: to.offset.or(offset), ..to };
    let (from_at, to_at) = (from.after(starts, zone)?, to.after(starts, zone)?);
    let to_at = if to_at <= from_at { to_at.checked_add_signed(TimeDelta::days(1))? } else { to_at };
    Some((from_at, to_at))
}

/// The word with the time words next to it, from `least` on and before `end`.
fn around(words: &[&str], at: usize, least: usize, end: usize) -> String {
    let belongs = |position: &usize| {
        words.get(*position).is_some_and(|word| times::is_time_word(word) && !is_between(word))
    };
    let from = (least..at).rev().take_while(belongs).take(7).last().unwrap_or(at);
    let mut to = (at + 1..end).take_while(belongs).take(3).last().map_or(at + 1, |last| last + 1);
    // What follows the next span's word is the next time's.
    if (at + 1..to).any(|position| is_clock(words, position)) {
        to = at + 1;
    }
    words.get(from..to).unwrap_or_default().join(" ")
}

/// `14:00-16:00` and `14:00–16:00` as three words.
fn with_dashes(word: &str) -> Vec<&str> {
    for dash in ["–", "—", "-"] {
        if let Some((from, to)) = word.split_once(dash)
            && times::clock_of(from, "h").is_some()
            && to.starts_with(|c: char| c.is_ascii_digit())
        {
            return vec![from, "-", to];
        }
    }
    vec![word]
}

fn is_clock(words: &[&str], at: usize) -> bool {
    let plain = |at: usize| {
        let word = words.get(at).copied().unwrap_or_default();
        word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
    };
    let (word, next) = (plain(at), plain(at + 1));
    let is_dated = word.len() > 10 && word.contains('t') && word.starts_with("20");
    // "18 bis 20 Uhr": the first hour has the second one's word.
    let shared =
        has(&WORDS.spans.between, &next) || words.get(at + 1).is_some_and(|next| matches!(*next, "-" | "–"));
    let hour_follows = shared && times::clock_of(&plain(at + 2), &plain(at + 3)).is_some();
    is_dated
        || times::clock_of(&word, &next).is_some()
        || hour_follows && times::clock_of(&word, "h").is_some()
}

fn is_between(word: &str) -> bool {
    let word = word.trim_matches([',', '.', '(', ')', '*']).to_lowercase();
    has(&WORDS.spans.between, &word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_future_is_work_and_the_present_is_trouble() {
        let is = |title, stem, opening| judge(title, stem, opening, false);
        let announcement = "Jira will be down for up to 30 minutes beginning at 22:00.";
        assert_eq!(is("Jira outage", "2023-12-07-jira-outage", announcement), Judgement::Work);
        assert_eq!(
            is("Database upgrade", "2024-01-01-db", "On Friday it will be upgraded."),
            Judgement::Work
        );
        assert_eq!(
            is("Checkout is down", "2024-01-01-checkout", "We are investigating."),
            Judgement::Trouble
        );
        let emergency = "We are installing an update because of a hole. Logins may fail.";
        assert_eq!(is("Emergency update", "2026-03-04", emergency), Judgement::Trouble);
        let announced = "Tonight at 21:00 UTC we will install an update.";
        assert_eq!(is("Emergency update", "2026-03-04", announced), Judgement::Work);
        let forced = "A server became unresponsive and we had to replace its power supply.";
        assert_eq!(is("Emergency maintenance", "2026-03-04", forced), Judgement::Trouble);
        let attack =
            "An attack is ongoing since Wednesday, starting at 7:15 AM, against one of our networks.";
        assert_eq!(is("DDoS attack", "2026-03-04", attack), Judgement::Trouble);
    }

    #[test]
    fn work_is_known_in_every_language() {
        for (title, opening) in [
            (
                "Geplante Wartungsarbeiten OTV",
                "Im Zeitraum 10:00 Uhr bis 11:00 Uhr führen wir Wartungsarbeiten durch.",
            ),
            (
                "Wartung am SBS",
                "Am Mittwoch werden von 8:00 – 9:00 Uhr Arbeiten an der Firewall durchgeführt.",
            ),
            ("Maintenance planifiée de la base", "Une maintenance sera effectuée mardi de 22h à 23h."),
            (
                "Mantenimiento programado",
                "El martes realizaremos tareas de mantenimiento entre las 22:00 y las 23:00.",
            ),
            ("Manutenção programada", "A base de dados ficará indisponível na terça-feira."),
            ("Manutenzione programmata", "Martedì il servizio non sarà disponibile dalle 22:00 alle 23:00."),
            ("Gepland onderhoud", "Dinsdag voeren we onderhoud uit aan de database."),
        ] {
            assert_eq!(judge(title, "2026-03-10-x", opening, false), Judgement::Work, "{title}");
        }
    }

    #[test]
    fn trouble_is_known_in_every_language() {
        for (title, opening) in [
            ("Suche: Störung", "Die Suche ist gestört. Wir arbeiten daran."),
            ("Panne du paiement", "Le paiement est indisponible. Nous enquêtons."),
            ("Incidencia en los pagos", "Estamos investigando. Los clientes serán informados."),
            ("Falha nos pagamentos", "Estamos a investigar o problema."),
            ("Disservizio pagamenti", "Stiamo verificando il problema."),
            ("Storing in de betalingen", "We onderzoeken het probleem."),
            ("Problems with the upgrade", "Since the upgrade searches fail. We will keep you informed."),
        ] {
            assert_eq!(judge(title, "2026-03-10-x", opening, false), Judgement::Trouble, "{title}");
        }
    }

    #[test]
    fn ends_are_read_from_spans_and_lengths() {
        let starts: Moment = "2026-03-10T18:00:00Z".parse().unwrap();
        let end = |text: &str| {
            end_in(text, starts, &Zone::utc())
                .map_or("open".to_owned(), |at| at.format("%d %H:%M").to_string())
        };
        assert_eq!(end("We will upgrade it on 10 March between 18:00 and 20:00 UTC."), "10 20:00");
        assert_eq!(end("from 06:00pm UTC until Wednesday 11 March 2026 02:00pm UTC"), "11 14:00");
        assert_eq!(
            end("Im Zeitraum 10.03.2026 18:00 Uhr bis 11.03.2026 02:00 Uhr wird gewartet."),
            "11 02:00"
        );
        assert_eq!(end("zwischen 18:00 und 19:30 Uhr"), "10 19:30");
        assert_eq!(end("von 18 bis 20 Uhr"), "10 20:00");
        assert_eq!(end("am 10. März 18:00–23:00 Uhr"), "10 23:00");
        assert_eq!(end("entre les 18h00 et 19h30"), "10 19:30");
        assert_eq!(end("between 19:00 and 21:00"), "10 20:00", "another clock: two hours");
        assert_eq!(end("between 23:00 UTC and 01:00 UTC"), "11 01:00");
        assert_eq!(end("Expected duration: 1.5 hours."), "10 19:30");
        assert_eq!(end("During the 2-hour maintenance window"), "10 20:00");
        assert_eq!(end("We expect between 2h to 4h of downtime starting at 06:00 PM UTC."), "10 22:00");
        assert_eq!(end("Dauer: ca. zwei Stunden"), "10 20:00");
        assert_eq!(end("between 24 June and 8 July"), "open");
        assert_eq!(end("restarts of 2 to 5 minutes"), "open");
        assert_eq!(end("starting at 18:00 UTC (20h Paris time)"), "open");
    }
}
