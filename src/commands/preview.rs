//! `allclear preview`: serves the site on localhost, and builds it again on every save.
//!
//! Promises: a broken file is reported and the rest is shown; the last page stays if nothing can be built.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::arguments::{Format, Preview};
use crate::cli::exit::{Failure, Outcome};
use crate::cli::print::{self, FAINT, GOOD, count, styled};
use crate::cli::problems;
use crate::model::tree::SiteFiles;
use crate::net::server::{self, Limits};
use crate::preview::{self, Shown};
use crate::workspace::rebuild::Builder;
use crate::workspace::root::Root;
use crate::workspace::saves::Saves;

/// A page waits for its next version in a connection that stays open.
const LIMITS: Limits = Limits { time: Duration::from_secs(3_600), ..Limits::USUAL };

/// Saving is over when nothing was written for this long. A file that is read too early is read again.
const QUIET: Duration = Duration::from_millis(15);

/// Serves until the process is ended.
pub(crate) fn run(root: &Root, options: &Preview) -> Outcome {
    // What is saved while the first page is built is heard as well.
    let mut saves = Saves::watch(&root.path)?;
    let mut builder = Builder::new(root.audience);
    let shown = Shown::new(rebuild(&mut builder, root)?, true);
    let runtime = tokio::runtime::Runtime::new()?;
    let (listener, address) = runtime.block_on(preview::listen(options.port))?;
    print::data(&format!("http://{address}/"));
    print::say(&format!("{} {}", styled(GOOD, "serving it"), styled(FAINT, "until Ctrl-C")));
    let routes = preview::routes(shown.clone());
    runtime.spawn(server::serve(listener, routes, LIMITS, std::future::pending()));
    loop {
        if saves.is_outdated() {
            saves = Saves::watch(&root.path)?;
        } else {
            saves.wait(Duration::MAX)?;
            saves.settle(QUIET)?;
        }
        match rebuild(&mut builder, root) {
            Ok(tree) => shown.replace(tree),
            Err(failure) => print::failure(&failure),
        }
    }
}

fn rebuild(builder: &mut Builder, root: &Root) -> Result<Arc<SiteFiles>, Failure> {
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
