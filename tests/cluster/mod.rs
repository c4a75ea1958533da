//! PostgreSQL servers of a test's own, which listen on this host: started, stopped, killed and promoted as on several
//! machines. They go with the test, however it ends.

#![allow(dead_code, reason = "each test binary uses its own part of the cluster")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use postgres::{Client, NoTls};

/// The machines, in a folder of their own.
pub(crate) struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    /// Takes everything away when its input ends, which is when the test ends.
    _broom: Child,
}

/// One server.
pub(crate) struct Node {
    data: PathBuf,
    binaries: PathBuf,
    pub(crate) port: u16,
    settings: String,
}

const BROOM: &str = r#"
cat >/dev/null || true
for pid in "$1"/*/postmaster.pid; do [ ! -e "$pid" ] || kill -QUIT "$(head -1 "$pid")" || true; done
sleep 1
rm -rf "$1"
"#;

impl Cluster {
    /// `None` where no server is installed.
    pub(crate) fn new() -> Option<Self> {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let version = |name: std::ffi::OsString| name.into_string().ok()?.parse::<u32>().ok();
        let newest = versions.filter_map(|entry| version(entry.ok()?.file_name())).max()?;
        let binaries = PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"));
        if !binaries.join("initdb").exists() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap().keep();
        run(Command::new("chmod").arg("755").arg(&folder));
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&folder));
        }
        let mut broom = Command::new("sh");
        broom.args(["-c", BROOM, "broom"]).arg(&folder).stdin(Stdio::piped()).process_group(0);
        let broom = broom.spawn().unwrap();
        Some(Self { folder, binaries, _broom: broom })
    }

    /// A file in the cluster's folder, readable by its servers.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A server that takes writes, with these settings (`-c name=value …`).
    pub(crate) fn primary(&self, name: &str, settings: &str) -> Node {
        let node = self.node(name, settings);
        let mut initdb = self.program("initdb");
        initdb.args(["-U", "app", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "-D"]);
        run(initdb.arg(&node.data));
        node.start();
        node
    }

    /// A standby of `primary` that follows it under its own name.
    pub(crate) fn standby(&self, name: &str, primary: &Node) -> Node {
        let node = self.node(name, "");
        let of = format!("host=127.0.0.1 port={} user=app application_name={name}", primary.port);
        let mut copy = self.program("pg_basebackup");
        copy.args(["-R", "-X", "stream", "-c", "fast", "--no-sync", "-d", &of, "-D"]);
        run(copy.arg(&node.data));
        node.start();
        node
    }

    fn node(&self, name: &str, settings: &str) -> Node {
        // Nobody else takes it: the system gives free ports in turn.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Node {
            data: self.folder.join(name),
            binaries: self.binaries.clone(),
            port,
            settings: settings.to_owned(),
        }
    }

    fn program(&self, name: &str) -> Command {
        program(&self.binaries, name)
    }
}

impl Node {
    pub(crate) fn start(&self) {
        let options = format!(
            "-p {} -k '' -h 127.0.0.1 -c max_connections=100 -c wal_keep_size=64MB {}",
            self.port, self.settings
        );
        let mut start = program(&self.binaries, "pg_ctl");
        start.arg("-D").arg(&self.data).arg("-l").arg(self.data.with_extension("log"));
        run(start.args(["-s", "-w", "-o", &options, "start"]));
    }

    /// Stops it at once, as a machine that is switched off; its standbys keep what they have.
    pub(crate) fn stop(&self) {
        run(program(&self.binaries, "pg_ctl").arg("-D").arg(&self.data).args([
            "-s",
            "-m",
            "immediate",
            "stop",
        ]));
    }

    /// kill -9 of the server and everything it started.
    pub(crate) fn kill(&self) {
        let pid = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let children = Command::new("ps").args(["-o", "pid=", "--ppid", &pid]).output().unwrap();
        let children = String::from_utf8(children.stdout).unwrap();
        run(Command::new("kill").args(["-9", &pid]).args(children.split_whitespace()));
        // Nothing of it runs any more, so the broom must not look for it.
        fs::remove_file(self.data.join("postmaster.pid")).unwrap();
    }

    /// Makes a standby the primary.
    pub(crate) fn promote(&self) {
        run(program(&self.binaries, "pg_ctl").arg("-D").arg(&self.data).args(["-s", "-w", "promote"]));
    }

    /// A connection string of the database of that name.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("host=127.0.0.1 port={} user=app dbname={database}", self.port)
    }

    /// A connection of the test's own.
    pub(crate) fn client(&self, database: &str) -> Client {
        Client::connect(&self.url(database), NoTls).unwrap()
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// A program of PostgreSQL, as a user that it accepts.
fn program(binaries: &Path, name: &str) -> Command {
    let path = binaries.join(name);
    let mut command = if is_root() {
        let mut runuser = Command::new("runuser");
        runuser.args(["-u", "postgres", "--"]).arg(path);
        runuser
    } else {
        Command::new(path)
    };
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[track_caller]
pub(crate) fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
