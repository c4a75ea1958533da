//! The classes of files: in which order they travel, and how long copies of them may be kept.
//!
//! Promises: a file is in a later class than every file it cannot do without, so that a reader who comes in the
//! middle finds whatever a page names.

/// A class of files. The order is that in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
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

impl Class {
    /// Every one, in order.
    pub const ALL: [Self; 5] = [Self::Asset, Self::Leaf, Self::List, Self::Machine, Self::Index];

    /// The class of the file at a path.
    pub fn of(path: &str) -> Self {
        // A compressed twin goes where its file goes.
        let path = path.strip_suffix(".gz").unwrap_or(path);
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
    use super::Class;

    #[test]
    fn what_leads_somewhere_comes_after_it() {
        for (path, class) in [
            ("logo.png", Class::Asset),
            ("style.css", Class::Asset),
            ("incidents/2026/slow-search/index.html", Class::Leaf),
            ("es/incidents/a/index.html", Class::Leaf),
            ("features/checkout/index.html", Class::Leaf),
            ("404.html", Class::Leaf),
            ("errors/503.html", Class::Leaf),
            ("history/index.html", Class::List),
            ("es/history/2026-03/index.html", Class::List),
            ("subscribe/index.html", Class::List),
            ("history.atom", Class::Machine),
            ("api/v2/summary.json", Class::Machine),
            ("badge.svg", Class::Machine),
            ("maintenance.ics", Class::Machine),
            ("_headers", Class::Machine),
            ("index.html", Class::Index),
            ("pt-BR/index.html", Class::Index),
        ] {
            assert_eq!(Class::of(path), class, "{path}");
        }
    }
}
