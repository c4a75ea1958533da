//! What the SMS messages of a run cost, and how many of them the budget holds.
//!
//! Promises: counts each message that would leave now, and apart from these what leaves if every chain continues to its end.
//! Never sends, and shows no address.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::config::plan::{Plan, TextPrice};
use crate::ledger::{PAGE, People as _, Spending as _, SqlLedger};
use crate::model::Moment;
use crate::model::change::ChangeId;
use crate::model::channel::Channel;
use crate::model::message::Message;
use crate::model::notice::{Notice, PlannedStep};
use crate::model::price::Price;
use crate::model::subscriber::EndpointId;

use super::queue::Queued;
use crate::cli::exit::Failure;
use crate::cli::print::{WARN, count, styled};
use crate::flow::notify::PendingAnnouncement;

/// The cost of each change, by its ID; a change without SMS is not here.
#[derive(Default)]
pub(super) struct Costs {
    currency: Option<String>,
    changes: BTreeMap<ChangeId, Cost>,
}

/// The SMS messages of one change.
#[derive(Default)]
struct Cost {
    /// Those that leave now.
    now: Sum,
    /// Those that leave if no message gets through before the end of its chain.
    at_most: Sum,
    /// How many of those that leave now the budget holds.
    held: u64,
    /// The key of the limit that holds them.
    limit: &'static str,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    messages: u64,
    segments: u64,
    price: Price,
    /// Messages to countries for which the plan names no price.
    unpriced: u64,
}

impl Costs {
    /// Counts what was prepared, after what is queued already.
    pub(super) fn read(
        ledger: &mut SqlLedger,
        plan: Option<&Plan>,
        (prepared, queued): (&PendingAnnouncement, &Queued),
        now: Moment,
    ) -> Result<Self, Failure> {
        let Some(plan) = plan else { return Ok(Self::default()) };
        let text = plan.channels.get(&Channel::Text).and_then(|channel| channel.text());
        let prices = text.and_then(|text| text.price.as_ref());
        let mut by_number = BTreeMap::new();
        if let Some(prices) = prices.filter(|_| prepared.reachable().flat_map(texts).next().is_some()) {
            by_number = price_of_each(ledger, prices)?;
        }
        let mut changes: BTreeMap<ChangeId, Cost> = BTreeMap::new();
        for notice in prepared.reachable() {
            for step in texts(notice) {
                let Some(Message::Text(text)) = prepared.notices.message_of(step) else { continue };
                let price = by_number.get(&step.endpoint).copied();
                let cost = changes.entry(notice.change.clone()).or_default();
                cost.at_most.add(text.segments, price);
                if step.position == 0 {
                    cost.now.add(text.segments, price);
                }
            }
        }
        hold(ledger, plan, (prepared, queued), &mut changes, now)?;
        Ok(Self { currency: prices.map(|prices| prices.currency.clone()), changes })
    }

    /// The lines about a change.
    pub(super) fn lines(&self, change: &ChangeId) -> Vec<String> {
        let Some(cost) = self.changes.get(change) else { return Vec::new() };
        let mut lines = vec![match (cost.now.messages, cost.now == cost.at_most) {
            (0, _) => {
                format!("SMS: none at first; if no message gets through before, {}", self.say(&cost.at_most))
            }
            (_, true) => format!("SMS: {}", self.say(&cost.now)),
            (_, false) => format!(
                "SMS: {}; if no message gets through before, {}",
                self.say(&cost.now),
                self.say(&cost.at_most)
            ),
        }];
        if cost.held > 0 {
            let held = count(cost.held as usize, "SMS message", "SMS messages");
            let words = format!("the budget holds {held}: `{}` is used up by then", cost.limit);
            lines.push(styled(WARN, &words));
        }
        lines
    }

    /// `3 messages in 6 segments, 0.48 EUR`.
    fn say(&self, sum: &Sum) -> String {
        let messages = count(sum.messages as usize, "message", "messages");
        let segments = count(sum.segments as usize, "segment", "segments");
        let price = self.currency.as_ref().map(|currency| format!(", {} {currency}", sum.price));
        let unpriced = match (&self.currency, sum.unpriced) {
            (None, _) | (_, 0) => String::new(),
            (_, number) => {
                format!(" and {} of unknown price", count(number as usize, "message", "messages"))
            }
        };
        format!("{messages} in {segments}{}{unpriced}", price.unwrap_or_default())
    }

    /// The same for scripts; null without SMS.
    pub(super) fn json(&self, change: &ChangeId) -> Value {
        let Some(cost) = self.changes.get(change) else { return Value::Null };
        let sum = |sum: &Sum| {
            json!({
                "messages": sum.messages,
                "segments": sum.segments,
                "price": self.currency.as_ref().map(|_| sum.price.to_string()),
                "messages_without_price": sum.unpriced,
            })
        };
        json!({
            "currency": self.currency,
            "now": sum(&cost.now),
            "at_most": sum(&cost.at_most),
            "held_by_budget": cost.held,
        })
    }
}

impl Sum {
    fn add(&mut self, segments: u8, price: Option<Price>) {
        self.messages += 1;
        self.segments += u64::from(segments);
        match price {
            Some(price) => self.price = self.price + price.times(segments.into()),
            None => self.unpriced += 1,
        }
    }
}

fn texts(notice: &Notice) -> impl Iterator<Item = &PlannedStep> {
    notice.steps.iter().filter(|step| step.channel == Channel::Text)
}

/// What a segment to each number costs, if the plan states it.
fn price_of_each(ledger: &mut SqlLedger, prices: &TextPrice) -> Result<BTreeMap<EndpointId, Price>, Failure> {
    let (mut found, mut after) = (BTreeMap::new(), None);
    loop {
        let page = ledger.subscribers_after(after.as_ref(), PAGE)?;
        let endpoints = page.subscribers.iter().flat_map(|subscriber| &subscriber.endpoints);
        let numbers = endpoints.filter(|(_, endpoint)| endpoint.channel() == Channel::Text);
        found.extend(numbers.filter_map(|(id, number)| Some((*id, prices.of(&number.canonical())?))));
        after = page.last;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Sets how many messages of each change are beyond the budget, in the order of the changes.
fn hold(
    ledger: &mut SqlLedger,
    plan: &Plan,
    (prepared, queued): (&PendingAnnouncement, &Queued),
    changes: &mut BTreeMap<ChangeId, Cost>,
    now: Moment,
) -> Result<(), Failure> {
    let (per_incident, per_day) = (plan.budget.text_per_incident, plan.budget.text_per_day);
    if per_incident.is_none() && per_day.is_none() {
        return Ok(());
    }
    let mut planned = queued.leaving(Channel::Text, None);
    for change in &prepared.difference.changes {
        let Some(cost) = changes.get_mut(&change.id) else { continue };
        let spent = ledger.spent(Channel::Text, &change.origin, now)?;
        let on_incident = spent.on_incident + queued.leaving(Channel::Text, Some(&change.origin));
        let left = |most: Option<u32>, used: u64| most.map(|most| u64::from(most).saturating_sub(used));
        let limits = [
            (left(per_incident, on_incident), "budget.text_per_incident"),
            (left(per_day, spent.within_a_day + planned), "budget.text_per_day"),
        ];
        let lowest = limits.into_iter().filter_map(|(left, key)| Some((left?, key))).min();
        if let Some((left, key)) = lowest {
            cost.held = cost.now.messages.saturating_sub(left);
            cost.limit = key;
        }
        planned += cost.now.messages - cost.held;
    }
    Ok(())
}
