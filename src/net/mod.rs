//! The one HTTP client: time limits and size limits.
