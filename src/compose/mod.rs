//! Changes to notices: who hears of them, by which chain, in which words.

pub mod gsm7;
