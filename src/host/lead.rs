//! Asks the server of the ledger who leads, and lets this host begin or end its work when that changes. A server that has gone silent
//! is known within seconds.
//!
//! Promises: never waits for another part and never holds the files.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::exit::Failure;
use crate::host::Host;
use crate::host::leadership::{LEASE, Role};
use crate::host::part::Part;
use crate::workspace::clock::since_boot;
use crate::workspace::heartbeat::LedgerHeartbeat;

/// How long between two questions.
const BEAT: Duration = Duration::from_secs(2);

/// How long until the plan is read again, where it names no server.
const REST: Duration = Duration::from_secs(30);

/// The rounds of the part.
pub(super) fn rounds<'a>(
    host: &'a Host,
    heartbeat: &'a mut LedgerHeartbeat,
) -> impl FnMut() -> Result<Duration, Failure> + use<'a> {
    let mut before = Role::Asks;
    let mut led_since = None;
    move || {
        let asked = since_boot();
        let answer = heartbeat.stand(&host.root, host.sender.worker(), LEASE);
        let rest = match answer {
            Ok(Some(lead)) => {
                if let Some(worker) = host.leadership.record_lead(lead, asked) {
                    host.sender.takes_over_from(worker);
                }
                Ok(BEAT)
            }
            Ok(None) => {
                host.leadership.record_no_server();
                Ok(REST)
            }
            Err(failure) => {
                host.leadership.record_silence();
                Err(failure)
            }
        };
        let role = host.leadership.role(since_boot());
        let since = host.leadership.leads_since();
        if role != before || since != led_since {
            // Another host may have led in between, also while this one was suspended: what it knew of the page is out of date.
            if since != led_since {
                host.ends_work();
            }
            take(host, &role, &before);
            (before, led_since) = (role, since);
        }
        rest
    }
}

/// Begins or ends the work of a role.
fn take(host: &Host, role: &Role, before: &Role) {
    let (event, words) = match role {
        Role::StandsBy(lead) => {
            ("stands_by", format!("stands by: {} leads, and publishes and notifies", lead.leader.host))
        }
        Role::Leads if matches!(before, Role::StandsBy(_)) => {
            ("leads", "leads: publishes and notifies from now on".to_owned())
        }
        _ => ("", String::new()),
    };
    let leader = host.leadership.as_json();
    if !event.is_empty() {
        host.log.say(host.now(), event, &Part::Ledger, &words, json!({ "leader": leader }));
    }
    if leader != Value::Null {
        host.health_state.record_event("leader", leader);
    }
    let is_standby = matches!(role, Role::StandsBy(_));
    host.health_state.stands_by(is_standby);
    if is_standby {
        host.ends_work();
    } else {
        host.begins_work();
    }
}
