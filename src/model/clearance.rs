//! The permission to plan: no notice can be written into a ledger without one.
//!
//! Promises: only the room `gate` grants one (a test holds that), so no code announces what the gate has not checked. A
//! clearance for silent edits cannot carry a change.

/// Permission to plan one difference, and on what ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance(Ground);

/// Why something may be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A public page shows it.
    Shown,
    /// The page names no target, so there was nothing to look at.
    NoTarget,
    /// A person ordered it although no public page shows it.
    Forced(PublishOverride),
    /// The difference holds no change: only the baseline moves.
    Silent,
    /// The caller makes the page and shows it at the same moment, as the demo does.
    OwnPage,
}

/// An order to announce what no public page shows yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishOverride {
    /// The person who gave it: `ana@laptop`.
    pub who: String,
    /// The hash of what the site tells, which no page had.
    pub site: String,
}

impl Clearance {
    /// Grants it. For the room `gate` and for tests.
    pub fn grant(ground: Ground) -> Self {
        Self(ground)
    }

    /// On what ground it was granted.
    pub fn ground(&self) -> &Ground {
        &self.0
    }

    /// The order, where a person forced it.
    pub fn forced(&self) -> Option<&PublishOverride> {
        match &self.0 {
            Ground::Forced(forced) => Some(forced),
            _ => None,
        }
    }
}
