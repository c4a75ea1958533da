//! Finds what is new on the published page, and plans who is notified.
//!
//! Promises: announces only what was built and published; starting `run` is the consent to send, and the brake still
//! applies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::arguments::GateOptions;
use crate::cli::choice::Choice;
use crate::cli::exit::Failure;
use crate::cli::print::count;
use crate::cli::unannounced;
use crate::flow::notify::{self, PendingAnnouncement};
use crate::flow::unapproved::ApprovalCounter;
use crate::flow::{break_glass, people, pushed, unapproved};
use crate::gate;
use crate::host::part::{Part, words};
use crate::host::shown::Shown;
use crate::host::{Host, with_time};
use crate::model::edit::Reason;
use crate::model::incident::IncidentId;
use crate::workspace::clock::Clock;
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;
use crate::workspace::test_hooks;

/// How long it rests if nobody wakes it.
const REST: Duration = Duration::from_secs(60 * 60);

/// How often it looks for an approval in the ledger while something waits for one, and how often for one in git.
const APPROVAL: Duration = Duration::from_millis(500);
const COMMITS: Duration = Duration::from_secs(10);

/// How long one round looks for the public page.
const GATE: Duration = Duration::from_secs(2);

/// The rounds of the part.
pub(super) fn rounds(host: &Host) -> impl FnMut() -> Result<Duration, Failure> + use<'_> {
    let (mut memory, mut said) = (Memory::default(), Value::Null);
    move || {
        if !host.may_send()? {
            said = json!({ "state": "standby" });
            host.health_state.record_event("telling", said.clone());
            return Ok(REST);
        }
        let Some(shown) = host.shown() else { return Ok(REST) };
        if memory.still_waits(host, &shown)? {
            return Ok(APPROVAL);
        }
        memory.waiting = None;
        let notifier = if shown.opened.plan.is_none() && shown.opened.may_send() {
            without_a_plan(host)
        } else {
            round(host, &shown, &mut memory).inspect(|_| host.leadership.record_caught_up())
        };
        let state = match &notifier {
            Ok(NotifierState::On) => match &memory.waiting {
                Some(waiting) => json!({ "state": "on", "waiting": waiting.as_json() }),
                None => json!({ "state": "on" }),
            },
            Ok(NotifierState::Off(why)) => json!({ "state": "off", "why": why }),
            Err(failure) => json!({ "state": "stopped", "why": words(failure) }),
        };
        if let (Ok(NotifierState::Off(why)), false) = (&notifier, said == state) {
            host.log.say(host.now(), "not_telling", &Part::Notify, why, state.clone());
        }
        host.health_state.record_event("telling", state.clone());
        said = state;
        let rest = if memory.waiting.is_some() { APPROVAL } else { REST };
        notifier.map(|_| rest)
    }
}

/// What the part remembers from round to round.
#[derive(Default)]
struct Memory {
    /// Whether the ledger was read from end to end.
    is_checked: bool,
    /// The incidents that an error in their file held back the last time.
    held: BTreeSet<IncidentId>,
    /// What waits for an approval since the last round, and the texts of which that was logged.
    waiting: Option<Waiting>,
    unapproved: BTreeSet<(IncidentId, String)>,
    /// Of what someone else has control, as it was logged.
    controlled: BTreeMap<IncidentId, String>,
    /// What counts approvals, as long as something waits.
    counter: ApprovalCounter,
}

/// What waits for an approval, and when all of it was looked at.
struct Waiting {
    /// Each incident with the digest of its text, and whose approval it needs.
    incidents: BTreeMap<(IncidentId, String), Vec<String>>,
    /// Each incident that someone else has control of, and who, as a phrase.
    controlled: BTreeMap<IncidentId, String>,
    /// The number of approvals in the ledger then.
    approvals: usize,
    shown: Arc<Shown>,
    looked: Instant,
}

impl Memory {
    /// Whether nothing can have been approved since the last round: no round is needed yet. Commits are looked at again after a
    /// while.
    fn still_waits(&mut self, host: &Host, shown: &Arc<Shown>) -> Result<bool, Failure> {
        let Some(waiting) = &self.waiting else {
            self.counter = ApprovalCounter::default();
            return Ok(false);
        };
        let is_same = Arc::ptr_eq(&waiting.shown, shown) && waiting.looked.elapsed() < COMMITS;
        Ok(is_same && self.counter.count(&host.root)? == waiting.approvals)
    }
}

impl Waiting {
    fn as_json(&self) -> Value {
        let incidents = self.incidents.iter();
        let controlled = self.controlled.iter();
        incidents
            .map(|((incident, _), by)| json!({ "incident": incident.as_str(), "needs_approval_of": by }))
            .chain(
                controlled.map(|(incident, why)| json!({ "incident": incident.as_str(), "controlled": why })),
            )
            .collect()
    }
}

/// Whether subscribers are notified of changes.
enum NotifierState {
    On,
    /// Off, and that is correct, with the reason.
    Off(String),
}

/// A site without a plan notifies no one, which is an error if the ledger has subscribers.
fn without_a_plan(host: &Host) -> Result<NotifierState, Failure> {
    match people::number_if_any(&host.root)? {
        0 => Ok(NotifierState::Off("no one is notified: there is no site/plan.toml".to_owned())),
        number => Err(Failure::Refused {
            why: format!(
                "site/plan.toml is missing, so no one is notified, although the ledger has {}",
                count(number, "subscriber", "subscribers")
            ),
            hint: "restore the file; changes until then are announced once it is back".to_owned(),
        }),
    }
}

fn round(host: &Host, shown: &Arc<Shown>, memory: &mut Memory) -> Result<NotifierState, Failure> {
    if !shown.opened.may_send() {
        return Err(Failure::Refused {
            why: "nothing was sent: site/page.toml or site/plan.toml has an error".to_owned(),
            hint: "fix the error; until then no change is announced, and none is lost".to_owned(),
        });
    }
    let root = Root { clock: Clock::Fixed(shown.at), ..host.root.clone() };
    high_water_mark::refuse_lost(&root, high_water_mark::UNSENT)?;
    let mut ledger = root.ledger()?;
    if !memory.is_checked {
        // Reading all of it takes time with its size, so once is enough.
        ledger.check()?;
        memory.is_checked = true;
    }
    high_water_mark::compare(&root, &mut ledger, high_water_mark::UNSENT)?;
    if people::is_only_a_page(&mut ledger)? {
        let why = "no one is notified: there is no baseline and no subscriber; to set the baseline, run `allclear \
                   adopt`";
        return Ok(NotifierState::Off(why.to_owned()));
    }
    // With nothing to announce as well: while it is on, the next outage is not announced.
    notify::refuse_braked(&mut ledger)?;
    break_glass::catch_up(&root, shown.opened.plan.as_ref(), &mut ledger);
    // Counted first: one that is given during the round leads to another round.
    let approvals = unapproved::approvals(&mut ledger)?;
    let prepared = notify::prepare(&root, &shown.opened, &mut ledger, &Choice::default(), host.now())?;
    say_held(host, &prepared, &mut memory.held);
    memory.waiting = waiting(host, shown, (&prepared, approvals), memory);
    log_silenced(host, &prepared);
    if prepared.difference.changes.is_empty() {
        if prepared.difference.announced != prepared.base {
            let planned = notify::plan(&root, &mut ledger, &prepared, None, &gate::silent())?;
            log_corrected(host, planned.corrected);
        }
        return notify::refuse_gone(&prepared.gone).map(|()| NotifierState::On);
    }
    let changes_max = changes_max(host, shown, &root, &prepared)?;
    // A page that is not there yet is looked for again in the next round, so that the part can be stopped in between.
    let terms = GateOptions { wait: GATE, force: false, publishes: true };
    let clearance = gate::clear(
        &root,
        &shown.opened,
        (&prepared.difference.changes, &prepared.approvals, &prepared.controlled),
        terms,
    )?;
    test_hooks::at("before-plan");
    let planned = notify::plan(&root, &mut ledger, &prepared, Some(changes_max), &clearance)?;
    host.sender.queued();
    test_hooks::at("after-plan");
    high_water_mark::keep(&root, &mut ledger)?;
    tell(host, &prepared, planned.notices as usize);
    notify::refuse_gone(&prepared.gone).map(|()| NotifierState::On)
}

/// How many changes may be announced at once. After a takeover the limit holds for those of one commit, because the host before
/// would have announced each commit by itself.
fn changes_max(
    host: &Host,
    shown: &Shown,
    root: &Root,
    prepared: &PendingAnnouncement,
) -> Result<usize, Failure> {
    let max = shown.opened.need_plan()?.brake.changes_per_run as usize;
    let number = prepared.difference.changes.len();
    let is_backlog =
        number > max && host.leadership.took_over() && pushed::most_in_one_commit(root, prepared) <= max;
    Ok(if is_backlog { number } else { max })
}

/// Logs that queued messages have the text of the files now.
fn log_corrected(host: &Host, corrected: u64) {
    if corrected > 0 {
        let number = usize::try_from(corrected).unwrap_or(usize::MAX);
        let words =
            format!("{} the text as it is now", count(number, "queued message has", "queued messages have"));
        host.log.say(host.now(), "corrected", &Part::Notify, &words, json!({ "messages": corrected }));
    }
}

/// Says which incidents are not announced because of an error in their file, unless it was said before.
fn say_held(host: &Host, prepared: &PendingAnnouncement, said: &mut BTreeSet<IncidentId>) {
    let faulty = prepared.unannounced.iter().filter(|unannounced| unannounced.reason == Reason::Faulty);
    let held: BTreeSet<IncidentId> = faulty.map(|unannounced| unannounced.incident.clone()).collect();
    if !held.is_subset(said) {
        let incidents: Vec<&str> = held.iter().map(IncidentId::as_str).collect();
        let names = incidents.join(", ");
        let words =
            format!("not announced while its file has an error: {names}; fix it, and it is announced");
        host.log.say(host.now(), "held_back", &Part::Notify, &words, json!({ "incidents": incidents }));
    }
    *said = held;
}

/// What waits for an approval, or for control. Logs each once.
fn waiting(
    host: &Host,
    shown: &Arc<Shown>,
    (prepared, approvals): (&PendingAnnouncement, usize),
    memory: &mut Memory,
) -> Option<Waiting> {
    let all = prepared.unapproved.iter();
    let incidents: BTreeMap<_, _> =
        all.map(|one| ((one.incident.clone(), one.digest.clone()), one.by.clone())).collect();
    for (text, by) in incidents.iter().filter(|(text, _)| !memory.unapproved.contains(text)) {
        let words = format!("{} waits for the approval of {}", text.0, by.join(", and of "));
        let fields = json!({ "incident": text.0.as_str(), "needs_approval_of": by });
        host.log.say(host.now(), "unapproved", &Part::Notify, &words, fields);
    }
    memory.unapproved = incidents.keys().cloned().collect();
    let uncontrolled = prepared.uncontrolled.iter();
    let controlled: BTreeMap<_, _> =
        uncontrolled.map(|one| (one.incident.clone(), one.why.clone())).collect();
    for (incident, why) in controlled.iter().filter(|(id, why)| memory.controlled.get(*id) != Some(*why)) {
        let fields = json!({ "incident": incident.as_str() });
        let text = format!("{incident} is not announced: {why}");
        host.log.say(host.now(), "controlled", &Part::Notify, &text, fields);
    }
    memory.controlled.clone_from(&controlled);
    let (shown, looked) = (Arc::clone(shown), Instant::now());
    let waits = !incidents.is_empty() || !controlled.is_empty();
    waits.then_some(Waiting { incidents, controlled, approvals, shown, looked })
}

/// Logs what an author's mark keeps from subscribers: the baseline moves past it in this round.
fn log_silenced(host: &Host, prepared: &PendingAnnouncement) {
    for unannounced in &prepared.unannounced {
        if let Reason::Silenced { .. } = unannounced.reason {
            let words = format!(
                "{} not announced: {}",
                unannounced.incident,
                unannounced::reason(&unannounced.reason)
            );
            let fields = json!({ "incident": unannounced.incident.as_str() });
            host.log.say(host.now(), "silenced", &Part::Notify, &words, fields);
        }
    }
}

fn tell(host: &Host, prepared: &PendingAnnouncement, notices: usize) {
    let changes = &prepared.difference.changes;
    let incidents: Vec<&str> = changes.iter().map(|change| change.incident.as_str()).collect();
    let words =
        format!("{} queued for {}", count(notices, "notification", "notifications"), incidents.join(", "));
    let fields = json!({ "incidents": incidents, "notices": notices });
    host.log.say(host.now(), "planned", &Part::Notify, &words, fields.clone());
    host.health_state.record_event("planned", with_time(fields, host.now()));
}
