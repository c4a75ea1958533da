//! `allclear preview`: the site on localhost, built anew on every save.
//!
//! Promises: a broken file is told of and the rest is shown; the last page stays up when nothing can be built.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use notify_debouncer_full::notify::{EventKind, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, new_debouncer};

use super::build;
use super::cli::{Format, Preview};
use super::exit::{Exit, Failure, Outcome};
use super::print::{self, FAINT, GOOD, count, styled};
use super::problems;
use super::root::Root;
use super::server::{self, Shown};
use crate::model::incident::Audience;
use crate::model::tree::Tree;

/// How long saves are gathered: editors write a file in several strokes.
const GATHER: Duration = Duration::from_millis(40);

/// Serves until the process is ended.
pub(crate) fn run(root: &Root, options: &Preview) -> Outcome {
    let shown = Shown::new(rebuild(root)?, true);
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
            match rebuild(root) {
                Ok(tree) => shown.replace(tree),
                Err(failure) => print::failure(&failure),
            }
        }
    }
    Ok(Exit::Done)
}

fn rebuild(root: &Root) -> Result<Tree, Failure> {
    let started = std::time::Instant::now();
    let mut opened = root.open()?;
    let tree = build::tree(root, &opened, Audience::Public)?;
    root.keep_good(&opened)?;
    problems::show(&mut opened.problems, Format::Text);
    let files = count(tree.files.len(), "file", "files");
    print::say(&styled(FAINT, &format!("built {files} in {} ms", started.elapsed().as_millis())));
    Ok(tree)
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
