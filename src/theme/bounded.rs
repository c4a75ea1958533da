//! The output of a template: a text with a maximum size.
//!
//! Promises: a template that writes without end is stopped at the limit with an error.

use std::io::{Error, Write};

/// The longest text of one template. The largest pages of the default theme have a tenth of it.
pub(super) const BYTES_MAX: usize = 32 << 20;

/// The text so far.
#[derive(Default)]
pub(super) struct Bounded {
    bytes: Vec<u8>,
    /// Whether more was to be written than fits.
    pub(super) is_full: bool,
}

impl Bounded {
    /// The text.
    pub(super) fn into_text(self) -> String {
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        if self.bytes.len() + bytes.len() > BYTES_MAX {
            self.is_full = true;
            return Err(Error::other("the limit of a template"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
