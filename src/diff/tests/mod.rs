//! The rules of the diff, one story each, and properties over thousands of random sites and edits.

mod build;
mod cosmetic;
mod days;
mod features;
mod gone;
mod not_yet;
mod properties;
mod reader;
mod reminders;
mod semantic;
mod stories;
mod texts;
