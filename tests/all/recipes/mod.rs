//! Every recipe of `contrib/ci`, run as it stands by the shell that would run it, and every command that the documentation shows.

mod cron;
mod documented;
mod forges;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::fixtures::house::House;

fn recipe(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contrib/ci").join(name)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A machine with programs of its own before all others: allclear at the house's time, for one.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn of(house: &House) -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        let allclear = env!("CARGO_BIN_EXE_allclear");
        machine.program("allclear", &format!("exec {allclear} --now {} \"$@\"", house.now));
        machine
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command of that machine, within the house.
    fn command(&self, house: &House, program: &Path) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:{}", self.path().display(), std::env::var("PATH").unwrap());
        command.current_dir(house.path()).env("PATH", path).env("GATEWAY_PASSWORD", "s3cret");
        command.env("NO_COLOR", "1");
        command
    }
}
