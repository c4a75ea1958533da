//! The engine against servers of our own, which say exactly what a test wants at exactly the place it wants.
//! Real servers have their say in `tests/all/parts.rs`.

mod clock;
mod doubts;
mod every_provider;
mod gateway;
mod house;
mod mail_table;
mod mishap;
mod outage;
mod relay;
mod reports;
mod settler;
mod silence;
mod simulation;
mod smtp;
mod text_table;
mod worker;
