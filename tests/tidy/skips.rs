//! Only measurements are ignored, and every skip goes through the one function that reports it.

use std::collections::BTreeMap;
use std::path::Path;

use super::read_below;

fn silent(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.starts_with("#[ignore") && !line.starts_with("#[ignore = \"a measurement") {
            found.push(format!("{path}:{number}: ignores a test; only a measurement may be"));
        }
        let prints =
            ["println!(", "eprintln!(", "print!(", "eprint!("].iter().any(|word| line.contains(word));
        if prints && line.to_lowercase().contains("skipped") {
            found.push(format!("{path}:{number}: skips a test on its own; call `skip`"));
        }
    }
    found
}

#[test]
fn no_test_is_left_out_in_silence() {
    let (root, mut files) = (Path::new(env!("CARGO_MANIFEST_DIR")), BTreeMap::new());
    read_below(root, "src", &mut files);
    read_below(root, "tests/all", &mut files);
    read_below(root, "tests/bench", &mut files);
    let found: Vec<String> = files.iter().flat_map(|(path, text)| silent(path, text)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn a_planted_silence_is_found() {
    for line in ["#[ignore]", "#[ignore = \"slow\"]", "println!(\"skipped: no server\");"] {
        assert_eq!(silent("tests/all/x.rs", line).len(), 1, "{line}");
    }
    assert_eq!(silent("tests/all/x.rs", "#[ignore = \"a measurement\"]"), Vec::<String>::new());
}
