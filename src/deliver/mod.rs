//! The engine that hands steps to providers: claim, hand off, settle.
