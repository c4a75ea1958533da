//! Days on which nothing crashes and everything misbehaves: clocks that are set, servers that say nothing, storms of refusals.
//! Each file is a table of cases; a row says what breaks, what each person must have by when, and what is said of it.

mod clocks;
mod silence;
