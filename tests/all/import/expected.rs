//! What the posts of two real sites mean, decided by reading them: kind, start, end, state and story of each.
//!
//! A row of `expected/*.tsv` is a file of the site; a row that begins with `!` needs judgment, because its words decide
//! what it is or where its entries begin, and not its keys alone.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use allclear::import::Imported;
use allclear::model::incident::{Incident, Update};
use allclear::model::phase::Phase;

use super::History;

/// How many of a hundred must be right.
const RIGHT_PERCENT: usize = 98;

#[test]
fn the_posts_of_jenkins_mean_what_a_reader_says() {
    compare("jenkins", include_str!("expected/jenkins.tsv"));
}

#[test]
fn the_posts_of_wikibase_mean_what_a_reader_says() {
    compare("wikibase", include_str!("expected/wikibase.tsv"));
}

fn compare(name: &str, expected: &str) {
    let Some(history) = History::open(&format!("{name}.bundle")) else { return };
    let imported = history.import();
    let rows: BTreeMap<&str, String> = rows(&imported);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let list: String = rows.values().map(|row| format!("{row}\n")).collect();
    std::fs::write(folder.join(format!("meaning-{name}.tsv")), list).unwrap();
    let (mut all, mut judged, mut wrong, mut wrong_judged) = (0, 0, 0, 0);
    for line in expected.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (needs_judging, line) = line.strip_prefix('!').map_or((false, line), |line| (true, line));
        let id = line.split('\t').next().unwrap();
        all += 1;
        judged += usize::from(needs_judging);
        let said = rows.get(id).map_or("nothing", String::as_str);
        if said != line {
            wrong += 1;
            wrong_judged += usize::from(needs_judging);
            println!("{name}: expected {line}\n{name}:      got {said}");
        }
    }
    println!(
        "{name}: {} of {all} posts are right; of {judged} that need judging, {}",
        all - wrong,
        judged - wrong_judged
    );
    assert_eq!(all, rows.len(), "every post has a row");
    assert!((all - wrong) * 100 >= all * RIGHT_PERCENT, "{wrong} of {all} are wrong");
    assert!((judged - wrong_judged) * 100 >= judged * RIGHT_PERCENT, "{wrong_judged} of {judged} are wrong");
}

fn rows(imported: &Imported) -> BTreeMap<&str, String> {
    imported.incidents.iter().map(|incident| (incident.id.as_str(), row(incident))).collect()
}

/// Id, kind, start, planned end, end, state, story.
fn row(incident: &Incident) -> String {
    let now = "2026-11-20T00:00:00Z".parse().unwrap();
    let planned = match incident.window {
        None => "-".to_owned(),
        Some(window) => {
            window.ends.map_or("open".to_owned(), |ends| ends.format("%Y-%m-%d %H:%M").to_string())
        }
    };
    let ended = match incident.ended_at(now) {
        Some(ended) if ended - incident.began_at() >= TimeDelta::minutes(1) => {
            ended.format("%Y-%m-%d %H:%M").to_string()
        }
        Some(_) => "unknown".to_owned(),
        None => "-".to_owned(),
    };
    let told = |update: &Update| {
        let phase = update.phase.map_or("-", Phase::word);
        format!("{} {phase}", update.at.format("%m-%d %H:%M"))
    };
    let announced = incident.impact.iter().map(|_| "announced".to_owned());
    let story: Vec<String> = announced.chain(incident.updates.iter().map(told)).collect();
    [
        incident.id.to_string(),
        incident.kind.word().to_owned(),
        incident.started.format("%Y-%m-%d %H:%M").to_string(),
        planned,
        ended,
        incident.phase_at(now).word().to_owned(),
        story.join(" | "),
    ]
    .join("\t")
}
