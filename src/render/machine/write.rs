//! Files of JSON and XML, written from typed values.

use quick_xml::se;
use serde::Serialize;

use crate::render::file::{Error, File};

pub(super) fn json(path: String, value: &impl Serialize) -> Result<File, Error> {
    match serde_json::to_vec(value) {
        Ok(bytes) => Ok((path, bytes)),
        Err(source) => Err(Error::Json { file: path, source }),
    }
}

/// A file of XML with one root element.
pub(super) fn xml(path: String, root: &str, value: &impl Serialize) -> Result<File, Error> {
    match se::to_string_with_root(root, value) {
        Ok(text) => Ok((path, format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n").into_bytes())),
        Err(source) => Err(Error::Xml { file: path, source }),
    }
}
