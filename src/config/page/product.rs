//! `product_domains` of `site/page.toml`: the hosts of the product that the page reports on.
//!
//! Promises: an invalid domain is reported with the page's other problems. Only `allclear doctor` uses them, so the page
//! never shows them.

use std::path::Path;

use super::PAGE_FILE;
use crate::config::file;
use crate::located::{Document, Table};
use crate::model::web_address;

/// Reads the domains of `site/page.toml` below `root`. Its problems are those of the page, which
/// [`read_page`](super::read_page) tells.
pub fn read_product_domains(root: &Path) -> Vec<String> {
    let text = file::read(root, PAGE_FILE).ok().flatten().unwrap_or_default();
    let document = Document::from_toml(PAGE_FILE, &text, 0..text.len());
    product_domains(&mut document.root())
}

/// Those that could be read.
pub(super) fn product_domains(table: &mut Table<'_>) -> Vec<String> {
    let items = table.optional("product_domains").items();
    let expected = "a host name, such as `shop.example.com`";
    let domains = items.iter().filter_map(|item| item.shaped("bad-host", expected, domain));
    domains.collect()
}

/// A name with a dot in it.
fn domain(text: &str) -> Option<String> {
    let name = web_address::host(text).filter(|name| name.contains('.'))?;
    Some(name.to_ascii_lowercase())
}
