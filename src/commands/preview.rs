//! `allclear preview`: the site on localhost, built anew on every save.
//!
//! Promises: a broken file is told of and the rest is shown; the last page stays up when nothing can be built.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context;
use notify_debouncer_full::notify::{EventKind, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, new_debouncer};

use super::cli::{Format, Preview};
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, FAINT, GOOD, count, styled};
use super::problems;
use super::rebuild::Builder;
use super::root::Root;
use super::server::{self, Shown};
use crate::model::tree::Tree;

/// How long saves are gathered: editors write a file in several strokes.
const GATHER: Duration = Duration::from_millis(40);

/// Serves until the process is ended.
pub(crate) fn run(root: &Root, options: &Preview) -> Outcome {
    let mut builder = Builder::new(options.audience.into());
    let shown = Shown::new(rebuild(&mut builder, root)?, true);
    let runtime = tokio::runtime::Runtime::new()?;
    let (listener, address) = runtime.block_on(server::listen(options.port))?;
    print::data(&format!("http://{address}/"));
    print::say(&format!(
        "{} http://{address}/ {}",
        styled(GOOD, "serving"),
        styled(FAINT, "(Ctrl-C ends it)")
    ));
    let (saved, saves) = mpsc::channel();
    let mut watcher = new_debouncer(GATHER, None, move |events| drop(saved.send(events)))
        .context("failed to watch for saves")?;
    for folder in watched(root) {
        watcher
            .watch(&folder, RecursiveMode::Recursive)
            .with_context(|| format!("failed to watch {}", folder.display()))?;
    }
    runtime.spawn(axum::serve(listener, server::routes(shown.clone())).into_future());
    for events in saves {
        if is_save(&events) {
            match rebuild(&mut builder, root) {
                Ok(tree) => shown.replace(tree),
                Err(failure) => print::failure(&failure),
            }
        }
    }
    Ok(Exit::Done)
}

fn rebuild(builder: &mut Builder, root: &Root) -> Result<Arc<Tree>, Failure> {
    let started = Instant::now();
    let mut opened = builder.open(root)?;
    let built = builder.build(root, &opened)?;
    problems::show(&mut opened.problems, Format::Text);
    let changed = count(built.changed.len() + built.removed.len(), "file", "files");
    let took = started.elapsed().as_millis();
    print::say(&styled(
        FAINT,
        &format!("built in {took} ms, {changed} changed of {}", built.tree.files.len()),
    ));
    Ok(built.tree)
}

fn watched(root: &Root) -> Vec<PathBuf> {
    let folders = ["site", "incidents", "themes"].map(|name| root.below(name));
    folders.into_iter().filter(|folder| folder.is_dir()).collect()
}

/// Whether something was written, and not only read: reading our own files must not rebuild for ever.
fn is_save(events: &DebounceEventResult) -> bool {
    match events {
        Ok(events) => events.iter().any(|event| !matches!(event.kind, EventKind::Access(_))),
        Err(_) => true,
    }
}
