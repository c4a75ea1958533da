//! What a test can do to the program: stop it dead at certain places, to kill it there, shorten its leases, and let
//! it rest as long as nobody tells it of work. Debug builds only.

/// What the engine calls at each of its steps.
pub(crate) type Checkpoint = std::sync::Arc<dyn Fn(&'static str) + Send + Sync>;

/// Sleeps for ever at the n-th passing of the step that `ALLCLEAR_PAUSE_AT=step:n` names, after making the file
/// that `ALLCLEAR_PAUSED` names.
#[cfg(debug_assertions)]
pub(crate) fn test_hook() -> Option<Checkpoint> {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let place = std::env::var("ALLCLEAR_PAUSE_AT").ok()?;
    let marker = std::env::var_os("ALLCLEAR_PAUSED")?;
    let (name, number) = place.split_once(':')?;
    let (name, number) = (name.to_owned(), number.parse::<usize>().ok()?);
    let passed = AtomicUsize::new(0);
    Some(std::sync::Arc::new(move |step| {
        if step == name && passed.fetch_add(1, Ordering::SeqCst) + 1 == number {
            let _told = std::fs::write(&marker, step);
            loop {
                std::thread::park();
            }
        }
    }))
}

/// A step that is passed once in a run.
pub(crate) fn at(step: &'static str) {
    if let Some(checkpoint) = test_hook() {
        checkpoint(step);
    }
}

/// Nothing stops a release build.
#[cfg(not(debug_assertions))]
pub(crate) fn checkpoint() -> Option<Checkpoint> {
    None
}

/// How long a worker holds steps, in milliseconds, if `ALLCLEAR_LEASE` is set.
#[cfg(debug_assertions)]
pub(crate) fn lease() -> Option<chrono::TimeDelta> {
    let lease = std::env::var("ALLCLEAR_LEASE").ok()?;
    lease.parse().ok().map(chrono::TimeDelta::milliseconds)
}

/// How long a worker rests when nothing wakes it, in seconds, if `ALLCLEAR_REST` is set.
#[cfg(debug_assertions)]
pub(crate) fn rest() -> Option<std::time::Duration> {
    let rest = std::env::var("ALLCLEAR_REST").ok()?;
    rest.parse().ok().map(std::time::Duration::from_secs)
}

/// A release build rests as long as it does.
#[cfg(not(debug_assertions))]
pub(crate) fn rest() -> Option<std::time::Duration> {
    None
}

/// A release build's leases are what they are.
#[cfg(not(debug_assertions))]
pub(crate) fn lease() -> Option<chrono::TimeDelta> {
    None
}
