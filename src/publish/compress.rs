//! Writes compressed copies next to each file that compresses well, for web servers that send precompressed files.
//!
//! Promises: the same bytes give the same copies on every machine; there is no copy if it would save little, and none of the
//! page of a single incident or of a past month or year: there are many of them, and few are read again, so the web server
//! compresses those it sends.

use std::collections::BTreeMap;
use std::io::Write as _;

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Below this many bytes a file fits into few packets anyway.
const BYTES_MIN: usize = 1_024;

/// Brotli's quality: it takes as long as the best gzip and saves more. Higher ones take thirty times as long.
const BROTLI_QUALITY: i32 = 5;

/// How a copy is compressed, by the end of its name.
type Format = (&'static str, fn(&[u8]) -> Option<Vec<u8>>);

const FORMATS: [Format; 2] = [(".gz", gzip), (".br", brotli)];

/// The path without the end of a compressed copy's name.
pub fn without_format(path: &str) -> &str {
    FORMATS.iter().find_map(|(end, _)| path.strip_suffix(end)).unwrap_or(path)
}

/// The copies of those files that have some, by their paths with `.gz` and `.br`.
pub fn twins(files: &BTreeMap<String, Bytes>) -> BTreeMap<String, Bytes> {
    let worth = files.iter().filter(|(path, bytes)| bytes.len() >= BYTES_MIN && is_often_read(path));
    let of = |(path, bytes): (&String, &Bytes)| {
        let bytes = bytes.clone();
        let path = path.clone();
        FORMATS.iter().filter_map(move |(end, compress)| {
            let twin = compress(&bytes)?;
            // Nothing where a tenth is not saved.
            (twin.len() < bytes.len() / 10 * 9).then(|| (format!("{path}{end}"), twin.into()))
        })
    };
    worth.flat_map(of).collect()
}

/// Whether the file is text and not the page of an incident or of a past month or year.
fn is_often_read(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    let is_text = matches!(
        extension,
        Some("html" | "css" | "js" | "json" | "atom" | "rss" | "xml" | "ics" | "txt" | "svg" | "webmanifest")
    );
    let is_past = |path: &str| path.split('/').rev().skip(1).any(|folder| folder == "incidents");
    // The newest part of the history is at `history/index.html`, each other one in a folder of its own.
    let is_history = |path: &str| path.split('/').rev().skip(2).any(|folder| folder == "history");
    is_text && !is_past(path) && !is_history(path)
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let parameters = BrotliEncoderParams { quality: BROTLI_QUALITY, ..BrotliEncoderParams::default() };
    let (mut unread, mut twin) = (bytes, Vec::new());
    brotli::BrotliCompress(&mut unread, &mut twin, &parameters).ok()?;
    Some(twin)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use sha2::{Digest as _, Sha256};

    use super::*;

    fn made(files: &[(&str, &Bytes)]) -> BTreeMap<String, Bytes> {
        let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), (*bytes).clone())).collect();
        let made = twins(&files);
        assert_eq!(made, twins(&files), "the same again");
        made
    }

    #[test]
    fn a_copy_reads_back_in_both_formats() {
        let text = Bytes::from("status ".repeat(1_000));
        let made = made(&[("a.html", &text)]);
        assert_eq!(made.keys().collect::<Vec<_>>(), ["a.html.br", "a.html.gz"]);
        let (mut of_gzip, mut of_brotli) = (Vec::new(), Vec::new());
        flate2::read::GzDecoder::new(&made["a.html.gz"][..]).read_to_end(&mut of_gzip).unwrap();
        brotli::BrotliDecompress(&mut &made["a.html.br"][..], &mut of_brotli).unwrap();
        assert_eq!((&of_gzip, &of_brotli), (&text.to_vec(), &text.to_vec()));
        assert!(made["a.html.br"].len() < made["a.html.gz"].len());
    }

    #[test]
    fn only_what_is_worth_it_has_copies() {
        let text = Bytes::from("status ".repeat(1_000));
        let noise: Bytes = (0..250_u8).flat_map(|block| Sha256::digest([block])).collect();
        let short = Bytes::from_static(b"short");
        for (path, bytes, expected) in [
            ("index.html", &text, 2),
            ("es/index.html", &text, 2),
            ("history.atom", &text, 2),
            ("summary.json", &text, 2),
            ("features/incidents-api/index.html", &text, 2),
            ("assets/app.3f2a.css", &text, 2),
            ("index.html", &short, 0),
            ("index.html", &noise, 0),
            ("assets/logo.png", &text, 0),
            ("LICENSE", &text, 0),
            ("incidents/a/index.html", &text, 0),
            ("incidents/2026/a/index.html", &text, 0),
            ("es/incidents/a/index.html", &text, 0),
            ("history/index.html", &text, 2),
            ("es/history/index.html", &text, 2),
            ("history/2025/index.html", &text, 0),
            ("es/history/2026/03/index.html", &text, 0),
            ("incidents/a/alert.xml", &text, 0),
        ] {
            assert_eq!(made(&[(path, bytes)]).len(), expected, "{path}");
        }
    }

    #[test]
    fn the_name_of_a_copy_leads_to_its_file() {
        for (path, file) in
            [("a.html.gz", "a.html"), ("a.html.br", "a.html"), ("a.html", "a.html"), ("gz", "gz")]
        {
            assert_eq!(without_format(path), file, "{path}");
        }
    }
}
