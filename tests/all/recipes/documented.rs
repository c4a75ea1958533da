//! Every command that a page of the documentation or a recipe shows is one that the program takes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Command lines of allclear in a text: those within fences of shell code, or all of a script.
fn commands(text: &str, is_script: bool) -> Vec<String> {
    let (mut is_inside, mut found) = (is_script, Vec::new());
    for line in text.replace("\\\n", " ").lines() {
        if !is_script && line.trim_start().starts_with("```") {
            is_inside = matches!(line.trim(), "```sh" | "```bash" | "```shell" | "```console");
        } else if is_inside {
            found.extend(allclear_of(line));
        }
    }
    found
}

/// The command of allclear within a line of a script, up to what ends it.
fn allclear_of(line: &str) -> Option<String> {
    let code = line.split(" #").next()?.trim();
    let code = code.trim_start_matches("- ").trim_start_matches("run: ").trim_start_matches("$ ");
    let from = code.split(['|', '&', ';']).find(|part| {
        let part = part.trim().trim_start_matches("try ").trim_start_matches("quietly ");
        part.trim_start_matches("ExecStart=/usr/local/bin/").starts_with("allclear ")
    })?;
    let from = &from[from.find("allclear ")?..];
    Some(from.split(['>', '<']).next()?.trim().trim_end_matches(['\'', ')']).to_owned())
}

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("themes/README.md")];
    for folder in ["docs", "contrib/ci", "contrib/systemd"] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        pages.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()));
    }
    pages
}

#[test]
fn every_command_that_is_shown_is_one_the_program_takes() {
    let mut shown = 0;
    for page in pages() {
        let Ok(text) = fs::read_to_string(&page) else { continue };
        let is_script = page.extension().is_none_or(|extension| extension != "md");
        for command in commands(&text, is_script) {
            shown += 1;
            // The shell splits it; asked for help as well it is read to its end, and does nothing.
            let script = format!("{command} --help");
            let mut shell = Command::new("bash");
            let folder = Path::new(env!("CARGO_BIN_EXE_allclear")).parent().unwrap();
            let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
            let done = shell.args(["-c", &script]).env("PATH", path).output().unwrap();
            let words = String::from_utf8_lossy(&done.stderr);
            assert_eq!(done.status.code(), Some(0), "{}: `{command}`: {words}", page.display());
        }
    }
    assert!(shown > 30, "only {shown} commands were found");
}

#[test]
fn a_command_that_the_program_does_not_take_is_found() {
    for (line, command) in [
        ("try allclear notify --yes --patience 0s || true", Some("allclear notify --yes --patience 0s")),
        ("cd x && allclear check > report  # why", Some("allclear check")),
        ("- '[ -e x ] || allclear notify --yes'", Some("allclear notify --yes")),
        ("echo nothing", None),
    ] {
        assert_eq!(allclear_of(line).as_deref(), command, "{line}");
    }
    let taken = Command::new(env!("CARGO_BIN_EXE_allclear"));
    let mut taken = taken;
    let done = taken.args(["notify", "--yes", "--patience", "0s", "--help"]).output().unwrap();
    assert_eq!(done.status.code(), Some(2), "asking for help hides what is wrong");
}
