//! Runs targets concurrently: each in a thread of its own, so that none waits for another.
//!
//! Promises: the result of each target is returned as soon as it is known; once readers get the page at one target, the
//! others are checked only a little longer. Never prints.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::cli::exit::Failure;
use crate::config::target::Target;
use crate::model::tree::SiteFiles;
use crate::publish::pointer::BuildSource;
use crate::publish::send::{Sent, UploadJob};
use crate::publish::verify::Mismatch;
use crate::purge::Purged;

use crate::flow::publish::after;
use crate::flow::publish::parcel::parcel;
use crate::flow::publish::place::{JourneyError, PublishRun, stopped};

/// How long the other targets are looked at once readers get the page at one.
const OTHERS: Duration = Duration::from_secs(10);

/// Nobody wonders for longer than this what is waited for.
const SAID_AFTER: Duration = Duration::from_secs(3);

/// What happened to one target.
pub(super) enum News {
    /// The build was taken there, or not.
    Taken(Result<Sent, JourneyError>),
    /// Whether the cache in front of it was purged.
    Purged(Result<Option<Purged>, Failure>),
    /// Readers do not get the page yet; it is read again and again, for that long at most.
    Waiting(Duration),
    /// The page was read there: what is not as it was sent, and whether another target shows it already.
    Looked(Result<Vec<Mismatch>, Failure>, bool),
}

/// Takes the page to every target, and passes `record` what happened to each, by its number.
pub(super) fn go(
    journey: &PublishRun<'_>,
    targets: &[Target],
    tree: &SiteFiles,
    origin: &BuildSource,
    record: &mut dyn FnMut(usize, News),
) {
    let (sender, receiver) = channel();
    let (reached, _) = watch::channel(false);
    thread::scope(|scope| {
        for (number, target) in targets.iter().enumerate() {
            let (sender, reached) = (sender.clone(), reached.clone());
            scope.spawn(move || {
                one(journey, target, tree, origin, &reached, &|news| send(&sender, number, news))
            });
        }
        drop(sender);
        receiver.iter().for_each(|(number, news)| record(number, news));
    });
}

fn send(sender: &Sender<(usize, News)>, number: usize, news: News) {
    let _nobody_listens = sender.send((number, news));
}

fn one(
    journey: &PublishRun<'_>,
    target: &Target,
    tree: &SiteFiles,
    origin: &BuildSource,
    reached: &watch::Sender<bool>,
    report: &dyn Fn(News),
) {
    let parcel = parcel(target, tree, origin);
    let taken = journey.take(target, &parcel);
    let sent = taken.as_ref().ok().cloned();
    report(News::Taken(taken));
    let Some(sent) = sent else { return };
    verify(journey, target, (&parcel, &sent), reached, report);
    journey.remove_old(target);
}

fn verify(
    journey: &PublishRun<'_>,
    target: &Target,
    (parcel, sent): (&UploadJob, &Sent),
    reached: &watch::Sender<bool>,
    report: &dyn Fn(News),
) {
    report(News::Purged(after::purge_cache(journey, target, parcel, sent)));
    let Some(wait) = journey.wait else { return };
    let over = async {
        stopped(reached.subscribe()).await;
        tokio::time::sleep(OTHERS).await;
    };
    let said = async {
        tokio::time::sleep(SAID_AFTER).await;
        report(News::Waiting(wait));
        std::future::pending::<()>().await;
    };
    let enough = async {
        tokio::select! { () = over => {}, () = said => {} }
    };
    let looked = after::look(journey, target, parcel, sent, wait, enough);
    let is_elsewhere = *reached.borrow();
    if looked.as_ref().is_ok_and(Vec::is_empty) {
        reached.send_replace(true);
    }
    report(News::Looked(looked, is_elsewhere));
}
