//! Distinguishes planned work from trouble.
//!
//! Other systems have one kind of file for both. Planned work speaks of the future ("will be upgraded", "is planned for"),
//! trouble of the present; titles and file names show one or the other. Words are weighed, and a tie stays an incident.

use super::clocks::is_clock;
use super::words::{WORDS, has, spaced, speaks};

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
    let words = without(&once_each(words), &WORDS.work.promises);
    if speaks(&words, &WORDS.work.phrases) {
        return 5;
    }
    match speaks(&words, &WORDS.work.future) {
        true if says_clock(&without_promises(message)) || names_maintenance_ahead(message) => 5,
        future => i32::from(future || speaks(&words, &WORDS.work.hints)),
    }
}

/// Spaced words without those that stand twice in a row: `will be be done`.
fn once_each(words: &str) -> String {
    let mut kept: Vec<&str> = words.split_whitespace().collect();
    kept.dedup();
    format!(" {} ", kept.join(" "))
}

/// Whether a sentence says of maintenance, and of no trouble, that it is to come.
fn names_maintenance_ahead(message: &str) -> bool {
    without_promises(message).split(['.', '\n']).any(|sentence| {
        let words = spaced(sentence);
        speaks(&words, &WORDS.work.future)
            && speaks(&words, &WORDS.work.maintenance)
            && !speaks(&words, &WORDS.trouble.phrases)
    })
}

/// Whether an update of work says that the work is still to begin.
pub(super) fn is_still_ahead(update: &str) -> bool {
    speaks(&spaced(update), &WORDS.work.soon)
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
        let later = "We had to postpone the maintenance to Friday.";
        assert_eq!(is("Maintenance of the shop", "2026-03-04", later), Judgement::Work);
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
}
