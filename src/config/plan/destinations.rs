//! The destinations of a plan: `[[destinations]]`, read by the facts of their providers' kinds.
//!
//! Promises: a destination that was read has a place on a channel for places, and no other destination has its name or its
//! place. Whether a feature it follows exists is not known here.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::elsewhere;
use super::provider::Providers;
use crate::config::{keys, zone};
use crate::located::{Field, Table, quoted, suggestion};
use crate::model::channel::Channel;
use crate::model::destination::{Destination, Repeats};
use crate::model::endpoint::Endpoint;
use crate::model::feature::FeatureId;
use crate::model::incident::Audience;
use crate::model::localized::Language;
use crate::model::phase::Severity;
use crate::model::place::Place;
use crate::model::sensitivity::Sensitivity;
use crate::model::subscriber::FeatureFilter;
use crate::provider::{Idempotence, Kind};

const TIME_TO_LIVE: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(7 * 86_400);
const TIME_TO_LIVE_DEFAULT: Duration = Duration::from_secs(24 * 3_600);

/// Reads the destinations, and the places of those that are paged; `None` where one of them could not be read.
pub(super) fn read(
    field: &Field<'_>,
    providers: &mut Providers,
) -> Option<(Vec<Destination>, Vec<Endpoint>)> {
    let (mut read, mut paged): (Vec<Destination>, Vec<Endpoint>) = Default::default();
    let (tables, mut are_whole) = (field.tables(), true);
    for table in tables {
        let (document, span) = (table.document(), table.span());
        let Some((destination, is_paged)) = destination(table, providers) else {
            are_whole = false;
            continue;
        };
        if let Some((rule, message)) = twice(&destination, &read) {
            document.error(span, rule, message, None);
            are_whole = false;
        }
        paged.extend(is_paged.then(|| destination.endpoint.clone()));
        read.push(destination);
    }
    are_whole.then_some((read, paged))
}

/// What a destination shares with an earlier one and must not.
fn twice(destination: &Destination, before: &[Destination]) -> Option<(&'static str, String)> {
    let name = quoted(&destination.name);
    if before.iter().any(|other| other.name == destination.name) {
        return Some(("duplicate-destination", format!("there are two destinations {name}")));
    }
    let same = before.iter().find(|other| other.endpoint == destination.endpoint)?;
    let message = format!("{name} has the same place as {}", quoted(&same.name));
    Some(("duplicate-place", message))
}

/// A destination, and whether it is paged.
fn destination(mut table: Table<'_>, providers: &mut Providers) -> Option<(Destination, bool)> {
    let shape = "a name in lower-case letters, digits and hyphens";
    let id = |text: &str| FeatureId::new(text).map(|_| text.to_owned());
    let name = table.required("name").shaped("bad-id", shape, id);
    let provider = table.required("provider");
    let kind = kind(&provider, providers);
    let endpoint = kind.and_then(|kind| endpoint(kind, &provider, &mut table));
    let alarm = optional(&table.optional("alarm"), false, Field::flag);
    let follows = follows(&table.optional("follow"), alarm == Some(true));
    let from_severity = optional(&table.optional("from_severity"), Severity::Notice, |field| {
        field.choice(&Severity::ALL, Severity::word, Severity::from_word)
    });
    let language = table.optional("language").shaped("bad-language", "a language tag", Language::new);
    let time_zone = zone::named(&table.optional("time_zone"));
    let audience = optional(&table.optional("audience"), Audience::Public, |field| {
        let known = |word: &str| Audience::ALL.into_iter().find(|audience| audience.word() == word);
        field.choice(
            &Audience::ALL,
            |audience| if audience == Audience::Internal { "internal" } else { "public" },
            known,
        )
    });
    let sensitivity_max = optional(&table.optional("sensitivity_max"), Sensitivity::Customer, |field| {
        field.choice(&Sensitivity::ALL, Sensitivity::word, Sensitivity::from_word)
    });
    let time_to_live =
        optional(&table.optional("time_to_live"), TIME_TO_LIVE_DEFAULT, |field| field.duration(TIME_TO_LIVE));
    let again = optional(&table.optional("again_in_doubt"), false, Field::flag);
    table.finish_with(|key| elsewhere::in_destination(kind, key));
    let destination = Destination {
        name: name?,
        endpoint: endpoint?,
        follows: follows?,
        from_severity: from_severity?,
        language,
        time_zone,
        audience: audience?,
        sensitivity_max: sensitivity_max?,
        time_to_live: time_to_live?,
        repeats: repeats(kind?, again?),
    };
    Some((destination, alarm?))
}

/// A value that may be left out: `None` only if it is present and cannot be read.
fn optional<'d, T>(field: &Field<'d>, default: T, read: impl FnOnce(&Field<'d>) -> Option<T>) -> Option<T> {
    if field.is_present() { read(field) } else { Some(default) }
}

fn repeats(kind: &Kind, again: bool) -> Repeats {
    match kind.idempotence {
        _ if again => Repeats::Always,
        Idempotence::Always => Repeats::Always,
        Idempotence::Edits => Repeats::Edits,
        Idempotence::None => Repeats::Never,
    }
}

/// The kind of a destination's provider, if there is one and it carries a channel for places.
fn kind(field: &Field<'_>, providers: &mut Providers) -> Option<&'static Kind> {
    let name = field.text()?;
    providers.used.insert(name.clone());
    let shown = quoted(&name);
    let Some(kind) = providers.kind_of(&name) else {
        let hint = suggestion(&name, &providers.names())
            .unwrap_or_else(|| "add a table for it, `[providers.NAME]`".to_owned());
        field.error("unknown-provider", format!("there is no provider {shown}"), Some(hint));
        return None;
    };
    let kind = kind?;
    if channel(kind).is_none() {
        let carried: Vec<&str> = kind.channels.iter().map(|channel| channel.name()).collect();
        let message = format!("{shown} sends {} to people, and not to destinations", carried.join(" and "));
        field.error("wrong-provider", message, None);
        return None;
    }
    Some(kind)
}

fn channel(kind: &Kind) -> Option<Channel> {
    kind.channels.iter().copied().find(|channel| channel.is_for_places())
}

/// The place of a destination: its provider, and the room where the provider has several.
fn endpoint(kind: &Kind, provider: &Field<'_>, table: &mut Table<'_>) -> Option<Endpoint> {
    let room = match &kind.room {
        Some(key) => Some(keys::text(key, &table.required("address"))?),
        None => None,
    };
    let place = Place::new(&provider.text()?, room.as_deref())?;
    Endpoint::new(channel(kind)?, place.as_str())
}

/// What it follows: nothing only if it is there to be paged.
fn follows(field: &Field<'_>, is_paged: bool) -> Option<FeatureFilter> {
    if !field.is_present() {
        return Some(FeatureFilter::Everything);
    }
    let (expected, items) = ("the id of a feature or a group", field.items());
    if items.is_empty() && !is_paged {
        let hint =
            "name features, or omit the line to follow everything; with `alarm = true` it is only paged"
                .to_owned();
        field.error("follows-nothing", "a destination that follows nothing gets nothing", Some(hint));
        return None;
    }
    let count = items.len();
    let features: BTreeSet<FeatureId> =
        items.iter().filter_map(|item| item.shaped("bad-id", expected, FeatureId::new)).collect();
    (features.len() == count).then_some(FeatureFilter::Features(features))
}
