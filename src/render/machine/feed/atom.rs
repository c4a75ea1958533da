//! A feed as Atom (RFC 4287).

use atom_syndication::{Category, Content, Entry, FixedDateTime, Generator, Link, Person, Text};

use crate::model::Moment;

pub(super) fn write(feed: &super::entry::Feed<'_>) -> Vec<u8> {
    let atom = atom_syndication::Feed {
        title: Text::plain(feed.title.clone()),
        id: feed.id.clone(),
        updated: fixed(feed.updated),
        authors: vec![Person { name: feed.author.clone(), ..Person::default() }],
        generator: Some(Generator { value: "allclear".to_owned(), ..Generator::default() }),
        links: vec![link("self", format!("{}.atom", feed.address)), link("alternate", feed.home.clone())],
        lang: Some(feed.language.to_owned()),
        entries: feed.entries.iter().map(entry).collect(),
        ..atom_syndication::Feed::default()
    };
    atom.to_string().into_bytes()
}

fn entry(entry: &super::entry::FeedEntry) -> Entry {
    let category = |term: &String| Category { term: term.clone(), ..Category::default() };
    Entry {
        title: Text { lang: entry.title_language.clone(), ..Text::plain(entry.title.clone()) },
        id: entry.id.clone(),
        published: Some(fixed(entry.published)),
        updated: fixed(entry.updated),
        links: vec![link("alternate", entry.address.clone())],
        categories: entry.features.iter().map(category).collect(),
        content: Some(Content {
            content_type: Some("html".to_owned()),
            value: Some(entry.html.clone()),
            base: Some(entry.address.clone()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn link(rel: &str, href: String) -> Link {
    Link { rel: rel.to_owned(), href, ..Link::default() }
}

fn fixed(moment: Moment) -> FixedDateTime {
    moment.fixed_offset()
}
