//! A feed as JSON Feed 1.1.

use serde::Serialize;

use crate::render::file::{Error, File};
use crate::render::machine::value::to_second;
use crate::render::machine::write::json;

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: &'a str,
    home_page_url: &'a str,
    feed_url: String,
    language: &'a str,
    authors: [Author<'a>; 1],
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    content_html: &'a str,
    date_published: String,
    date_modified: String,
    tags: &'a [String],
}

/// Writes the feed.
pub(super) fn file(path: String, feed: &super::entry::Feed<'_>) -> Result<File, Error> {
    let value = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        home_page_url: &feed.home,
        feed_url: format!("{}.json", feed.address),
        language: feed.language,
        authors: [Author { name: &feed.author }],
        items: feed.entries.iter().map(item).collect(),
    };
    json(path, &value)
}

fn item(entry: &super::entry::FeedEntry) -> Item<'_> {
    Item {
        id: &entry.id,
        url: &entry.address,
        title: &entry.title,
        content_html: &entry.html,
        date_published: to_second(entry.published),
        date_modified: to_second(entry.updated),
        tags: &entry.features,
    }
}
