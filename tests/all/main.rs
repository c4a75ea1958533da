//! Every test of the whole program, in one binary, so that its fixtures are compiled and linked once.
//!
//! One file per topic; what several of them need is in `fixtures`. `cargo test --test all gate::` runs one topic.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking, and prints its seed and its counts"
)]

mod alarm;
mod allowed;
mod amazon;
mod approval;
mod attempts;
mod audience_commands;
mod audience_incidents;
mod audiences;
mod bad_day;
mod careful;
mod cdn;
mod changed_files;
mod clock;
mod commands;
mod configuration;
mod contrib;
mod control;
mod crash;
mod days;
mod days_later;
mod desk;
mod destinations;
mod disk;
mod dkim;
mod doctor;
mod doubts;
mod drafts;
mod drill;
mod edits;
mod encryption;
mod error_pages;
mod error_services;
mod failover;
mod faults;
mod fixtures;
mod forge;
mod format;
mod fuzz;
mod gate;
mod hanging;
mod hostile;
mod hosting;
mod import;
mod kill;
mod looks;
mod machines;
mod mistakes;
mod names;
mod outage;
mod overlap;
mod own_templates;
mod pages;
mod parsed;
mod parts;
mod passages;
mod pasted;
mod people;
mod plain_text;
mod plan;
mod postgres;
mod previews;
mod publish;
mod publish_readers;
mod publish_stores;
mod recipes;
mod release;
mod report;
mod sample;
mod segments;
mod silence;
mod skips;
mod slow;
mod snapshots;
mod start;
mod story;
mod targets_bad_day;
mod telling;
mod template;
mod two_hosts;
mod typed;
mod waiting;
mod watch;
mod world;
mod worst_day;
