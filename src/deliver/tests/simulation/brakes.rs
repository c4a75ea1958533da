//! The brake of a ledger below a layer.

use std::collections::BTreeSet;

use super::layer::{Done, Layer, Twist};
use crate::ledger::{Brake, Brakes};
use crate::model::Moment;

impl<T: Twist> Brakes for Layer<T> {
    fn brake(&mut self) -> Done<Option<Brake>> {
        self.pass(|below| below.brake())
    }

    fn released_changes(&mut self) -> Done<BTreeSet<String>> {
        self.pass(|below| below.released_changes())
    }

    fn engage_brake(&mut self, reason: &str, now: Moment) -> Done<()> {
        self.pass(|below| below.engage_brake(reason, now))
    }

    fn release_brake(&mut self, now: Moment) -> Done<bool> {
        self.twist(|twist, below| twist.release(below, now))
    }
}
