//! What the public must not read, and what only staff do.

use super::*;

#[test]
fn neither_internal_words_nor_words_of_tomorrow_are_anywhere() {
    for (path, bytes) in &tree_of(&full_site()).files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("INTERNAL") && !text.contains("FROM TOMORROW"), "{path}");
        assert!(!text.contains("23:22") && !text.contains("T22:22"), "{path}");
        assert!(!path.contains("incidents/2026/cards") || !text.contains("Critical"), "{path}");
    }
}

#[test]
fn work_that_will_begin_early_does_not_show_it_before() {
    let window = TimeRange::between(at(14, 0), at(15, 0));
    let early = maintenance("early", &["search"], window).with(update(at(13, 7), Phase::InProgress));
    let tree = tree_of(&Site::of(page(), [early.0]));
    for (path, bytes) in &tree.files {
        let text = String::from_utf8_lossy(bytes);
        assert!(!["T13:07", "T130700", "14:07"].iter().any(|time| text.contains(time)), "{path}");
    }
}

#[test]
fn our_own_people_read_internal_words_in_pages_that_say_so_and_nowhere_else() {
    let public = tree_of(&full_site());
    let tree = super::super::site(&full_site(), &Theme::built_in(), now(), Audience::Internal).unwrap();
    assert!(tree.files.keys().eq(public.files.keys()));
    assert_eq!(text(&tree, "robots.txt"), "User-agent: *\nDisallow: /\n");
    assert!(text(&public, "robots.txt").contains("/sitemap.xml\n"));
    let story = text(&tree, "incidents/2026/cards/index.html");
    assert!(
        words(story)
            .contains("Cause found Internal 20 Nov 2026, 10:50 CET (Link to this update) INTERNAL: rack 7")
    );
    for (path, bytes) in &tree.files {
        let text = String::from_utf8_lossy(bytes);
        let is_page = path.ends_with(".html") && !path.starts_with("errors/");
        assert_eq!(text.contains("<p class=\"private\">"), is_page, "{path}");
        assert_eq!(
            text.contains("<meta name=\"robots\" content=\"noindex\">"),
            path.ends_with(".html") && (is_page || path.starts_with("errors/")),
            "{path}"
        );
        assert!(is_page || !text.contains("INTERNAL"), "{path}");
        assert!(
            is_page || path == "robots.txt" || text == String::from_utf8_lossy(&public.files[path]),
            "{path} is not the public's"
        );
        assert!(!is_page || !text.contains("rel=\"canonical\""), "{path}");
    }
}
