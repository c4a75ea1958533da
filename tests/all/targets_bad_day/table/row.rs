//! What a row of the table says.

use crate::fixtures::silent::Phase;

/// One target with one fault, next to a healthy target.
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) fault: Fault,
    /// What `run --status`, `/healthz` and the log say of the target.
    pub(super) state: State,
    /// What readers of the target find after the change was announced.
    pub(super) readers: Readers,
    /// What `publish --target` ends with.
    pub(super) code: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A folder that is written file by file.
    Folder,
    /// A folder with a link to the live build.
    Link,
    S3,
    Azure,
    Branch,
    Command,
}

/// What is wrong, from when the change is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nobody listens at its address: the public one of a folder, else that of the store or the remote.
    Dead,
    /// A server at its address goes along up to one phase, and is silent then.
    Silent(Phase),
    /// The same in the middle of a handshake of TLS.
    SilentTls,
    /// The store answers everything but one kind of request.
    Unanswered(Request),
    /// The store refuses one kind of request, with a status and a code.
    Refuses(Request, u16, &'static str, &'static str),
    /// The remote runs this when it is pushed to.
    Hook(&'static str),
    /// The program of the operator's.
    Program(&'static [&'static str]),
    /// A file lies where the folder should be.
    File,
    /// The first page was deleted.
    Deleted,
    /// The first page was overwritten.
    Changed,
    /// What is there can only be read.
    ReadOnly,
    /// Nothing more fits there.
    Full,
    /// The build there was made from a newer commit.
    Newer,
    /// The build there was made by a host whose clock was a year ahead.
    Ahead,
    /// Files that are not allclear's.
    Foreign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    List,
    /// Of a file of the page.
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Well,
    /// It fails, for this reason.
    Failing(&'static str),
    /// It is waited for, and it fails for this reason when its limit is over.
    FailsLate(&'static str),
    /// Its limit is longer than a test may take.
    Hanging,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    Nothing,
    /// The page as it was before the change.
    Old,
    New,
}

impl Fault {
    /// Whether the target has a build before the fault.
    pub(super) fn comes_later(self) -> bool {
        matches!(
            self,
            Self::Deleted | Self::Changed | Self::ReadOnly | Self::Full | Self::Newer | Self::Ahead
        )
    }
}
