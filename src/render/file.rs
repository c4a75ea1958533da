//! A rendered file with its path, and the errors of rendering.

/// A file of the tree with its path.
pub(super) type File = (String, Vec<u8>);

/// Why a site could not be rendered. Each is the operator's to fix: the incident files cannot cause one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The page's time zone is in no database.
    #[error("failed to find the time zone `{0}`")]
    UnknownZone(String),
    /// A template of the theme asks for what its view does not hold.
    #[error("failed to render {page}")]
    Template {
        /// The file of the tree that was to be made.
        page: String,
        /// What the theme said.
        source: crate::theme::Error,
    },
    /// A value could not be written as JSON.
    #[error("failed to write {file}")]
    Json {
        /// The file of the tree that was to be made.
        file: String,
        /// What the writer said.
        source: serde_json::Error,
    },
    /// A value could not be written as XML.
    #[error("failed to write {file}")]
    Xml {
        /// The file of the tree that was to be made.
        file: String,
        /// What the writer said.
        source: quick_xml::SeError,
    },
}
