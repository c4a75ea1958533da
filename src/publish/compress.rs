//! Writes a compressed copy next to each file that compresses well, for web servers that send precompressed files.
//!
//! Promises: the same bytes give the same copy on every machine; there is no copy if it would save little.

use std::collections::BTreeMap;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Below this many bytes a file fits into few packets anyway.
const BYTES_MIN: usize = 1_024;

/// The twins of those files that have one, by their paths with `.gz`.
pub fn twins(files: &BTreeMap<String, Bytes>) -> BTreeMap<String, Bytes> {
    let twin = |(path, bytes): (&String, &Bytes)| {
        (is_text(path) && bytes.len() >= BYTES_MIN)
            .then(|| compressed(bytes))
            .flatten()
            .map(|twin| (format!("{path}.gz"), twin))
    };
    files.iter().filter_map(twin).collect()
}

fn is_text(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    matches!(
        extension,
        Some("html" | "css" | "js" | "json" | "atom" | "rss" | "xml" | "ics" | "txt" | "svg" | "webmanifest")
    )
}

/// Nothing where a tenth is not saved.
fn compressed(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    let twin = encoder.finish().ok()?;
    (twin.len() < bytes.len() / 10 * 9).then(|| twin.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use bytes::Bytes;

    use super::twins;

    #[test]
    fn only_what_is_worth_it_has_a_twin_that_reads_back() {
        let text = Bytes::from("status ".repeat(1_000));
        let files =
            [("a.html", text.clone()), ("a.png", text.clone()), ("b.html", Bytes::from_static(b"short"))];
        let files = files.map(|(path, bytes)| (path.to_owned(), bytes)).into();
        let made = twins(&files);
        assert_eq!(made.keys().collect::<Vec<_>>(), ["a.html.gz"]);
        assert_eq!(made, twins(&files), "the same again");
        let mut read = String::new();
        let twin = made.get("a.html.gz").map_or(&[][..], |twin| twin);
        flate2::read::GzDecoder::new(twin).read_to_string(&mut read).expect("gzip");
        assert_eq!(read.as_bytes(), text);
    }
}
