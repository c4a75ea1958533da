//! What all code that adds or notifies subscribers needs: random ids, and the names of rows that cannot be read.

use crate::cli::exit::Failure;
use crate::cli::print::{self, WARN, styled};
use crate::ledger::{Ledger, People as _};
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
