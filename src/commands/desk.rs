//! `allclear desk`: serves the desk until it is stopped.
//!
//! Promises: a configuration that cannot work is refused before the port is open; SIGTERM or Ctrl-C finishes the requests
//! in progress and exits with 0; a change of the site takes effect within seconds, and one with an error leaves the last
//! good one in place.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use parking_lot::Mutex;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::watch;

use crate::cli::arguments::Desk as Options;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print;
use crate::config::plan::{ChannelPlan, DeskPlan, Plan};
use crate::deliver::Courier;
use crate::desk::{Desk, Shown, Terms, Texts, open_incidents};
use crate::flow::deliver::stop_at_a_signal;
use crate::model::channel::Channel;
use crate::workspace::high_water_mark;
use crate::workspace::root::{LastOpened, Root};

/// How often the site's files are read again.
const READ_AGAIN: Duration = Duration::from_secs(10);

/// Serves until a signal.
pub(crate) fn run(root: &Root, options: &Options) -> Outcome {
    let (host, plan) = root.plan()?;
    let chosen = plan.desk.clone().ok_or_else(no_desk)?;
    let root = root.running();
    let mut last = LastOpened::default();
    let shown = shown(&root, &mut last)?;
    let ledger = Arc::new(Mutex::new(high_water_mark::open_to_change(&root)?));
    let now = {
        let clock = root.clock;
        Arc::new(move || clock.now())
    };
    let terms = Terms { now: Arc::clone(&now) as _, ..terms(&root, &plan, &chosen)? };
    let desk = Desk::new(terms, shown, ledger);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (stop, stopped) = watch::channel(false);
    runtime.block_on(async {
        // Before the port is open: anyone who sees that the desk runs may stop it.
        tokio::spawn(stop_at_a_signal(stop, Some(STOPPING)));
        let courier = Courier::new(&plan, (&root.path, &host), now, stopped.clone())?;
        let address = options.listen.unwrap_or(chosen.listen);
        let socket = tokio::net::TcpListener::bind(address).await;
        let socket = socket.with_context(|| format!("failed to listen on {address}"))?;
        let address = socket.local_addr()?;
        print::say(&format!("desk at http://{address}/, for readers at {}/", chosen.url));
        tokio::task::spawn_blocking({
            let (desk, stopped) = (Arc::clone(&desk), stopped.clone());
            move || keep_up(&root, &desk, &stopped, last)
        });
        let mut over = stopped;
        desk.serve(socket, courier, async move { drop(over.wait_for(|stop| *stop).await) }).await?;
        Ok::<(), Failure>(())
    })?;
    // The reader of the site may be asleep.
    runtime.shutdown_background();
    Ok(Exit::Done)
}

const STOPPING: &str = "stopping: finishing the requests in progress. Stop again to quit at once";

/// What the plan and the machine give the desk.
fn terms(root: &Root, plan: &Plan, chosen: &DeskPlan) -> Result<Terms, Failure> {
    let key = root.links(plan)?.ok_or_else(no_desk)?;
    let mail = plan.channels.get(&Channel::Mail).and_then(ChannelPlan::mail);
    let sender = mail.cloned().ok_or_else(|| Failure::Refused {
        why: "site/plan.toml has no `[mail]`, and the desk confirms every sign-up by email".to_owned(),
        hint: "add `[mail]` with a sender and providers; see docs/configuration.md".to_owned(),
    })?;
    let chance = SystemRandom::new();
    Ok(Terms {
        url: chosen.url.clone(),
        key,
        proxies: chosen.proxies.clone(),
        sign_ups_per_hour: chosen.sign_ups_per_hour,
        sender,
        texts: texts(plan, chosen)?,
        now: Arc::new(chrono::DateTime::default),
        draw: Arc::new(move || {
            let mut bytes = [0; 16];
            chance.fill(&mut bytes).ok().map(|()| bytes)
        }),
        say: Arc::new(print::say),
    })
}

/// How it sends SMS messages, if the plan has a channel for them.
fn texts(plan: &Plan, chosen: &DeskPlan) -> Result<Option<Texts>, Failure> {
    match plan.channels.get(&Channel::Text).and_then(ChannelPlan::text) {
        Some(wording) => Ok(Some(Texts {
            wording: wording.clone(),
            countries: chosen.text_countries.clone(),
            per_day: chosen.texts_per_day,
        })),
        None if chosen.text_countries.is_empty() => Ok(None),
        None => Err(Failure::Refused {
            why: "site/plan.toml has no `[text]`, and `desk.text_countries` lets people add a number for SMS"
                .to_owned(),
            hint: "add `[text]` with a sender and providers, or remove `desk.text_countries`; see \
                   docs/configuration.md"
                .to_owned(),
        }),
    }
}

fn no_desk() -> Failure {
    Failure::Refused {
        why: "site/plan.toml has no `[desk]`".to_owned(),
        hint: "add `[desk]` with `url` and `secret`; see docs/desk.md".to_owned(),
    }
}

fn shown(root: &Root, last: &mut LastOpened) -> Result<Shown, Failure> {
    let opened = root.open_again(last)?;
    let open = open_incidents(&opened.site, root.now());
    Ok(Shown { page: opened.site.page, open, theme: opened.theme })
}

/// Reads the site again and again, until told to stop.
fn keep_up(root: &Root, desk: &Desk, stopped: &watch::Receiver<bool>, mut last: LastOpened) {
    while !*stopped.borrow() {
        std::thread::sleep(READ_AGAIN);
        match shown(root, &mut last) {
            Ok(shown) => desk.show(shown),
            Err(failure) => print::failure(&failure),
        }
    }
}
