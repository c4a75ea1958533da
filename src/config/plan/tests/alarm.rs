//! What is read of `[alarm]` and of `alarm = true`, and what is wrong with them.

use std::time::Duration;

use super::WHOLE;
use crate::config::parse_plan;

const PAGER: &str = "[[destinations]]\nname = 'pager'\nprovider = 'partner'\nfollow = []\nalarm = true\n\
    [providers.partner]\nkind = 'webhook'\nurl = 'https://partner.example.com/hook'\nsecret = { env = 'SECRET' }\n";

/// Who is paged, after how many seconds, and the rules of the problems.
fn read(text: &str) -> (Option<(Vec<String>, u64)>, Vec<&'static str>) {
    let (plan, problems, _) = parse_plan(text);
    let alarm = plan.map(|plan| plan.alarm);
    let shown = alarm.map(|alarm| {
        (alarm.recipients.iter().map(|one| one.expose().to_owned()).collect(), alarm.after.as_secs())
    });
    (shown, problems.iter().map(|problem| problem.rule).collect())
}

#[test]
fn people_and_places_are_paged_and_wrong_addresses_are_named_without_being_repeated() {
    let no_text = "[mail]\nfrom = 'a@example.com'\nproviders = ['relay']\n[providers.relay]\nkind = 'smtp'\nhost = 'x'\n";
    let (ana, phone) = ("ana@example.com", "+34600000001");
    type Expected<'a> = (Option<(&'a [&'a str], u64)>, &'a [&'a str]);
    let rows: [(&str, String, Expected<'_>); 14] = [
        ("no alarm", WHOLE.to_owned(), (Some((&[], 300)), &[])),
        ("only the time", format!("{WHOLE}[alarm]\nafter = '90s'\n"), (Some((&[], 90)), &[])),
        (
            "both",
            format!("{WHOLE}[alarm]\nmail = ['{ana}']\ntext = ['{phone}']\n"),
            (Some((&[ana, phone], 300)), &[]),
        ),
        ("a place", format!("{WHOLE}{PAGER}"), (Some((&["partner"], 300)), &[])),
        (
            "all",
            format!("{WHOLE}{PAGER}[alarm]\ntext = ['{phone}']\n"),
            (Some((&[phone, "partner"], 300)), &[]),
        ),
        (
            "by email alone",
            format!("{WHOLE}[alarm]\nmail = ['{ana}']\n"),
            (Some((&[ana], 300)), &["alarm-same-owner"]),
        ),
        (
            "by SMS alone",
            format!("{WHOLE}[alarm]\ntext = ['{phone}']\n"),
            (Some((&[phone], 300)), &["alarm-same-owner"]),
        ),
        ("no address", format!("{WHOLE}[alarm]\nmail = ['ana']\n"), (None, &["bad-address"])),
        ("no number", format!("{WHOLE}[alarm]\ntext = ['{ana}']\n"), (None, &["bad-address"])),
        (
            "twice",
            format!("{WHOLE}[alarm]\nmail = ['{ana}', 'ANA@example.com']\n"),
            (None, &["duplicate-address"]),
        ),
        ("no channel", format!("{no_text}[alarm]\ntext = ['{phone}']\n"), (None, &["alarm-without-channel"])),
        ("too soon", format!("{WHOLE}[alarm]\nafter = '0s'\n"), (None, &["out-of-range"])),
        ("a day and more", format!("{WHOLE}[alarm]\nafter = '25h'\n"), (None, &["out-of-range"])),
        ("unknown", format!("{WHOLE}[alarm]\nphone = '1'\n"), (Some((&[], 300)), &["unknown-key"])),
    ];
    for (what, text, (alarm, rules)) in rows {
        let alarm = alarm.map(|(to, after)| (to.iter().map(|one| (*one).to_owned()).collect(), after));
        assert_eq!(read(&text), (alarm, rules.to_vec()), "{what}");
        let said = parse_plan(&text).1.iter().map(|problem| problem.message.clone()).collect::<String>();
        assert!(!said.contains(ana) && !said.contains(phone), "{what}: {said}");
    }
}

#[test]
fn a_destination_follows_nothing_only_if_it_is_paged() {
    let quiet = format!("{WHOLE}{}", PAGER.replace("alarm = true\n", ""));
    assert_eq!(read(&quiet), (None, vec!["follows-nothing"]));
    let (plan, problems, _) = parse_plan(&format!("{WHOLE}{}", PAGER.replace("follow = []\n", "")));
    assert_eq!((problems, plan.map(|plan| plan.alarm.after)), (Vec::new(), Some(Duration::from_secs(300))));
}
