//! What an operator's folder may replace, and what happens to files that cannot be used.

use super::*;

/// A root with one theme, `own`, of these files.
fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join("themes/own").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

fn text(theme: &Theme) -> String {
    let view = super::super::message_view::Text { headline: "Over".to_owned(), ..Default::default() };
    theme.render("text.txt", &view).unwrap()
}

#[test]
fn the_built_in_theme_has_no_problem() {
    assert_eq!(Theme::built_in().problems, []);
    let engine = parse_templates(BTreeMap::new(), "", &Branding::default(), &mut Vec::new());
    assert_eq!(engine.get_template_names().count(), TEMPLATES.len() + 1, "and the looks");
    assert_eq!(built_in_tables().len(), WORDS.len());
}

#[test]
fn a_theme_is_made_again_only_of_other_files() {
    let root = root(&[("text.txt", "own {{ headline }}"), ("mail.txt", "{{ broken")]);
    let open = |last| Theme::open_again(root.path(), "own", &Branding::default(), last);
    let (first, problems) = open(None);
    let (second, same_problems) = open(Some(Arc::clone(&first)));
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems, same_problems);
    std::fs::write(root.path().join("themes/own/text.txt"), "other {{ headline }}").unwrap();
    let (third, _) = open(Some(second));
    assert_eq!(text(&third), "other Over");
    assert_ne!(first.fingerprint(), third.fingerprint());
}

#[test]
fn a_file_of_the_operators_stands_for_ours_and_the_rest_stays() {
    let root =
        root(&[("text.txt", "own {{ headline }}"), ("words/en.toml", "[phase]\nresolved = \"Fixed\"")]);
    let (theme, problems) = Theme::open(root.path(), "own", &Branding::default());
    assert_eq!(problems, []);
    assert_eq!(text(&theme), "own Over");
    let words = theme.words(&Language::english());
    assert_eq!(
        (words.say("phase.resolved"), words.say("phase.monitoring")),
        ("Fixed", "Fixed, keeping watch")
    );
}

#[test]
fn a_new_language_is_one_file() {
    let root = root(&[("words/nl.toml", "language = \"Nederlands\"\n[phase]\nresolved = \"Opgelost\"")]);
    let (theme, problems) = Theme::open(root.path(), "own", &Branding::default());
    assert_eq!(problems, []);
    let dutch = Language::new("nl").unwrap();
    assert!(theme.speaks(&dutch) && !Theme::built_in().speaks(&dutch));
    assert_eq!(theme.words(&dutch).say("phase.resolved"), "Opgelost");
    assert_eq!(theme.words(&dutch).say("phase.monitoring"), "Fixed, keeping watch");
}

#[test]
fn a_broken_template_is_named_and_ours_stands_in() {
    let root = root(&[("text.txt", "one\n  {% if headline %}é {{ 1 + }}{% endif %}"), ("mail.txt", "fine")]);
    let (theme, problems) = Theme::open(root.path(), "own", &Branding::default());
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((problem.file.as_str(), problem.rule), ("themes/own/text.txt", "broken-template"));
    let place = problem.place.as_ref().unwrap();
    assert_eq!((place.line, place.source.as_str()), (2, "  {% if headline %}é {{ 1 + }}{% endif %}"));
    assert!(text(&theme).contains("Over"));
    assert_eq!(theme.render("mail.txt", &BTreeMap::<String, String>::new()).unwrap(), "fine");
}

#[test]
fn every_broken_file_is_named_at_once() {
    let root = root(&[
        ("index.html", "{% if %}"),
        ("layout.html", "{{ x | no_such_filter }}"),
        ("history.html", "{% extends \"nothing.html\" %}"),
        ("words/es.toml", "a = "),
        ("words/de.toml", "[fase]\n[phase]\nresolvd = \"x\""),
        ("words/e.toml", ""),
    ]);
    let (_, problems) = Theme::open(root.path(), "own", &Branding::default());
    let named: Vec<_> = problems.iter().map(|problem| (problem.file.as_str(), problem.rule)).collect();
    assert_eq!(
        named,
        [
            ("themes/own/history.html", "broken-template"),
            ("themes/own/index.html", "broken-template"),
            ("themes/own/layout.html", "broken-template"),
            ("themes/own/words/de.toml", "unknown-word"),
            ("themes/own/words/e.toml", "broken-words"),
            ("themes/own/words/es.toml", "broken-words"),
        ]
    );
    assert_eq!(problems[3].hint.as_deref(), Some("did you mean `phase.resolved`?"));
}

#[test]
fn a_theme_that_is_not_there_is_a_problem_but_default_never_is() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(Theme::open(root.path(), "default", &Branding::default()).1, []);
    for name in ["none", "", "..", "a/../../b"] {
        let (theme, problems) = Theme::open(root.path(), name, &Branding::default());
        assert_eq!(problems.len(), 1, "{name}");
        assert!(text(&theme).contains("Over"));
    }
}

#[test]
fn an_undefined_value_names_template_and_place() {
    let root = root(&[("text.txt", "a\n{{ nobody }}")]);
    let (theme, _) = Theme::open(root.path(), "own", &Branding::default());
    let error = theme.render("text.txt", &BTreeMap::<String, String>::new()).unwrap_err();
    assert!(error.place.starts_with("text.txt:2:"), "{error}");
}

#[test]
fn html_is_escaped_and_text_is_not() {
    let files = [("a.html", "{{ v }}"), ("a.txt", "{{ v }}"), ("b.html", "{% include \"a.txt\" %}")];
    let root = root(&files);
    let (theme, _) = Theme::open(root.path(), "own", &Branding::default());
    let view = BTreeMap::from([("v", "<b>&{{ 7*7 }}")]);
    assert_eq!(theme.render("a.txt", &view).unwrap(), "<b>&{{ 7*7 }}");
    assert_eq!(theme.render("a.html", &view).unwrap(), "&lt;b&gt;&amp;{{ 7*7 }}");
    assert_eq!(theme.render("b.html", &view).unwrap(), "&lt;b&gt;&amp;{{ 7*7 }}");
}

#[test]
fn a_theme_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Theme>();
}
