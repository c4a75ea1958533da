//! Templates, assets, and words in every language, built into the binary and overridable file by file.
