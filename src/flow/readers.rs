//! Those for whom messages are composed: the subscribers of a ledger, or made-up ones.
//!
//! Promises: reads a ledger in pages, so that a million subscribers need not be in memory at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::exit::Failure;
use crate::compose::Known;
use crate::ledger::{Ledger, PAGE};
use crate::model::change::Change;
use crate::model::incident::IncidentId;
use crate::model::subscriber::{Followers, Subscriber, SubscriberId};

/// Those for whom messages are composed.
pub(crate) enum Readers<'a> {
    /// The subscribers of a ledger.
    Known(&'a mut dyn Ledger),
    /// Invented subscribers, for previews.
    Specimens(&'a [Subscriber]),
}

/// What is known of those who may be notified, before anything is composed for them.
#[derive(Default)]
pub(super) struct Background {
    /// Those whose addresses are all suppressed.
    pub(super) silenced: BTreeSet<SubscriberId>,
    /// Who heard of which of the changed incidents before.
    pub(super) notified: BTreeMap<IncidentId, BTreeSet<SubscriberId>>,
    /// Who asked about which of the changed incidents alone, and when that ended.
    pub(super) followers: Followers,
}

impl Background {
    /// The same for composing.
    pub(super) fn known(&self) -> Known<'_> {
        Known { notified: Some(&self.notified), followers: Some(&self.followers), is_everyone: false }
    }

    /// Whether a subscriber asked about an incident alone.
    pub(super) fn follows_alone(&self, subscriber: &Subscriber, origin: &IncidentId) -> bool {
        self.followers.get(origin).is_some_and(|followers| followers.contains_key(&subscriber.id))
    }
}

impl Readers<'_> {
    pub(super) fn background(&mut self, changes: &[Change]) -> Result<Background, Failure> {
        let Self::Known(ledger) = self else { return Ok(Background::default()) };
        let origins = changes.iter().map(|change| change.origin.clone()).collect();
        Ok(Background {
            silenced: ledger.silenced()?,
            notified: ledger.notified(&origins)?,
            followers: ledger.followers(&origins)?,
        })
    }

    /// Shows each of them, ordered by id.
    pub(super) fn each(
        &mut self,
        mut see: impl FnMut(&Subscriber) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let ledger = match self {
            Self::Known(ledger) => ledger,
            Self::Specimens(subscribers) => return subscribers.iter().try_for_each(see),
        };
        let mut after = None;
        loop {
            let page = ledger.subscribers_after(after.as_ref(), PAGE)?;
            page.subscribers.iter().try_for_each(&mut see)?;
            after = page.last;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
