//! The classes of files: the order in which they are uploaded, and how long caches may keep them.
//!
//! Promises: a file is in a later class than every file it depends on, so that a reader finds every file that a page names,
//! even during an upload.

use super::compress::without_format;

/// A class of files. The order is that in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UploadStage {
    /// Pictures and whatever else pages show: nothing works without them, they need nothing.
    Asset,
    /// Pages about one thing, such as an incident or a feature: lists lead to them.
    Leaf,
    /// Pages and calendars about many things.
    List,
    /// What machines read.
    Machine,
    /// The first page of each language: it leads to everything.
    Index,
}

impl UploadStage {
    /// Every one, in order.
    pub const ALL: [Self; 5] = [Self::Asset, Self::Leaf, Self::List, Self::Machine, Self::Index];

    /// The class of the file at a path.
    pub fn of(path: &str) -> Self {
        // A compressed twin goes where its file goes.
        let path = without_format(path);
        let parts: Vec<&str> = path.split('/').collect();
        let name = parts.last().copied().unwrap_or_default();
        let below = |folder: &str| parts.iter().rev().skip(1).any(|part| *part == folder);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("html") if below("incidents") || below("features") || below("errors") => Self::Leaf,
            Some("html") if name == "index.html" && is_home(&parts) => Self::Index,
            Some("html") if name == "404.html" => Self::Leaf,
            Some("html") => Self::List,
            Some("json" | "atom" | "rss" | "ics" | "xml" | "txt" | "svg") if !below("static") => {
                Self::Machine
            }
            None if name.starts_with('_') => Self::Machine,
            _ => Self::Asset,
        }
    }

    /// What the class is called in progress lines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Asset => "assets",
            Self::Leaf => "pages",
            Self::List => "lists",
            Self::Machine => "feeds and data",
            Self::Index => "first pages",
        }
    }
}

/// `index.html`, or that of a language: `es/index.html`.
fn is_home(parts: &[&str]) -> bool {
    match parts {
        [_] => true,
        [language, _] => {
            let first = language.split('-').next().unwrap_or_default();
            (2..=3).contains(&first.len()) && language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::UploadStage;

    #[test]
    fn what_leads_somewhere_comes_after_it() {
        for (path, class) in [
            ("logo.png", UploadStage::Asset),
            ("style.css", UploadStage::Asset),
            ("incidents/2026/slow-search/index.html", UploadStage::Leaf),
            ("es/incidents/a/index.html", UploadStage::Leaf),
            ("features/checkout/index.html", UploadStage::Leaf),
            ("404.html", UploadStage::Leaf),
            ("errors/503.html", UploadStage::Leaf),
            ("history/index.html", UploadStage::List),
            ("es/history/2026-03/index.html", UploadStage::List),
            ("subscribe/index.html", UploadStage::List),
            ("history.atom", UploadStage::Machine),
            ("api/v2/summary.json", UploadStage::Machine),
            ("badge.svg", UploadStage::Machine),
            ("maintenance.ics", UploadStage::Machine),
            ("_headers", UploadStage::Machine),
            ("index.html", UploadStage::Index),
            ("pt-BR/index.html", UploadStage::Index),
        ] {
            assert_eq!(UploadStage::of(path), class, "{path}");
        }
    }
}
