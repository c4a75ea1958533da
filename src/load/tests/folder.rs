//! Whole folders, read from a disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::{CARD, at, page};
use crate::load::{Loaded, read_site};
use crate::model::feature::{Feature, FeatureId, Group, Status};
use crate::model::localized::{Language, Localized};
use crate::model::page::Page;
use crate::model::problem::ProblemLevel;

/// A site's root, and the folder of last good versions next to it.
struct Folder {
    root: TempDir,
    last_good: TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { root: TempDir::new().unwrap(), last_good: TempDir::new().unwrap() }
    }

    fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        write(self.root.path(), name, text.as_ref());
        self
    }

    fn last_good(self, name: &str, text: &str) -> Self {
        write(self.last_good.path(), name, text.as_bytes());
        self
    }

    fn read(&self) -> Loaded {
        read_site(self.root.path(), page(&["en", "es"]), Some(self.last_good.path()))
    }

    /// File and rule of each problem.
    fn complaints(&self) -> Vec<(String, &'static str)> {
        self.read().problems.into_iter().map(|problem| (problem.file, problem.rule)).collect()
    }
}

fn write(folder: &Path, name: &str, text: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn titles(loaded: &Loaded) -> Vec<&str> {
    loaded.site.incidents.iter().map(|incident| incident.title.default.as_str()).collect()
}

fn titled(title: &str) -> String {
    CARD.replace("Card payments are failing", title)
}

fn one(file: &str, rule: &'static str) -> Vec<(String, &'static str)> {
    vec![(file.to_owned(), rule)]
}

#[test]
fn incidents_come_newest_first_then_by_id() {
    let older = titled("older").replace("started = 2026-11-20T09:12", "started = 2026-11-19T09:12");
    let folder = Folder::new()
        .file("incidents/z/a.md", older)
        .file("incidents/b.md", titled("b"))
        .file("incidents/a.md", titled("a"))
        .file("incidents/notes.txt", "not an incident")
        .file("incidents/.draft.md", "nor this");
    let loaded = folder.read();
    assert_eq!(titles(&loaded), ["a", "b", "older"]);
    assert_eq!(loaded.problems, []);
    assert_eq!(loaded, folder.read(), "and again the same");
    assert_eq!(Folder::new().read().site.incidents, []);
}

#[test]
fn one_bad_file_among_twenty_leaves_nineteen() {
    let mut folder = Folder::new();
    for number in 0..20 {
        folder = folder.file(&format!("incidents/{number:02}.md"), titled(&format!("{number}")));
    }
    let folder = folder.file("incidents/07.md", CARD.replace("severity = \"major\"", "severity = \"majr\""));
    let loaded = folder.read();
    assert_eq!(loaded.site.incidents.len(), 19);
    assert_eq!(folder.complaints(), one("incidents/07.md", "unknown-word"));
    let bad: Vec<_> =
        loaded.sources.iter().filter(|source| !source.good).map(|source| source.file.as_str()).collect();
    assert_eq!((loaded.sources.len(), bad), (20, vec!["incidents/07.md"]));
    assert!(loaded.sources[7].text.contains("majr"));
}

#[test]
fn many_files_read_by_several_threads_come_in_order() {
    let mut folder = Folder::new();
    for number in 0..300 {
        folder = folder.file(&format!("incidents/{number:03}.md"), titled(&format!("{number:03}")));
    }
    let loaded = folder.read();
    let names: Vec<_> = loaded.sources.iter().map(|source| source.file.clone()).collect();
    assert!(names.is_sorted() && names.len() == 300);
    assert_eq!(titles(&loaded).first(), Some(&"000"));
    assert!(titles(&loaded).is_sorted());
}

#[test]
fn the_last_good_version_stands_in() {
    let folder = Folder::new()
        .file("incidents/a.md", "+++\ntitle = \"new\"\n+++\n")
        .last_good("incidents/a.md", &titled("old"))
        .file("incidents/b.md", "nothing")
        .last_good("incidents/b.md", "nothing either")
        .last_good("incidents/gone.md", &titled("deleted on purpose"));
    let loaded = folder.read();
    assert_eq!(titles(&loaded), ["old"]);
    let kept = loaded.problems.iter().find(|problem| problem.rule == "last-good-kept").unwrap();
    assert_eq!((kept.file.as_str(), kept.level), ("incidents/a.md", ProblemLevel::Warning));
    assert!(loaded.problems.iter().any(|problem| problem.file == "incidents/b.md"));
    assert!(loaded.sources.iter().all(|source| !source.good));
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_place() {
    let folder = Folder::new()
        .file("incidents/latin.md", b"+++\ntitle = \"Caf\xe9\"\n+++\n")
        .file("incidents/large.md", vec![b'x'; 300 * 1024])
        .last_good("incidents/latin.md", &titled("kept"));
    let loaded = folder.read();
    assert_eq!(titles(&loaded), ["kept"]);
    let wrong = loaded.problems.iter().find(|problem| problem.rule == "not-utf8").unwrap();
    let place = wrong.place.clone().unwrap();
    assert_eq!((place.line, place.column, place.length), (2, 13, 1));
    assert_eq!(place.source, "title = \"Caf\u{fffd}\"");
    assert!(folder.complaints().contains(&("incidents/large.md".to_owned(), "file-too-large")));
}

#[test]
fn a_translation_gives_words_for_the_same_times() {
    let spanish = "+++\ntitle = \"Fallan los pagos\"\nimpact = \"La mitad.\"\n+++\n\n\
                   ## 2026-11-20 11:05 Europe/Madrid · Identificado\n\nEl fallo es del procesador.\n";
    let folder = Folder::new().file("incidents/a.md", CARD).file("incidents/a.es.md", spanish);
    let loaded = folder.read();
    assert_eq!(loaded.problems, []);
    let es = Language::new("es").unwrap();
    let incident = &loaded.site.incidents[0];
    assert_eq!(incident.title.in_language(&es), "Fallan los pagos");
    assert_eq!(incident.impact.as_ref().unwrap().in_language(&es), "La mitad.");
    assert_eq!(incident.updates[1].body.in_language(&es), "El fallo es del procesador.");
    assert_eq!(incident.updates[0].body.translations.len(), 0, "the one not translated keeps the main text");
}

#[test]
fn what_does_not_fit_a_translation_is_told_and_the_rest_is_shown() {
    let spanish = "+++\nseverity = \"minor\"\n+++\n";
    let folder = Folder::new().file("incidents/a.md", CARD).file("incidents/a.es.md", spanish);
    assert_eq!(folder.complaints(), one("incidents/a.es.md", "misplaced-key"));

    let spanish = "## 2026-11-20 10:06 UTC\n\nuno\n\n## 2026-11-20 09:20 UTC\n\ndos\n";
    let folder = Folder::new().file("incidents/a.md", CARD).file("incidents/a.es.md", spanish);
    let loaded = folder.read();
    assert_eq!(folder.complaints(), one("incidents/a.es.md", "unpaired-update"));
    assert_eq!(loaded.problems[0].hint.as_deref(), Some("the nearest is at 2026-11-20 10:05 UTC"));
    assert_eq!(loaded.problems[0].place.as_ref().map(|place| place.line), Some(1));
    assert_eq!(loaded.site.incidents[0].updates[0].body.translations.len(), 1);

    for (spanish, rule) in [
        ("uno\n", "unpaired-update"),
        ("## 2026-11-20 10:05 UTC {eta=unknown}\nuno\n", "misplaced-attributes"),
        ("+++\ntitel = \"x\"\n+++\n", "unknown-key"),
    ] {
        let folder = Folder::new().file("incidents/a.md", CARD).file("incidents/a.es.md", spanish);
        assert_eq!(folder.complaints(), one("incidents/a.es.md", rule), "{spanish}");
    }
    let bare = CARD.replace("workaround", "impact").replacen("impact = \"About", "#", 1);
    let spanish = "+++\nworkaround = \"x\"\n+++\n";
    let folder = Folder::new().file("incidents/a.md", bare).file("incidents/a.es.md", spanish);
    assert_eq!(folder.complaints(), one("incidents/a.es.md", "nothing-to-translate"));
}

#[test]
fn a_translation_of_one_text_needs_no_heading() {
    let main = CARD.split_inclusive("+++\n").take(2).collect::<String>() + "One.\n";
    let folder = Folder::new().file("incidents/a.md", main).file("incidents/a.es.md", "Uno.\n");
    let loaded = folder.read();
    assert_eq!(loaded.problems, []);
    let es = Language::new("es").unwrap();
    assert_eq!(loaded.site.incidents[0].updates[0].body.in_language(&es), "Uno.");
    assert_eq!(loaded.site.incidents[0].updates[0].at, at(9, 12));
}

#[test]
fn translations_follow_their_main_file_to_its_last_good_version() {
    let good = "## 2026-11-20 10:05 UTC\n\nuno\n";
    let folder = Folder::new()
        .file("incidents/a.md", CARD.replace("\"major\"", "\"majr\""))
        .last_good("incidents/a.md", CARD)
        .file("incidents/a.es.md", format!("{good}## 2026-11-20 12:00 UTC\n\ndos\n"))
        .file("incidents/b.md", titled("b"))
        .file("incidents/b.es.md", "+++\n")
        .last_good("incidents/b.es.md", good);
    let loaded = folder.read();
    let rules: Vec<_> = folder.complaints();
    let expected = [
        ("incidents/a.md", "last-good-kept"),
        ("incidents/a.md", "unknown-word"),
        ("incidents/b.es.md", "last-good-kept"),
        ("incidents/b.es.md", "unclosed-front-matter"),
    ];
    assert_eq!(rules, expected.map(|(file, rule)| (file.to_owned(), rule)));
    assert!(loaded.site.incidents.iter().all(|incident| incident.updates[1].body.translations.len() == 1));
}

#[test]
fn names_that_cannot_be_read_are_told() {
    for (name, rule) in [
        ("incidents/a b.md", "bad-name"),
        ("incidents/CON.md", "bad-name"),
        ("incidents/a.MD", "bad-name"),
        ("incidents/a.markdown", "bad-name"),
        ("incidents/a.fr.md", "unknown-language"),
        ("incidents/a.en.md", "unknown-language"),
        ("incidents/a.es.md", "translation-without-main"),
    ] {
        let folder = Folder::new().file(name, CARD);
        let complaints = folder.complaints();
        assert_eq!(complaints.iter().map(|(_, rule)| *rule).next(), Some(rule), "{name}: {complaints:?}");
        assert_eq!(folder.read().site.incidents, [], "{name}");
    }
}

#[test]
fn a_file_that_a_killed_write_left_is_named_and_never_read() {
    let folder = Folder::new().file("incidents/a.md", CARD).file("incidents/.new-4711-0", CARD);
    let folder = folder.file("incidents/.new-a.md", CARD).file("incidents/.hidden.md", CARD);
    assert_eq!(folder.read().site.incidents.len(), 1);
    assert_eq!(folder.complaints(), one("incidents/.new-4711-0", "left-over-file"));
    assert_eq!(folder.read().problems[0].level, ProblemLevel::Warning);
}

#[test]
fn an_id_is_published_once() {
    let with_id = titled("second").replacen("+++\n", "+++\nid = \"A\"\n", 1);
    let folder = Folder::new().file("incidents/a.md", titled("first")).file("incidents/b.md", &with_id);
    assert_eq!(titles(&folder.read()), ["first"]);
    assert_eq!(folder.complaints(), one("incidents/b.md", "duplicate-id"));
    assert_eq!(folder.read().problems[0].place.as_ref().map(|place| place.line), Some(2));
    let folder = folder.last_good("incidents/b.md", &with_id);
    assert_eq!(titles(&folder.read()), ["second"], "the one that was published before stays");
    assert_eq!(folder.complaints(), one("incidents/a.md", "duplicate-id"));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;

    let outside = Folder::new().file("secret.md", CARD);
    let folder = Folder::new().file("incidents/a.md", CARD);
    symlink(outside.root.path().join("secret.md"), folder.root.path().join("incidents/b.md")).unwrap();
    symlink(outside.root.path(), folder.root.path().join("incidents/c")).unwrap();
    assert_eq!(folder.read().site.incidents.len(), 1);
    let linked = ["incidents/b.md", "incidents/c"].map(|file| (file.to_owned(), "symlink"));
    assert_eq!(folder.complaints(), linked);

    let whole = Folder::new();
    symlink(outside.root.path(), whole.root.path().join("incidents")).unwrap();
    assert_eq!(whole.complaints(), one("incidents", "symlink"));
}

#[test]
fn a_group_stands_for_its_features_and_gives_way_to_what_is_said_of_one_itself() {
    let feature = |id: &str| Feature::named(super::feature(id), Localized::plain(id));
    let features = vec![feature("checkout"), feature("refunds"), feature("search")];
    let group = Group { id: Some(super::feature("shop")), name: Localized::plain("Shop"), features };
    let page = Page { groups: vec![group], ..page(&["en"]) };
    let text = CARD
        .replace("[\"checkout\"]", "{ shop = \"degraded\", checkout = \"partial_outage\" }")
        .replace("Identified {eta=2026-11-20T11:30Z}", "Identified {shop=major_outage search=operational}");
    let folder = Folder::new().file("incidents/card.md", text);
    let loaded = read_site(folder.root.path(), page, None);
    assert_eq!(loaded.problems, []);
    let [incident] = &loaded.site.incidents[..] else { panic!("{loaded:?}") };
    let said = |statuses: &BTreeMap<FeatureId, Status>| -> Vec<(String, &'static str)> {
        statuses.iter().map(|(id, status)| (id.to_string(), status.word())).collect()
    };
    let expect = |said: [(&str, &'static str); 3]| said.map(|(id, word)| (id.to_owned(), word)).to_vec();
    let affected = [("checkout", "partial_outage"), ("refunds", "degraded"), ("search", "degraded")];
    assert_eq!(said(&incident.affected), expect(affected));
    let moved = [("checkout", "major_outage"), ("refunds", "major_outage"), ("search", "operational")];
    assert_eq!(said(&incident.updates[1].statuses), expect(moved));
}
