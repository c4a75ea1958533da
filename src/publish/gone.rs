//! Paths of pages that must be deleted at once, because they contain something that leaked.
//!
//! Promises: pure; a path covers itself and everything below it, and no other path with the same beginning.

/// Paths in the tree that must not be at a target any more, nor come back by a rollback.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone(Vec<String>);

impl Gone {
    /// These paths, with or without slashes at their ends: `incidents/cards`.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let plain =
            |path: &str| path.trim_matches('/').trim_end_matches("index.html").trim_matches('/').to_owned();
        Self(paths.into_iter().map(plain).filter(|path| !path.is_empty()).collect())
    }

    /// Whether nothing has to be gone.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a file has to be gone: one that is named or lies below a folder that is, in any language, with its twin.
    pub fn holds(&self, file: &str) -> bool {
        let file = file.strip_suffix(".gz").unwrap_or(file);
        let of_language = file.split_once('/').map(|(_, rest)| rest);
        let is_below = |file: &str, path: &str| {
            file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().any(|path| is_below(file, path) || of_language.is_some_and(|file| is_below(file, path)))
    }
}

#[cfg(test)]
mod tests {
    use super::Gone;

    #[test]
    fn a_path_is_itself_and_what_lies_below_it_in_every_language() {
        let gone = Gone::new(["/incidents/cards/", "static/map.png"]);
        for (file, is_gone) in [
            ("incidents/cards/index.html", true),
            ("es/incidents/cards/index.html", true),
            ("incidents/cards/cap.xml", true),
            ("incidents/cards/index.html.gz", true),
            ("incidents/cards-again/index.html", false),
            ("index.html", false),
            ("static/map.png", true),
        ] {
            assert_eq!(gone.holds(file), is_gone, "{file}");
        }
        assert!(Gone::new(["/", "index.html"]).is_empty(), "the whole page is not taken down by a slip");
    }
}
