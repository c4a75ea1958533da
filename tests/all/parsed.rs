//! What was parsed is kept for the next process: a page is never another one for it.

use std::fs::{self, File};
use std::path::PathBuf;

use crate::fixtures::disk::below;
use crate::fixtures::house::House;

/// More than a command parses again rather than write the file.
const INCIDENTS: usize = 160;
const KEPT: &str = ".allclear/parsed";

fn text(number: usize, words: &str) -> String {
    format!(
        "+++\ntitle = \"Incident {number}\"\nseverity = \"minor\"\naffected = [\"checkout\"]\nimpact = \"Some fail.\"\n\
         started = 2026-02-0{day}T10:00:00Z\n+++\n\n## 2026-02-0{day} 11:00 UTC · Resolved\n\n{words}\n",
        day = number % 9 + 1
    )
}

fn many() -> House {
    let mut house = House::new();
    for number in 0..INCIDENTS {
        house.write(&format!("incidents/number-{number}.md"), &text(number, "It works again."));
    }
    house.run(&["build"]).succeeded()
}

/// Builds, and compares with the build of a process that knows of nothing.
fn built(house: House) -> House {
    let fresh = house.path().join("fresh");
    let (cold, state) = (fresh.join("public"), fresh.join("state"));
    let house = house.run(&["build"]).succeeded();
    let (cold_name, state_name) = (cold.to_str().unwrap().to_owned(), state.to_str().unwrap().to_owned());
    let house = house.run(&["build", "--state", &state_name, "--out", &cold_name]).succeeded();
    let pages = |folder: PathBuf| below(&folder);
    assert!(pages(house.path().join("public")) == pages(cold), "a build that knows what was parsed differs");
    fs::remove_dir_all(fresh).unwrap();
    house
}

#[test]
fn an_edit_of_the_same_length_at_the_same_time_is_noticed() {
    let mut house = many();
    let file = house.path().join("incidents/number-7.md");
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    house.write("incidents/number-7.md", &text(7, "It fails again."));
    File::options().write(true).open(&file).unwrap().set_modified(written).unwrap();
    let house = built(house);
    assert!(house.read("public/incidents/number-7/index.html").contains("It fails again."));
}

#[test]
fn what_is_damaged_cut_or_of_another_site_is_parsed_again() {
    let mut house = many();
    let kept = house.path().join(KEPT);
    let whole = fs::read(&kept).unwrap();
    let mut damaged = whole.clone();
    damaged.iter_mut().step_by(97).for_each(|byte| *byte ^= 4);
    for bytes in [&whole[..whole.len() / 2], &damaged, b"", b"allclear"] {
        fs::write(&kept, bytes).unwrap();
        house.write("incidents/number-3.md", &text(3, &format!("It works with {} bytes.", bytes.len())));
        house = built(house);
        let again = fs::read(&kept).unwrap();
        assert!(again != bytes && again.len() > whole.len() * 9 / 10, "it is written again");
    }
    fs::remove_file(&kept).unwrap();
    fs::create_dir(&kept).unwrap();
    built(house);
}

#[test]
fn a_last_good_version_is_kept_of_what_a_check_parsed_first() {
    let mut house = many();
    for number in 0..INCIDENTS {
        house.write(&format!("incidents/number-{number}.md"), &text(number, "It works better."));
    }
    house = house.run(&["check"]).succeeded().run(&["build"]).succeeded();
    house.write("incidents/number-5.md", "+++\ntitle = \n+++\n");
    let house = house.run(&["build"]).exited(3);
    assert!(house.read("public/incidents/number-5/index.html").contains("It works better."));
}
