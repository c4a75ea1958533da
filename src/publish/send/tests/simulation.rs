//! Thousands of races: publishers of a line of commits, each of which may fall asleep before or after any request for
//! longer than its lease, or be killed there.
//!
//! The oracle: once all are done the pointer names the newest commit, every file of its record is there with the right
//! bytes, and every publisher that is not live knows it. If one was killed, or knows of a file that only another can put
//! right, one more publisher comes first. Where a place keeps only the condition that a file does not exist, nobody falls
//! asleep: what a sleeper has sent lands late and nothing can refuse it.
//!
//! `ALLCLEAR_SEEDS` says how many races; a failure names its seed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::memory::MemoryStore;
use super::scene::{parcel, publish};
use crate::publish::manifest::FileFacts;
use crate::publish::record::{BuildRecord, record_path};
use crate::publish::send::{SendError, Sent, UploadJob, read_pointer};
use crate::publish::store::ConditionalWrites;

const PATHS: [&str; 7] = [
    "logo.png",
    "incidents/a/index.html",
    "incidents/b/index.html",
    "incidents/c/index.html",
    "history/index.html",
    "history.atom",
    "index.html",
];

/// A build of a commit whose files are often those of another: what was taken back is the hardest case.
fn any_parcel(commit: usize, rng: &mut fastrand::Rng) -> UploadJob {
    let mut files = vec![("index.html", format!("i{}", rng.usize(..3)))];
    for path in &PATHS[..6] {
        if rng.usize(..4) > 0 {
            files.push((path, format!("{}", rng.usize(..3))));
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    parcel(commit, &files)
}

/// Mostly a few milliseconds, at times half an hour.
fn weather(rng: &Mutex<fastrand::Rng>, sleepers: u32) -> Duration {
    let mut rng = rng.lock();
    match rng.u32(..1_000) {
        chance if chance < sleepers => Duration::from_secs(rng.u64(20..2_000)),
        _ => Duration::from_millis(rng.u64(1..50)),
    }
}

struct Race {
    results: BTreeMap<usize, Result<Sent, SendError>>,
    killed: bool,
}

/// Runs some publishers at once, each of a commit of its own.
async fn race(store: &Arc<MemoryStore>, commits: std::ops::Range<usize>, rng: &mut fastrand::Rng) -> Race {
    let mut race = Race { results: BTreeMap::new(), killed: false };
    let mut running = Vec::new();
    let mut order: Vec<usize> = commits.collect();
    rng.shuffle(&mut order);
    for commit in order {
        let (parcel, store) = (any_parcel(commit, rng), Arc::clone(store));
        let late = Duration::from_millis(rng.u64(..3_000));
        let task = tokio::spawn(async move {
            tokio::time::sleep(late).await;
            publish(&store, &format!("p{commit}"), &parcel).await
        });
        let kill_after = (rng.usize(..6) == 0).then(|| Duration::from_millis(rng.u64(..4_000)));
        running.push((commit, task, kill_after));
    }
    for (commit, task, kill_after) in running {
        if let Some(after) = kill_after {
            tokio::time::sleep(after).await;
            task.abort();
        }
        match task.await {
            Ok(result) => drop(race.results.insert(commit, result)),
            Err(_) => race.killed = true,
        }
    }
    race
}

/// Says what is wrong with what is live.
async fn wrong(store: &MemoryStore, newest: usize) -> Option<String> {
    let (_, live) = read_pointer(store).await.expect("readable");
    let live = live.expect("something is live");
    if live.origin.commit != Some(format!("{newest:04}")) {
        return Some(format!("live is {:?}, not {newest}", live.origin.commit));
    }
    let files = store.files.lock();
    let record = files.get(&record_path(&live.build)).expect("a record");
    let record = BuildRecord::from_json("", &record.bytes).expect("readable");
    let right = |(path, facts): &(&String, &FileFacts)| {
        files.get(*path).is_some_and(|found| FileFacts::of(&found.bytes) == **facts)
    };
    let bad: Vec<_> =
        record.manifest.files.iter().filter(|file| !right(file)).map(|(path, _)| path).collect();
    (!bad.is_empty()).then(|| format!("{bad:?} of {newest} is not what its record says"))
}

async fn play(seed: u64, keeps: ConditionalWrites) -> Result<usize, String> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let sleepers = if keeps == ConditionalWrites::Kept { rng.u32(..60) } else { 0 };
    let skies = Mutex::new(fastrand::Rng::with_seed(rng.u64(..)));
    let store = Arc::new(MemoryStore::with_weather(keeps, move |_, _| (weather(&skies, sleepers), None)));
    let mut next = 1;
    let mut losses = 0;
    for _ in 0..3 {
        let publishers = rng.usize(1..4);
        let race = race(&store, next..next + publishers, &mut rng).await;
        next += publishers;
        losses += race.results.values().filter(|result| result.is_err()).count();
        for (commit, result) in &race.results {
            let told = matches!(
                result,
                Ok(_) | Err(SendError::Refused(_) | SendError::Lost | SendError::Unmended(_))
            );
            let is_newest = commit + 1 == next;
            if !told || (is_newest && matches!(result, Err(SendError::Refused(_)))) {
                return Err(format!("commit {commit} was told {result:?}"));
            }
        }
        let newest_done = race.results.get(&(next - 1)).is_some_and(Result::is_ok);
        let unmended = race.results.values().any(|result| matches!(result, Err(SendError::Unmended(_))));
        if race.killed || unmended || !newest_done {
            let parcel = any_parcel(next, &mut rng);
            publish(&store, "mender", &parcel)
                .await
                .map_err(|error| format!("the next publisher: {error}"))?;
            next += 1;
        }
        if let Some(wrong) = wrong(&store, next - 1).await {
            return Err(wrong);
        }
        // A day later some files are due to be deleted.
        tokio::time::sleep(Duration::from_secs(rng.u64(..60) * 3_600)).await;
    }
    Ok(losses)
}

/// Plays as many races as are asked for.
fn play_all(keeps: ConditionalWrites) {
    let seeds: u64 = std::env::var("ALLCLEAR_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let mut losses = 0;
    for seed in 0..seeds {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().start_paused(true).build().expect("a runtime");
        match runtime.block_on(play(seed, keeps)) {
            Ok(some) => losses += some,
            Err(wrong) => panic!("seed {seed}: {wrong}"),
        }
    }
    assert!(seeds < 100 || losses > 0, "nobody ever lost a race, so nothing was tried");
}

#[test]
fn the_newest_commit_wins_and_is_whole_whoever_sleeps_or_dies() {
    play_all(ConditionalWrites::Kept);
}

#[test]
fn where_only_creating_is_conditional_the_newest_commit_wins_whoever_dies() {
    play_all(ConditionalWrites::OnlyAbsent);
}
