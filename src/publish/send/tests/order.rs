//! One publisher: what it writes, in which order, and what it leaves when something fails.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::memory::MemoryStore;
use super::scene::{parcel, publish, publish_doubting};
use crate::publish::pointer::POINTER_PATH;
use crate::publish::send::{SendError, read_pointer};
use crate::publish::store::{ConditionalWrites, StoreFault};

const FIRST: &[(&str, &str)] = &[
    ("index.html", "i1"),
    ("history/index.html", "h1"),
    ("history.atom", "f1"),
    ("incidents/a/index.html", "a1"),
    ("logo.png", "l1"),
];

/// Everything changes, one page is new and one goes.
const SECOND: &[(&str, &str)] = &[
    ("index.html", "i2"),
    ("history/index.html", "h2"),
    ("history.atom", "f2"),
    ("incidents/b/index.html", "b1"),
    ("features/c/index.html", "c1"),
    ("logo.png", "l2"),
];

fn own(path: &str) -> bool {
    !path.starts_with("_allclear/") || path == POINTER_PATH
}

/// The page's files written from the `from`-th change on, in order.
fn written(store: &MemoryStore, from: usize) -> Vec<String> {
    let done = store.done.lock();
    done.iter().skip(from).map(|(_, path)| path.clone()).filter(|path| own(path)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_leads_somewhere_is_written_after_it_and_only_what_differs() {
    let store = MemoryStore::new(ConditionalWrites::Kept);
    let sent = publish(&store, "a", &parcel(1, FIRST)).await.expect("published");
    assert_eq!((sent.written, sent.conditions), (5, Some(ConditionalWrites::Kept)));
    let from = store.done.lock().len();
    let sent = publish(&store, "a", &parcel(2, SECOND)).await.expect("published");
    assert_eq!((sent.written, sent.waiting, sent.deleted), (6, 1, 0));
    let order = written(&store, from);
    assert_eq!(order.first().map(String::as_str), Some("logo.png"));
    assert_eq!(&order[3..], ["history/index.html", "history.atom", "index.html", POINTER_PATH]);
    assert!(store.text("incidents/a/index.html").is_some(), "caches may still lead to it");
    let from = store.done.lock().len();
    let again = publish(&store, "a", &parcel(2, SECOND)).await.expect("published");
    assert_eq!((again.written, written(&store, from).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn old_files_go_after_a_day_and_not_when_they_are_suspiciously_many() {
    let store = MemoryStore::new(ConditionalWrites::Kept);
    let many: Vec<(String, String)> =
        (0..40).map(|number| (format!("incidents/{number}/index.html"), "x".to_owned())).collect();
    let mut first: Vec<(&str, &str)> =
        many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    first.push(("index.html", "1"));
    publish(&store, "a", &parcel(1, &first)).await.expect("published");
    publish(&store, "a", &parcel(2, &first[5..])).await.expect("published");
    let left = |store: &MemoryStore| store.text("incidents/0/index.html").is_some();
    tokio::time::sleep(Duration::from_secs(23 * 3_600)).await;
    let sent = publish(&store, "a", &parcel(3, &first[6..])).await.expect("published");
    assert_eq!((sent.deleted, sent.waiting, left(&store)), (0, 6, true));
    tokio::time::sleep(Duration::from_secs(2 * 3_600)).await;
    let sent = publish(&store, "a", &parcel(4, &first[35..])).await.expect("published");
    assert_eq!((sent.deleted, sent.waiting, left(&store)), (5, 30, false));
    tokio::time::sleep(Duration::from_secs(25 * 3_600)).await;
    let sent = publish(&store, "a", &parcel(5, &first[36..])).await.expect("published");
    assert_eq!((sent.deleted, sent.over_limit), (0, 30));
    assert!(store.text("incidents/20/index.html").is_some());
}

#[tokio::test(start_paused = true)]
async fn whichever_write_fails_nothing_of_a_later_step_is_written_and_nothing_deleted() {
    for fault in [StoreFault::Denied, StoreFault::Unreachable, StoreFault::Other, StoreFault::Conflict] {
        for failing in 1.. {
            let asked = std::sync::Arc::new(AtomicUsize::new(0));
            let counter = std::sync::Arc::clone(&asked);
            let armed = std::sync::Arc::new(AtomicUsize::new(0));
            let trigger = std::sync::Arc::clone(&armed);
            let store = MemoryStore::with_weather(ConditionalWrites::Kept, move |verb, path| {
                let counts =
                    trigger.load(Ordering::SeqCst) == 1 && matches!(verb, "write" | "delete") && own(path);
                let fails = counts && counter.fetch_add(1, Ordering::SeqCst) + 1 >= failing;
                (Duration::ZERO, fails.then_some(fault))
            });
            publish(&store, "a", &parcel(1, FIRST)).await.expect("published");
            let from = store.done.lock().len();
            armed.store(1, Ordering::SeqCst);
            let result = publish(&store, "a", &parcel(2, SECOND)).await;
            if asked.load(Ordering::SeqCst) < failing {
                result.expect("nothing failed");
                break;
            }
            assert!(
                matches!(result, Err(SendError::Store(_) | SendError::Busy)),
                "{fault:?} {failing}: {result:?}"
            );
            let done = store.done.lock().clone();
            assert!(done.iter().all(|(verb, _)| *verb == "write"), "{done:?}");
            let done = written(&store, from);
            let (_, live) = read_pointer(&store).await.expect("readable");
            assert_eq!(live.and_then(|live| live.origin.commit).as_deref(), Some("0001"));
            let later = |path: &str| done.iter().any(|done| done == path);
            assert!(!later("index.html") || failing > 6, "{failing}: {done:?}");
            armed.store(0, Ordering::SeqCst);
            publish(&store, "b", &parcel(2, SECOND)).await.expect("published");
            for (path, text) in SECOND {
                assert_eq!(store.text(path).as_deref(), Some(*text), "{path} after {failing}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_place_that_ignores_conditions_is_found_out_and_still_published_to() {
    let store = MemoryStore::new(ConditionalWrites::Ignored);
    let sent = publish(&store, "a", &parcel(1, FIRST)).await.expect("published");
    assert_eq!(sent.conditions, Some(ConditionalWrites::Ignored));
    let refused = publish(&store, "a", &parcel(0, SECOND)).await;
    assert!(matches!(refused, Err(SendError::Refused(_))), "{refused:?}");
    assert_eq!(store.text("index.html").as_deref(), Some("i1"));
}

#[tokio::test(start_paused = true)]
async fn damage_at_the_target_is_found_and_repaired() {
    use crate::publish::send::Doubt;
    let store = MemoryStore::new(ConditionalWrites::Kept);
    publish(&store, "a", &parcel(1, FIRST)).await.expect("published");
    for (damage, doubt, found) in [
        (None, Doubt::Nothing, 0),
        (None, Doubt::Listed { draw: 7 }, 1),
        (Some("longer than it was"), Doubt::Listed { draw: 7 }, 1),
        // Of the same length: only who reads it sees it, and so few files are all in the sample.
        (Some("xx"), Doubt::Listed { draw: 3 }, 1),
        (Some("xx"), Doubt::Everything, 1),
        (Some("h1"), Doubt::Everything, 0),
    ] {
        {
            let mut files = store.files.lock();
            let there = files.remove("history/index.html").expect("published");
            if let Some(bytes) = damage {
                let bytes = bytes.as_bytes().into();
                files.insert(
                    "history/index.html".to_owned(),
                    crate::publish::store::StoredFile { bytes, ..there },
                );
            }
        }
        let sent = publish_doubting(&store, "a", &parcel(1, FIRST), doubt).await.expect("published");
        assert_eq!((sent.written, sent.changed.len()), (found, found), "{damage:?} {doubt:?}");
        if doubt == Doubt::Nothing {
            assert_eq!(store.text("history/index.html"), None, "who does not doubt does not look");
            publish_doubting(&store, "a", &parcel(1, FIRST), Doubt::Everything).await.expect("published");
        }
        assert_eq!(store.text("history/index.html").as_deref(), Some("h1"), "{damage:?} {doubt:?}");
    }
}
