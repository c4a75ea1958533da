//! A layer under the account of promises that does one thing wrong (`planted.rs`).

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rusqlite::{Connection, Params};

use super::layer::Twist;
use super::planted::Bug;
use super::town;
use crate::deliver::LEASE;
use crate::ledger::{
    Added, Attempt, AttemptResult, Claim, ClaimRequest, ClockReading, DeliveryReceipt, Error, LeaseToken,
    Ledger, PlanRequest, Planning, ReceiptOutcome, Recovered, Settled,
};
use crate::limits::circuit::{BreakerTransition, SendCounts};
use crate::limits::storm::{Refusals, WINDOW};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::incident::IncidentId;
use crate::model::listed::SubscriberList;
use crate::model::notice::StepState;
use crate::model::reply::{Reply, ReplyClass};
use crate::model::subscriber::{Consent, SubscriberId};

/// The number of [`StepState::Superseded`] in the tables.
const SUPERSEDED: i64 = 7;

/// The ledger with one bug, which reaches into its tables where need be.
pub(super) struct Buggy {
    bug: Bug,
    raw: Connection,
    leaving: Vec<(SubscriberId, Moment)>,
    /// Why the brake was on that was released last.
    released: Option<String>,
    /// Until when each step is held whose life was cut.
    cut: BTreeMap<i64, i64>,
}

impl Buggy {
    pub(super) fn new(bug: Bug, raw: Connection) -> Self {
        Self { bug, raw, leaving: Vec::new(), released: None, cut: BTreeMap::new() }
    }

    fn tamper(&self, statement: &str, values: impl Params) {
        self.raw.execute(statement, values).unwrap();
    }

    /// The hold that stands, no matter who asks.
    fn standing(&self, hold: &LeaseToken) -> LeaseToken {
        let epoch =
            self.raw.query_row("SELECT epoch FROM step WHERE number = ?1", [hold.number], |row| row.get(0));
        LeaseToken { epoch: epoch.unwrap(), ..hold.clone() }
    }
}

impl Twist for Buggy {
    fn plan(
        &mut self,
        below: &mut dyn Ledger,
        request: &PlanRequest<'_>,
        now: Moment,
    ) -> Result<Planning, Error> {
        for (who, when) in std::mem::take(&mut self.leaving) {
            below.remove_subscriber(&who, when)?;
        }
        let base = below.announced()?.unwrap_or_default();
        let (mut request, mut notices, mut difference) =
            (*request, request.notices.clone(), request.difference.clone());
        match self.bug {
            Bug::NoBaselineCheck => request.base = &base,
            Bug::OpeningHeld => {
                for change in &mut difference.changes {
                    change.what = town::update(change).what;
                }
            }
            Bug::NoticeLost => drop(notices.notices.pop()),
            Bug::ExpiryIgnored => {
                for step in notices.notices.iter_mut().flat_map(|notice| &mut notice.steps) {
                    (step.expires_at, step.try_for) = (step.expires_at + TimeDelta::days(1), None);
                }
            }
            Bug::NoOrder => {
                for change in &mut difference.changes {
                    let origin = format!("{}-{}", change.origin, change.revision);
                    change.origin = IncidentId::new(&origin).unwrap();
                }
            }
            _ => {}
        }
        (request.notices, request.difference) = (&notices, &difference);
        let planning = below.plan(&request, now)?;
        match self.bug {
            Bug::NoSupersede => {
                self.tamper("UPDATE step SET state = 1, ended_at = NULL WHERE state = ?1", [SUPERSEDED]);
            }
            Bug::DoubtSuperseded => self.tamper(
                "UPDATE step SET state = ?1 WHERE state = 10 AND ended_at = ?2",
                (SUPERSEDED, now.timestamp_millis()),
            ),
            _ => {}
        }
        Ok(planning)
    }

    fn claim(
        &mut self,
        below: &mut dyn Ledger,
        request: &ClaimRequest<'_>,
        now: Moment,
    ) -> Result<Claim, Error> {
        if let Some(reason) = self.released.take() {
            below.engage_brake(&reason, now)?;
        }
        let claim = below.claim(request, now)?;
        match self.bug {
            Bug::HeldTimeCounted => self.cut_lives(now),
            Bug::ClaimAfterSend => {
                for step in &claim.steps {
                    below.give_back(&step.hold, now, now)?;
                }
            }
            Bug::LimitFromTheHandoff => {
                for step in &claim.steps {
                    self.tamper(
                        "UPDATE step SET expires_at = expires_at + 300000 WHERE number = ?1",
                        [step.hold.number],
                    );
                }
            }
            Bug::ChainAtOnce => self.tamper("UPDATE step SET state = 1 WHERE state = 0", []),
            Bug::NoOtherTurn => self.tamper(
                "UPDATE step SET state = 8, ended_at = expires_at WHERE state = 0 AND spare IS NOT NULL",
                [],
            ),
            _ => {}
        }
        Ok(claim)
    }

    fn start(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        lease: TimeDelta,
        now: Moment,
    ) -> Result<bool, Error> {
        match self.bug {
            Bug::ClaimAfterSend => Ok(true),
            Bug::NoEpochCheck => below.start(&self.standing(hold), lease, now),
            Bug::SettleBeforeReply => {
                let stands = below.start(hold, lease, now)?;
                if stands {
                    below.record_result(hold, &imagined(now), AttemptResult::Accepted)?;
                }
                Ok(stands)
            }
            Bug::LeaseNotReadAtStart => {
                let until = (now + lease).timestamp_millis();
                self.tamper(
                    "UPDATE step SET lease_until = ?1 WHERE number = ?2 AND state = 2",
                    (until, hold.number),
                );
                below.start(hold, lease, now)
            }
            Bug::BrakeIgnoredAtStart => {
                let brake = below.brake()?;
                below.release_brake(now)?;
                let stands = below.start(hold, lease, now)?;
                if let Some(brake) = brake {
                    below.engage_brake(&brake.reason, brake.since)?;
                }
                Ok(stands)
            }
            _ => below.start(hold, lease, now),
        }
    }

    fn settle(
        &mut self,
        below: &mut dyn Ledger,
        hold: &LeaseToken,
        attempt: &Attempt,
        verdict: AttemptResult,
    ) -> Result<Settled, Error> {
        let (step, class) = (hold.number, attempt.reply.class);
        let accepted = Settled::Stands { state: StepState::Accepted, next: None };
        match self.bug {
            Bug::ClaimAfterSend => {
                self.tamper(
                    "UPDATE step SET state = 2, epoch = epoch + 1 WHERE number = ?1 AND state = 1",
                    [step],
                );
                below.record_result(&self.standing(hold), attempt, verdict)
            }
            Bug::NoEpochCheck => below.record_result(&self.standing(hold), attempt, verdict),
            Bug::SettleBeforeReply => Ok(accepted),
            Bug::SettleLost if class == ReplyClass::Accepted => Ok(accepted),
            Bug::DoubtWithoutEnd
                if verdict == AttemptResult::InDoubt && attempt.provider.contains("relay") =>
            {
                below.record_result(
                    hold,
                    attempt,
                    AttemptResult::Retry { at: attempt.ended_at + TimeDelta::seconds(2) },
                )
            }
            Bug::TextSentAgain if verdict == AttemptResult::InDoubt => below.record_result(
                hold,
                attempt,
                AttemptResult::Retry { at: attempt.ended_at + TimeDelta::seconds(2) },
            ),
            _ => {
                let settled = below.record_result(hold, attempt, verdict)?;
                self.after_settle(step, class);
                Ok(settled)
            }
        }
    }

    fn report(&mut self, below: &mut dyn Ledger, report: &DeliveryReceipt) -> Result<ReceiptOutcome, Error> {
        if self.bug == Bug::ReportIgnored {
            return Ok(ReceiptOutcome::Recorded);
        }
        let fails = report.status.is_failure();
        let reported = below.report(report)?;
        match (self.bug, reported) {
            (Bug::LateReportStopsNothing, ReceiptOutcome::Applied { late: true, .. }) => self.tamper(
                "UPDATE step SET state = 1, ended_at = NULL WHERE reason LIKE 'another channel%' AND state > 2",
                [],
            ),
            (Bug::EvidenceGoesBack, _) if fails => {
                let last = "SELECT step FROM report ORDER BY number DESC LIMIT 1";
                self.tamper(&format!("UPDATE step SET state = 9 WHERE state = 4 AND number = ({last})"), []);
            }
            _ => {}
        }
        Ok(reported)
    }

    fn keep_clock(
        &mut self,
        below: &mut dyn Ledger,
        reading: &ClockReading,
    ) -> Result<Option<TimeDelta>, Error> {
        let step = below.keep_clock(reading)?;
        let by = step.map_or(0, |step| step.num_milliseconds());
        match self.bug {
            Bug::ClockNotFollowed => {
                self.tamper("UPDATE step SET expires_at = expires_at - ?1 WHERE ended_at IS NULL", [by])
            }
            Bug::ClockStepUntold => return Ok(None),
            _ => {}
        }
        Ok(step)
    }

    fn recover(&mut self, below: &mut dyn Ledger, now: Moment) -> Result<Recovered, Error> {
        match self.bug {
            Bug::LeaseCutShort => return below.recover(now + LEASE / 2),
            Bug::StartForgotten => self.tamper("UPDATE step SET started_at = NULL", []),
            _ => {}
        }
        below.recover(now)
    }

    fn weigh(
        &mut self,
        below: &mut dyn Ledger,
        (provider, unrecorded): (&str, u64),
        now: Moment,
    ) -> Result<Refusals, Error> {
        let refusals = below.weigh_refusals(provider, unrecorded, now)?;
        if refusals.is_storm() {
            self.let_refusals_stand(provider, now);
        }
        Ok(refusals)
    }

    fn learn(
        &mut self,
        below: &mut dyn Ledger,
        (owner, tally): (&str, &SendCounts),
        now: Moment,
    ) -> Result<BreakerTransition, Error> {
        let mut tally = tally.clone();
        if self.bug == Bug::SilenceIgnored {
            tally.silence = None;
        }
        below.learn(owner, &tally, now)
    }

    fn import(
        &mut self,
        below: &mut dyn Ledger,
        list: &SubscriberList,
        consent: &Consent,
    ) -> Result<Vec<Added>, Error> {
        if self.bug == Bug::ListBringsBack {
            self.tamper("UPDATE endpoint SET left_at = NULL", []);
        }
        below.import_subscribers(list, consent, &mut || unreachable!("everybody is on record"))
    }

    fn release(&mut self, below: &mut dyn Ledger, now: Moment) -> Result<bool, Error> {
        if self.bug == Bug::BrakePulledAgain {
            self.released = below.brake()?.map(|brake| brake.reason);
        }
        below.release_brake(now)
    }

    fn remove(&mut self, below: &mut dyn Ledger, id: &SubscriberId, now: Moment) -> Result<bool, Error> {
        if self.bug == Bug::OptOutOutsideTheClaim {
            self.leaving.push((id.clone(), now));
            return Ok(true);
        }
        below.remove_subscriber(id, now)
    }
}

impl Buggy {
    /// Takes from each step that is held now what it got for that.
    fn cut_lives(&mut self, now: Moment) {
        let text = "SELECT number, due_at FROM step WHERE state = 1 AND reason LIKE 'on hold:%'";
        let held: Vec<(i64, i64)> = {
            let mut read = self.raw.prepare(text).unwrap();
            let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        for (step, due) in held {
            if self.cut.insert(step, due) != Some(due) {
                let by = due - now.timestamp_millis();
                self.tamper("UPDATE step SET expires_at = expires_at - ?1 WHERE number = ?2", (by, step));
            }
        }
    }

    /// Lets stand what a provider refused in a storm.
    fn let_refusals_stand(&self, provider: &str, now: Moment) {
        let refused = "SELECT MAX(number) FROM attempt WHERE class = 2 AND provider = ?1 AND ended_at > ?2";
        let since = (now - WINDOW).timestamp_millis();
        match self.bug {
            Bug::SuppressedInAStorm => self.tamper(
                &format!(
                    "UPDATE endpoint SET suppressed_at = 1, suppressed_because = 'refused by the provider'
                     WHERE number IN (SELECT endpoint FROM attempt WHERE number IN ({refused} GROUP BY endpoint))"
                ),
                (provider, since),
            ),
            Bug::RefusedInAStorm => self.tamper(
                &format!(
                    "UPDATE step SET state = 5, ended_at = ?2 WHERE state = 1
                     AND number IN (SELECT step FROM attempt WHERE number IN ({refused} GROUP BY step))"
                ),
                (provider, since),
            ),
            _ => {}
        }
    }

    fn after_settle(&self, step: i64, class: ReplyClass) {
        match self.bug {
            Bug::BounceForgotten if class == ReplyClass::AddressRejected => self.tamper(
                "UPDATE endpoint SET suppressed_at = NULL
                 WHERE number = (SELECT endpoint FROM step WHERE number = ?1)",
                [step],
            ),
            Bug::AttemptsForgotten if class != ReplyClass::Accepted => self.tamper(
                "DELETE FROM attempt WHERE step = ?1
                    AND number < (SELECT MAX(number) FROM attempt)",
                [step],
            ),
            Bug::NotWatched if class == ReplyClass::Accepted => {
                self.tamper("UPDATE step SET state = 3, ended_at = due_at WHERE state = 11", []);
            }
            Bug::ChainGoesOn if class == ReplyClass::Accepted => {
                self.tamper(
                    "UPDATE step SET state = 1 WHERE reason LIKE 'another channel%' AND state > 2",
                    [],
                );
            }
            _ => {}
        }
    }
}

/// An answer nobody gave.
fn imagined(now: Moment) -> Attempt {
    let reply = Reply {
        class: ReplyClass::Accepted,
        code: String::new(),
        words: "it will surely be taken".to_owned(),
        reference: None,
        retry_after: None,
    };
    Attempt { provider: Channel::Mail.word().to_owned(), reply, started_at: now, ended_at: now }
}
