//! The headers of a file: its content type, and how long caches may keep it.
//!
//! Promises: an asset with a hash in its name may be cached for a year, the pointer not at all, and everything else for
//! seconds while the origin answers and for a day while it fails, so that readers still get the page then.

use super::class::UploadStage;
use super::pointer::POINTER_PATH;

const FOREVER: &str = "public, max-age=31536000, immutable";
const SHORT: &str = "public, max-age=0, s-maxage=30, stale-while-revalidate=60, stale-if-error=86400";
const ASSET: &str = "public, max-age=300, stale-while-revalidate=600, stale-if-error=86400";
const ERROR_PAGE: &str = "public, max-age=30, stale-if-error=86400";
const NEVER: &str = "no-cache";

/// What a file is served with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers {
    /// The media type, with the charset of texts.
    pub content_type: &'static str,
    /// How long browsers and shared caches may keep it.
    pub cache_control: &'static str,
}

impl Headers {
    /// Those of the file at a path.
    pub fn of(path: &str) -> Self {
        Self { content_type: content_type(path), cache_control: cache_control(path) }
    }
}

/// The rules as a `_headers` file, which some hosts of static sites read. `paths` are those of the build; what most
/// have is said once for all, and a host that adds up rules takes the later.
pub fn headers_file<'a>(paths: impl Iterator<Item = &'a str>) -> String {
    let mut rules = format!("/*\n  Cache-Control: {SHORT}\n  X-Content-Type-Options: nosniff\n");
    for path in paths.filter(|path| cache_control(path) != SHORT) {
        rules.push_str(&format!("/{path}\n  ! Cache-Control\n  Cache-Control: {}\n", cache_control(path)));
    }
    rules.push_str(&format!("/_allclear/*\n  ! Cache-Control\n  Cache-Control: {NEVER}\n"));
    rules
}

fn cache_control(path: &str) -> &'static str {
    match UploadStage::of(path) {
        _ if path == POINTER_PATH || path.starts_with("_allclear/") => NEVER,
        _ if path == "404.html" || path.ends_with("/404.html") => ERROR_PAGE,
        UploadStage::Asset if has_hash(path) => FOREVER,
        UploadStage::Asset => ASSET,
        _ => SHORT,
    }
}

/// Whether a name carries a hash of the bytes: a part of sixteen hexadecimal digits or more.
fn has_hash(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['.', '-', '_']).any(|part| part.len() >= 16 && part.bytes().all(|c| c.is_ascii_hexdigit()))
}

fn content_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" if path.starts_with("errors/api/") && name.starts_with(|c: char| c.is_ascii_digit()) => {
            "application/problem+json"
        }
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "atom" => "application/atom+xml; charset=utf-8",
        "rss" => "application/rss+xml; charset=utf-8",
        "xml" => "application/xml; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "txt" | "conf" | "md" | "vcl" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "pdf" => "application/pdf",
        "gz" => "application/gzip",
        "" if name.starts_with('_') => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{ERROR_PAGE, FOREVER, Headers, NEVER, SHORT, headers_file};

    #[test]
    fn each_kind_of_file_has_its_headers() {
        for (path, content_type, cache_control) in [
            ("index.html", "text/html; charset=utf-8", SHORT),
            ("es/history.atom", "application/atom+xml; charset=utf-8", SHORT),
            ("api/v2/summary.json", "application/json", SHORT),
            ("errors/api/checkout/503.json", "application/problem+json", SHORT),
            ("errors/api/api-gateway.json", "application/json", SHORT),
            ("maintenance.ics", "text/calendar; charset=utf-8", SHORT),
            ("fonts/inter-0123456789abcdef.woff2", "font/woff2", FOREVER),
            ("404.html", "text/html; charset=utf-8", ERROR_PAGE),
            ("_allclear/build.json", "application/json", NEVER),
            ("odd", "application/octet-stream", super::ASSET),
        ] {
            assert_eq!(Headers::of(path), Headers { content_type, cache_control }, "{path}");
        }
    }

    #[test]
    fn a_headers_file_says_the_exceptions_after_the_rule() {
        let text = headers_file(["404.html", "index.html"].into_iter());
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('/')).collect();
        assert_eq!(lines, ["/*", "/404.html", "/_allclear/*"]);
    }
}
