//! A private PostgreSQL server for the tests of this process: made when the first test asks, gone with the process.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Makes a server that only a socket in `$1` leads to, reports it, and takes it away when its input ends, which
/// is when the tests end, however they do.
const SCRIPT: &str = r#"
set -eu
as_nobody_special() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
mkdir -m 700 "$1/data"
[ "$(id -u)" != 0 ] || chown postgres "$1" "$1/data"
cd "$1"
as_nobody_special "$2/initdb" -D "$1/data" -U app -A trust --no-sync -E UTF8 --locale=C.UTF-8 >/dev/null
as_nobody_special "$2/pg_ctl" -D "$1/data" -w -s -l "$1/log" \
    -o "-k $1 -c listen_addresses= -c max_connections=200 -F" start
echo ready
cat >/dev/null || true
as_nobody_special "$2/pg_ctl" -D "$1/data" -s -m immediate stop
cd / && rm -rf "$1"
"#;

/// A running server.
pub(crate) struct Server {
    folder: PathBuf,
    /// Holds the input of the script open.
    _script: Child,
}

impl Server {
    /// The connection string of a database's schema.
    pub(crate) fn url(&self, schema: &str) -> String {
        let folder = self.folder.display();
        format!("host={folder} user=app dbname=postgres options='-c search_path={schema}'")
    }
}

/// The server, or `None` where no server binaries are installed.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| Some(start(&newest_binaries()?))).as_ref()
}

fn newest_binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |name: std::ffi::OsString| name.into_string().ok()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| version(entry.ok()?.file_name())).max()?;
    let binaries = PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin"));
    binaries.join("initdb").exists().then_some(binaries)
}

fn start(binaries: &std::path::Path) -> Server {
    let folder = tempfile::tempdir().unwrap().keep();
    let mut script = Command::new("sh")
        .args(["-c", SCRIPT, "server"])
        .args([&folder, binaries])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(script.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n", "the server did not start: see {}", folder.join("log").display());
    Server { folder, _script: script }
}
