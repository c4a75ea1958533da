//! Text that is typed in an editor is never lost: the editor fails, is killed or saves bytes that are no text, the text is refused, the
//! program itself is killed. The same command then reopens it.
//!
//! Each editor is a script on a terminal of its own; a machine without `script` skips these tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::fixtures::house::House;
use crate::fixtures::terminal;

const INCIDENT: &str = "incidents/payments.md";
const TYPED: &str = "Half of the payments work again.";

fn house() -> House {
    House::new().incident("payments", "2026-03-01 10:00", "Investigating").at("2026-03-01 10:20")
}

/// What the terminal shows of a command whose editor is a script of these lines; `$1` is the file that it opens.
fn edited(house: &House, arguments: &[&str], script: &str) -> Option<String> {
    let editor = house.path().join("editor.sh");
    fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("env");
    command.args(["-u", "VISUAL", &format!("EDITOR={}", editor.display())]);
    let program = house.command(arguments);
    command.arg(program.get_program()).args(program.get_args());
    terminal::run(&command, "")
}

const UPDATE: [&str; 2] = ["update", "payments"];

/// An editor that fails in this way keeps the text, and the next one begins with it.
fn keeps(script: &str, said: &str) {
    let house = house();
    let before = house.read(INCIDENT);
    let Some(shown) = edited(&house, &UPDATE, script) else { return };
    assert!(shown.contains(said), "{script}: {shown}");
    assert_eq!(house.read(INCIDENT), before, "{script}");
    let shown = edited(&house, &UPDATE, "exit 0").unwrap();
    assert!(shown.contains("updated payments"), "{script}: {shown}");
    assert!(house.read(INCIDENT).contains(TYPED), "{script}");
    assert!(!house.path().join(".allclear/drafts/payments.md").exists(), "{script}");
}

#[test]
fn the_text_of_an_editor_that_fails_or_is_killed_is_reopened() {
    let typed = format!("printf '{TYPED}' > \"$1\"");
    keeps(&format!("{typed}\nexit 3"), "your text is saved in ");
    keeps(&format!("{typed}\nkill -9 $$"), "your text is saved in ");
    // The program is killed with the editor open.
    keeps(&format!("{typed}\nkill -9 $PPID"), "");
}

#[test]
fn text_that_a_failing_editor_empties_is_kept_from_the_time_before() {
    let house = house();
    let typed = format!("printf '{TYPED}' > \"$1\"\nexit 1");
    if edited(&house, &UPDATE, &typed).is_none() {
        return;
    }
    let shown = edited(&house, &UPDATE, ": > \"$1\"\nexit 1").unwrap();
    assert!(shown.contains("your text is saved in "), "{shown}");
    edited(&house, &UPDATE, "exit 0").unwrap();
    assert!(house.read(INCIDENT).contains(TYPED));
}

#[test]
fn bytes_that_are_no_text_are_never_written_over() {
    let house = house();
    let before = house.read(INCIDENT);
    let Some(shown) = edited(&house, &UPDATE, "printf 'Caf\\351 works.' > \"$1\"") else { return };
    assert!(shown.contains("your text is saved in ") && shown.contains("failed to read"), "{shown}");
    assert_eq!(house.read(INCIDENT), before);
    let seen = house.path().join("seen");
    let mended = format!("cp \"$1\" '{}'\nprintf 'Café works.' > \"$1\"", seen.display());
    let shown = edited(&house, &UPDATE, &mended).unwrap();
    assert_eq!(fs::read(&seen).unwrap(), b"Caf\xe9 works.", "the editor opens what was typed");
    assert!(shown.contains("updated payments") && house.read(INCIDENT).contains("Café works."), "{shown}");
}

#[test]
fn refused_text_is_reopened() {
    let house = house();
    let before = house.read(INCIDENT);
    let conflict = "printf '<<<<<<< ours\\nOne.\\n=======\\nTwo.\\n>>>>>>> theirs\\n' > \"$1\"";
    let Some(shown) = edited(&house, &UPDATE, conflict) else { return };
    assert!(shown.contains("your text is saved in "), "{shown}");
    assert_eq!(house.read(INCIDENT), before);
    let mended = "grep -q 'Two.' \"$1\" && printf 'Two.' > \"$1\"";
    let shown = edited(&house, &UPDATE, mended).unwrap();
    assert!(shown.contains("updated payments") && house.read(INCIDENT).contains("Two."), "{shown}");
}

#[test]
fn an_empty_text_changes_nothing_and_a_new_file_opens_no_editor() {
    let house = house();
    let before = house.read(INCIDENT);
    let Some(shown) = edited(&house, &UPDATE, "printf '\\n \\n' > \"$1\"") else { return };
    assert!(shown.contains("empty text; nothing was changed"), "{shown}");
    assert_eq!(house.read(INCIDENT), before);
    let new = ["new", "--title", "Search is slow", "--severity", "minor", "--affected", "search"];
    let shown = edited(&house, &new, "touch opened").unwrap();
    assert!(shown.contains("wrote 2026-03-01-search-is-slow"), "{shown}");
    assert!(!Path::new("opened").exists() && !house.path().join("opened").exists());
}
