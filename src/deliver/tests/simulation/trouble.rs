//! What happens to the machine, to providers and to subscribers while the simulation runs.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;

use super::state::WorldKind;
use super::world::{PROCESSES, World};
use super::{providers, town};
use crate::ledger::{Added, People};
use crate::model::subscriber::ConsentMethod;

impl World {
    pub(super) fn kill(&mut self) {
        let number = self.draw(PROCESSES);
        if let Some(process) = &self.processes[number] {
            process.life.end("at a random moment");
        }
        self.bury();
    }

    pub(super) fn freeze(&mut self) {
        let (number, time) = (self.draw(PROCESSES), self.milliseconds(1_000..900_000));
        let until = self.elapsed + time;
        let Some(process) = self.processes[number].as_mut().filter(|process| process.is_busy()) else {
            return;
        };
        process.frozen_until.get_or_insert(until);
        let name = process.life.name.clone();
        self.note(&format!("{name} freezes for {time:?}"));
        self.shared.lock().promises.struck(Some(&name));
    }

    /// The providers become slow, or quick again.
    pub(super) fn slow_down(&self) {
        let mut state = self.shared.lock();
        state.slow = !state.slow;
    }

    /// The machine's clock is set, forward or back.
    pub(super) fn jump(&mut self) {
        let time = i64::try_from(self.milliseconds(2_000..900_000).as_millis()).unwrap();
        let time = if self.draw(2) == 0 { -time } else { time };
        self.note(&format!("the clock is set by {time} ms"));
        self.jumped.fetch_add(time, Ordering::Relaxed);
        self.shared.lock().promises.clock_set(TimeDelta::milliseconds(time));
    }

    /// The machine sleeps, and everything on it.
    pub(super) fn suspend(&mut self) {
        let time = self.milliseconds(5_000..1_800_000);
        self.note(&format!("the machine sleeps for {time:?}"));
        self.elapsed += time;
        self.processes.iter().flatten().for_each(|process| process.sleep(time));
        let promises = &mut self.shared.lock().promises;
        promises.reach("the machine slept");
        if promises.is_anybody_sending() {
            promises.reach("the machine slept during a send");
        }
        promises.struck(None);
    }

    /// A provider takes calls and answers none, or answers again.
    pub(super) fn hang(&self) {
        let mut state = self.shared.lock();
        let name = providers::any(&mut state);
        state.hung = if state.hung.is_none() { Some(name) } else { None };
    }

    /// A provider refuses every address, or none any more. In a small town that would be no storm, and the addresses at fault.
    pub(super) fn refuse_everybody(&self) {
        let mut state = self.shared.lock();
        let name = providers::any(&mut state);
        let may = state.refusing.is_none() && state.kind == WorldKind::Crowded;
        state.refusing = if may { Some(name) } else { None };
    }

    pub(super) fn opt_out(&mut self) {
        let who = self.people[self.draw(self.people.len())].clone();
        let now = self.now();
        self.note(&format!("{who} leaves"));
        self.operator.remove_subscriber(&who, now).unwrap();
    }

    pub(super) fn come_back(&mut self) {
        let who = self.draw(self.people.len());
        let now = self.now();
        self.note(&format!("{} is back", self.people[who]));
        let mut draw = || unreachable!("everybody is on record");
        self.operator
            .add_subscribers(&[town::subscription(who)], &town::consent(ConsentMethod::Added, now), &mut draw)
            .unwrap();
        self.shared.lock().promises.left.remove(&self.people[who]);
    }

    /// An address is suppressed from outside, or allowed again.
    pub(super) fn bounce(&mut self) {
        let endpoints = town::endpoints(self.draw(self.people.len()));
        let (endpoint, now) = (&endpoints[self.draw(endpoints.len())], self.now());
        let lifted = self.operator.lift_suppression(endpoint).unwrap();
        if !lifted {
            self.operator.suppress(endpoint, "it bounced", now).unwrap();
        }
        let promises = &mut self.shared.lock().promises;
        for addresses in [&mut promises.stopped, &mut promises.bounced] {
            let _changed =
                if lifted { addresses.remove(endpoint) } else { addresses.insert(endpoint.clone()) };
        }
    }

    /// A list with all subscribers is imported again: it brings back no one who left.
    pub(super) fn import_again(&mut self) {
        let consent = town::consent(ConsentMethod::Imported, self.now());
        let list = town::list(self.people.len());
        let mut draw = || unreachable!("everybody is on record");
        let added = self.operator.import_subscribers(&list, &consent, &mut draw).unwrap();
        let promises = &mut self.shared.lock().promises;
        for (who, added) in self.people.iter().zip(&added) {
            let has_left = promises.left.contains(who);
            if has_left {
                promises.reach("a list held someone who had left");
            }
            let is_refused = matches!(added, Added::Left(_));
            promises.hold(is_refused == has_left, || format!("{who} had left: {has_left}, and {added:?}"));
        }
    }
}
