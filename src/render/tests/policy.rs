//! What a page may load and run: nothing but what stands in it.

use super::*;

#[test]
fn nothing_is_loaded_from_anywhere() {
    let tree = tree_of(&full_site());
    for path in tree.files.keys().filter(|path| path.ends_with(".html")) {
        let html = text(&tree, path);
        for forbidden in ["<script ", "<img", "<iframe", "@import", "url(", "rel=\"stylesheet\"", "style=\""]
        {
            assert!(!html.contains(forbidden), "{path} has {forbidden}");
        }
        let of_product = path.starts_with("errors/");
        assert_eq!(html.matches("<script>").count(), usize::from(!of_product), "{path}");
        assert!(html.contains("default-src 'none'; style-src 'sha256-"), "{path}");
    }
}

#[test]
fn the_policy_names_the_styles_and_the_script_of_the_page() {
    use sha2::{Digest, Sha256};
    let tree = tree_of(&full_site());
    let index = text(&tree, "index.html");
    let policy = index.split("http-equiv=\"Content-Security-Policy\"").nth(1).unwrap();
    let policy = policy.split('>').next().unwrap();
    for (element, count, bytes_max) in [("style", 2, 20_000), ("script", 1, 3_000)] {
        let directive = policy.split(&format!("{element}-src ")).nth(1).unwrap().split(';').next().unwrap();
        let contents = contents(index, element);
        assert_eq!(contents.len(), count);
        for content in contents {
            let hash = data_encoding::BASE64.encode(&Sha256::digest(content.as_bytes()));
            assert!(directive.contains(&format!("'sha256-{hash}'")), "{directive}");
            assert!((1_000..bytes_max).contains(&content.len()), "{} bytes of {element}", content.len());
        }
    }
}

/// What stands in every element of that name without attributes.
fn contents<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    html.split(&open).skip(1).map(|rest| rest.split_once(&close).unwrap().0).collect()
}
