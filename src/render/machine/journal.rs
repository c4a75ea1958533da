//! Chooses the incidents of each feed and calendar, for the page and for each feature.
//!
//! Promises: computed once for all languages, in linear time; every time in it comes from the incidents, so that a later
//! build of the same files gives the same result.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Moment;
use crate::model::feature::{Feature, FeatureId};
use crate::model::incident::{Incident, IncidentId};
use crate::model::page::Page;
use crate::model::phase::IncidentKind;
use crate::render::edition::LanguageEdition;
use crate::render::known::{announced_updates, first_known};
use crate::render::path::feature_folder;
use crate::render::snapshot::Snapshot;

/// How many incidents a feed of the whole page carries: those with the newest words.
const NEWS_MAX: usize = 50;

/// How many a feature's feed carries. There are as many feeds as features, so each is kept smaller.
const FEATURE_NEWS_MAX: usize = 20;

/// How many maintenances a calendar carries: those that start last, so whatever is still planned.
const PLANS_MAX: usize = 200;

/// What a file is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope<'a> {
    /// The whole page.
    All,
    Feature(&'a Feature),
}

impl<'a> Scope<'a> {
    /// The whole page, then each of its features.
    pub(super) fn every(page: &'a Page) -> impl Iterator<Item = Self> {
        std::iter::once(Self::All).chain(page.features().map(Self::Feature))
    }

    /// The folder of the scope's files within a language's folder: empty, or with a slash at its end.
    pub(super) fn folder(self) -> String {
        match self {
            Self::All => String::new(),
            Self::Feature(feature) => feature_folder(&feature.id),
        }
    }

    /// The page's name, and the feature's after it.
    pub(super) fn title(self, edition: &LanguageEdition<'_>) -> String {
        let page = edition.page.name.in_language(edition.language);
        match self {
            Self::All => page.to_owned(),
            Self::Feature(feature) => format!("{page} · {}", edition.name(&feature.id)),
        }
    }
}

/// An incident with the moment at which customers last read something new about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct News<'a> {
    pub(super) at: Moment,
    pub(super) incident: &'a Incident,
}

/// What the files of one scope carry.
#[derive(Debug, Default)]
pub(super) struct Share<'a> {
    /// The newest words first.
    pub(super) news: Vec<News<'a>>,
    /// Maintenances, the last to start first.
    pub(super) plans: Vec<&'a Incident>,
    /// When anything about it last changed, by words or by a plan; the epoch if nothing ever happened.
    pub(super) changed: Moment,
}

/// The shares of the page and of every feature.
#[derive(Debug)]
pub(in crate::render) struct Journal<'a> {
    all: Share<'a>,
    /// The plans of the whole page.
    plans: BTreeSet<&'a IncidentId>,
    /// When anything about planned work last changed; the epoch if nothing ever happened.
    pub(super) plans_changed: Moment,
    of_feature: BTreeMap<&'a FeatureId, Share<'a>>,
}

impl<'a> Journal<'a> {
    pub(in crate::render) fn of(page: &'a Page, snapshot: &Snapshot<'a>) -> Self {
        let now = snapshot.now;
        let shares = page.features().map(|feature| (&feature.id, Share::default()));
        let mut journal = Self {
            all: Share::default(),
            plans: BTreeSet::new(),
            plans_changed: Moment::UNIX_EPOCH,
            of_feature: shares.collect(),
        };
        for incident in &snapshot.visible {
            let is_plan = incident.kind == IncidentKind::Maintenance;
            journal.all.changed = journal.all.changed.max(changed_at(incident, now));
            if is_plan {
                push(&mut journal.all.plans, *incident, PLANS_MAX);
                journal.plans_changed = journal.plans_changed.max(changed_at(incident, now));
            }
            for feature in touched(incident) {
                let Some(share) = journal.of_feature.get_mut(feature) else { continue };
                if is_plan {
                    push(&mut share.plans, *incident, PLANS_MAX);
                }
                share.changed = share.changed.max(changed_at(incident, now));
            }
        }
        journal.plans = journal.all.plans.iter().map(|plan| &plan.id).collect();
        let said = |incident: &&'a Incident| News { at: last_said(incident, now), incident };
        let mut news: Vec<News<'a>> = snapshot.visible.iter().map(said).collect();
        news.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.incident.id.cmp(&b.incident.id)));
        for item in news {
            push(&mut journal.all.news, item, NEWS_MAX);
            for feature in touched(item.incident) {
                if let Some(share) = journal.of_feature.get_mut(feature) {
                    push(&mut share.news, item, FEATURE_NEWS_MAX);
                }
            }
        }
        journal
    }

    /// Whether an incident is planned work with a calendar of its own.
    pub(in crate::render) fn plans(&self, incident: &Incident) -> bool {
        incident.kind == IncidentKind::Maintenance && self.plans.contains(&incident.id)
    }

    /// What the files of a scope carry.
    pub(super) fn share(&self, scope: Scope<'_>) -> &Share<'a> {
        match scope {
            Scope::All => &self.all,
            // Every feature of the page has a share; the page's own replaces no other.
            Scope::Feature(feature) => self.of_feature.get(&feature.id).unwrap_or(&self.all),
        }
    }
}

fn push<T>(list: &mut Vec<T>, item: T, most: usize) {
    if list.len() < most {
        list.push(item);
    }
}

/// Every feature an incident ever touched, each once.
pub(super) fn touched(incident: &Incident) -> BTreeSet<&FeatureId> {
    incident.touched().collect()
}

/// When customers last read something new about an incident: its newest update, or when they could first know of it.
pub(super) fn last_said(incident: &Incident, now: Moment) -> Moment {
    announced_updates(incident, now).next().map_or_else(|| first_known(incident, now), |update| update.at)
}

/// When customers first read of it.
pub(super) fn first_said(incident: &Incident, now: Moment) -> Moment {
    announced_updates(incident, now).last().map_or_else(|| first_known(incident, now), |update| update.at)
}

/// The last moment up to `now` at which anything about an incident changed, by words or by its plan.
pub(super) fn changed_at(incident: &Incident, now: Moment) -> Moment {
    let planned = incident.planned_turns();
    let begun = planned.chain([incident.started]);
    let said = announced_updates(incident, now).next().map(|update| update.at);
    begun.filter(|at| *at <= now).chain(said).max().unwrap_or_else(|| first_known(incident, now))
}
