//! What all code that adds or notifies subscribers needs: random ids, the members of segments, and the names of rows that
//! cannot be read.

use std::collections::BTreeSet;

use crate::cli::exit::Failure;
use crate::cli::print::{self, WARN, styled};
use crate::config::plan::Plan;
use crate::ledger::{Ledger, People as _, SubscriberRecord};
use crate::model::notice::{Notice, Notices};
use crate::model::spelling::{quoted, suggestion};
use crate::model::subscriber::SubscriberId;
use crate::workspace::root::Root;

/// Random bytes for the id of a new subscriber.
pub(crate) fn draw_id() -> [u8; 16] {
    fastrand::u128(..).to_be_bytes()
}

/// Names the subscribers and addresses that cannot be read, so that someone looks after them. Nothing is sent there.
pub(crate) fn say_unreadable(ledger: &mut dyn Ledger) -> Result<(), Failure> {
    for row in ledger.unreadable_subscribers()? {
        let which = match row.endpoint {
            Some(number) => format!("address {} of subscriber {}", number.0, row.subscriber),
            None => format!("subscriber {}", row.subscriber),
        };
        let words = format!("{which} cannot be read (unreadable {}): nothing is sent there", row.what);
        print::say(&styled(WARN, &words));
    }
    Ok(())
}

/// Finds the members of a segment. A column that none of the subscribers has is named: it may be misspelled.
pub(crate) fn members(
    plan: &Plan,
    listed: &[SubscriberRecord],
    segment: &str,
) -> Result<BTreeSet<SubscriberId>, Failure> {
    let Some(condition) = plan.segments.get(segment) else {
        let names: Vec<&str> = plan.segments.keys().map(String::as_str).collect();
        let hint = suggestion(segment, &names).unwrap_or_else(|| "add it to `[segments]`".to_owned());
        let why = format!("site/plan.toml has no segment {}; {hint}", quoted(segment));
        return Err(Failure::Usage(why));
    };
    for column in condition.columns() {
        let has = |one: &SubscriberRecord| !column_of(one, column).is_empty();
        if !listed.is_empty() && !listed.iter().any(has) {
            let words =
                format!("segment {segment}: no subscriber has a value in the column {}", quoted(column));
            print::say(&format!("{} {words}", styled(WARN, "warning:")));
        }
    }
    let is_inside = |one: &&SubscriberRecord| condition.holds(&|column| column_of(one, column));
    Ok(listed.iter().filter(is_inside).map(|one| one.subscriber.id.clone()).collect())
}

/// Drops the notices to all others; the number of subscribers and destinations that this leaves out.
pub(crate) fn keep_only(members: &BTreeSet<SubscriberId>, notices: &mut Notices) -> usize {
    let is_outside = |notice: &&Notice| !members.contains(&notice.subscriber);
    let outside = notices.notices.iter().filter(is_outside).map(|notice| &notice.subscriber);
    let left_out = outside.collect::<BTreeSet<_>>().len();
    notices.notices.retain(|notice| members.contains(&notice.subscriber));
    left_out
}

/// What a column holds of someone: their settings by the columns of a list, and the operator's own fields.
fn column_of<'l>(listed: &'l SubscriberRecord, column: &str) -> &'l str {
    match column {
        "language" => listed.subscriber.language.as_str(),
        "time_zone" => &listed.subscriber.time_zone,
        "severity" => listed.subscriber.from_severity.word(),
        own => listed.fields.get(own).map_or("", String::as_str),
    }
}

/// How many subscribers rely on being told, as far as the ledger can be asked: a look must not make one.
pub(crate) fn number_if_any(root: &Root) -> Result<usize, Failure> {
    match root.ledger_if_any()? {
        Some(mut ledger) => Ok(ledger.active_subscribers()?.len()),
        None => Ok(0),
    }
}

/// Whether the site is a page and nothing more so far: nothing was ever adopted, and nobody subscribed.
pub(crate) fn is_only_a_page(ledger: &mut dyn Ledger) -> Result<bool, Failure> {
    Ok(ledger.announced()?.is_none() && ledger.active_subscribers()?.is_empty())
}
