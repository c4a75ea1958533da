//! An answer of a provider over HTTP, its body as text.
//!
//! Promises: holds what arrived, without the provider's secrets; what it means is decided by the room `provider`.

use std::time::Duration;

use crate::provider::Response;

/// One answer.
pub(super) struct Answer {
    pub(super) status: u16,
    /// How long the provider asked us to wait.
    pub(super) retry_after: Option<Duration>,
    /// Header fields: name in lower case, value.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    /// The same, as a provider's functions read it.
    pub(super) fn response(&self) -> Response<'_> {
        let (status, retry_after) = (self.status, self.retry_after);
        Response { status, retry_after, headers: &self.headers, body: &self.body }
    }
}
