//! What a page may load and run: what is in it, and for what is over one style and one script of the site's own.

use std::sync::Arc;

use super::*;

#[test]
fn nothing_is_loaded_from_anywhere() {
    let tree = tree_of(&full_site());
    for path in tree.files.keys().filter(|path| path.ends_with(".html")) {
        let html = text(&tree, path);
        for forbidden in ["<img", "<iframe", "@import", "url(", "style=\""] {
            assert!(!html.contains(forbidden), "{path} has {forbidden}");
        }
        if path.ends_with("incidents/2026/old/index.html") {
            continue;
        }
        for forbidden in ["<script src", "rel=\"stylesheet\""] {
            assert!(!html.contains(forbidden), "{path} has {forbidden}");
        }
        let of_product = path.starts_with("errors/");
        assert_eq!(html.matches("<script>").count(), if of_product { 0 } else { 2 }, "{path}");
        assert!(html.contains("default-src 'none'; style-src 'sha256-"), "{path}");
    }
}

#[test]
fn what_is_over_links_one_style_and_one_script_whose_names_are_their_hashes() {
    use sha2::{Digest, Sha256};
    let tree = tree_of(&full_site());
    for (page, root) in
        [("incidents/2026/old/index.html", "../../../"), ("es/incidents/2026/old/index.html", "../../../../")]
    {
        let html = text(&tree, page);
        assert!(html.contains("default-src 'none'; style-src 'self'; script-src 'self'; "), "{page}");
        assert!(!html.contains("<style") && !html.contains("<script>"), "{page} repeats what it links");
        for (before, after) in [("<link rel=\"stylesheet\" href=\"", "\">"), ("<script src=\"", "\" defer>")]
        {
            let parts: Vec<&str> = html.split(before).collect();
            let [_, rest] = parts[..] else { panic!("{page}: {} times {before}", parts.len() - 1) };
            let path = rest.split_once(after).unwrap().0.strip_prefix(root).unwrap();
            let digest = Sha256::digest(text(&tree, path).as_bytes());
            let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            assert!(path.starts_with(&format!("assets/{hash}.")), "{path}");
        }
    }
    let mut ongoing = full_site();
    ongoing.incidents.retain(|incident| incident.id.as_str() != "2026/old");
    assert!(!tree_of(&ongoing).files.keys().any(|path| path.starts_with("assets/")), "nothing links them");
}

#[test]
fn the_policy_names_the_styles_and_the_scripts_of_the_page() {
    use sha2::{Digest, Sha256};
    let tree = tree_of(&full_site());
    let index = text(&tree, "index.html");
    let policy = index.split("http-equiv=\"Content-Security-Policy\"").nth(1).unwrap();
    let policy = policy.split('>').next().unwrap();
    for (element, count, sizes) in [("style", 2, 1_000..20_000), ("script", 2, 100..5_000)] {
        let directive = policy.split(&format!("{element}-src ")).nth(1).unwrap().split(';').next().unwrap();
        let contents = contents(index, element);
        assert_eq!(contents.len(), count);
        for content in contents {
            let hash = data_encoding::BASE64.encode(&Sha256::digest(content.as_bytes()));
            assert!(directive.contains(&format!("'sha256-{hash}'")), "{directive}");
            assert!(sizes.contains(&content.len()), "{} bytes of {element}", content.len());
        }
    }
}

/// What is in every element of that name without attributes.
fn contents<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    html.split(&open).skip(1).map(|rest| rest.split_once(&close).unwrap().0).collect()
}

#[test]
fn what_a_page_says_of_itself_is_json_that_ends_nowhere_else() {
    let mut site = full_site();
    for incident in site.incidents.iter_mut().map(Arc::make_mut) {
        incident.title = Localized::plain("</script><script>alert(1)</script>");
        incident.impact = Some(Localized::plain("<!--<script>"));
    }
    let tree = tree_of(&site);
    for (path, kind) in [
        ("index.html", "WebSite"),
        ("es/index.html", "WebSite"),
        ("incidents/2026/cards/index.html", "LiveBlogPosting"),
        ("incidents/2026/move/index.html", "LiveBlogPosting"),
    ] {
        let html = text(&tree, path);
        let (_, rest) = html.split_once("<script type=\"application/ld+json\">").unwrap();
        let said: serde_json::Value = serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap();
        assert_eq!(
            (&said["@context"], &said["@type"]),
            (&"https://schema.org".into(), &kind.into()),
            "{path}"
        );
        let scripts_count = if path.contains("/old/") { 2 } else { 3 };
        assert_eq!(html.matches("<script").count(), scripts_count, "{path}");
    }
    let story = text(&tree, "incidents/2026/old/index.html");
    for fact in [
        "\"headline\":\"\\u003c/script>",
        "\"coverageStartTime\":\"2026-11-15T10:30:00Z\",\"coverageEndTime\":\"2026-11-15T12:35:00Z\"",
        "\"liveBlogUpdate\":[{\"@type\":\"BlogPosting\",\"headline\":\"Resolved\"",
    ] {
        assert!(story.contains(fact), "{fact} is not in {story}");
    }
}

#[test]
fn the_operators_looks_are_in_the_style_and_the_logo_is_theirs() {
    use crate::model::looks::{Branding, Color, Header};
    let mut site = full_site();
    site.page.looks = Branding {
        accent: Color::new("#7a1f3d"),
        header: Header::Accent,
        logo: Some("pictures/logo.svg".to_owned()),
        ..Branding::default()
    };
    site.page.subscribe_url = Some("mailto:status@example.org".to_owned());
    let (theme, problems) = Theme::open(std::path::Path::new("/nowhere"), "default", &site.page.looks);
    assert_eq!(problems, []);
    let tree = super::super::site(&site, &theme, now(), Audience::Public).unwrap();
    let page = text(&tree, "es/subscribe/index.html");
    assert!(contents(page, "style")[2].ends_with("--on-head:#ffffff}"), "after everything of the theme");
    assert!(page.contains("<img class=\"logo\" src=\"../../pictures/logo.svg\" alt=\"\">"));
    assert!(page.contains("<a class=\"button\" href=\"mailto:status@example.org\">Suscribirse</a>"));
    assert!(page.contains("href=\"webcal://status.example.org/shop/es/maintenance.ics\""));
    assert!(!text(&tree, "errors/503.html").contains("class=\"logo\""), "an error page asks for no file");
    assert!(!text(&tree_of(&full_site()), "subscribe/index.html").contains("mailto:"));
}
