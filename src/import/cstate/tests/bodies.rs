//! How a body is parted into dated updates.

use super::{CONFIG, import_all, only, resolved, rules, story};

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

#[test]
fn a_time_at_the_end_of_a_paragraph_dates_all_of_it() {
    let imported = resolved(
        "**Resolved**: Cards work. {{< track \"2023-05-01 12:00:00\" >}}\n\n**A disk is full**\n\nWe make room,\nas fast as we can. {{< track \"2023-05-01 11:00:00\" >}}\n\n**No answer**\nWe still wait.\n{{< track \"2023-05-01 10:30:00\" >}}\n\n**Cards fail**:\nWe look at it.\n{{< track \"2023-05-01 10:05:00\" >}}\n",
    );
    assert_eq!(
        story(&imported),
        [
            "10:05 investigating: **Cards fail**:\nWe look at it.",
            "10:30 -: **No answer**\nWe still wait.",
            "11:00 -: **A disk is full**\n\nWe make room,\nas fast as we can.",
            "12:00 resolved: Cards work."
        ]
    );
}

#[test]
fn each_text_stays_where_its_author_put_it() {
    for (body, expected) in [
        // A summary of what is over, above dated entries: it is the newest.
        (
            "A disk failed. All service was restored.\n\n*Resolved* - Cards work. {{< track \"2023-05-01 11:00\" >}}\n\n*Investigating* - Cards fail. {{< track \"2023-05-01 10:00\" >}}",
            vec![
                "10:00 investigating: Cards fail.",
                "11:00 resolved: Cards work.",
                "11:01 -: A disk failed. All service was restored.",
            ],
        ),
        // Times alone within a summary begin no entries where others are dated by shortcodes.
        (
            "10:15: A disk is full\n\n*Investigating* - Cards fail. {{< track \"2023-05-01 10:20\" >}}",
            vec!["10:20 investigating: 10:15: A disk is full\n\nCards fail.", "12:00 resolved: "],
        ),
        // An edit within an item of a list.
        (
            "Cards fail:\n* some\n  _Edit_: fewer now",
            vec!["10:00 investigating: Cards fail:\n* some\n  _Edit_: fewer now", "12:00 resolved: "],
        ),
        // A list of times below a line of its own.
        (
            "Cards fail.\n\nUpdates:\n\n- Mon May 1 10:24: some work",
            vec![
                "10:00 investigating: Cards fail.\n\nUpdates:\n\n- Mon May 1 10:24: some work",
                "12:00 resolved: ",
            ],
        ),
        // Entries oldest first, two of which say the same phase.
        (
            "*Investigating* - Cards fail.\n\n*Investigating* - Only some.\n\n*Identified* - A disk is full.",
            vec![
                "10:00 investigating: Cards fail.",
                "10:01 investigating: Only some.",
                "10:02 identified: A disk is full.",
                "12:00 resolved: ",
            ],
        ),
        // A lone text that begins with the end was written then, and one that begins with the trouble was not.
        (
            "The issue has been resolved, no need to pay again.",
            vec!["12:00 resolved: The issue has been resolved, no need to pay again."],
        ),
        (
            "Cards failed for an hour. It is resolved.",
            vec!["10:00 investigating: Cards failed for an hour. It is resolved.", "12:00 resolved: "],
        ),
    ] {
        assert_eq!(story(&resolved(body)), expected, "{body}");
    }
}

#[test]
fn times_of_marks_without_a_zone_are_counted_too() {
    let text = "---\ntitle: x\ndate: 2020-06-17T09:01:30Z\nresolved: true\nresolvedWhen: 2020-06-17T09:34:00Z\n\
                severity: down\nsection: issue\n---\n*Resolved* - Fine. {{< track \"2020-06-17 11:30:00\" >}}\n\n\
                *Investigating* - We look. {{< track \"2020-06-17 11:05:00\" >}}\n";
    let imported = import_all(&[("config.yml", CONFIG), ("content/issues/a.md", text)]);
    let said =
        |note: &crate::model::problem::Problem| note.rule == "no-zone" && note.message.contains("2 times");
    assert!(imported.notes.iter().any(said), "{:?}", imported.notes);
}

#[test]
fn paragraphs_of_html_are_parted_as_those_of_markdown() {
    let body = "<p><strong>May 1, 11:00 UTC</strong><br><strong>Monitoring</strong> - A fix is in.</p>\n<p><strong>May 1, 10:05 UTC</strong><br/><strong>Investigating</strong> - Cards fail.<br>We look.</p>\n\n```\n<p>code</p>\n```";
    let story = story(&resolved(body));
    assert_eq!(story.len(), 3, "{story:?}");
    assert!(story[0].starts_with("10:05 investigating: Cards fail.\nWe look."), "{story:?}");
    assert!(story[0].ends_with("<p>code</p>\n```"), "{story:?}");
    assert_eq!(story[1..], ["11:00 monitoring: A fix is in.", "12:00 resolved: "]);
}
