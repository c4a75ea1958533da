//! Other systems' files to ours.
