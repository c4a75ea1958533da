//! The addresses of all pages for search engines, in the format of sitemaps.org, and `robots.txt`, which names it.
//!
//! Promises: every page of the tree that a reader may open is in it once; a site with more pages than one file
//! may name gets an index at the same address. An incident's page carries the time of its last change.

use std::collections::HashMap;

use serde::Serialize;

use super::journal::changed_at;
use super::value::{absolute, to_second};
use super::write::xml;
use crate::model::Moment;
use crate::model::incident::Audience;
use crate::render::edition::LanguageEdition;
use crate::render::file::{Error, File};
use crate::render::part::RenderUnit;
use crate::render::path::incident_folder;
use crate::render::stamp::CacheKey;

/// How many addresses one file names; the protocol allows 50,000 and 50 MB.
const ADDRESSES_MAX: usize = 40_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

#[derive(Serialize)]
struct Pages {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    url: Vec<UrlEntry>,
}

#[derive(Serialize)]
struct Index {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    sitemap: Vec<UrlEntry>,
}

#[derive(Serialize)]
struct UrlEntry {
    loc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lastmod: Option<String>,
}

/// Renders what search engines ask for first. The site of a narrower audience is not searched.
pub(super) fn robots(edition: &LanguageEdition<'_>) -> File {
    let is_public = edition.snapshot.audience == Audience::Public && edition.page.read_by.is_none();
    let rule = match is_public {
        true => format!("Allow: /\nSitemap: {}", absolute(edition.page, "sitemap.xml")),
        false => "Disallow: /".to_owned(),
    };
    ("robots.txt".to_owned(), format!("User-agent: *\n{rule}\n").into_bytes())
}

/// The sitemap of the pages among the paths of a tree.
pub(super) fn part<'a>(
    paths: impl Iterator<Item = &'a str>,
    edition: &'a LanguageEdition<'a>,
) -> RenderUnit<'a> {
    let now = edition.snapshot.now;
    let incidents = edition.snapshot.visible.iter();
    let changed: HashMap<String, Moment> =
        incidents.map(|one| (incident_folder(&one.id), changed_at(one, now))).collect();
    let folders = paths.filter_map(|path| {
        let folder = path.strip_suffix("index.html")?;
        (folder.is_empty() || folder.ends_with('/')).then_some(folder)
    });
    let changed = |folder: &str| folder.find("incidents/").and_then(|at| changed.get(&folder[at..])).copied();
    let pages: Vec<_> = folders.map(|folder| (folder, changed(folder))).collect();
    RenderUnit::new("sitemap".to_owned(), CacheKey::of(&(edition.stamp, &pages)), move || {
        let place = |(folder, changed): &(&str, Option<Moment>)| UrlEntry {
            loc: absolute(edition.page, folder),
            lastmod: changed.map(to_second),
        };
        split(pages.iter().map(place).collect(), |path| absolute(edition.page, path))
    })
}

/// One file where all fit, else several with an index at the address of the one.
fn split(mut places: Vec<UrlEntry>, address: impl Fn(&str) -> String) -> Result<Vec<File>, Error> {
    let pages = |path, url| xml(path, "urlset", &Pages { xmlns: NAMESPACE, url });
    if places.len() <= ADDRESSES_MAX {
        return Ok(vec![pages("sitemap.xml".to_owned(), places)?]);
    }
    let (mut files, mut sitemap) = (Vec::new(), Vec::new());
    while !places.is_empty() {
        let rest = places.split_off(places.len().min(ADDRESSES_MAX));
        let path = format!("sitemap-{}.xml", files.len() + 1);
        sitemap.push(UrlEntry { loc: address(&path), lastmod: None });
        files.push(pages(path, places)?);
        places = rest;
    }
    files.push(xml("sitemap.xml".to_owned(), "sitemapindex", &Index { xmlns: NAMESPACE, sitemap })?);
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files_of(count: usize) -> Vec<(String, usize)> {
        let place = |number: usize| UrlEntry { loc: format!("https://a.example/{number}/"), lastmod: None };
        let files =
            split((0..count).map(place).collect(), |path| format!("https://a.example/{path}")).unwrap();
        let count = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().matches("<loc>").count();
        files.into_iter().map(|(path, bytes)| (path, count(bytes))).collect()
    }

    #[test]
    fn more_addresses_than_a_file_may_name_get_an_index() {
        assert_eq!(files_of(ADDRESSES_MAX), [("sitemap.xml".to_owned(), ADDRESSES_MAX)]);
        let expected = [("sitemap-1.xml", ADDRESSES_MAX), ("sitemap-2.xml", 1), ("sitemap.xml", 2)];
        assert_eq!(files_of(ADDRESSES_MAX + 1), expected.map(|(path, count)| (path.to_owned(), count)));
    }
}
