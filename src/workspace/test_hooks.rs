//! Hooks for tests: stop the program at certain places, shorten leases and deadlines of parts, and disable polling. Debug
//! builds only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What the engine calls at each of its steps.
pub(crate) type Checkpoint = Arc<dyn Fn(&'static str) + Send + Sync>;

/// What is called as often as work makes progress.
pub(crate) type SignOfLife = Arc<dyn Fn() + Send + Sync>;

/// Sleeps for ever at the n-th passing of the step that `ALLCLEAR_PAUSE_AT=step:n` names, after making the file
/// that `ALLCLEAR_PAUSED` names.
pub(crate) fn test_hook() -> Option<Checkpoint> {
    let place = variable("ALLCLEAR_PAUSE_AT")?;
    let marker = variable("ALLCLEAR_PAUSED")?;
    let (name, number) = place.split_once(':')?;
    let (name, number) = (name.to_owned(), number.parse::<usize>().ok()?);
    let passed = AtomicUsize::new(0);
    Some(Arc::new(move |step| {
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

/// How long a worker holds steps, in milliseconds, if `ALLCLEAR_LEASE` is set.
pub(crate) fn lease() -> Option<chrono::TimeDelta> {
    variable("ALLCLEAR_LEASE")?.parse().ok().map(chrono::TimeDelta::milliseconds)
}

/// How long a worker rests when nothing wakes it, in seconds, if `ALLCLEAR_REST` is set.
pub(crate) fn rest() -> Option<Duration> {
    variable("ALLCLEAR_REST")?.parse().ok().map(Duration::from_secs)
}

/// A variable of the environment; a release build, which nothing stops, sees none.
fn variable(name: &str) -> Option<String> {
    if cfg!(debug_assertions) { std::env::var(name).ok() } else { None }
}

/// How long a part of `run` may give no sign of life, in seconds, if `ALLCLEAR_DEADLINE` is set.
pub(crate) fn deadline() -> Option<Duration> {
    variable("ALLCLEAR_DEADLINE")?.parse().ok().map(Duration::from_secs)
}

/// What the engine calls at each of its steps: a sign of life, then what stops it there.
pub(crate) fn with_sign(sign: Option<SignOfLife>) -> Option<Checkpoint> {
    let hook = test_hook();
    let Some(sign) = sign else { return hook };
    Some(Arc::new(move |step| {
        sign();
        hook.iter().for_each(|hook| hook(step));
    }))
}
