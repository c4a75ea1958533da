//! The answers of the desk: a page with its status, or a finished response. Never holds the request.

use axum::http::StatusCode;
use axum::response::Response;

use super::Desk;
use super::page::Sheet;
use super::visitor::Visitor;

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

    /// That a link does not work, whatever the reason is.
    pub(super) fn gone(desk: &Desk, visitor: &Visitor) -> Self {
        let shown = desk.shown();
        let sheet = Sheet::saying(&shown.theme, &visitor.language, "desk.gone", &["desk.gone_text"]);
        Self::with(StatusCode::NOT_FOUND, sheet)
    }
}
