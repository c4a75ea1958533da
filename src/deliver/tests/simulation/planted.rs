//! The planted bugs, each a mistake that someone could make, and the seeds that are known to catch them.

/// What is done wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    /// A step is free for others while it is being handed off, and taken when it is settled.
    ClaimAfterSend,
    /// A hold counts for anyone who has the step now.
    NoEpochCheck,
    /// A step counts as accepted when its handoff begins.
    SettleBeforeReply,
    /// Leases are taken for over before they are.
    LeaseCutShort,
    /// A handoff begins under a lease that ran out.
    LeaseNotReadAtStart,
    /// Opt-outs are read when planning and not when claiming.
    OptOutOutsideTheClaim,
    /// A refused address is used again.
    BounceForgotten,
    /// Older changes stay when a newer one is planned.
    NoSupersede,
    /// Changes of one incident are taken for changes of many.
    NoOrder,
    /// A step is tried for as long as it takes.
    ExpiryIgnored,
    /// Text in doubt is tried again.
    TextSentAgain,
    /// That a handoff began is not written down.
    StartForgotten,
    /// All steps of a chain are live at once.
    ChainAtOnce,
    /// The chain continues after someone accepted.
    ChainGoesOn,
    /// A plan is written no matter who planned meanwhile.
    NoBaselineCheck,
    /// A plan misses a person.
    NoticeLost,
    /// The brake is not read before a handoff.
    BrakeIgnoredAtStart,
    /// An acceptance is not written down.
    SettleLost,
    /// Attempts are tidied away.
    AttemptsForgotten,
    /// Reports are taken and not heard.
    ReportIgnored,
    /// Acceptance is taken for delivery.
    NotWatched,
    /// A late report of delivery stops nothing.
    LateReportStopsNothing,
    /// A report of failure counts, whatever is known.
    EvidenceGoesBack,
    /// A clock that is set takes time from what waits, or gives it more.
    ClockNotFollowed,
    /// Nobody hears that the clock was set.
    ClockStepUntold,
    /// A step's limit runs from its handoff, not from its turn.
    LimitFromTheHandoff,
    /// What is in doubt is sent again and again.
    DoubtWithoutEnd,
    /// A channel that gave way has no other turn.
    NoOtherTurn,
    /// A worker's clock is the time at which it began and what has passed since.
    ClockFromTheStart,
    /// The clock that nobody can set stands still while the machine sleeps.
    SleepNotCounted,
    /// What a provider refused in a storm stays suppressed.
    SuppressedInAStorm,
    /// What was refused in a storm stays so.
    RefusedInAStorm,
    /// A brake that was released is pulled again for the same cause.
    BrakePulledAgain,
    /// The time for which the pace of an address holds a message counts against its life.
    HeldTimeCounted,
    /// A list brings back anyone who left.
    ListBringsBack,
    /// The pace of an address holds an opening or an end.
    OpeningHeld,
    /// A message in doubt counts as superseded, as if it had never been sent.
    DoubtSuperseded,
    /// The silence of a provider is no evidence against it.
    SilenceIgnored,
}

impl Bug {
    pub(super) const ALL: [Self; 38] = [
        Self::ClaimAfterSend,
        Self::NoEpochCheck,
        Self::SettleBeforeReply,
        Self::LeaseCutShort,
        Self::LeaseNotReadAtStart,
        Self::OptOutOutsideTheClaim,
        Self::BounceForgotten,
        Self::NoSupersede,
        Self::NoOrder,
        Self::ExpiryIgnored,
        Self::TextSentAgain,
        Self::StartForgotten,
        Self::ChainAtOnce,
        Self::ChainGoesOn,
        Self::NoBaselineCheck,
        Self::NoticeLost,
        Self::BrakeIgnoredAtStart,
        Self::SettleLost,
        Self::AttemptsForgotten,
        Self::ReportIgnored,
        Self::NotWatched,
        Self::LateReportStopsNothing,
        Self::EvidenceGoesBack,
        Self::ClockNotFollowed,
        Self::ClockStepUntold,
        Self::LimitFromTheHandoff,
        Self::DoubtWithoutEnd,
        Self::NoOtherTurn,
        Self::ClockFromTheStart,
        Self::SleepNotCounted,
        Self::SuppressedInAStorm,
        Self::RefusedInAStorm,
        Self::BrakePulledAgain,
        Self::HeldTimeCounted,
        Self::ListBringsBack,
        Self::OpeningHeld,
        Self::DoubtSuperseded,
        Self::SilenceIgnored,
    ];

    /// The first seed that caught it. A change to the worlds may move it: then it is looked for from 0.
    pub(super) fn known_seed(self) -> u64 {
        match self {
            Self::NoEpochCheck => 82,
            Self::LeaseNotReadAtStart => 96,
            Self::BrakeIgnoredAtStart => 65,
            Self::EvidenceGoesBack => 9,
            Self::DoubtWithoutEnd => 14,
            Self::SuppressedInAStorm => 51,
            Self::RefusedInAStorm => 75,
            Self::HeldTimeCounted | Self::OpeningHeld => 7,
            _ => 0,
        }
    }
}
