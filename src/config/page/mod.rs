//! `site/page.toml`: read into a [`Page`](crate::model::page::Page), and written from one.
//!
//! Promises: what is written reads back equal. The defaults are those of `page.default.toml`, which is the
//! reference and the template as well.

mod audiences;
mod looks;
mod product;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use product::read_product_domains;
pub use read::{parse_page, read_page};
pub use write::write_page;

/// The reference, template and defaults of `site/page.toml`.
pub const PAGE_TEMPLATE: &str = include_str!("../page.default.toml");

pub use super::file::PAGE_FILE;
