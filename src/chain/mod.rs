//! The state machine of one notice: its steps, their events, and the actions that follow.
//!
//! Pure: a [`FailoverChain`], an [`Event`] and its time give the next chain and the actions. The ledger loads a notice's
//! steps, applies the event, and writes the difference in the same transaction; only this room knows the transitions. Never
//! reads a clock, touches a store or uses randomness.
//!
//! ```text
//! waiting ─▶ pending ─▶ claimed ─▶ accepted ─▶ delivered
//!    ▲          ▲          │  └──▶ watching ──▶ delivered          the report that is enough
//!    │          └──────────┘           └──────▶ rejected, dead, expired, in doubt
//!    │    again, returned, lease over
//!    └── the turn is over, and the time to live is not
//! ```
//!
//! There are two levels. Within a step, the next provider is tried only if none has accepted: that is an [`AttemptResult`],
//! and changes no other step. Between steps, the next channel is tried when a step ended without success, or when its turn
//! is over: then the step waits, and has another turn whenever it is due before the others.
//!
//! | event of the table | here |
//! |---|---|
//! | accepted | [`AttemptResult::Accepted`]: an end where acceptance is enough, else `watching` |
//! | a temporary failure | [`AttemptResult::NextProvider`] or [`AttemptResult::Retry`], within the step's limit |
//! | the address is refused | [`AttemptResult::Rejected`] with [`Action::SuppressAddress`] |
//! | the content is refused | [`AttemptResult::Rejected`] |
//! | our account is refused | [`AttemptResult::NextProvider`] or [`AttemptResult::Retry`] |
//! | nobody knows | [`AttemptResult::Retry`] for mail, up to [`DOUBTS_MAX`] times, [`AttemptResult::InDoubt`] for text: `watching` where a report may tell |
//! | a report | [`Event::Reported`] |
//! | the step's limit, the notice's limit | [`Event::DeadlineReached`], [`AttemptResult::Expired`] |
//! | quiet hours, the pace of an address | [`Event::PutOff`] |
//! | a newer change | [`Event::Superseded`] |
//! | the incident was reported in error | [`Event::Withdrawn`] |
//! | opted out, bounced | [`Event::Suppressed`] |
//! | a storm of refusals | [`Event::TakenBack`]: a refused step is due again, or waits for another turn |
//! | the circuit of an owner is open | [`Event::ChannelUnavailable`] |
//! | late delivery | [`Event::Reported`] of an end: delivered after all, and later steps stop |
//!
//! The sixteen rules of the plan's side and of this side, and where each is tested:
//!
//! | rule | test |
//! |---|---|
//! | 1 one live step for a notice | `chain::tests::random`, `ledger::tests::random`, the simulation's `check` |
//! | 2 a provider's time to live is never longer than the step's | `config::plan` |
//! | 3 the step's limit comes from the urgency | `compose`, `a_step_tried_for_too_long_gives_way` |
//! | 4 only what is urgent has a chain | `compose` |
//! | 5 the same owner is no fallback, 6 access networks, 7 sensitivity | `check` on the plan |
//! | 8 each step has words of its own | `compose` |
//! | 9 no failover on silence where silence is normal | `silence_is_success_where_acceptance_is_enough` |
//! | 10 the queue first, but never beyond the limit | `a_retry_never_outlives_the_limit` |
//! | 11 another provider only before acceptance | `after_acceptance_nothing_calls_another_provider` |
//! | 12 reports are counted once and never go back | `evidence_never_goes_back`, the ledger's `reports` |
//! | 13 the steps of an owner that fails are skipped at once | `a_step_whose_owner_fails_is_passed_over` |
//! | 14 a budget holds and asks | `config::plan`, `deliver` |
//! | 15 every notice has one end, and the sum is what was planned | `chain::tests::random` |
//! | 16 a later step's words come from the newest update | `a_replaced_notice_hands_nothing_more_off`: a newer change brings its own chain |

mod event;
mod notice;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod timer;

pub use event::{Action, AttemptResult, Event, Transition};
pub use notice::{FailoverChain, REPLACED_IN_DOUBT, WITHDRAWN, WITHDRAWN_IN_DOUBT};
pub use state::NoticeState;
pub use step::{DOUBTS_MAX, StepRecord, WATCH};
pub use timer::Timer;
