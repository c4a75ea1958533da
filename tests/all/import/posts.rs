//! What a hundred short posts become, each of a kind that was found on a site of its own or written like one: decided by
//! reading them, before the import was tried.
//!
//! A post of `expected/posts.txt` begins with `==`, its name and what it becomes: kind and state; for planned work its end and
//! whether its text is the announcement; its updates. A `?` leaves open what may be read in either way.

use std::collections::BTreeMap;

use allclear::import::cstate_files;
use allclear::model::Moment;
use allclear::model::incident::{Incident, Update};
use allclear::model::phase::{IncidentKind, Phase};

/// How many of a hundred must be right.
const RIGHT_PERCENT: usize = 98;

const CONFIG: &str =
    "title: Shop\nbaseURL: https://status.example.org\nparams:\n  systems:\n    - name: Shop\n";

#[test]
fn posts_of_every_kind_mean_what_a_reader_says() {
    let posts: Vec<&str> = include_str!("expected/posts.txt").split("\n== ").collect();
    let mut wrong = 0;
    for post in &posts {
        let (expected, text) = post.split_once('\n').unwrap();
        let expected = expected.trim_start_matches("== ");
        let (name, meaning) = expected.split_once(" | ").unwrap();
        let got = imported(name, text).map_or("nothing".to_owned(), |incident| row(&incident));
        if !agrees(meaning, &got) {
            wrong += 1;
            println!("{name}: expected {meaning}\n{name}:      got {got}");
        }
    }
    println!("{} of {} posts are right", posts.len() - wrong, posts.len());
    assert!(posts.len() > 90, "{} posts", posts.len());
    assert!(
        (posts.len() - wrong) * 100 >= posts.len() * RIGHT_PERCENT,
        "{wrong} of {} are wrong",
        posts.len()
    );
}

fn imported(name: &str, text: &str) -> Option<Incident> {
    let (front, body) = text.split_once("\n--\n").unwrap();
    let post = match front.strip_prefix("+++\n") {
        Some(toml) => format!("+++\nsection = \"issue\"\n{toml}\n{body}"),
        None => format!("---\n{front}\nsection: issue\n---\n{body}"),
    };
    let files =
        [("config.yml".to_owned(), CONFIG.into()), (format!("content/issues/{name}.md"), post.into())];
    let files: BTreeMap<String, Vec<u8>> = files.into();
    cstate_files(&files, None).incidents.into_iter().next()
}

/// The meaning of an incident as the posts state it.
fn row(incident: &Incident) -> String {
    let later: Moment = "2030-01-01T00:00:00Z".parse().unwrap();
    let ends_by_word = incident.updates.iter().any(|update| update.phase.is_some_and(Phase::is_over));
    let state = match (incident.phase_at(later).is_over(), ends_by_word) {
        (true, true) => "over",
        (true, false) => "plan",
        (false, _) => "open",
    };
    let short = |at: Moment| at.format("%dT%H:%M").to_string();
    let told = |update: &Update| format!("{} {}", short(update.at), update.phase.map_or("-", Phase::word));
    let story = incident.updates.iter().map(told).collect::<Vec<_>>().join(", ");
    match incident.window {
        None => format!("incident {state} | {story}"),
        Some(window) => {
            let ends = window.ends.map_or("open".to_owned(), short);
            let impact = if incident.impact.is_some() { "impact" } else { "-" };
            assert_eq!(incident.kind, IncidentKind::Maintenance);
            format!("work {state} | to {ends} | {impact} | {story}")
        }
    }
}

fn agrees(meaning: &str, got: &str) -> bool {
    let parts = |text: &str| text.split('|').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    let (wanted, got) = (parts(meaning), parts(got));
    let is_any_kind = wanted.first().is_some_and(|kind| kind.starts_with("any "));
    let heads = |from: &[String]| from.iter().take(from.len() - 1).cloned().collect::<Vec<_>>();
    let head_agrees = |(wanted, got): (&String, &String)| wanted.ends_with('?') || wanted == got;
    let (heads_wanted, heads_got) = (heads(&wanted), heads(&got));
    let is_head_right = is_any_kind
        || heads_wanted.len() == heads_got.len() && heads_wanted.iter().zip(&heads_got).all(head_agrees);
    is_head_right && story_agrees(wanted.last().unwrap(), got.last().unwrap())
}

fn story_agrees(wanted: &str, got: &str) -> bool {
    let Some(wanted) = wanted.strip_prefix('?') else {
        let updates = |text: &str| text.split(", ").map(str::to_owned).collect::<Vec<_>>();
        let (wanted, got) = (updates(wanted), updates(got));
        let agrees = |(wanted, got): (&String, &String)| match wanted.rsplit_once(' ') {
            Some((at, "?")) => got.starts_with(at),
            Some((at, "end")) => {
                got.starts_with(at) && ["resolved", "completed"].iter().any(|word| got.ends_with(word))
            }
            _ => wanted == got,
        };
        return wanted.len() == got.len() && wanted.iter().zip(&got).all(agrees);
    };
    got.ends_with(wanted.trim())
}
