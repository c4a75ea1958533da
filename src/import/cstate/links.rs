//! Rewrites links of the old site to its own posts and pictures.
//!
//! A post's address becomes the incident's; a picture keeps its address, and its file is brought along. A broken link is
//! noted.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::incident::Incident;
use crate::model::page::Page;

use super::super::notes::Notes;
use super::names;

/// The links of a site.
pub(super) struct Links<'a> {
    page: &'a Page,
    /// Incident ids by the name of the old address, in lower case.
    posts: BTreeMap<String, String>,
    /// The files below `static`.
    statics: BTreeSet<&'a str>,
}

/// Where the old site's posts are.
const POSTS: &str = "/issues/";

impl<'a> Links<'a> {
    /// The links of the page with these incidents and these files.
    pub(super) fn new<B>(page: &'a Page, incidents: &[Incident], files: &'a BTreeMap<String, B>) -> Self {
        let name = |incident: &Incident| {
            let id = incident.id.as_str();
            (id.to_lowercase(), id.to_owned())
        };
        let statics = files.keys().filter_map(|path| path.strip_prefix("static")).collect();
        Self { page, posts: incidents.iter().map(name).collect(), statics }
    }

    /// Puts the new addresses into an incident's texts; gives the files that it shows, as paths below `static`.
    pub(super) fn put_into(&self, incident: &mut Incident, notes: &mut Notes) -> BTreeSet<String> {
        let mut shown = BTreeSet::new();
        let bodies = incident.updates.iter_mut().map(|update| &mut update.body.default);
        let impact = incident.impact.as_mut().map(|impact| &mut impact.default);
        for text in bodies.chain(impact) {
            *text = self.rewritten(text, &mut shown, notes);
        }
        shown
    }

    /// The text with each `](address)` that leads into the old site rewritten.
    fn rewritten(&self, text: &str, shown: &mut BTreeSet<String>, notes: &mut Notes) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("](") {
            let (before, from) = rest.split_at_checked(at + 2).unwrap_or((rest, ""));
            let end = from.find([')', ' ', '\n']).unwrap_or(from.len());
            let (address, after) = from.split_at_checked(end).unwrap_or((from, ""));
            out.push_str(before);
            out.push_str(&self.address(address, shown, notes));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn address(&self, written: &str, shown: &mut BTreeSet<String>, notes: &mut Notes) -> String {
        let Some(path) = self.own_path(written) else { return written.to_owned() };
        if let Some(name) = path.strip_prefix(POSTS) {
            let name = name.split(['#', '?']).next().unwrap_or(name).trim_end_matches('/');
            let id = names::id_of(name, name);
            let known = self.posts.get(&id.as_str().to_lowercase());
            if known.is_none() {
                let message = format!("the link to `{written}` leads to no post of this site");
                notes.warn(None, "dead-link", message, "fix it in the incident's file, or delete it");
            }
            return format!("{}/incidents/{}/", self.base(), known.map_or(id.as_str(), String::as_str));
        }
        let file = path.split(['#', '?']).next().unwrap_or(path);
        if self.statics.contains(file) {
            shown.insert(file.to_owned());
            return format!("{}{path}", self.base());
        }
        let message = format!("`{written}` is not part of what was imported");
        notes.warn(None, "dead-link", message, "copy the file to site/static, or fix the link");
        written.to_owned()
    }

    /// The path below the old site's address, where a link leads into it.
    fn own_path<'t>(&self, written: &'t str) -> Option<&'t str> {
        if written.starts_with("//") {
            return None;
        }
        let inner = written.strip_prefix(self.page.url.as_str()).unwrap_or(written);
        inner.starts_with('/').then_some(inner)
    }

    /// The path of the page's address, which the addresses of a site below a folder begin with.
    fn base(&self) -> &str {
        let host = self.page.url.split_once("://").map_or("", |(_, host)| host);
        host.find('/').and_then(|at| host.get(at..)).unwrap_or("").trim_end_matches('/')
    }
}
