//! The rows.

use crate::fixtures::silent::Phase;

use super::row::Fault::*;
use super::row::Kind::*;
use super::row::Readers::{New, Nothing, Old};
use super::row::Request::{List, Write};
use super::row::State::{Failing, FailsLate, Hanging, Well};
use super::row::{Fault, Kind, Readers, Row, State};

const fn row(kind: Kind, fault: Fault, state: State, readers: Readers, code: i32) -> Row {
    Row { kind, fault, state, readers, code }
}

/// What is said where readers do not get what was written.
const UNSEEN: &str = "do not get the new build";
const SKEWED: &str = "correct this machine's clock";

pub(super) const ROWS: &[Row] = &[
    // The public address of a folder is dead or silent; the folder itself is there.
    row(Folder, Dead, FailsLate(UNSEEN), New, 1),
    row(Folder, Silent(Phase::Connect), FailsLate(UNSEEN), New, 1),
    row(Folder, SilentTls, FailsLate(UNSEEN), New, 1),
    row(Folder, Silent(Phase::HttpHead), FailsLate(UNSEEN), New, 1),
    row(Folder, Silent(Phase::HttpBody), FailsLate(UNSEEN), New, 1),
    row(Folder, File, Failing("failed to write"), Nothing, 1),
    row(Folder, Deleted, Well, New, 0),
    row(Folder, Changed, Well, New, 0),
    row(Folder, ReadOnly, Failing("Read-only file system"), Old, 1),
    row(Folder, Full, Failing("No space left"), Old, 1),
    row(Folder, Newer, Failing("which is newer than"), Old, 4),
    row(Folder, Ahead, Well, New, 0),
    row(Link, File, Failing("failed to write"), Nothing, 1),
    row(Link, Deleted, Well, New, 0),
    row(Link, Changed, Well, New, 0),
    row(Link, ReadOnly, Failing("Read-only file system"), Old, 1),
    row(Link, Full, Failing("No space left"), Old, 1),
    row(Link, Newer, Failing("which is newer than"), Old, 4),
    row(Link, Ahead, Well, New, 0),
    row(S3, Dead, Failing("failed to list"), Nothing, 1),
    row(S3, Silent(Phase::Connect), FailsLate("failed to list"), Nothing, 1),
    row(S3, SilentTls, FailsLate("failed to list"), Nothing, 1),
    row(S3, Silent(Phase::HttpHead), Hanging, Nothing, 1),
    row(S3, Silent(Phase::HttpBody), Hanging, Nothing, 1),
    row(S3, Unanswered(List), Hanging, Nothing, 1),
    row(S3, Unanswered(Write), Hanging, Nothing, 1),
    row(S3, Deleted, Well, New, 0),
    row(S3, Changed, Well, New, 0),
    row(S3, Refuses(Write, 403, "AccessDenied", "no"), Failing("AccessDenied"), Nothing, 1),
    row(S3, Refuses(Write, 507, "XMinioStorageFull", "no"), Failing("XMinioStorageFull"), Nothing, 1),
    row(S3, Refuses(List, 403, "RequestTimeTooSkewed", "no"), Failing(SKEWED), Nothing, 1),
    row(S3, Newer, Failing("which is newer than"), Old, 4),
    row(S3, Ahead, Well, New, 0),
    row(Azure, Dead, Failing("failed to list"), Nothing, 1),
    row(Azure, Silent(Phase::HttpHead), Hanging, Nothing, 1),
    row(Azure, Unanswered(Write), Hanging, Nothing, 1),
    row(Azure, Deleted, Well, New, 0),
    row(Azure, Changed, Well, New, 0),
    row(
        Azure,
        Refuses(Write, 403, "AuthorizationFailure", "no"),
        Failing("AuthorizationFailure"),
        Nothing,
        1,
    ),
    row(Azure, Refuses(List, 403, "AuthenticationFailed", OLD_DATE), Failing(SKEWED), Nothing, 1),
    row(Azure, Newer, Failing("which is newer than"), Old, 4),
    row(Branch, Dead, Failing("failed to reach the remote"), Nothing, 1),
    row(Branch, Silent(Phase::Connect), Hanging, Nothing, 1),
    row(Branch, SilentTls, Hanging, Nothing, 1),
    row(Branch, Silent(Phase::HttpHead), Hanging, Nothing, 1),
    row(Branch, Silent(Phase::HttpBody), Hanging, Nothing, 1),
    row(Branch, Hook("sleep 600"), Hanging, Nothing, 1),
    row(Branch, Hook("echo only Ana may push >&2; exit 1"), Failing("only Ana may push"), Nothing, 1),
    row(Branch, Deleted, Well, New, 0),
    row(Branch, Changed, Well, New, 0),
    row(Branch, ReadOnly, Failing("remote unpack failed"), Old, 1),
    row(Branch, Full, Failing("No space left"), Old, 1),
    row(Branch, Newer, Failing("which is newer than"), Old, 4),
    row(Branch, Ahead, Well, New, 0),
    row(Branch, Foreign, Failing("holds other files"), Nothing, 4),
    row(Command, Program(&["false"]), Failing("`false` exited with"), Nothing, 1),
    row(Command, Program(&["sleep", "600"]), Hanging, Nothing, 1),
    row(Command, Program(&["sh", "-c", "trap '' TERM; sleep 600; sleep 600"]), Hanging, Nothing, 1),
    row(Command, Deleted, Well, New, 0),
    row(Command, Changed, Well, New, 0),
    row(Command, Full, Failing("`sh` exited with"), Old, 1),
    row(Command, Newer, Failing("which is newer than"), Old, 4),
    row(Command, Ahead, Well, New, 0),
];

/// What Azure answers if the clock of the client is wrong.
const OLD_DATE: &str = "Request date header too old: 'Sun, 01 Mar 2026 10:00:00 GMT'";
