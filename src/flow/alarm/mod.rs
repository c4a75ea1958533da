//! Pages people about `run` itself: composes an alarm for each kind of channel and hands it to the plan's providers.
//!
//! Promises: needs neither the ledger nor a worker, because either may be what stopped. All recipients are tried at the same
//! time, so a provider that hangs delays no other. Ignores the suppression list: the plan names these addresses itself.
//! Never retries: the caller does.

mod message;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, BAD, GOOD, styled};
use crate::config::plan::Plan;
use crate::deliver::{Courier, Letter, Unsent};
use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::workspace::machine;
use crate::workspace::root::Root;

pub(crate) use message::{AlarmKind, AlarmMessage, Subject};

/// How long one recipient's providers have, all together.
const SEND_MAX: Duration = Duration::from_secs(90);

/// After this an alarm is not worth sending: gateways keep it no longer.
const EXPIRES: TimeDelta = TimeDelta::hours(1);

/// How the alarm to one recipient ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Paged {
    Accepted,
    /// It may have arrived.
    Unknown(String),
    Failed(String),
}

/// Sends an alarm to these recipients, each with the number of earlier tries, and reports each result as it comes.
pub(crate) fn send(
    plan: &Plan,
    root: &Root,
    message: &AlarmMessage,
    recipients: &[(Endpoint, u32)],
    stop: &watch::Receiver<bool>,
    report: &mut dyn FnMut(&Endpoint, Paged),
) -> Result<(), Failure> {
    let clock = root.clock.running();
    let now = clock.now();
    let place: (&Path, &str) = (&root.path, &message.page_host);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let courier = Courier::new(plan, place, Arc::new(move || clock.now()), stop.clone())?;
        let mut sending: FuturesUnordered<_> = recipients
            .iter()
            .map(|(to, tries)| {
                let letter = letter(plan, message, to, *tries, now);
                let courier = &courier;
                async move { (to, page(courier, letter).await) }
            })
            .collect();
        while let Some((to, paged)) = sending.next().await {
            report(to, paged);
        }
        drop(sending);
        courier.close().await;
        Ok(())
    })
}

async fn page(courier: &Courier, letter: Option<Letter>) -> Paged {
    let Some(letter) = letter else {
        return Paged::Failed("the plan has no sender for this channel".to_owned());
    };
    match tokio::time::timeout(SEND_MAX, courier.send(&letter)).await {
        Ok(Ok(())) => Paged::Accepted,
        Ok(Err(Unsent::Unknown(why))) => Paged::Unknown(why),
        Ok(Err(Unsent::Later(why) | Unsent::Never(why))) => Paged::Failed(why),
        Err(_) => Paged::Unknown(format!("no answer within {} seconds", SEND_MAX.as_secs())),
    }
}

fn letter(plan: &Plan, message: &AlarmMessage, to: &Endpoint, tries: u32, now: Moment) -> Option<Letter> {
    let written = message.write(plan, to.channel(), now)?;
    Some(Letter {
        id: derive("alarm", &[&message.id(), &to.as_compared()]),
        to: to.clone(),
        message: Arc::new(written),
        tries,
        expires_at: now + EXPIRES,
    })
}

/// Sends a test of the alarm to everyone who would be paged, and says how each ended.
pub(crate) fn test(root: &Root) -> Outcome {
    let (_, plan) = root.plan()?;
    if plan.alarm.recipients.is_empty() {
        return Err(Failure::Refused {
            why: "the plan names no one to page; nothing was sent".to_owned(),
            hint: "write addresses into `[alarm]` of site/plan.toml, or `alarm = true` into a destination"
                .to_owned(),
        });
    }
    announce(root, &plan, AlarmKind::Test, Vec::new(), &plan.alarm.recipients)
}

/// Sends a message of that kind to these recipients at once, and says how each ended.
pub(crate) fn announce(
    root: &Root,
    plan: &Plan,
    kind: AlarmKind,
    causes: Vec<String>,
    recipients: &[Endpoint],
) -> Outcome {
    announce_to(root, plan, kind, causes, recipients).map(|(exit, _)| exit)
}

/// The same; also for how many it was accepted.
pub(crate) fn announce_to(
    root: &Root,
    plan: &Plan,
    kind: AlarmKind,
    causes: Vec<String>,
    recipients: &[Endpoint],
) -> Result<(Exit, usize), Failure> {
    let (host, _) = root.plan()?;
    let page = root.read_page().0;
    let message = AlarmMessage {
        subject: Subject::Notifications,
        kind,
        page_name: page.as_ref().map_or_else(|| host.clone(), |page| page.name.default.clone()),
        page_url: page.map(|page| page.url).unwrap_or_default(),
        page_host: host,
        machine: machine::name().unwrap_or_else(|| "this machine".to_owned()),
        folder: root.path.display().to_string(),
        since: root.now(),
        causes,
    };
    let recipients: Vec<(Endpoint, u32)> = recipients.iter().map(|one| (one.clone(), 0)).collect();
    let mut failed = 0;
    let stop = watch::channel(false).1;
    send(plan, root, &message, &recipients, &stop, &mut |to, paged| {
        failed += usize::from(paged != Paged::Accepted);
        let result = match paged {
            Paged::Accepted => styled(GOOD, "accepted"),
            Paged::Unknown(why) => format!("{} {why}", styled(BAD, "unknown whether it arrived:")),
            Paged::Failed(why) => format!("{} {why}", styled(BAD, "failed:")),
        };
        print::say(&format!("{} {to}  {result}", to.channel().name()));
    })?;
    let exit = if failed == 0 { Exit::Done } else { Exit::OperationFailed };
    Ok((exit, recipients.len() - failed))
}
