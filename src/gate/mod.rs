//! Ensures that no subscriber is notified of a change before a public page shows it, unless an operator overrides that
//! (promise 3 of the README), nor before those whom the plan names have approved it, nor for who does not have control.
//!
//! Promises: nothing can be planned without a [`Clearance`], and only this file grants one; if no page shows the change in
//! time, that is a refusal, and nothing is planned; the ledger records who forced a clearance with every change it covered.

pub(crate) mod approval;
pub(crate) mod control;
mod wanted;

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::config::target::Target;
use crate::model::change::Change;
use crate::model::clearance::{Clearance, Ground, PublishOverride};
use crate::net::{Client, Timeouts};
use crate::publish::live::{PageMismatch, read_pointer};
use crate::publish::pointer::LiveBuild;
use approval::Approvals;
use control::Controlled;
use wanted::ExpectedPage;

use crate::cli::arguments::GateOptions;
use crate::cli::describe::clock;
use crate::cli::duration::say_span;
use crate::cli::exit::Failure;
use crate::cli::print::{self, GOOD, WARN, styled};
use crate::workspace::git::Git;
use crate::workspace::machine;
use crate::workspace::origin;
use crate::workspace::root::{LoadedSite, Root};

/// A look at one page takes no longer.
const LIMITS: Timeouts = Timeouts { connect: Duration::from_secs(5), answer: Duration::from_secs(10) };

/// How long between two looks: at first, and at most.
const REST: Duration = Duration::from_millis(25);
const REST_MAX: Duration = Duration::from_secs(5);

/// Printed once, to someone who may have forgotten it.
const HINT: &str = ". To publish them, run `allclear publish` in another terminal";
/// What helps where the page is published by hand, and where this program publishes it.
const PUBLISH: &str = "run `allclear publish`, then run this again. If `publish` says that everything is up to date, the web server or \
     a cache serves an older page: check the folder that it serves, or run `allclear publish --purge-all`";
const PUBLISHES: &str =
    "it is checked again each minute, and nothing is lost; if a target is failing, fix that first";
/// How long until it is said again that it waits.
const SAY_AGAIN: Duration = Duration::from_secs(30);

/// For silent edits: the difference holds no change.
pub(crate) fn silent() -> Clearance {
    Clearance::grant(Ground::Silent)
}

/// For a site whose page the caller makes and shows itself, at the same moment.
pub(crate) fn own_page() -> Clearance {
    Clearance::grant(Ground::OwnPage)
}

/// Waits until one public target shows what the changes tell. Refuses changes that are not among the approved ones, or
/// of which someone else has control; moves control at a remote. Where the page has no target, nobody looks.
pub(crate) fn clear(
    root: &Root,
    opened: &LoadedSite,
    (changes, approvals, controlled): (&[Change], &Approvals, &Controlled),
    terms: GateOptions,
) -> Result<Clearance, Failure> {
    if !approvals.cover(changes) {
        return Err(Failure::Refused {
            why: "a change is not approved; nothing was queued or sent".to_owned(),
            hint: "run `allclear notify --dry-run` to see who may approve it".to_owned(),
        });
    }
    if !controlled.cover(changes) {
        return Err(Failure::Refused {
            why: "someone else controls the incident of a change; nothing was queued or sent".to_owned(),
            hint: "run `allclear notify --dry-run` to see who".to_owned(),
        });
    }
    let ground = ground(root, opened, changes, terms)?;
    controlled.push()?;
    let approvals = approvals.given().to_vec();
    Ok(Clearance::grant(ground).with_approvals(approvals).with_controls(controlled.records.clone()))
}

/// On what ground the changes may be announced, as far as the page goes.
fn ground(
    root: &Root,
    opened: &LoadedSite,
    changes: &[Change],
    terms: GateOptions,
) -> Result<Ground, Failure> {
    let Some(targets) = root.read_targets() else {
        return Err(Failure::Refused {
            why: "a target in site/page.toml is invalid, so the page cannot be checked; nothing was sent"
                .to_owned(),
            hint: "run `allclear check` to see the error".to_owned(),
        });
    };
    if targets.is_empty() {
        return Ok(Ground::NoTarget);
    }
    let wanted = wanted(root, opened, changes);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = Client::new(LIMITS)?;
    let git = Git::at(&root.path);
    let shows =
        |pointer: &LiveBuild| wanted.is_shown_by(pointer, &|ancestor, other| git.descends(ancestor, other));
    let look = || runtime.block_on(look(&client, &targets, root, &shows));
    let forced = || PublishOverride { who: who(), site: wanted.ours.site.clone() };
    Ok(if wait(&look, terms)? { Ground::Shown } else { Ground::Forced(forced()) })
}

fn wanted(root: &Root, opened: &LoadedSite, changes: &[Change]) -> ExpectedPage {
    let ours = origin::origin(&root.path, &opened.site, root.now());
    let told = changes.iter().filter_map(|change| opened.site.incident(&change.incident));
    ExpectedPage::new(ours, told, root.now())
}

/// Looks at every page at once: the address of the first that shows it, or what each shows instead. A page that is
/// silent holds up nobody whose other page is there.
async fn look(
    client: &Client,
    targets: &[Target],
    root: &Root,
    shows: &dyn Fn(&LiveBuild) -> bool,
) -> Result<String, Vec<String>> {
    let mut looks = FuturesUnordered::new();
    for target in targets {
        looks.push(async move { (target, read_pointer(client, &target.url, root.now()).await) });
    }
    let mut instead = Vec::new();
    while let Some((target, found)) = looks.next().await {
        match found {
            Ok(pointer) if shows(&pointer) => return Ok(target.url.clone()),
            Ok(pointer) => {
                let other = PageMismatch::Other(pointer.build.short().to_owned(), pointer.origin.time);
                instead.push(sentence(target, &other));
            }
            Err(nothing) => instead.push(sentence(target, &nothing)),
        }
    }
    instead.sort();
    Err(instead)
}

/// Whether a target shows it; `false` only where that was forced.
fn wait(look: &dyn Fn() -> Result<String, Vec<String>>, terms: GateOptions) -> Result<bool, Failure> {
    let (started, mut said, mut rest) = (Instant::now(), None::<Instant>, REST);
    loop {
        let instead = match look() {
            Ok(url) => {
                print::say(&format!("{} {url} shows these changes", styled(GOOD, "published:")));
                return Ok(true);
            }
            Err(instead) => instead.join("; "),
        };
        if terms.force {
            print::say(&format!(
                "{} notifying although no public page shows these changes ({instead})",
                styled(WARN, "override:")
            ));
            return Ok(false);
        }
        let left = terms.wait.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(refusal(&instead, terms));
        }
        if said.is_none_or(|said| said.elapsed() >= SAY_AGAIN) {
            let hint = if said.is_none() && !terms.publishes { HINT } else { "" };
            said = Some(Instant::now());
            let left = chrono::TimeDelta::from_std(left).map(say_span).unwrap_or_default();
            let words =
                format!("no public page shows these changes yet ({instead}); checking for another {left}");
            print::say(&format!("{} {words}{hint}", styled(WARN, "waiting:")));
        }
        std::thread::sleep(rest.min(left));
        rest = (rest * 2).min(REST_MAX);
    }
}

fn sentence(target: &Target, found: &PageMismatch) -> String {
    match found {
        PageMismatch::Nothing(why) => format!("{}: {why}", target.url),
        PageMismatch::Other(build, time) => format!("{}: build {build} of {}", target.url, clock(*time)),
    }
}

fn refusal(instead: &str, terms: GateOptions) -> Failure {
    let waited = chrono::TimeDelta::from_std(terms.wait).map(say_span).unwrap_or_default();
    let hint = if terms.publishes { PUBLISHES } else { PUBLISH };
    Failure::Refused {
        why: format!(
            "no public page shows these changes after {waited} ({instead}); nothing was queued or sent"
        ),
        hint: format!(
            "{hint}. Only if the page is down and people must be notified now, run `allclear notify --force`: the \
             link in their messages leads to a page that does not show this; the ledger records who did it"
        ),
    }
}

/// Who runs this, as far as the machine knows: `ana@laptop`. In a pipeline, who started it.
fn who() -> String {
    format!("{}@{}", name(), machine::name().unwrap_or_else(|| "somewhere".to_owned()))
}

/// The name of who runs this: `ana`.
pub(crate) fn name() -> String {
    let names = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "SUDO_USER", "USER", "LOGNAME"];
    let name = names.iter().find_map(|name| std::env::var(name).ok()).map(|name| machine::plain(&name));
    let number = || std::fs::metadata("/proc/self").ok().map(|own| format!("uid{}", own.uid()));
    known(name).or_else(number).unwrap_or_else(|| "unknown".to_owned())
}

fn known(word: Option<String>) -> Option<String> {
    word.filter(|word| !word.is_empty())
}
