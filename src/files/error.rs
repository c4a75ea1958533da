//! The reasons why a file below a folder was not read or written.

use std::io;

use rustix::io::Errno;

/// Why a file below a folder was not read or written. Callers add which file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is absolute, or has `..`, an empty part or a character that no path should have.
    #[error("the path leads outside of its folder")]
    Outside,
    /// A symbolic link is on the way or at the end.
    #[error("it is a symbolic link, and links are not followed")]
    Link,
    /// A folder, a device, a pipe or a socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// More bytes than the caller allows.
    #[error("the file is larger than {} KiB", .bytes_max / 1024)]
    TooLarge {
        /// How many bytes are allowed.
        bytes_max: u64,
    },
    /// The system refused.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Error {
    /// Whether nothing is at the path, because there is no such name or a file is where a folder would be.
    pub fn is_not_found(&self) -> bool {
        let kinds = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
        matches!(self, Self::System(error) if kinds.contains(&error.kind()))
    }

    /// Whether this process may not do it.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::System(error) if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

impl From<Errno> for Error {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::LOOP => Self::Link,
            Errno::XDEV => Self::Outside,
            // A file stands where the path needs a folder, so there is no such path.
            Errno::NOTDIR => Self::System(io::ErrorKind::NotFound.into()),
            errno => Self::System(errno.into()),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::System(error) => error,
            other => Self::other(other.to_string()),
        }
    }
}
