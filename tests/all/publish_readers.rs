//! Readers of a page while it is published: through nginx over a folder, and from a bucket. And what a publisher leaves
//! that is killed between two objects.

use std::fs;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::fixtures::bucket::{BUCKET, SIGNED, Store, commit, house, target};
use crate::fixtures::edge::Origin;
use crate::fixtures::house::House;
use crate::fixtures::reader::{broken_links, get};

/// How often a page is published while it is read: `ALLCLEAR_PUBLISHES`.
fn publishes() -> usize {
    std::env::var("ALLCLEAR_PUBLISHES").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// Sends the readers home, also when a publish failed.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How many readers must at least have come to the end.
const READERS: usize = 2;

/// Publishes again and again, each time with one more incident and one more update, while readers follow every link by
/// `fetch`. More than [`READERS`] come to the end.
#[track_caller]
fn read_while_published(mut house: House, fetch: impl Fn(&str) -> Result<Vec<u8>, String> + Sync) -> House {
    let (done, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (house, broken) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut broken = Vec::new();
            while !done.load(Ordering::Relaxed) {
                broken.extend(broken_links(&fetch));
                looks.fetch_add(1, Ordering::Relaxed);
            }
            broken
        });
        let end = End(&done);
        // However slow the readers are, some come to the end while there is publishing.
        for number in
            (0..1_000).take_while(|number| *number < publishes() || looks.load(Ordering::Relaxed) <= READERS)
        {
            let minute = 10 + number % 40;
            house = house.incident(
                &format!("incident-{number}"),
                &format!("2026-03-01 10:{minute}"),
                "Investigating",
            );
            commit(&house);
            house = house.run(&["publish"]).succeeded().said("published: build ");
        }
        drop(end);
        (house, reader.join().unwrap())
    });
    assert_eq!(broken, Vec::<String>::new(), "after {looks:?} readers");
    house
}

#[test]
fn nginx_sends_the_twin_and_never_half_a_page_while_the_link_is_turned() {
    let house = house("kind = \"folder\"\npath = \"out\"\ncompressed = true").run(&["publish"]).succeeded();
    let nginx = Origin::start(&house.path().join("out/current"));
    let gzip = "Accept-Encoding: gzip";
    let unpacked = |path: &str| {
        let (head, body) = get(nginx.port, path, gzip)?;
        if !head.contains("Content-Encoding: gzip") {
            return Ok((false, body));
        }
        let mut text = Vec::new();
        let read = flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text);
        read.map(|_| (true, text)).map_err(|error| error.to_string())
    };
    let house = read_while_published(house, |path| unpacked(path).map(|(_, text)| text));
    let mut twins = 0;
    for entry in walkdir::WalkDir::new(house.path().join("out/current/")).into_iter().flatten() {
        let Some(path) = entry.path().to_str().and_then(|path| path.split_once("out/current/")) else {
            continue;
        };
        if !entry.file_type().is_file() || path.1.ends_with(".gz") || path.1.ends_with(".br") {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        let (is_twin, text) = unpacked(path.1).unwrap();
        assert!(text == bytes, "{} is something else by its twin", path.1);
        assert!(get(nginx.port, path.1, "").unwrap().1 == bytes, "{}", path.1);
        assert_eq!(is_twin, entry.path().with_added_extension("gz").exists(), "{}", path.1);
        twins += usize::from(is_twin);
    }
    assert!(twins > 10, "only {twins} twins");
}

#[test]
fn readers_of_a_bucket_find_every_link_while_it_is_written() {
    let moto = Store::moto();
    let house = house(&target(moto.port)).run(&["publish"]).succeeded();
    let fetch = |file: &str| get(moto.port, &format!("{BUCKET}/{file}"), SIGNED).map(|(_, body)| body);
    let _house = read_while_published(house, fetch);
    moto.is_whole();
}

#[test]
fn killed_between_two_objects_and_published_again_the_bucket_has_the_same_bytes() {
    let moto = Store::moto();
    let house = house(&target(moto.port)).run(&["publish"]).succeeded();
    let house = house.incident("card-payments", "2026-03-01 10:20", "Investigating");
    commit(&house);
    let fetch = |file: &str| get(moto.port, &format!("{BUCKET}/{file}"), SIGNED).map(|(_, body)| body);
    let (marker, before) = (house.path().join("old"), moto.pointer());
    let mut kills = 0;
    for place in ["record:1", "file:1", "file:2", "file:7", "file:15", "file:25", "pointer:1"] {
        let mut child = house
            .command(&["publish"])
            .env("ALLCLEAR_PAUSE_AT", place)
            .env("ALLCLEAR_PAUSED", &marker)
            .env("ALLCLEAR_LEASE", "300")
            .spawn()
            .unwrap();
        while !marker.exists() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if !marker.exists() {
            break;
        }
        kills += 1;
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(&marker).unwrap();
        assert_eq!(broken_links(fetch), Vec::<String>::new(), "killed at {place}");
        assert_eq!(moto.pointer(), before, "killed at {place}");
    }
    assert!(kills > 3, "only {kills} kills");
    let again = house.command(&["publish"]).env("ALLCLEAR_LEASE", "300").output().unwrap();
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    moto.is_whole();
    let house = house.run(&["build"]).succeeded();
    let public = house.path().join("public");
    for entry in walkdir::WalkDir::new(&public).into_iter().flatten() {
        let path = entry.path().strip_prefix(&public).unwrap().to_str().unwrap();
        if entry.file_type().is_file() && path != ".allclear-build" {
            assert!(fetch(path) == Ok(fs::read(entry.path()).unwrap()), "{path}");
        }
    }
}
