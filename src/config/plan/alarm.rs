//! The alarm of `run`: who is paged when it no longer notifies or publishes: `[alarm]`, and `alarm = true` of destinations.
//!
//! Promises: each address that was read is on a channel of the plan, and no two are the same.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::located::{Field, Table};
use crate::model::channel::Channel;
use crate::model::endpoint::Endpoint;

/// How long `run` may fail before someone is paged.
const AFTER: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3_600);

/// Who is paged, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlarmPlan {
    /// People by their addresses, then places.
    pub recipients: Vec<Endpoint>,
    /// How long something has to fail before someone is paged, and has to work before that is over.
    pub after: Duration,
}

/// Reads `[alarm]`. `channels` are those of the plan, `places` the destinations that are paged.
pub(super) fn read(mut table: Table<'_>, channels: &[Channel], places: Vec<Endpoint>) -> Option<AlarmPlan> {
    let (mut recipients, mut are_whole) = (Vec::new(), true);
    for channel in Channel::FOR_PEOPLE {
        let field = table.optional(channel.word());
        let items = field.items();
        if table.has(channel.word()) {
            // They are people's own, and problems are printed into logs.
            table.document().hide(table.value_span(channel.word()));
        }
        if !channels.contains(&channel) && !items.is_empty() {
            let (word, name) = (channel.word(), channel.name());
            let message = format!("`alarm.{word}` pages by {name}, and the plan has no `[{word}]`");
            field.error("alarm-without-channel", message, Some(format!("add `[{word}]` with its providers")));
            are_whole = false;
        }
        let read: Vec<Endpoint> = items.iter().filter_map(|item| address(item, channel)).collect();
        are_whole &= read.len() == items.len();
        for (item, endpoint) in items.iter().zip(read) {
            if recipients.iter().any(|other: &Endpoint| other.is_same(&endpoint)) {
                item.error("duplicate-address", "this address is listed twice", None);
                are_whole = false;
            }
            recipients.push(endpoint);
        }
    }
    let after = table.required("after").duration(AFTER);
    table.finish();
    recipients.extend(places);
    are_whole.then_some(AlarmPlan { recipients, after: after? })
}

/// An address of the channel. A wrong one is not repeated: it may be somebody's.
fn address(item: &Field<'_>, channel: Channel) -> Option<Endpoint> {
    let read = Endpoint::new(channel, &item.text()?);
    if read.is_none() {
        let expected = match channel {
            Channel::Text => "this is not a phone number such as `+34600000000`",
            _ => "this is not an email address such as `oncall@example.com`",
        };
        item.error("bad-address", expected, None);
    }
    read
}
