//! Who gets what, and in which words.

mod audience;
mod build;
mod correction;
mod facts;
mod letters;
mod places;
mod quiet;
mod short;
mod whole;
