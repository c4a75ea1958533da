//! The hostile lines in the report under a pull request, which a git host renders as Markdown.

use std::fmt::Write as _;
use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::file;
use super::lines::lines;
use super::visited;
use crate::fixtures::house::House;
use crate::fixtures::judge::there_is;

/// How many lines an incident has: few, so that each of them has an incident of its own in some report.
const LINES: usize = 12;

/// How many incidents a pull request opens.
const INCIDENTS: usize = 30;

/// The most characters of a comment on GitHub.
const COMMENT_CHARACTERS: usize = 65_536;

fn git(house: &House, arguments: &[&str]) {
    let by = ["-c", "user.name=Desk", "-c", "user.email=desk@example.org"];
    let done = Command::new("git").current_dir(house.path()).args(by).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn commit(house: &House) {
    git(house, &["add", "--all", "incidents", "site"]);
    git(house, &["commit", "--quiet", "-m", "a change"]);
}

/// The report on each pull request of some incidents with some of the lines, and of files that cannot be read.
fn reports() -> Vec<String> {
    let lines = lines();
    let chunks: Vec<&[String]> = lines.chunks(LINES).collect();
    let pulls = chunks.chunks(INCIDENTS);
    pulls
        .map(|chunks| {
            let mut house = House::new();
            git(&house, &["init", "--quiet", "--initial-branch=main"]);
            commit(&house);
            for (number, lines) in chunks.iter().enumerate() {
                house.write(&format!("incidents/incident-{number}.md"), &file(lines));
                let broken = format!(
                    "+++\n{}\n+++\n\n## {}\n\n{}\n",
                    lines[0],
                    lines[1 % lines.len()],
                    lines.join("\n")
                );
                house.write(&format!("incidents/broken-{number}.md"), &broken);
            }
            git(&house, &["switch", "--quiet", "--create", "pull"]);
            commit(&house);
            let report = ["notify", "--dry-run", "--format", "markdown", "--since", "main"];
            let house = house.run(&report).exited(3).restless();
            assert!(house.stdout().contains("incident-0"), "{}", house.stdout());
            house.stdout()
        })
        .collect()
}

/// The report as a page, by a renderer that lets all markup through.
fn rendered(report: &str) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let mut page = "<!DOCTYPE html><title>x</title><h1>x</h1>".to_owned();
    for event in Parser::new_ext(report, Options::all()) {
        let _ = match event {
            Event::Text(text) | Event::Code(text) => write!(page, "{}", escaped(&text)),
            Event::Html(markup) | Event::InlineHtml(markup) => write!(page, "{markup}"),
            Event::Start(Tag::Link { dest_url, .. }) => write!(page, "<a href=\"{}\">", escaped(&dest_url)),
            Event::Start(Tag::Image { dest_url, .. }) => write!(page, "<img src=\"{}\">", escaped(&dest_url)),
            _ => writeln!(page),
        };
    }
    page
}

/// What the texts of a report may not become: markup of its own, links, pictures, and calls of anyone by name.
fn trespasses(report: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_code = false;
    for event in TextMergeStream::new(Parser::new_ext(report, Options::all())) {
        match event {
            Event::Html(markup) | Event::InlineHtml(markup) => {
                let markup = markup.trim();
                let title = markup
                    .strip_prefix("<details><summary>")
                    .and_then(|rest| rest.strip_suffix("</summary>"));
                let is_own = title.is_some_and(|title| !title.contains(['<', '>']))
                    || matches!(markup, "</details>" | "");
                found.extend((!is_own).then(|| format!("markup {markup}")));
                found.extend(calls(markup).then(|| format!("a call in {markup}")));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push(format!("a link to {dest_url}"));
            }
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if !in_code && calls(&text) => found.push(format!("a call in {text}")),
            _ => {}
        }
    }
    found
}

/// Whether a git host would call someone: it looks for names after Markdown and entities are resolved.
fn calls(text: &str) -> bool {
    let text = text.replace("&commat;", "@").replace("&#8203;", "\u{200b}");
    text.split('@').skip(1).any(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

#[test]
fn no_line_is_markup_or_a_call_in_the_report_of_a_pull_request() {
    let reports = reports();
    for report in &reports {
        assert_eq!(trespasses(report), Vec::<String>::new(), "{report}");
        assert!(report.chars().count() < COMMENT_CHARACTERS, "{} characters", report.chars().count());
    }
    for planted in ["<b>x</b>", "[x](https://x.example)", "![x](y)", "@everyone"] {
        assert_ne!(trespasses(planted), Vec::<String>::new(), "{planted}");
    }
    if there_is("npm") {
        let folder = tempfile::tempdir().unwrap();
        let page = |(number, report): (usize, &String)| {
            let path = folder.path().join(format!("{number}.html"));
            std::fs::write(&path, rendered(report)).unwrap();
            path
        };
        let pages: Vec<_> = reports.iter().enumerate().map(page).collect();
        let told = visited(&pages);
        assert_eq!(told["complaints"], serde_json::json!([]));
        assert_eq!(told["seen"], pages.len());
    }
}
