//! Who is notified, who is not, and whether the commands show it.

use std::fmt::Write as _;

use crate::fixtures::house::{House, wait_until};
use crate::fixtures::running::Running;

/// A house with a number of people with mail.
fn town(people: usize) -> House {
    let mut list = "mail\n".to_owned();
    for person in 0..people {
        writeln!(list, "person{person}@example.org").unwrap();
    }
    let mut house = House::new();
    house.write("people.csv", &list);
    let file = house.path().join("people.csv");
    house.run(&["subscribers", "import", file.to_str().unwrap()]).succeeded()
}

#[test]
fn a_run_that_did_not_reach_somebody_does_not_end_as_done() {
    let house = town(3).mail_server_refuses(Some("person1@"));
    house
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .said("result: 2 accepted by a provider, 1 rejected")
        .said("not notified: 1 subscriber (1 rejected)")
        .told_of_all();
}

#[test]
fn a_relay_that_refuses_everybody_suppresses_nobody() {
    let house = town(30).mail_server_refuses(Some("@")).restless();
    let house = house
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .said("circuit breaker open: sending through relay is suspended: it refused ")
        .said("addresses within 10 minutes: 550 5.1.1 no such user");
    assert!(!house.run(&["subscribers", "list", "--format", "json"]).stdout().contains("refused"));
}

#[test]
fn a_list_says_what_it_changed_and_loses_nobody_in_silence() {
    let ana = ["ana@example.org", "+34600000001", "--follow", "checkout", "--severity", "critical"];
    let house = House::new()
        .subscriber_with(&ana)
        .file("mail.csv", "mail\nana@example.org\nben@example.org\n")
        .file("plan.csv", "mail,plan\nana@example.org,pro\nben@example.org,\n")
        .file("open.csv", "mail,name\ncid@example.org,Cid\ndan@example.org,\"Dan\neve@example.org,Eve\n");
    let path = |name: &str| house.path().join(name).to_str().unwrap().to_owned();
    let [mail, plan, open] = ["mail.csv", "plan.csv", "open.csv"].map(path);
    house
        .run(&["subscribers", "import", &mail])
        .succeeded()
        .said("imported 2 subscribers (1 new, 1 unchanged), 0 lines left out")
        .run(&["subscribers", "import", &plan])
        .succeeded()
        .said("kept as fields of their own: plan")
        .said("imported 2 subscribers (1 changed, 1 unchanged)")
        .run(&["subscribers", "list", "--format", "json"])
        .printed("\"plan\": \"pro\"")
        .run(&["subscribers", "list", "--reveal"])
        .printed("ana@example.org +34600000001  checkout  critical")
        .run(&["subscribers", "import", &open])
        .exited(3)
        .said("open.csv:3:17")
        .said("imported 1 subscriber (1 new), 0 lines left out; nothing was read from line 3 on")
        .run(&["subscribers", "import", "--replace", &mail])
        .said("(1 changed, 1 unchanged)")
        .run(&["subscribers", "list", "--reveal"])
        .printed("ana@example.org  checkout  critical");
}

#[test]
fn adopting_on_a_new_ledger_silences_nothing_that_goes_on() {
    let begin = || {
        let house = House::new().incident("payments", "2026-03-01 10:00", "Investigating");
        std::fs::remove_dir_all(house.path().join(".allclear")).unwrap();
        house
    };
    begin()
        .run(&["adopt"])
        .exited(4)
        .said("payments  is open: payments")
        .said("--known ID")
        .run(&["adopt", "--known", "search"])
        .exited(2)
        .run(&["adopt", "--yes"])
        .succeeded()
        .said("not adopted: payments is open")
        .said("baseline set: 0 incidents")
        .subscriber("ana@example.org")
        .notify()
        .mailed("ana@example.org", "payments");
    begin()
        .run(&["adopt", "--known", "all"])
        .succeeded()
        .subscriber("ana@example.org")
        .notify()
        .said("no new changes")
        .mailed_nobody();
}

#[test]
fn a_suppressed_address_is_said_wherever_it_matters() {
    let house = House::new().subscriber("ana@example.org").mail_server_refuses(Some("ana@"));
    let house = house.subscriber("ben@example.org").incident("payments", "2026-03-01 10:00", "Investigating");
    let house = house
        .run(&["notify", "--yes"])
        .exited(1)
        .mailed("ben@example.org", "payments")
        .mail_server_refuses(None)
        .run(&["subscribers", "list", "--suppressed"])
        .printed("suppressed a…@example.org: refused by the provider: 550 5.1.1 no such user")
        .run(&["subscribers", "add", "ana@example.org"])
        .succeeded()
        .said("will not be notified: every address is on the suppression list")
        .said("allclear subscribers allow ADDRESS")
        .update("payments", "2026-03-01 10:40", "identified")
        .run(&["notify", "--dry-run"])
        .said("to 1 subscriber: 1 by email; 1 not notified: every address is on the suppression list")
        .run(&["notify", "--yes"])
        .exited(1)
        .said("not notified: 1 subscriber (1 with a suppressed address)")
        .mailed("ben@example.org", "identified")
        .run(&["why", "ana@example.org"])
        .printed("suppressed  not sent: refused by the provider: 550 5.1.1 no such user");
    assert!(!house.run(&["subscribers", "list", "--suppressed"]).stdout().contains("b…@"));
}

#[test]
fn an_address_that_is_allowed_again_is_mailed() {
    House::new()
        .subscriber("ana@example.org")
        .mail_server_refuses(Some("ana@"))
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .mail_server_refuses(None)
        .run(&["subscribers", "allow", "ana@example.org"])
        .succeeded()
        .said("allowed: a…@example.org is off the suppression list")
        .run(&["subscribers", "allow", "ana@example.org"])
        .said("no address of this subscriber was on the suppression list")
        .update("payments", "2026-03-01 10:40", "identified")
        .notify()
        .mailed("ana@example.org", "identified");
}

#[test]
fn notify_shows_and_asks_for_what_earlier_runs_left() {
    let house = House::new()
        .subscriber_with(&["ana@example.org", "--language", "es"])
        .subscriber("ben@example.org")
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .mail_server_down(false)
        .at("2026-03-01 10:05");
    house
        .run(&["notify", "--dry-run"])
        .succeeded()
        .said("no new changes to announce; still in the queue:")
        .said("payments  queued by earlier runs: 2 by ")
        .said("in total  2 by ")
        .run(&["notify", "--dry-run", "--format", "json"])
        .printed("\"due\": 2")
        .run(&["notify"])
        .exited(4)
        .said("sending needs confirmation, and there is no terminal to ask on")
        .mailed_nobody()
        .notify()
        .mailed("ana@example.org", "payments")
        .mailed("ben@example.org", "payments");
}

#[test]
fn a_missing_secret_is_said_before_anything_is_planned() {
    let house = House::new().subscriber("+34600000001");
    let plan = house.read("site/plan.toml").replace("GATEWAY_PASSWORD", "NO_SUCH_VARIABLE");
    house
        .file("site/plan.toml", &plan)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--dry-run"])
        .said("warning: failed to set up provider `gateway`")
        .run(&["notify", "--yes"])
        .exited(4)
        .said("can be used; nothing was queued or sent")
        .run(&["report"])
        .said("no incident has been announced yet");
}

#[test]
fn a_change_that_nobody_hears_of_comes_with_a_hint() {
    House::new()
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--dry-run"])
        .said("no subscriber follows this, and `notify` would still mark it as announced");
}

#[test]
fn a_correction_that_no_one_needs_says_why() {
    House::new()
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .succeeded()
        .subscriber("ana@example.org")
        .at("2026-03-01 10:10")
        .run(&["withdraw", "payments", "--yes"])
        .succeeded()
        .run(&["notify", "--yes"])
        .succeeded()
        .said("payments  withdrawn: reported in error")
        .said("no subscriber was notified of this incident, so none needs the correction")
        .mailed_nobody();
}

#[test]
fn adopting_names_the_planned_work_that_counts_as_announced() {
    let house = House::new();
    std::fs::remove_dir_all(house.path().join(".allclear")).unwrap();
    let work = |starts: &str, ends: &str| {
        format!(
            "+++\nkind = \"maintenance\"\ntitle = \"Work\"\nseverity = \"notice\"\naffected = [\"search\"]\n\
             starts = {starts}\nends = {ends}\n+++\n\nWe move the search.\n"
        )
    };
    house
        .file("incidents/later.md", &work("2026-03-05T10:00:00Z", "2026-03-05T12:00:00Z"))
        .file("incidents/now.md", &work("2026-03-01T09:00:00Z", "2026-03-01T12:00:00Z"))
        .file("incidents/past.md", &work("2026-02-01T09:00:00Z", "2026-02-01T12:00:00Z"))
        .run(&["adopt"])
        .succeeded()
        .said("adopted as announced: later  Work: subscribers are notified when it starts, 2026-03-05 10:00 UTC")
        .said("adopted as announced: now  Work: it is in progress, and subscribers are notified of its next change")
        .said("3 incidents marked as already announced");
}

#[test]
fn a_run_that_waits_for_a_retry_says_until_when_and_a_first_failure_says_what_helps() {
    let house = House::new()
        .subscriber("ana@example.org")
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes", "--max-wait", "1s"])
        .exited(1)
        .said("`allclear doctor` checks each provider");
    assert_eq!(house.stderr().matches("allclear doctor").count(), 1, "{}", house.stderr());
    house
        .mail_server_down(false)
        .run(&["notify", "--yes", "--max-wait", "15s"])
        .succeeded()
        .said("waiting: the next message is due at 10:00:")
        .mailed("ana@example.org", "payments");
}

#[test]
fn an_incident_that_nobody_knows_has_no_story() {
    House::new()
        .subscriber_with(&["ana@example.org", "--follow", "search"])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .run(&["why", "ana@example.org", "payments"])
        .succeeded()
        .printed("no messages of payments for this subscriber")
        .run(&["why", "ana@example.org", "paiments"])
        .exited(2)
        .said("no incident `paiments` in the files or in the ledger");
}

/// A house with one change more than the brake lets through.
fn braked() -> House {
    let mut house = House::new().subscriber("ana@example.org");
    for name in ["one", "two", "three", "four"] {
        house = house.incident(name, "2026-03-01 10:00", "Investigating");
    }
    house.run(&["notify", "--yes"]).exited(4).said("4 changes in one run; the limit is 3")
}

#[test]
fn a_released_brake_lets_go_what_pulled_it() {
    let mut house = braked()
        .run(&["why", "ana@example.org"])
        .said("nothing is sent: sending is stopped by the brake since")
        .run(&["deliver", "--release-brake"])
        .said("brake released; sending now")
        .run(&["notify", "--dry-run"])
        .succeeded();
    assert!(!house.stderr().contains("nothing would be sent"), "{}", house.stderr());
    house = house.notify();
    for name in ["one", "two", "three", "four"] {
        house = house.mailed("ana@example.org", name);
    }
}

#[test]
fn the_pace_of_an_address_holds_an_update_and_never_an_end() {
    let mut house =
        House::new().subscriber("ana@example.org").incident("payments", "2026-03-01 10:00", "Investigating");
    house = house.notify().mailed("ana@example.org", "payments");
    for minute in 1..=5 {
        house = house.update("payments", &format!("2026-03-01 10:{minute:02}"), "identified").notify();
    }
    house = house
        .told_of_all()
        .update("payments", "2026-03-01 10:06", "monitoring")
        .run(&["notify", "--yes"])
        .exited(1)
        .mailed_nobody()
        .run(&["why", "ana@example.org"])
        .printed("on hold: maximum pace of this address is 6 messages an hour")
        .run(&["report", "payments"])
        .printed("1 on hold: maximum pace of this address is 6 messages an hour")
        .subscriber("ben@example.org")
        .update("payments", "2026-03-01 10:07", "resolved")
        .notify();
    house.mailed("ana@example.org", "Now it is resolved.").mailed("ben@example.org", "Now it is resolved.");
}

#[test]
fn what_is_withdrawn_before_anything_left_reaches_nobody() {
    House::new()
        .subscriber("ana@example.org")
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .mail_server_down(false)
        .at("2026-03-01 10:02")
        .run(&["withdraw", "payments", "--yes"])
        .succeeded()
        .said("1 queued message will never be sent; no subscriber was notified of it, so none gets a correction")
        .said("withdrawn payments: 1 message removed from the queue")
        .run(&["withdraw", "payments", "--yes"])
        .exited(4)
        .said("payments is already withdrawn; nothing was changed")
        .notify()
        .run(&["deliver"])
        .mailed_nobody()
        .run(&["why", "ana@example.org"])
        .printed("withdrawn  not sent: it was reported in error")
        .run(&["report", "payments"])
        .printed("1 queued = 1 withdrawn before it was sent");
}

#[test]
fn a_channel_that_left_the_plan_is_no_worker_that_died() {
    let house = House::new()
        .subscriber("ana@example.org")
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1);
    let plan = house.read("site/plan.toml");
    let without = plan.split_once("[text]").unwrap().1.replacen("[providers.relay]", "[providers.unused]", 1);
    house
        .file("site/plan.toml", &format!("[text]{without}"))
        .at("2026-03-01 10:05")
        .run(&["deliver"])
        .exited(1)
        .run(&["report", "payments"])
        .printed("no provider in site/plan.toml: 1 not sent")
        .run(&["why", "ana@example.org"])
        .printed("no provider was called: site/plan.toml has no provider for this channel");
}

#[test]
fn an_address_for_which_the_plan_has_no_channel_is_named_when_it_is_added() {
    let house = House::new();
    let plan = house.read("site/plan.toml");
    let without = plan.split_once("[text]").unwrap().1.replacen("[providers.relay]", "[providers.unused]", 1);
    house
        .file("site/plan.toml", &format!("[text]{without}"))
        .run(&["subscribers", "add", "ben@example.org"])
        .succeeded()
        .said("added: cannot be notified: site/plan.toml has no channel for email")
        .run(&["subscribers", "add", "cid@example.org", "+34600000001"])
        .succeeded()
        .said("added: will be notified of changes from now on");
}

/// Replaces a text in the incident's file.
fn edited(house: House, from: &str, to: &str) -> House {
    let text = house.read("incidents/payments.md");
    assert!(text.contains(from), "{text}");
    house.file("incidents/payments.md", &text.replace(from, to))
}

#[test]
fn a_text_that_is_corrected_while_it_waits_is_never_sent_as_it_was() {
    let house = House::new()
        .subscriber("ana@example.org")
        .subscriber_with(&["ben@example.org", "--follow", "checkout"])
        .mail_server_down(true)
        .incident("payments", "2026-03-01 10:00", "Investigating");
    let house = edited(house, "failing payments.", "failing paymnets.");
    let house = edited(house.run(&["notify", "--yes"]).exited(1), "paymnets", "payments")
        .mail_server_down(false)
        .at("2026-03-01 10:05")
        // Someone who follows something else by now still gets the message, as it is now.
        .run(&["subscribers", "add", "ben@example.org", "--follow", "search"])
        .run(&["notify", "--dry-run"])
        .said("its queued messages are sent with the text as it is now")
        .run(&["notify", "--yes"])
        .said("corrected: 2 queued messages have the text as it is now")
        .run(&["deliver"])
        .succeeded()
        .mailed("ana@example.org", "We see failing payments.")
        .mailed("ben@example.org", "We see failing payments.");
    // What was sent stays as it was, and a correction without news is not sent.
    let house = edited(house, "We see failing", "We  see failing").run(&["notify", "--yes"]).succeeded();
    assert!(!house.stderr().contains("corrected:"), "{}", house.stderr());
}

#[test]
fn run_corrects_what_is_queued_as_well() {
    let house = House::new().subscriber("ana@example.org").mail_server_down(true).incident(
        "payments",
        "2026-03-01 10:00",
        "Investigating",
    );
    let house = edited(house, "failing payments.", "failing paymnets.").restless();
    let run = Running::start(&house, &["run"]);
    run.says("1 notification queued for payments");
    let house = edited(house, "paymnets", "payments");
    run.says("1 queued message has the text as it is now");
    let house = house.mail_server_down(false);
    wait_until("the email", || !house.mails().is_empty());
    drop(run);
    house.mailed("ana@example.org", "We see failing payments.").mailed_nobody();
}

#[test]
fn a_correction_goes_only_to_those_who_heard_what_it_corrects() {
    let house = House::new();
    let plan = house.read("site/plan.toml");
    let quiet = "\n[quiet_hours]\nfrom = \"22:00\"\nuntil = \"07:00\"\nbelow_severity = \"critical\"\n";
    let house = house
        .file("site/plan.toml", &format!("{plan}{quiet}"))
        .subscriber("ana@example.org")
        // It is night there.
        .subscriber_with(&["ben@example.org", "--time-zone", "America/Los_Angeles"])
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .run(&["notify", "--yes"])
        .exited(1)
        .mailed("ana@example.org", "Some payments fail.")
        .at("2026-03-01 10:05");
    edited(house, "Some payments fail.", "No payments fail.")
        .run(&["notify", "--yes"])
        .said("to 1 subscriber: 1 by email")
        .said("1 subscriber or destination has queued messages of it, which are sent with the text as it is now")
        .said("corrected: 1 queued message has the text as it is now")
        .mailed("ana@example.org", "Correction to our earlier message")
        .mailed_nobody()
        .at("2026-03-01 15:30")
        .run(&["deliver"])
        .succeeded()
        .mailed("ben@example.org", "No payments fail.");
}

#[test]
fn a_message_that_is_held_is_corrected_and_shows_no_update_that_is_kept_silent() {
    let mut house =
        House::new().subscriber("ana@example.org").incident("payments", "2026-03-01 10:00", "Investigating");
    house = house.notify();
    for minute in 1..=5 {
        house = house.update("payments", &format!("2026-03-01 10:{minute:02}"), "identified").notify();
    }
    house = house
        .told_of_all()
        .at("2026-03-01 10:06")
        .run(&["update", "payments", "--phase", "monitoring", "-m", "We wacth the payments closely."])
        .run(&["notify", "--yes"])
        .exited(1)
        .at("2026-03-01 10:08");
    house = edited(house, "wacth", "watch");
    let silent = "## 2026-03-01 10:07 UTC {silent}\n\nOnly for the page.\n\n## 2026-03-01 10:06 UTC";
    house = edited(house, "## 2026-03-01 10:06 UTC", silent)
        .run(&["notify", "--yes"])
        .exited(1)
        .said("corrected: 1 queued message has the text as it is now")
        .at("2026-03-01 11:30")
        .run(&["deliver"])
        .succeeded()
        .mailed("ana@example.org", "We watch the payments closely.");
    assert!(house.mails().iter().all(|(_, mail)| !mail.contains("Only for the page.")));
}

#[test]
fn whoever_heard_of_what_is_withdrawn_is_told_and_nobody_else() {
    let house = House::new()
        .subscriber("ana@example.org")
        .incident("payments", "2026-03-01 10:00", "Investigating")
        .notify()
        .mailed("ana@example.org", "payments")
        .subscriber("ben@example.org")
        .at("2026-03-01 10:10")
        .run(&["withdraw", "payments", "--yes"])
        .succeeded()
        .said("no message of it is queued; 1 subscriber was notified of it, or may have been")
        .notify()
        .mailed("ana@example.org", "Our earlier message about this was an error")
        .mailed_nobody();
    let ended = house.read("incidents/payments.md");
    assert!(ended.contains("This was reported in error."), "{ended}");
    let house = house.run(&["withdraw", "payments", "--yes"]).exited(4).said("payments is already withdrawn");
    assert_eq!(house.read("incidents/payments.md"), ended, "a second withdrawal adds no second end");
    // A real outage in the same file is announced to all.
    house
        .update("payments", "2026-03-01 10:30", "investigating")
        .notify()
        .mailed("ana@example.org", "Now it is investigating.")
        .mailed("ben@example.org", "Now it is investigating.")
        // It can be withdrawn as well, once it is open again.
        .at("2026-03-01 10:40")
        .run(&["withdraw", "payments", "--yes", "--reason", "This was a false alarm of our monitoring."])
        .succeeded()
        .notify()
        .mailed("ana@example.org", "This was a false alarm of our monitoring.")
        .mailed("ben@example.org", "This was a false alarm of our monitoring.");
}

#[test]
fn the_channels_of_a_plan_are_a_table_and_a_document() {
    let house = House::new().run(&["channels"]).succeeded();
    let table = house.stdout();
    let rows: Vec<&str> = table.lines().collect();
    assert!(rows[0].starts_with("channel  provider"), "{table}");
    assert!(rows.iter().any(|row| row.starts_with("email") && row.contains("smtp")), "{table}");
    assert!(rows.iter().any(|row| row.starts_with("SMS") && row.contains("per segment")), "{table}");
    let house = house.run(&["channels", "--format", "json"]).succeeded();
    let document: serde_json::Value = serde_json::from_str(&house.stdout()).unwrap();
    assert_eq!(document["channels"].as_array().unwrap().len(), rows.len() - 1, "{document}");
    let broken = House::new().file("site/plan.toml", "[mail]\n").run(&["channels"]).exited(3);
    assert_eq!(broken.said("`from` is missing").stdout(), "");
}

#[test]
fn a_number_that_costs_or_is_not_allowed_gets_no_sms() {
    let house = House::new()
        .run(&["subscribers", "add", "+1 900 555 0123"])
        .exited(2)
        .said("is a premium-rate number: an SMS goes only to a person's number")
        .run(&["subscribers", "add", "ana@example.org", "+1 800 555 0123"])
        .exited(2)
        .said("is a toll-free number");
    let plan = house.read("site/plan.toml").replacen("[text]\n", "[text]\ncountries = [\"+44\"]\n", 1);
    house
        .file("site/plan.toml", &plan)
        .run(&["subscribers", "add", "+34600000001"])
        .succeeded()
        .said("cannot be notified: `text.countries` in site/plan.toml does not allow the number")
        .run(&["subscribers", "add", "+447700900123"])
        .succeeded()
        .said("added: will be notified of changes from now on");
}
