//! Tells planned work from trouble, and how long the work was to take.
//!
//! cState has one kind of file for both. Planned work speaks of the future ("will be upgraded", "is planned
//! for"), trouble of the present; titles and file names say one or the other. Words are weighed, and where the
//! scales hang even it stays an incident.

use chrono::TimeDelta;

/// What a file most likely tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Something broke.
    Trouble,
    /// Something planned.
    Work,
    /// Words of both; it counts as trouble and is noted.
    Unclear,
}

/// Words that titles and file names of planned work have; a blank stands for the edge of a word.
const WORK_NAMES: [&str; 16] = [
    " maintenance",
    " upgrad",
    " ugrade",
    " migrat",
    " planned",
    " scheduled",
    " brownout",
    " brownount",
    " reindex",
    " cleanup",
    " restart",
    " operation",
    " version update",
    " kubernetes version",
    " update aks",
    " downgrad",
];

/// Words that titles and file names of trouble have.
const TROUBLE_NAMES: [&str; 24] = [
    " outage",
    " down ",
    " offline",
    " unavailable",
    " slow",
    " fail",
    " expired",
    " incident",
    " disrupt",
    " broken",
    " error",
    " degraded",
    " unreachable",
    " issue ",
    " issues ",
    " problem",
    " blocked",
    " flaky",
    " disconnect",
    " instability",
    " not updat",
    " not refreshed",
    " overload",
    " exceeded",
];

/// What announcements of planned work say.
const WORK_PHRASES: [&str; 24] = [
    " will be down",
    " will be put offline",
    " will be unavailable",
    " will be upgraded",
    " will be migrated",
    " will be performed",
    " will be restarted",
    " will be moved",
    " will perform",
    " will undergo",
    " we ll perform",
    " we ll upgrade",
    " we ll proceed",
    " we ll migrate",
    " is planned",
    " are planned",
    " planned for",
    " is scheduled",
    " are scheduled",
    " scheduled for",
    " starting at",
    " beginning at",
    " maintenance window",
    " routine maintenance",
];

/// What announcements of planned work say, and others too.
const HINTS_OF_WORK: [&str; 6] =
    [" will be ", " we ll ", " we will ", " should take", " is going to", " are being applied"];

/// What looks like an announcement and promises only words.
const PROMISES: [&str; 6] = [
    " we ll keep",
    " we will keep",
    " will be updated",
    " will be queued",
    " will be communicated",
    " will be published",
];

/// What first messages about trouble say.
const TROUBLE_PHRASES: [&str; 22] = [
    " investigat",
    " we are encountering",
    " is down since",
    " are aware",
    " re aware",
    " is not able to",
    " unable to",
    " is slow",
    " are failing",
    " is failing",
    " fails to",
    " failed",
    " is currently not",
    " is returning",
    " is facing",
    " experiencing",
    " due to an issue",
    " is broken",
    " is unavailable",
    " unexpected",
    " root cause",
    " is not responding",
];

/// Weighs the words of a title, a file's name and its first message.
pub(super) fn judge(title: &str, stem: &str, opening: &str) -> Judgement {
    let opening: String = opening.chars().take(700).collect();
    let (title, stem, opening) = (spaced(title), spaced(stem), spaced(&opening));
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let opening = PROMISES.iter().fold(opening, |text, promise| text.replace(promise, ""));
    let announced = if has(&opening, &WORK_PHRASES) { 5 } else { i32::from(has(&opening, &HINTS_OF_WORK)) };
    let titled = 2 * i32::from(has(&title, &WORK_NAMES));
    let named = if has(&stem, &[" maintenance"]) { 2 } else { i32::from(has(&stem, &WORK_NAMES)) };
    let work = titled + named + announced;
    let trouble = 2 * i32::from(has(&title, &TROUBLE_NAMES))
        + i32::from(has(&stem, &TROUBLE_NAMES))
        + 3 * i32::from(has(&opening, &TROUBLE_PHRASES));
    match work - trouble {
        _ if work == 0 => Judgement::Trouble,
        ..=-1 => Judgement::Trouble,
        2.. => Judgement::Work,
        1 if titled > 0 => Judgement::Work,
        _ => Judgement::Unclear,
    }
}

/// Lower-case words with one blank before and after each.
fn spaced(text: &str) -> String {
    let words: String =
        text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    format!(" {} ", words.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The longest length of time a text speaks of, between half an hour and three days: `2h`, `30 min`, `up to 8 hours`.
pub(super) fn longest_duration(text: &str) -> Option<TimeDelta> {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '~')).collect();
    let found = words.iter().enumerate().filter_map(|(position, word)| {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        let number: i64 = digits.parse().ok()?;
        let ending = word.get(digits.len()..)?.trim_end_matches(['.', ':', ';']);
        let unit = if ending.is_empty() { words.get(position + 1).copied().unwrap_or("") } else { ending };
        minutes_of(unit.trim_start_matches('-').trim_end_matches(['.', ':', ';']))
            .map(|minutes| number.saturating_mul(minutes))
    });
    let longest = found.filter(|minutes| (30..=3 * 24 * 60).contains(minutes)).max()?;
    Some(TimeDelta::minutes(longest))
}

fn minutes_of(unit: &str) -> Option<i64> {
    match unit {
        "min" | "mins" | "mn" | "minute" | "minutes" | "m" => Some(1),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(60),
        "day" | "days" => Some(24 * 60),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_future_is_work_and_the_present_is_trouble() {
        let work = judge(
            "Jira outage",
            "2023-12-07-jira-outage",
            "Jira will be down for up to 30 minutes beginning at 22:00.",
        );
        assert_eq!(work, Judgement::Work);
        let work = judge("Database upgrade", "2024-01-01-db", "On Friday it will be upgraded.");
        assert_eq!(work, Judgement::Work);
        let trouble = judge("Checkout is down", "2024-01-01-checkout", "We are investigating.");
        assert_eq!(trouble, Judgement::Trouble);
    }

    #[test]
    fn the_longest_duration_counts() {
        let minutes = |text| longest_duration(text).map(|length| length.num_minutes());
        assert_eq!(minutes("It should take between 60 and 120 min."), Some(120));
        assert_eq!(minutes("between 30mn and 2h of downtime"), Some(120));
        assert_eq!(minutes("down for up to 8 hours beginning at 16:00 UTC"), Some(480));
        assert_eq!(minutes("restarts of 2 to 5 minutes"), None);
        assert_eq!(minutes("on the 3 May 2021"), None);
    }
}
