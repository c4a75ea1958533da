//! A feed as RSS 2.0.
//!
//! RSS has one date for an item. An entry is rewritten with each update, so it is the date of the last one.

use rss::extension::atom::{AtomExtension, Link};
use rss::{Category, Channel, Guid, Item};

pub(super) fn write(feed: &super::entry::Feed<'_>) -> Vec<u8> {
    let own = Link {
        rel: "self".to_owned(),
        href: format!("{}.rss", feed.address),
        mime_type: Some("application/rss+xml".to_owned()),
        ..Link::default()
    };
    let channel = Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: feed.title.clone(),
        language: Some(feed.language.to_owned()),
        last_build_date: Some(feed.updated.to_rfc2822()),
        generator: Some("allclear".to_owned()),
        atom_ext: Some(AtomExtension { links: vec![own] }),
        items: feed.entries.iter().map(item).collect(),
        ..Channel::default()
    };
    channel.to_string().into_bytes()
}

fn item(entry: &super::entry::FeedEntry) -> Item {
    let category = |name: &String| Category { name: name.clone(), domain: None };
    Item {
        title: Some(entry.title.clone()),
        link: Some(entry.address.clone()),
        guid: Some(Guid { value: entry.id.clone(), permalink: false }),
        pub_date: Some(entry.updated.to_rfc2822()),
        description: Some(entry.html.clone()),
        categories: entry.features.iter().map(category).collect(),
        ..Item::default()
    }
}
