//! What markdown becomes, and what hostile markdown never becomes.

mod growth;

use proptest::prelude::*;

use super::marks::{MARK_CLOSE, MARK_OPEN};
use super::*;
use crate::model::localized::Language;
use crate::model::nesting::DEPTH_MAX;
use crate::theme::Theme;
use crate::theme::calendar::Zone;

fn with_reader<T>(act: impl FnOnce(&MarkdownContext<'_>) -> T) -> T {
    let theme = Theme::built_in();
    let zone = Zone::named("Europe/Madrid").unwrap();
    let words = theme.words(&Language::english());
    act(&MarkdownContext { words, zone: &zone, base: "../../" })
}

fn html(markdown: &str) -> String {
    with_reader(|reader| to_html(markdown, reader))
}

fn plain(markdown: &str) -> String {
    with_reader(|reader| to_plain(markdown, reader))
}

#[test]
fn prose_becomes_elements() {
    assert_eq!(
        html("a *b* **c** ~~d~~ `e`"),
        "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code></p>\n"
    );
    assert_eq!(html("# A\n\n#### B\n\n###### C"), "<h4>A</h4>\n<h5>B</h5>\n<h6>C</h6>\n");
    assert_eq!(html("1. a\n2. b\n"), "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n");
    assert_eq!(html("- [x] a\n- [ ] b"), "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>\n");
    assert_eq!(html("> a\n\n---"), "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n");
    assert_eq!(
        html("| a | b |\n|---|--:|\n| 1 | 2 |"),
        "<div class=\"table\"><table>\n<thead><tr><th scope=\"col\">a</th><th scope=\"col\" class=\"end\">b</th>\
         </tr></thead>\n<tbody>\n<tr><td>1</td><td class=\"end\">2</td></tr>\n</tbody></table></div>\n"
    );
}

#[test]
fn a_head_without_words_is_left_out() {
    let table = "| | |\n|---|---|\n| a | b |";
    let written = html(table);
    assert_eq!(
        written,
        "<div class=\"table\"><table>\n<tbody>\n<tr><td>a</td><td>b</td></tr>\n</tbody></table></div>\n"
    );
    assert!(html("| `x` | |\n|---|---|\n| a | b |").contains("<thead>"));
}

#[test]
fn links_are_kept_when_safe_and_lost_when_not() {
    assert_eq!(
        html("[a](https://b.example/?x=1&y=2)"),
        "<p><a href=\"https://b.example/?x=1&amp;y=2\">a</a></p>\n"
    );
    assert_eq!(html("[a](/history/)"), "<p><a href=\"../../history/\">a</a></p>\n");
    assert_eq!(html("<me@example.org>"), "<p><a href=\"mailto:me@example.org\">me@example.org</a></p>\n");
    assert_eq!(
        html("at https://b.example/c."),
        "<p>at <a href=\"https://b.example/c\">https://b.example/c</a>.</p>\n"
    );
    assert_eq!(
        html("![the graph](https://b.example/g.png)"),
        "<p><a href=\"https://b.example/g.png\">the graph</a></p>\n"
    );
    assert_eq!(
        html("[![graph](g.png)](https://b.example)"),
        "<p><a href=\"https://b.example\">graph</a></p>\n"
    );
    assert_eq!(html("[a](javascript:alert(1))"), "<p>a</p>\n");
}

#[test]
fn tokens_are_times_in_prose_and_text_elsewhere() {
    let time = "<time datetime=\"2026-11-20T11:30:00Z\">20 November 2026, 12:30 CET</time>";
    assert_eq!(html("by *{time 2026-11-20T11:30Z}*."), format!("<p>by <em>{time}</em>.</p>\n"));
    assert_eq!(
        html("[at {time 2026-11-20T11:30Z}](/x)"),
        format!("<p><a href=\"../../x\">at {time}</a></p>\n")
    );
    assert_eq!(html("`{time 2026-11-20T11:30Z}`"), "<p><code>{time 2026-11-20T11:30Z}</code></p>\n");
    assert_eq!(html("\\{time 2026-11-20T11:30Z}"), "<p>{time 2026-11-20T11:30Z}</p>\n");
    assert_eq!(html("{time noon}"), "<p>{time noon}</p>\n");
    assert_eq!(plain("by {time 2026-11-20T11:30Z}."), "by 20 November 2026, 12:30 CET.");
    assert_eq!(html("\u{FFF9}0\u{FFFB} {time 2026-11-20T11:30Z}"), format!("<p>0 {time}</p>\n"));
}

#[test]
fn plain_text_keeps_the_words_and_the_shape() {
    // As in HTML, a line of the file ends where its writer's screen ended, and only two blanks mean it.
    assert_eq!(plain("# A\n\nb\nc\n\n\n\nd  \ne"), "A\n\nb c\n\nd\ne");
    assert_eq!(plain("Do:\n\n- a\n- b\n  - c\n- d"), "Do:\n\n- a\n- b\n  - c\n- d");
    assert_eq!(plain("3. a\n4. b"), "3. a\n4. b");
    assert_eq!(plain("- a\n\n  more\n- b"), "- a\n\n  more\n- b");
    assert_eq!(plain("> a\n> b  \n> c\n\nd"), "> a b\n> c\n\nd");
    assert_eq!(plain("| a | b |\n|---|---|\n| 1 | 2 |\n\nend"), "a | b\n1 | 2\n\nend");
    assert_eq!(plain("```\nx\n  y\n```\nz"), "x\n  y\n\nz");
    assert_eq!(
        plain("[a](https://b.example) <https://c.example> https://d.example"),
        "a (https://b.example) https://c.example https://d.example"
    );
    assert_eq!(plain("[me@x.example](mailto:me@x.example) ~~no~~"), "me@x.example ~~no~~");
    assert_eq!(plain("[a](javascript:x) <b>"), "a <b>");
    assert_eq!(plain(""), "");
}

/// What must never come out, whatever went in: an element or attribute that is not ours, a bad scheme.
fn assert_harmless(markdown: &str) {
    let written = html(markdown);
    let mut rest = written.as_str();
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split(' ').next().unwrap();
        let ours = "p h4 h5 h6 blockquote pre code ol ul li div table thead tbody tr th td em strong del a br hr time";
        assert!(ours.split(' ').any(|element| element == name), "{markdown:?} gave <{tag}>");
        let attributes = tag.split_once(' ').map_or("", |(_, attributes)| attributes);
        let known = ["href=\"", "datetime=\"", "class=\"", "scope=\"", "start=\""];
        assert!(
            attributes.is_empty() || known.iter().any(|known| attributes.starts_with(known)),
            "{markdown:?} gave <{tag}>"
        );
        if let Some(address) = attributes.strip_prefix("href=\"") {
            let safe = ["http://", "https://", "http:", "https:", "mailto:", "tel:", "../../", "#"];
            let address = address.to_ascii_lowercase();
            assert!(safe.iter().any(|scheme| address.starts_with(scheme)), "{markdown:?} gave {address}");
        }
        rest = after;
    }
}

#[test]
fn an_entity_is_no_way_to_a_control_character() {
    let spelled = (0..0x20).chain(0x7f..0xa0).filter(|c| !matches!(c, 9 | 10));
    for c in spelled {
        for hostile in [
            format!("a &#{c};[2J"),
            format!("`&#x{c:x};`"),
            format!("[x](https://x.example/&#{c}; \"&#{c};\")"),
        ] {
            for written in [html(&hostile), plain(&hostile)] {
                let wrong = written.find(|c: char| c.is_control() && c != '\n');
                assert_eq!(wrong, None, "{hostile}: {written:?}");
            }
        }
    }
    assert_eq!(html("&#xFFF9;7&#xFFFB; {time 2026-11-20T11:30Z}").matches("<time").count(), 1);
}

#[test]
fn hostile_text_is_shown_and_not_run() {
    for hostile in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b>",
        "[x](&#x6a;avascript:alert(1))",
        "[x](&#106;&#97;vascript&colon;alert(1))",
        "[x](java&Tab;script:alert(1))",
        "[x](java&NewLine;script:alert(1))",
        "[x](Data:text/html,<script>alert(1)</script>)",
        "[x](<javascript:alert(1)>)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n[x]",
        "![x](javascript:alert(1))",
        "![\"><script>](https://b.example/\"onerror=\"alert)",
        "[x](https://b.example/\" onmouseover=\"alert(1))",
        "<svg><set attributeName=href to=javascript:alert(1)>",
        "<!-- <script> -->",
        "<![CDATA[<script>]]>",
        "# a {onclick=alert(1)}",
        "```\"><script>\nx\n```",
        "| <script> |\n|---|\n| <img onerror=x> |",
        "`<script>`",
        "https://b.example/\"><script>",
        "{time 2026-11-20T11:30Z\"><script>}",
        "]]><script>\u{0}\u{b}",
        "<a href=\"x\" style=\"x\">y</a>",
        "<https://b.example/\"onload=\"x>",
    ] {
        assert_harmless(hostile);
        assert!(!html(hostile).chars().any(|c| c.is_control() && c != '\n'), "{hostile:?}");
    }
}

#[test]
fn deep_nesting_is_cut_and_still_shown() {
    let deep = format!("{}end", "> ".repeat(5_000));
    let written = html(&deep);
    assert_eq!(written.matches("<blockquote>").count(), DEPTH_MAX);
    assert_eq!(written.matches("</blockquote>").count(), DEPTH_MAX);
    assert!(written.contains("end") && plain(&deep).len() < 100_000);
    let lists: String = (0..500).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect();
    assert!(html(&lists).matches("<li>").count() >= DEPTH_MAX);
    assert_harmless(&lists);
    assert_harmless(&"[".repeat(10_000));
    assert_harmless(&"*a **b ".repeat(2_000));
}

proptest! {
    #[test]
    fn nothing_harmful_comes_out_of_anything(
        markdown in "(<|>|\"|'|&|;|:|/|\\(|\\)|\\[|\\]|!|`|\\*|_|\\||\n|\n\n|- |> |# |script|img|onerror=|javascript:|&#x6a;|data:|http://|a|é|\u{0}|\\{time 2026-11-20T11:30Z\\}){0,40}",
    ) {
        assert_harmless(&markdown);
        let text = plain(&markdown);
        prop_assert_eq!(text.find(['\u{0}', MARK_OPEN, MARK_CLOSE]), None);
        prop_assert!(text.lines().all(|line| line.trim_end() == line));
    }
}
