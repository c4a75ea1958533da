//! What a request is answered.

use axum::http::StatusCode;
use axum::response::Response;

use super::page::Sheet;

/// What an action answers: a page with its status, or a finished response.
pub(super) enum Answer {
    Page(StatusCode, Box<Sheet>),
    Plain(Response),
}

impl Answer {
    pub(super) fn ok(sheet: Sheet) -> Self {
        Self::Page(StatusCode::OK, Box::new(sheet))
    }

    pub(super) fn with(status: StatusCode, sheet: Sheet) -> Self {
        Self::Page(status, Box::new(sheet))
    }
}
