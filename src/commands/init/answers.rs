//! What the operator answered to the questions of `allclear init`.

/// What the operator said, as typed. An empty answer takes the default.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) languages: String,
    pub(super) features: String,
    pub(super) from: String,
    pub(super) relay: String,
    pub(super) time_zone: String,
    /// Who speaks for the page: names with addresses, separated by commas.
    pub(super) people: String,
    pub(super) runbook: String,
    /// The day of the answers, such as `2026-11-20`; not asked.
    pub(super) today: String,
}
