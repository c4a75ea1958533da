//! The messages of one change that are written already, by their readers.
//!
//! Promises: each is written once for all who read the same. Never sees an address.

use std::collections::BTreeMap;

use super::Error;
use super::reader::Why;
use crate::model::channel::Channel;
use crate::model::localized::Language;
use crate::model::message::Message;
use crate::model::notice::{Notices, Quiet};

/// Those who read the same message of a change: channel, language, zone, and why they get it.
pub(super) type Readership<'a> = (Channel, &'a Language, &'a str, Why);

/// The place of each message of a change by its readers. Quiet hours are kept here too, because they differ by zone and not
/// by person.
#[derive(Default)]
pub(super) struct MessagePool {
    written: BTreeMap<(Channel, Language, Why), BTreeMap<String, usize>>,
    quiet: BTreeMap<String, Option<Quiet>>,
}

impl MessagePool {
    /// The quiet hours in a zone; `find` is only called at the first asking.
    pub(super) fn quiet(&mut self, zone: &str, find: impl FnOnce() -> Option<Quiet>) -> Option<Quiet> {
        if let Some(quiet) = self.quiet.get(zone) {
            return *quiet;
        }
        *self.quiet.entry(zone.to_owned()).or_insert_with(find)
    }

    /// The place of the message for these readers; `write` is only called at the first asking.
    pub(super) fn message(
        &mut self,
        (channel, language, zone, why): Readership<'_>,
        messages: &mut Notices,
        write: impl FnOnce() -> Result<Message, Error>,
    ) -> Result<usize, Error> {
        let by_zone = self.written.entry((channel, language.clone(), why)).or_default();
        if let Some(place) = by_zone.get(zone) {
            return Ok(*place);
        }
        let place = messages.add_message(write()?);
        by_zone.insert(zone.to_owned(), place);
        Ok(place)
    }
}
