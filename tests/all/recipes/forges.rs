//! The recipes for git hosts: the scripts of their jobs, step by step, with the host's own programs played by others.

use std::fs;
use std::path::Path;

use super::{Machine, recipe, said};
use crate::fixtures::clone::Clone;
use crate::fixtures::house::House;
use crate::fixtures::port::free_port;
use crate::fixtures::site::Site;

/// The lines of a job: those below its name that are deeper than it.
fn job(file: &str, name: &str) -> Vec<String> {
    let text = fs::read_to_string(recipe(file)).unwrap();
    let head = |line: &&str| line.trim() == format!("{name}:") && indent(line) <= 2;
    let start = text.lines().position(|line| head(&line)).unwrap_or_else(|| panic!("{name} in {file}"));
    let depth = indent(text.lines().nth(start).unwrap());
    let below = |line: &&str| line.trim().is_empty() || indent(line) > depth;
    text.lines().skip(start + 1).take_while(below).map(str::to_owned).collect()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The scripts of a job of GitHub by the names of their steps.
fn steps(file: &str, name: &str) -> Vec<(String, String)> {
    let lines = job(file, name);
    let (mut steps, mut step) = (Vec::new(), String::new());
    for (number, line) in lines.iter().enumerate() {
        if let Some(name) = line.trim().strip_prefix("- name: ") {
            name.clone_into(&mut step);
        }
        match line.trim().strip_prefix("run: ") {
            Some("|") => {
                let below = |next: &&String| next.trim().is_empty() || indent(next) > indent(line);
                let script = lines.iter().skip(number + 1).take_while(below);
                steps.push((step.clone(), script.map(|line| format!("{}\n", line.trim_start())).collect()));
            }
            Some(script) => steps.push((step.clone(), script.to_owned())),
            None => {}
        }
    }
    steps
}

fn script(file: &str, name: &str, step: &str) -> String {
    let steps = steps(file, name);
    steps.into_iter().find(|(name, _)| name == step).unwrap_or_else(|| panic!("{step} in {file}")).1
}

/// Runs a script as the forge's runner does; its exit code and what it said.
fn run(machine: &Machine, house: &House, script: &str, environment: &[(&str, &str)]) -> (i32, String) {
    let mut command = machine.command(house, Path::new("bash"));
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
    let output = command.envs(environment.iter().copied()).output().unwrap();
    (output.status.code().unwrap(), said(&output))
}

/// A house with two targets, one of which nobody reaches, and an incident that was just merged.
fn merged(site: &Site) -> House {
    let mut house = House::new().subscriber("ana@example.org").restless();
    let dead = format!("kind = \"folder\"\npath = \"dead\"\nurl = \"http://127.0.0.1:{}\"", free_port());
    let page = format!(
        "{}\n{}\n[[targets]]\nname = \"dead\"\n{dead}\n",
        house.read("site/page.toml"),
        site.target()
    );
    house.write("site/page.toml", &page);
    Clone::of(&house);
    house.incident("payments", "2026-03-01 10:00", "Investigating")
}

#[test]
fn github_tells_of_what_was_merged_though_one_target_is_dead_and_is_red_afterwards() {
    let site = Site::new();
    let house = merged(&site);
    let machine = Machine::of(&house);
    let step = |step: &str| run(&machine, &house, &script("github-actions.yml", "notify", step), &[]);
    let (code, words) = step("Publish");
    assert_eq!(code, 0, "{words}");
    let (code, words) = step("Notify");
    assert_eq!((code, house.mails().len()), (0, 1), "{words}");
    let (code, words) = step("Every target");
    assert_eq!(code, 1, "{words}");
}

#[test]
fn gitlab_tells_of_what_was_merged_though_one_target_is_dead_and_is_red_afterwards() {
    let site = Site::new();
    let house = merged(&site);
    let machine = Machine::of(&house);
    let lines = job("gitlab-ci.yml", "notify");
    let from = lines.iter().position(|line| line.trim() == "script:").unwrap();
    let commands = lines.iter().skip(from + 1).filter_map(|line| line.trim().strip_prefix("- "));
    let commands: String = commands.map(|command| format!("{}\n", command.trim_matches('\''))).collect();
    let (code, words) = run(&machine, &house, &commands, &[]);
    assert_eq!((code, house.mails().len()), (1, 1), "{words}");
}

#[test]
fn the_program_is_fetched_and_its_sum_is_held() {
    let house = House::new().restless();
    let (machine, home) = (Machine::of(&house), tempfile::tempdir().unwrap());
    let binary = machine.path().join("allclear").display().to_string();
    let sum = std::process::Command::new("sha256sum").arg(&binary).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap()[..64].to_owned();
    let (url, path) = (format!("file://{binary}"), home.path().join("path"));
    for file in ["github-actions.yml", "github-pages.yml"] {
        let get = script(file, "notify", "Get allclear");
        for (sum, code) in [(sum.as_str(), 0), (&"0".repeat(64), 1)] {
            let environment = [
                ("ALLCLEAR_URL", url.as_str()),
                ("ALLCLEAR_SHA256", sum),
                ("HOME", home.path().to_str().unwrap()),
                ("GITHUB_PATH", path.to_str().unwrap()),
            ];
            let (ended, words) = run(&machine, &house, &get, &environment);
            assert_eq!(ended, code, "{file}: {words}");
        }
    }
    assert!(fs::read_to_string(&path).unwrap().contains("/bin"));
}

#[test]
fn a_pull_request_gets_one_report_that_is_found_by_its_own_mark() {
    let site = Site::new();
    let house = merged(&site);
    let machine = Machine::of(&house);
    let calls = machine.path().join("calls");
    let report = script("github-actions.yml", "check", "Who would be notified of what");
    let summary = machine.path().join("summary");
    let environment = [("BASE", "origin/main"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let (code, words) = run(&machine, &house, &report, &environment);
    assert_eq!(code, 0, "{words}");
    assert!(fs::read_to_string(&summary).unwrap().contains("payments"));
    let put = script("github-actions.yml", "check", "Put the report under the pull request");
    for (listed, expected) in [("", "pr comment 7 --body-file comment.md"), ("41", "issues/comments/41")] {
        let gh = format!(
            "echo \"$*\" >> {calls}\ncase \"$*\" in *PATCH*|*'pr comment'*) ;; *paginate*) printf '{listed}' ;; esac",
            calls = calls.display()
        );
        machine.program("gh", &gh);
        let environment = [("GITHUB_REPOSITORY", "acme/status"), ("NUMBER", "7"), ("GH_TOKEN", "x")];
        let (code, words) = run(&machine, &house, &put, &environment);
        assert_eq!(code, 0, "{words}");
        let called = fs::read_to_string(&calls).unwrap();
        let last = called.lines().last().unwrap();
        assert!(last.contains(expected), "{last}");
        let comment = house.read("comment.md");
        assert!(comment.starts_with("<!-- allclear: who would be notified of what -->\n"), "{comment}");
    }
}

#[test]
fn pages_are_published_into_the_folder_that_is_deployed() {
    for (file, name, folder) in
        [("github-pages.yml", "notify", "pages"), ("gitlab-pages.yml", "pages", "public")]
    {
        let text = fs::read_to_string(recipe(file)).unwrap();
        // The target as the recipe itself describes it.
        let target = text.lines().skip_while(|line| *line != "#   [[targets]]");
        let target = target.take_while(|line| line.starts_with("#   ")).map(|line| &line[4..]);
        let target: String = target.map(|line| format!("{line}\n")).collect();
        let mut house = House::new().restless();
        let page = format!("{}\n{target}", house.read("site/page.toml"));
        house.write("site/page.toml", &page);
        Clone::of(&house);
        let machine = Machine::of(&house);
        let line = job(file, name).into_iter().find(|line| line.contains("allclear publish")).unwrap();
        let command = line.trim().trim_start_matches("- ").trim_start_matches("run: ").to_owned();
        let (code, words) = run(&machine, &house, &command, &[]);
        assert_eq!(code, 0, "{file}: {words}");
        let deployed = job(file, name)
            .iter()
            .any(|line| line.trim() == format!("path: {folder}") || line.trim() == format!("- {folder}"));
        assert!(deployed && house.path().join(folder).join("index.html").exists(), "{file}");
    }
}
