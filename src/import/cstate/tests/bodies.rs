//! How a body is parted into dated updates.

use super::{only, resolved, rules, story};

#[test]
fn pasted_messages_are_parted_newest_first() {
    let imported = resolved(
        "[Final Message]\nAll is well.\n\n[Update 1st of May 2023 - 11:00 UTC]\nA fix is in.\n\n-----\n\n[Initial message]\nCards fail.\n",
    );
    assert_eq!(
        story(&imported),
        ["10:00 investigating: Cards fail.", "11:00 -: A fix is in.", "12:00 resolved: All is well."]
    );
}

#[test]
fn pasted_messages_are_parted_oldest_first() {
    let imported = resolved("[Initial Message]\nCards fail.\n\n[edit]\nWe work on it.\n\n[Final]\nDone.\n");
    assert_eq!(
        story(&imported),
        ["10:00 investigating: Cards fail.", "10:01 -: We work on it.", "12:00 resolved: Done."]
    );
}

#[test]
fn news_pasted_above_the_first_message_is_parted_from_it() {
    let imported =
        resolved("*Update* - This incident has been resolved.\n\n__Impact__ Cards fail.\n\nMore.\n");
    assert_eq!(
        story(&imported),
        [
            "10:00 investigating: __Impact__ Cards fail.\n\nMore.",
            "12:00 resolved: This incident has been resolved."
        ]
    );
    let imported = resolved("Update: it took 2 minutes\n\n======\n\nCards fail.\n");
    assert_eq!(story(&imported).len(), 3);
}

#[test]
fn marks_of_every_shape_part_a_body() {
    let imported = resolved(
        "Cards fail.\n\n**Update 10:30 UTC:** Half work.\n\n## 2023-05-01 11:10 UTC\n\nMost work.\n\n# Update: nearly there\n",
    );
    assert_eq!(
        story(&imported),
        [
            "10:00 investigating: Cards fail.",
            "10:30 -: Half work.",
            "11:10 -: Most work.",
            "11:11 -: nearly there",
            "12:00 resolved: "
        ]
    );
}

#[test]
fn the_track_shortcode_dates_its_entry() {
    let imported = resolved(
        "*Resolved* - All well. {{< track \"2023-05-01 12:00:00\" >}}\n\n*Monitoring* - A fix is in. {{< track \"2023-05-01 11:30:00\" >}}\n\n*Investigating* - Cards fail. {{< track \"2023-05-01 10:05:00\" >}}\n",
    );
    assert_eq!(
        story(&imported),
        ["10:05 investigating: Cards fail.", "11:30 monitoring: A fix is in.", "12:00 resolved: All well."]
    );
}

#[test]
fn prose_in_brackets_and_timelines_are_no_marks() {
    let body = "[shop.example] is slow\n\n## Timeline - May 1, 2023\n\n* 10:05 UTC - first report\n\nUpdate center jobs: queued.";
    let imported = resolved(body);
    assert_eq!(story(&imported).len(), 2);
    assert!(only(&imported).updates[0].body.default.contains("### Timeline"));
}

#[test]
fn comments_are_dropped_and_missed_only_when_they_were_all() {
    let imported = resolved("<!-- [Final] later -->\nCards fail.");
    assert_eq!(
        (story(&imported)[0].as_str(), rules(&imported).len()),
        ("10:00 investigating: Cards fail.", 0)
    );
    assert_eq!(rules(&resolved("<!-- nothing yet -->")), ["no-text"]);
    assert_eq!(rules(&resolved("Cards fail. <!-- open")), ["open-comment"]);
    assert_eq!(rules(&resolved("See {{< youtube x >}}")), ["shortcode"]);
}
