//! Whatever a cState site holds, what the import writes passes `allclear check`, what it leaves out is named, and no page looks
//! better than its source.

use std::path::Path;
use std::process::{Command, Output};

use crate::fuzz::mutate::Mutator;

/// How many sources are made of damaged files.
const DAMAGED_SOURCES: u64 = 4;
/// How many damaged files each of them holds.
const FILES_PER_SOURCE: usize = 150;

const CONFIG: &str = "title: Status\nbaseURL: https://status.example.org/\nlanguageCode: en\nparams:\n  categories:\n    - name: Shop\n  \
                      systems:\n    - name: Checkout\n      category: Shop\n";

/// A file of an issue with that title, date and body.
fn issue(title: &str, date: &str, body: &str) -> String {
    format!(
        "---\ntitle: {title}\ndate: {date}\nresolved: true\nresolvedWhen: 2026-03-01 12:00:00\nseverity: disrupted\n\
         affected:\n  - Checkout\nsection: issue\n---\n\n{body}\n"
    )
}

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn allclear(arguments: &[&str], root: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_allclear"));
    command.args(arguments).args(["--now", "2026-11-20T10:00:00Z", "--root"]).arg(root);
    command.env("NO_COLOR", "1").output().unwrap()
}

/// Imports a source into a folder; gives the exit code, and what the import said.
fn import(source: &Path, home: &Path) -> (i32, String) {
    let done = allclear(&["import", "cstate", source.to_str().unwrap()], home);
    (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
}

/// Imports a source and checks what was written; gives what the import said, and how many incidents there are.
#[track_caller]
fn imported(source: &Path) -> (String, usize) {
    let home = tempfile::tempdir().unwrap();
    let (code, said) = import(source, home.path());
    assert!(matches!(code, 0 | 3), "{said}");
    // What is open or planned is never left out, and the import names it with its error.
    let checked = allclear(&["check"], home.path());
    let problems = String::from_utf8_lossy(&checked.stderr);
    let mut expected = 0;
    for error in problems.lines().filter(|line| line.starts_with("error[")) {
        assert!(said.contains(error), "{error} is new\n{problems}\nthe import: {said}");
        expected = 3;
    }
    assert_eq!(checked.status.code(), Some(expected), "{problems}\nthe import: {said}");
    let built = allclear(&["build"], home.path());
    assert_eq!(built.status.code(), Some(expected), "{}", String::from_utf8_lossy(&built.stderr));
    let files = walkdir::WalkDir::new(home.path().join("incidents")).into_iter().map(Result::unwrap);
    (said, files.filter(|entry| entry.file_type().is_file()).count())
}

#[test]
fn no_name_of_a_file_becomes_one_that_is_refused() {
    let source = tempfile::tempdir().unwrap();
    write(source.path(), "config.yml", CONFIG);
    let names = [
        "a.md",
        "A.md",
        "é.md",
        "É.md",
        "e\u{301}.md",
        "con.md",
        "CON.md",
        "nul.html",
        "aux.b.md",
        "com1.md",
        "lpt9/x.md",
        "Folder/b.md",
        "folder/b.md",
        "folder/c.md",
        "x.es.md",
        "x.md",
        "v2.0.md",
        "a b.md",
        "a-b.md",
        "a.b.md",
        "-.md",
        ".hidden.md",
        "..md",
        "2026-03-01-payments/index.md",
        "2026-03-01-payments.md",
        "\u{202e}rtl.md",
        "支払い.md",
        "trailing .md",
        "trailing..md",
        "a\nb.md",
        "%2e%2e.md",
        "index.md",
        "_index.md",
        "sub/index.md",
        "sub/_index.md",
    ];
    for (number, name) in names.iter().enumerate() {
        let text = issue(&format!("Number {number}"), "2026-03-01 10:00:00", "It fails.");
        write(source.path(), &format!("content/issues/{name}"), text);
    }
    let long = "long-".repeat(48);
    write(source.path(), &format!("content/issues/{long}.md"), issue("Long", "2026-03-02", "It fails."));
    write(source.path(), &format!("content/issues/{long}2.md"), issue("Longer", "2026-03-02", "It fails."));
    let (said, incidents) = imported(source.path());
    assert!(incidents > names.len() * 3 / 4, "{incidents} incidents: {said}");
}

#[test]
fn nothing_that_is_written_is_refused_for_its_size_or_its_text() {
    let source = tempfile::tempdir().unwrap();
    write(source.path(), "config.yml", CONFIG);
    let bodies = [
        ("large", "Prose of a long day. ".repeat(20_000)),
        ("updates", "*Investigating* - We look. {{< track \"2026-03-01 10:00:00\" >}}\n\n".repeat(600)),
        ("deep", format!("{} a", "> ".repeat(500))),
        ("table", format!("{}|\n{}|\n{}", "|a".repeat(400), "|-".repeat(400), "|\n".repeat(2_000))),
        ("controls", "a \u{7} b \u{202e} c \u{200b} d \u{0} e &#27; f".to_owned()),
        (
            "heading",
            "## 2026-03-01 10:00 UTC · Resolved\n\n+++\n---\n{time:2026-99-01T00:00Z} {time".to_owned(),
        ),
        ("reordered", "a \u{202e} b\n\u{2066}c\u{7}\u{85}d".to_owned()),
        ("empty", String::new()),
    ];
    for (name, body) in &bodies {
        write(source.path(), &format!("content/issues/{name}.md"), issue(name, "2026-03-01 10:00:00", body));
    }
    let titles = [
        "\"a \\u202e b\"",
        "\"a \\u200b\"",
        "\"\\a\"",
        "\"{time:2026-03-01T10:00Z}\"",
        "\"\"",
        "[a]",
        "\"\\u0085\"",
        "|",
    ];
    for (number, title) in titles.iter().enumerate() {
        write(
            source.path(),
            &format!("content/issues/title-{number}.md"),
            issue(title, "2026-03-01", "It fails."),
        );
    }
    let (long, date) = ("long ".repeat(400), "2026-03-01");
    write(source.path(), "content/issues/title-long.md", issue(&long, date, "It fails."));
    for (number, date) in ["2099-01-01", "1970-01-01", "0001-01-01", "2999-12-31 23:59:59"].iter().enumerate()
    {
        write(source.path(), &format!("content/issues/date-{number}.md"), issue("Date", date, "It fails."));
    }
    let (said, incidents) = imported(source.path());
    assert!(incidents > 10, "{incidents} incidents: {said}");
    assert!(said.contains("left-out") && !said.contains("incidents/reordered.md"), "{said}");
}

#[test]
fn no_configuration_becomes_a_page_that_is_refused() {
    let odd = [
        "title: \"a \\u202e b\"\nparams:\n  systems:\n    - name: \"x \\u200b y\"\n    - name: \"\"\n    - name: \"\\a\"\n",
        "title: \"\"\nbaseURL: javascript:alert(1)\nlanguageCode: xx-yy-zz\ntimeZone: Mars/Olympus\n",
        "title: [a]\nbaseURL: https://a.example/b?c#d\nlanguageCode: en-us\nparams:\n  systems: x\n",
        "title: Status\nparams:\n  categories:\n    - name: A\n    - name: a\n    - name: A\n  systems:\n    - name: B\n      \
         category: A\n    - name: b\n      category: none\n    - name: B!\n    - name: B?\n",
        "",
        "title: : :",
    ];
    for config in odd {
        let source = tempfile::tempdir().unwrap();
        write(source.path(), "config.yml", config);
        write(
            source.path(),
            "content/issues/a.md",
            issue("A", "2026-03-01", "![x](/.env) ![y](/_allclear/y.png) ![z](/z.png)"),
        );
        for picture in [".env", "_allclear/y.png", "z.png", "Z.png", "index.html"] {
            write(source.path(), &format!("static/{picture}"), "x");
        }
        assert_eq!(imported(source.path()).1, 1, "{config}");
    }
    let source = tempfile::tempdir().unwrap();
    let systems: String =
        (0..300).map(|number| format!("    - name: \"{}{number}\"\n", "long ".repeat(60))).collect();
    write(
        source.path(),
        "config.yml",
        format!("title: {}\nparams:\n  systems:\n{systems}", "long ".repeat(100)),
    );
    write(source.path(), "content/issues/a.md", issue("A", "2026-03-01", "It fails."));
    assert_eq!(imported(source.path()).1, 1);
}

#[test]
fn damaged_files_are_left_out_or_written_so_that_they_are_read() {
    let sound = issue(
        "Payments fail",
        "2026-03-01 10:00:00",
        "*Resolved* - It is over. {{< track \"2026-03-01 12:00:00\" >}}\n\n*Investigating* - We look. \
         {{< track \"2026-03-01 10:00:00\" >}}",
    );
    let planned = issue(
        "Upgrade",
        "2026-04-01T22:00:00Z",
        "On 1 April from 22:00 to 23:00 UTC the shop will be upgraded.",
    );
    let corpus = [sound.into_bytes(), planned.into_bytes()];
    for seed in 0..DAMAGED_SOURCES {
        let mut mutator = Mutator::new(seed, &corpus);
        let source = tempfile::tempdir().unwrap();
        write(source.path(), "config.yml", CONFIG);
        for number in 0..FILES_PER_SOURCE {
            write(source.path(), &format!("content/issues/{number}.md"), mutator.next());
        }
        println!("seed {seed}");
        let taken_out = without_the_undated(source.path());
        assert!(taken_out < FILES_PER_SOURCE / 10, "{taken_out} files");
        imported(source.path());
    }
}

/// A file of an open issue that began with that date.
fn open(title: &str, date: &str, body: &str) -> String {
    issue(title, date, body).replace("resolved: true\nresolvedWhen: 2026-03-01 12:00:00", "resolved: false")
}

/// Takes the open posts out that nothing dates, as the import demands, one at a time; how many there were.
fn without_the_undated(source: &Path) -> usize {
    for taken_out in 0.. {
        let home = tempfile::tempdir().unwrap();
        let (code, said) = import(source, home.path());
        let Some((_, rest)) = said.split_once("refused: the open post ") else { return taken_out };
        assert!(code == 4 && !home.path().join("incidents").exists(), "{said}");
        std::fs::remove_file(source.join(rest.split_once(' ').unwrap().0)).unwrap();
    }
    unreachable!("every source has an end")
}

#[test]
fn what_is_open_is_written_even_if_it_is_refused_and_no_page_looks_better_for_it() {
    let source = tempfile::tempdir().unwrap();
    write(source.path(), "config.yml", CONFIG);
    // The author's clock was an hour ahead of the one it is read by.
    let open = open("It fails", "2026-11-20 11:00:00", "We look.");
    let ends = issue("It failed", "2026-11-20 09:00:00", "We look.")
        .replace("2026-03-01 12:00:00", "2026-11-20 10:10:00");
    let large = issue("Large", "2026-02-01 09:00:00", &"Prose of a long day. ".repeat(20_000));
    for (name, text) in [("open", open), ("ends", ends), ("large", large)] {
        write(source.path(), &format!("content/issues/{name}.md"), text);
    }
    let (said, incidents) = imported(source.path());
    assert_eq!(incidents, 2, "{said}");
    assert!(said.contains("error[in-the-future]") && said.matches("left-out").count() == 1, "{said}");
}

#[test]
fn an_open_incident_whose_file_cannot_be_read_is_written_without_its_text() {
    let date = "2026-02-01 09:00:00";
    let prose = "Prose of a long day. ".repeat(20_000);
    let updates = "*Monitoring* - We look. {{< track \"2026-03-01 10:00:00\" >}}\n\n".repeat(600);
    let long = format!("It fails {}", "long ".repeat(60_000));
    let work = open("It fails", "2026-12-01 22:00:00", &prose).replace("disrupted", "maintenance");
    for (name, text, why) in [
        ("large.md", open("It fails", date, &prose), "the file is larger than 256 KiB"),
        ("work.md", work, "the file is larger than 256 KiB"),
        ("updates.md", open("It fails", date, &updates), "the limit is 500"),
        ("title.md", open(&long, date, "We look."), "the file is larger than 256 KiB"),
        ("other.adoc", open("It fails", date, "We *look*."), "this is not markdown"),
    ] {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(source.path(), "config.yml", CONFIG);
        write(source.path(), &format!("content/issues/{name}"), text);
        let (code, said) = import(source.path(), home.path());
        assert!(code == 3 && said.contains(why), "{name}: {code} {said}");
        let id = name.strip_suffix(".md").unwrap_or("other-adoc");
        let written = std::fs::read_to_string(home.path().join(format!("incidents/{id}.md"))).unwrap();
        for words in ["title = \"It fails", "checkout", &format!("content/issues/{name}")] {
            assert!(written.contains(words) && written.len() < 2_000, "{name}: {words} is not in {written}");
        }
        let built = allclear(&["build"], home.path());
        assert_eq!(built.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&built.stderr));
        let index = std::fs::read_to_string(home.path().join("public/index.html")).unwrap();
        assert!(index.contains("It fails"), "{name} is not on the page");
    }
}

#[test]
fn the_text_of_a_file_is_read_whatever_its_characters_are_stored_as() {
    let text = open("Zahlung gestört", "2026-02-01 09:00:00", "Wir prüfen die Fälle.");
    let wide = |unit: fn(u16) -> [u8; 2]| {
        format!("\u{feff}{text}").encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let latin = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>();
    for (name, bytes, code, title) in [
        ("utf8", text.clone().into_bytes(), 0, "Zahlung gestört"),
        ("marked", format!("\u{feff}{text}").into_bytes(), 0, "Zahlung gestört"),
        ("little", wide(u16::to_le_bytes), 0, "Zahlung gestört"),
        ("big", wide(u16::to_be_bytes), 0, "Zahlung gestört"),
        ("half", [wide(u16::to_le_bytes), vec![b'x']].concat(), 3, "Zahlung gestört"),
        ("latin", latin, 3, "Zahlung gest\u{fffd}rt"),
        ("zero", text.replace("die", "d\0ie").into_bytes(), 0, "Zahlung gestört"),
    ] {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(source.path(), "config.yml", CONFIG);
        write(source.path(), &format!("content/issues/{name}.md"), bytes);
        let (exit, said) = import(source.path(), home.path());
        assert_eq!(exit, code, "{name}: {said}");
        let written = std::fs::read_to_string(home.path().join(format!("incidents/{name}.md"))).unwrap();
        assert!(written.contains(title) && written.contains("Wir pr"), "{name}: {written}");
    }
}

#[test]
fn an_open_post_that_cannot_be_written_at_all_stops_the_import() {
    let undated = |text: String| text.replace("date: 2026-02-01 09:00:00\n", "");
    let open = undated(open("It fails", "2026-02-01 09:00:00", "We look."));
    for (name, text, code) in [
        ("open.md", open.clone(), 4),
        ("unreadable.md", open.replace("severity", "date: soon\nseverity"), 4),
        ("unsaid.md", open.replace("resolved: false\n", ""), 4),
        ("other.adoc", open.clone(), 4),
        // What the page of the source does not show as open either, or what says when it was.
        ("over.md", open.replace("resolved: false", "resolved: true"), 3),
        ("draft.md", open.replace("severity", "draft: true\nseverity"), 3),
        ("unshown.md", open.replace("section: issue\n", ""), 3),
        ("2026-02-01-named.md", open.clone(), 3),
    ] {
        let (source, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(source.path(), "config.yml", CONFIG);
        write(source.path(), "content/issues/a.md", issue("Sound", "2026-03-01", "It failed."));
        write(source.path(), &format!("content/issues/{name}"), text);
        let (exit, said) = import(source.path(), home.path());
        assert!(exit == code && said.contains(name), "{name}: {exit} {said}");
        let says_why = said.contains("the page would look better than its source");
        let is_written = home.path().join("incidents/a.md").exists();
        assert_eq!((says_why, is_written), (code == 4, code != 4), "{name}: {said}");
        assert_eq!(home.path().join("site").exists(), is_written, "{name}");
    }
}
