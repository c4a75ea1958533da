//! One suite of tests that every ledger passes.
//!
//! A kind of ledger joins by implementing [`Store`] and writing `ledger_suite!(ItsStore);` in its own tests.

pub(super) mod bulk;
pub(super) mod chains;
pub(super) mod claims;
pub(super) mod clock;
pub(super) mod control;
pub(super) mod erased;
pub(super) mod held;
pub(super) mod limits;
pub(super) mod moves;
pub(super) mod people;
pub(super) mod places;
pub(super) mod plans;
pub(super) mod questions;
pub(super) mod quiet;
pub(super) mod random;
pub(super) mod reports;
pub(super) mod scene;
pub(super) mod server;
pub(super) mod sign_ups;
pub(super) mod trouble;
pub(super) mod versions;

use super::{Controls, Ledger, Questions, SignUps};

pub(super) use scene::{LEASE, Scene, request};

/// A place for a ledger, empty at first, that several connections can share.
pub(super) trait Store: Default {
    /// The kind of ledger.
    type Ledger: Controls + Ledger + Questions + SignUps;

    /// How many random stories are played there.
    const STORIES: u32 = 40;

    /// Another connection to the same place.
    fn open(&self) -> Self::Ledger;

    /// Whether there can be such a place here; if not, its tests are skipped.
    fn is_possible() -> bool {
        true
    }
}

/// Makes a test of every function of the suite, for one kind of store.
macro_rules! ledger_suite {
    ($store:ty) => {
        $crate::ledger::tests::ledger_suite!(@tests $store,
            plans: a_ledger_without_a_baseline_plans_nothing,
            plans: planning_moves_the_baseline_and_writes_every_step,
            plans: planning_the_same_twice_inserts_nothing,
            plans: a_stale_baseline_is_overtaken,
            plans: a_newer_change_supersedes_what_has_not_left,
            plans: a_notice_for_nobody_rolls_everything_back,
            plans: who_forced_a_change_is_kept_with_it,
            plans: a_clearance_for_silent_edits_carries_no_change,
            plans: adopting_keeps_revisions_from_being_given_twice,
            plans: what_is_withdrawn_is_not_tried_again,
            plans: what_is_withdrawn_and_may_have_been_sent_stays_in_doubt,
            plans: a_text_that_is_corrected_before_it_was_sent_is_sent_corrected,
            people: the_same_person_added_twice_is_one,
            people: two_spellings_are_one_address_and_the_last_is_sent_to,
            people: an_address_belongs_to_one_subscriber,
            people: pages_of_any_size_hold_each_subscriber_once,
            people: leaving_and_coming_back,
            people: an_address_that_is_passed_on_brings_no_history,
            people: a_list_brings_nobody_back,
            people: whoever_is_brought_back_had_left,
            people: a_sign_up_is_told_once_it_is_confirmed,
            people: what_is_kept_about_somebody_reads_back_equal,
            people: a_list_changes_what_it_says_and_nothing_else,
            people: whatever_is_accepted_goes_in_and_comes_out,
            people: a_suppressed_address_stays_suppressed,
            people: people_are_found_by_any_address,
            sign_ups: an_address_a_network_and_the_whole_have_limits,
            sign_ups: a_confirmed_sign_up_is_a_subscription_with_its_consent,
            sign_ups: someone_on_record_changes_only_by_confirming,
            sign_ups: a_confirmation_is_due_until_it_was_sent,
            sign_ups: guesses_are_counted_and_preferences_change,
            sign_ups: who_asks_about_one_incident_follows_it_until_its_end,
            sign_ups: a_proven_number_is_a_further_address_of_its_subscriber,
            sign_ups: a_stop_to_a_code_holds_though_the_number_is_nobodys,
            erased: stop_outlives_its_subscriber_and_start_ends_it,
            erased: a_suppression_for_another_reason_outlives_stop_and_start,
            erased: stop_before_an_import_holds_and_start_after_it_lets_messages_go,
            questions: a_question_is_taken_once_within_its_limits,
            questions: the_newest_words_wait_for_a_person,
            claims: two_connections_never_claim_the_same_step,
            claims: urgent_steps_leave_first_then_the_oldest,
            claims: a_newer_change_waits_for_the_older_handoff,
            claims: an_opt_out_after_planning_is_honoured,
            claims: an_address_given_up_after_planning_is_honoured,
            claims: a_late_step_expires,
            claims: a_step_carries_its_words_and_attempts,
            claims: a_step_given_back_is_claimed_again,
            claims: a_step_put_off_gives_way_in_time,
            claims: a_step_that_expires_in_its_worker_s_hands_is_not_started,
            clock: what_waits_keeps_the_time_that_it_had_left,
            clock: a_retry_is_due_no_later_than_it_was,
            clock: a_lease_ends_when_it_would_have,
            clock: what_was_planned_since_the_step_stays_as_it_is,
            clock: a_circuit_and_a_pause_are_over_in_time,
            clock: a_small_correction_and_another_boot_move_nothing,
            control: a_record_is_replaced_only_by_who_read_it,
            control: of_several_at_once_one_has_it,
            control: an_announcement_moves_control_or_is_not_planned,
            control: an_alarm_is_owed_until_it_was_sent,
            quiet: what_is_planned_in_quiet_hours_waits_for_their_end,
            quiet: what_is_found_in_quiet_hours_waits_and_lives_on,
            quiet: the_next_channel_waits_for_the_end_as_well,
            moves: moves_made_together_are_what_they_are_alone,
            moves: a_move_that_fails_takes_the_others_with_it,
            chains: acceptance_ends_the_chain,
            chains: refusal_moves_the_chain_and_suppresses_the_address,
            chains: whoever_cannot_be_told_has_a_row_that_says_why,
            chains: a_retry_is_due_later_and_not_before,
            chains: a_person_does_not_wait_for_a_retry,
            chains: a_step_tried_for_too_long_gives_way,
            chains: a_retry_of_something_replaced_is_superseded,
            chains: why_and_the_summary_tell_the_same_story,
            chains: everybody_is_counted_once,
            chains: a_chain_goes_back_to_what_is_still_worth_sending,
            trouble: a_lost_hold_changes_nothing,
            trouble: a_late_acceptance_saves_the_second_handoff,
            trouble: a_late_acceptance_ends_a_step_that_another_worker_holds,
            trouble: a_late_acceptance_stops_the_channel_that_took_over,
            trouble: a_worker_that_died_before_the_handoff_leaves_no_trace,
            trouble: a_worker_that_died_during_the_handoff_leaves_doubt,
            trouble: a_claim_that_starts_a_handoff_leaves_doubt_as_a_start_does,
            trouble: a_worker_known_to_be_dead_is_not_waited_for,
            trouble: a_handoff_holds_its_step_for_a_whole_lease,
            trouble: the_brake_stops_planning_claiming_and_starting,
            trouble: too_many_changes_pull_the_brake,
            trouble: a_released_brake_is_pulled_only_for_a_new_cause,
            trouble: the_pace_of_an_address_holds_only_its_own_messages,
            trouble: a_copy_that_may_have_been_sent_counts_for_the_pace,
            trouble: a_step_accepted_twice_pulls_the_brake,
            limits: a_rate_holds_over_several_connections,
            limits: providers_have_buckets_of_their_own,
            limits: a_pause_is_known_to_all_and_the_longest_stays,
            limits: a_circuit_is_one_for_all_workers,
            limits: chains_are_passed_over_and_last_steps_wait,
            limits: a_backlog_leaves_a_new_change_its_share_of_the_next_claim,
            limits: one_at_a_time_every_change_has_its_turn,
            limits: one_poisoned_step_holds_nobody_up,
            limits: a_storm_of_refusals_suppresses_nobody,
            limits: refusals_of_a_few_addresses_stand,
            limits: texts_beyond_the_budget_are_held_and_mail_goes_on,
            limits: a_day_s_budget_is_there_again_a_day_later,
            limits: the_time_that_a_text_is_held_does_not_count_against_its_life,
            limits: a_text_is_held_for_a_day_and_not_longer,
            limits: a_held_text_gives_way_to_the_next_channel_in_time,
            held: nothing_that_is_held_is_dropped,
            reports: a_step_is_watched_until_its_report,
            reports: a_report_of_failure_moves_the_chain,
            reports: no_report_in_time_moves_the_chain_and_a_late_one_stops_it,
            reports: reports_count_once_and_never_go_back,
            reports: an_unknown_reference_is_recorded_and_harmless,
            reports: a_report_that_is_faster_than_the_answer_is_not_lost,
            reports: a_report_that_is_faster_than_a_late_answer_is_not_lost,
            reports: text_in_doubt_waits_for_its_report,
            reports: an_address_that_is_lost_is_suppressed_whatever_happened_to_its_step,
            reports: a_newer_change_does_not_wait_for_a_report,
            reports: what_was_posted_is_found_again,
            reports: a_text_of_stop_counts_once_and_start_lifts_only_that,
            places: a_destination_is_told_and_is_no_person,
            places: a_suppression_belongs_to_one_channel_of_an_address,
            places: later_news_know_what_was_posted,
            places: a_destination_that_left_the_plan_gets_nothing_more,
            places: a_place_that_wants_no_more_is_left_alone_until_it_is_put_back,
            places: a_step_never_slides_to_another_place,
            places: what_may_have_been_posted_is_repeated_as_the_plan_says,
            places: a_room_hears_of_more_than_a_person_would,
            places: a_notice_for_an_unknown_destination_rolls_everything_back,
            bulk: a_newer_change_replaces_what_the_chain_says,
            bulk: a_withdrawal_ends_what_the_chain_says,
            bulk: a_claim_takes_what_the_chain_says,
            random: any_order_of_events_keeps_the_promises,
        );
    };
    (@tests $store:ty, $($file:ident: $test:ident,)*) => {
        $(
            #[test]
            fn $test() {
                if <$store as $crate::ledger::tests::Store>::is_possible() {
                    $crate::ledger::tests::$file::$test::<$store>();
                }
            }
        )*
    };
}
pub(super) use ledger_suite;
