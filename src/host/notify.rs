//! Determines what is new on the page that people can read, and plans who is notified.
//!
//! Promises: reports nothing but what was built and put out; anyone who started `run` agreed to the sending, but the
//! brake did not.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::cli::arguments::Terms;
use crate::cli::choice::Choice;
use crate::cli::exit::Failure;
use crate::cli::print::count;
use crate::flow::notify::{self, Prepared};
use crate::gate;
use crate::host::page::Shown;
use crate::host::part::Part;
use crate::host::{Host, with_time};
use crate::workspace::clock::Clock;
use crate::workspace::mark;
use crate::workspace::pause;
use crate::workspace::root::Root;

/// How long it rests where nobody wakes it.
const REST: Duration = Duration::from_secs(60 * 60);

/// How long one round looks for the public page.
const GATE: Duration = Duration::from_secs(2);

/// The rounds of the part.
pub(super) fn rounds<'h>(host: &'h Host<'_>) -> impl FnMut() -> Result<Duration, Failure> + use<'h> {
    let mut is_checked = false;
    move || {
        let shown = host.shown.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Arc::clone);
        // A site without a plan is a page and nothing more.
        if let Some(shown) = shown.filter(|shown| shown.opened.plan.is_some() || !shown.opened.may_send()) {
            round(host, &shown, &mut is_checked)?;
        }
        Ok(REST)
    }
}

fn round(host: &Host<'_>, shown: &Shown, is_checked: &mut bool) -> Result<(), Failure> {
    if !shown.opened.may_send() {
        return Err(Failure::Refused {
            why: "nothing was sent: site/page.toml or site/plan.toml has an error".to_owned(),
            hint:
                "fix the error; the changes are announced once it is fixed, and nobody is notified of them \
                 until then"
                    .to_owned(),
        });
    }
    let root = Root { clock: Clock::Fixed(shown.at), ..host.root.clone() };
    let mut ledger = root.ledger()?;
    if !*is_checked {
        // Reading all of it takes time with its size, so once is enough.
        ledger.check()?;
        *is_checked = true;
    }
    mark::compare(&root, &mut ledger)?;
    let prepared = notify::prepare(&root, &shown.opened, &mut ledger, &Choice::default())?;
    if prepared.difference.changes.is_empty() {
        if prepared.difference.announced != prepared.base {
            notify::plan(&root, &mut ledger, &prepared, None, &gate::silent())?;
        }
        return notify::refuse_gone(&prepared.gone);
    }
    let changes_max = shown.opened.need_plan()?.brake.changes_per_run as usize;
    // A page that is not there yet is looked for again in the next round, so that the part can be stopped in between.
    let terms = Terms { wait: GATE, force: false };
    let clearance = gate::clear(&root, &shown.opened, &prepared.difference.changes, terms)?;
    pause::at("before-plan");
    let planned = notify::plan(&root, &mut ledger, &prepared, Some(changes_max), &clearance)?;
    pause::at("after-plan");
    mark::keep(&root, &mut ledger)?;
    tell(host, &prepared, planned.notices as usize);
    notify::refuse_gone(&prepared.gone)
}

fn tell(host: &Host<'_>, prepared: &Prepared, notices: usize) {
    let changes = &prepared.difference.changes;
    let incidents: Vec<&str> = changes.iter().map(|change| change.incident.as_str()).collect();
    let words =
        format!("{} queued for {}", count(notices, "notification", "notifications"), incidents.join(", "));
    let fields = json!({ "incidents": incidents, "notices": notices });
    host.log.say(host.now(), "planned", Part::Notify, &words, fields.clone());
    host.board.did("planned", with_time(fields, host.now()));
}
