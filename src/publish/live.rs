//! Reads the pointer that readers of a page get, which names the live build.
//!
//! Promises: requests the public address, never the store behind it; an answer of more than 64 KiB is refused.

use crate::model::Moment;
use crate::net::address::address;
use crate::net::{Client, Method, Request};

use super::pointer::{LiveBuild, POINTER_PATH};

/// Maximum size of a pointer, in bytes.
const POINTER_BYTES_MAX: usize = 64 * 1024;

/// What a target shows instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageMismatch {
    /// No pointer that could be read, and why.
    Nothing(String),
    /// An older build, or another one: its short id and when it was built.
    Other(String, Moment),
}

/// Reads the pointer of the page at that address.
///
/// # Errors
///
/// What is there instead.
pub async fn read_pointer(client: &Client, url: &str, now: Moment) -> Result<LiveBuild, PageMismatch> {
    let request = Request::new(Method::Get, address(url, POINTER_PATH));
    let response = client.send(&request, POINTER_BYTES_MAX, now).await;
    let response = response.map_err(|error| PageMismatch::Nothing(error.to_string()))?;
    if response.status != 200 {
        return Err(PageMismatch::Nothing(format!("it answered {}", response.status)));
    }
    LiveBuild::from_json(&response.body).map_err(|error| PageMismatch::Nothing(error.to_string()))
}
