//! Composes the notices of changes for subscribers, one subscriber after the other.
//!
//! Promises: keeps no subscriber, so that a million need not be in memory at once; notices are ordered by change as given, and
//! within one in the order of the subscribers.

use std::collections::{BTreeMap, BTreeSet};

use super::pool::MessagePool;
use super::reader::Why;
use super::{ChangeComposer, Error, correction, dated, reader};
use crate::config::plan::Plan;
use crate::model::Moment;
use crate::model::change::{Change, ChangeKind};
use crate::model::feature::FeatureId;
use crate::model::incident::IncidentId;
use crate::model::notice::{Notice, Notices};
use crate::model::site::Site;
use crate::model::subscriber::{Followers, Subscriber, SubscriberId};
use crate::theme::Theme;

/// What is known of those who may be notified.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// Who heard of which incident, by its origin. They hear that it is over, or is not after all, whatever they follow
    /// by then.
    pub notified: Option<&'a BTreeMap<IncidentId, BTreeSet<SubscriberId>>>,
    /// Who asked about which incident alone. They hear of it until it is over, and again if it is reopened.
    pub followers: Option<&'a Followers>,
    /// Whether everyone has a notice, whatever they follow.
    pub is_everyone: bool,
}

/// Changes whose notices are being composed.
pub struct Composer<'a> {
    changes: Vec<ChangeNotices<'a>>,
    /// The messages of all changes.
    messages: Notices,
}

/// One change, with its notices so far.
struct ChangeNotices<'a> {
    composer: ChangeComposer<'a>,
    /// The change's features and their groups.
    touched: BTreeSet<FeatureId>,
    /// Whether it opens or ends something.
    turns: bool,
    /// Those who hear of this change whatever they follow by now.
    notified: Option<&'a BTreeSet<SubscriberId>>,
    /// Those who asked about this incident alone, and when that ended.
    followers: Option<&'a BTreeMap<SubscriberId, Option<Moment>>>,
    is_everyone: bool,
    pool: MessagePool,
    notices: Vec<Notice>,
}

impl<'a> Composer<'a> {
    /// Begins with no notices. `site` is what the changes were found in, `now` the moment they were found.
    ///
    /// # Errors
    /// A change names an incident the site does not have.
    pub fn new(
        changes: &'a [Change],
        known: Known<'a>,
        (site, plan, theme): (&'a Site, &'a Plan, &'a Theme),
        now: Moment,
    ) -> Result<Self, Error> {
        let begin = |change: &'a Change| {
            let incident = site.incident(&change.incident).map(|incident| incident.public_at(now));
            let incident = incident.ok_or_else(|| Error::NoIncident(change.incident.clone()))?;
            let (change, incident) = dated::dated(change, incident, now);
            let turns = change.what.iter().any(ChangeKind::opens_or_ends);
            Ok(ChangeNotices {
                touched: site.page.with_groups(&change.touched),
                turns,
                notified: known.notified.and_then(|notified| notified.get(&change.origin)).filter(|_| turns),
                followers: known.followers.and_then(|followers| followers.get(&change.origin)),
                is_everyone: known.is_everyone,
                composer: ChangeComposer { change, incident, site, plan, theme, now },
                pool: MessagePool::default(),
                notices: Vec::new(),
            })
        };
        let changes = changes.iter().map(begin).collect::<Result<_, _>>()?;
        Ok(Self { changes, messages: Notices::default() })
    }

    /// Adds the notices for a subscriber of the changes that they want.
    ///
    /// # Errors
    /// A change holds nothing to tell, or a template cannot be filled in.
    pub fn add(&mut self, subscriber: &Subscriber) -> Result<(), Error> {
        for change in &mut self.changes {
            if let Some(why) = change.is_for(subscriber) {
                let (pool, messages) = (&mut change.pool, &mut self.messages);
                let notice = change.composer.notice((subscriber, why), pool, messages)?;
                change.notices.extend(notice);
            }
        }
        Ok(())
    }

    /// The notices, with their messages.
    pub fn finish(self) -> Notices {
        let mut all = self.messages;
        for change in self.changes {
            // The notices of the first change, often the only one, are not copied.
            match all.notices.is_empty() {
                true => all.notices = change.notices,
                false => all.notices.extend(change.notices),
            }
        }
        all
    }
}

impl ChangeNotices<'_> {
    /// Why a subscriber gets a notice of it, if they do.
    fn is_for(&self, subscriber: &Subscriber) -> Option<Why> {
        let ChangeComposer { change, incident, site, .. } = &self.composer;
        let wants = subscriber.wants(change.peak_severity, &self.touched);
        let follows = self.followers.and_then(|followers| followers.get(&subscriber.id));
        let is_told = wants
            || self.is_everyone
            || follows.is_some_and(|ended_at| ended_at.is_none() || self.turns)
            || self.notified.is_some_and(|notified| notified.contains(&subscriber.id));
        let language = reader::language_of(&site.page, &subscriber.language);
        let is_told = is_told && correction::concerns(change, incident, language, site.page.first_language());
        let why = if follows.is_some() && !wants { Why::AskedAboutThis } else { Why::Subscribed };
        is_told.then_some(why)
    }
}
