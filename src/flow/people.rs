//! What every way of adding and telling subscribers needs: ids by chance, and the names of rows that cannot be read.

use crate::cli::exit::Failure;
use crate::cli::print::{self, WARN, styled};
use crate::ledger::Ledger;

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
