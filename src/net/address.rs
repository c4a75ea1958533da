//! The URLs at which readers and caches request a file of the page.
//!
//! Promises: an address is encoded as a browser would request it, and each is listed once. Never requests one.

use std::fmt::Display;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// A URL in the pieces that caches want: `https://acme.test/status/history/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Url {
    /// `https`.
    pub scheme: String,
    /// With a port if there is one: `acme.test`.
    pub host: String,
    /// From the slash on, encoded: `/status/history/`.
    pub path: String,
}

impl Url {
    /// In the form that a browser's address bar takes.
    pub fn whole(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }
}

/// The URL of a path below the page: what a reader asks for.
pub fn address(page: &str, path: &str) -> String {
    format!("{page}/{}", encoded(path))
}

/// The URLs of files, each once, in order. The index of a folder is known by the folder's name too.
pub fn of(page: &str, paths: &[String]) -> Vec<Url> {
    let page = self::page(page);
    let url = |path: &str| Url { path: format!("{}{}", page.path, encoded(path)), ..page.clone() };
    let mut urls: Vec<Url> = paths.iter().map(|path| url(path)).collect();
    urls.extend(paths.iter().filter_map(|path| {
        let folder = path.strip_suffix("index.html")?;
        (folder.is_empty() || folder.ends_with('/')).then(|| url(folder))
    }));
    urls.sort();
    urls.dedup();
    urls
}

/// The page itself, with a slash at the end.
pub fn page(url: &str) -> Url {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
    Url { scheme: scheme.to_owned(), host: host.to_owned(), path }
}

/// What a browser encodes in a path (the path percent-encode set of the URL standard), and `%` and `*`: the one would be
/// taken for code, the other for anything.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%')
    .add(b'*');

fn encoded(path: &str) -> impl Display {
    utf8_percent_encode(path, ENCODED)
}

#[cfg(test)]
mod tests {
    use super::{of, page};

    fn urls(page: &str, paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        of(page, &paths).iter().map(super::Url::whole).collect()
    }

    #[test]
    fn the_index_of_a_folder_has_two_urls() {
        assert_eq!(
            urls("https://status.acme.test", &["index.html", "es/index.html", "feed.atom", "my-index.html"]),
            [
                "https://status.acme.test/",
                "https://status.acme.test/es/",
                "https://status.acme.test/es/index.html",
                "https://status.acme.test/feed.atom",
                "https://status.acme.test/index.html",
                "https://status.acme.test/my-index.html",
            ]
        );
    }

    #[test]
    fn a_page_below_a_path_stays_there() {
        assert_eq!(
            urls("http://acme.test:8080/status", &["index.html"]),
            ["http://acme.test:8080/status/", "http://acme.test:8080/status/index.html"]
        );
        assert_eq!(page("https://acme.test/a/b").path, "/a/b/");
    }

    #[test]
    fn names_are_written_as_browsers_ask_for_them() {
        assert_eq!(
            urls("https://a.test", &["50% off?/ñ (1)*.png", "a+b&c='d'.png"]),
            ["https://a.test/50%25%20off%3F/%C3%B1%20(1)%2A.png", "https://a.test/a+b&c='d'.png"]
        );
    }
}
