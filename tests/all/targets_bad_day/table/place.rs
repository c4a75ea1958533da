//! The faulty target of a row: its address, what readers find there, and how it breaks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::fixtures::azurite::{self, Azurite};
use crate::fixtures::bucket::{self, Store};
use crate::fixtures::disk::Disk;
use crate::fixtures::gateway::{self, Verdict};
use crate::fixtures::house::House;
use crate::fixtures::port::free_port;
use crate::fixtures::silent::{Phase, Silent};
use crate::fixtures::site::Site;
use crate::fixtures::skip::skip;

use super::row::{Fault, Kind, Readers, Request, Row};
use crate::targets_bad_day::git;

/// The stores that all rows share, each with a folder of its own.
pub(super) struct Stores {
    s3: Store,
    azure: Option<Azurite>,
}

impl Stores {
    pub(super) fn start() -> Self {
        let azure = Azurite::start();
        azure.iter().for_each(Azurite::make_public_container);
        Self { s3: Store::moto(), azure }
    }
}

pub(super) struct Place<'a> {
    row: &'a Row,
    stores: &'a Stores,
    folder: TempDir,
    /// A web server in front of what a program copies.
    site: Site,
    /// What is at its address.
    address: Address,
    disk: Option<Disk>,
}

struct Address {
    scheme: &'static str,
    port: u16,
    _silent: Option<Silent>,
}

impl<'a> Place<'a> {
    /// `None`, said aloud, where what it needs is not installed or not permitted.
    pub(super) fn of(row: &'a Row, stores: &'a Stores) -> Option<Self> {
        if row.kind == Kind::Azure && stores.azure.is_none() {
            skip("Azurite is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let site = Site::serving("copy/live");
        let address = Address::of(row, stores);
        let mut place = Self { row, stores, folder, site, address, disk: None };
        if matches!(row.fault, Fault::Full | Fault::ReadOnly) {
            let at = if row.kind == Kind::Command { place.site.path("copy") } else { place.path() };
            place.disk = Some(Disk::over(&at, 8_000)?);
        }
        Some(place)
    }

    /// What lies on this machine.
    fn path(&self) -> PathBuf {
        self.folder.path().join("other")
    }

    /// The folder of this row in a shared store.
    fn prefix(&self) -> String {
        self.folder.path().file_name().unwrap().to_str().unwrap().trim_start_matches('.').to_lowercase()
    }

    /// As `page.toml` has it.
    pub(super) fn target(&self) -> String {
        let (path, Address { scheme, port, .. }) = (self.path(), &self.address);
        let endpoint = |target: String| {
            let target = target.replace("http://", &format!("{scheme}://"));
            format!("{target}\nprefix = \"{}\"", self.prefix())
        };
        match self.row.kind {
            Kind::Folder | Kind::Link => {
                let switch = if self.row.kind == Kind::Link { "link" } else { "in-place" };
                let url =
                    if *port == 0 { String::new() } else { format!("url = \"{scheme}://127.0.0.1:{port}\"") };
                format!("kind = \"folder\"\npath = \"{}\"\nswitch = \"{switch}\"\n{url}", path.display())
            }
            Kind::S3 => endpoint(bucket::target(*port)),
            Kind::Azure => endpoint(azurite::target(*port)),
            Kind::Branch => {
                let remote = match port {
                    0 => "other".to_owned(),
                    port => format!("{scheme}://127.0.0.1:{port}/x.git"),
                };
                format!("kind = \"branch\"\nremote = \"{remote}\"\nbranch = \"pages\"")
            }
            Kind::Command => match self.row.fault {
                Fault::Program(program) => format!("kind = \"command\"\nrun = {program:?}"),
                _ => {
                    let script = self.site.file("copy.sh", COPY);
                    let (url, copy) = (self.site.url(), self.site.path("copy"));
                    format!(
                        "kind = \"command\"\nrun = [\"sh\", \"{script}\", \"{}\"]\nurl = \"{url}\"",
                        copy.display()
                    )
                }
            },
        }
    }

    /// Makes what has to be there before the first build.
    pub(super) fn found(&self, house: &House) {
        match (self.row.kind, self.row.fault) {
            (_, Fault::File) => fs::write(self.path(), "not a folder").unwrap(),
            (Kind::Branch, fault) => {
                let path = self.path();
                git(house, &["init", "--quiet", "--bare", path.to_str().unwrap()]);
                git(house, &["remote", "add", "other", path.to_str().unwrap()]);
                if let Fault::Hook(script) = fault {
                    let hook = path.join("hooks/pre-receive");
                    fs::create_dir_all(hook.parent().unwrap()).unwrap();
                    fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
                    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
                }
                if fault == Fault::Foreign {
                    git(house, &["push", "--quiet", "other", "main:pages"]);
                }
            }
            _ => {}
        }
    }

    /// What readers find.
    pub(super) fn readers(&self, house: &House) -> Readers {
        match self.file(house, "index.html") {
            Some(page) if page.contains("incidents/payments") => Readers::New,
            Some(page) if page.contains("Checkout") => Readers::Old,
            _ => Readers::Nothing,
        }
    }

    fn file(&self, house: &House, path: &str) -> Option<String> {
        let stored = format!("{}/{path}", self.prefix());
        match self.row.kind {
            Kind::S3 => self.stores.s3.file(&stored).map(|(_, text)| text),
            Kind::Azure => self.stores.azure.as_ref()?.read(&stored),
            Kind::Branch => {
                let (at, file) = (format!("--git-dir={}", self.path().display()), format!("pages:{path}"));
                let shown = Command::new("git").args([&at, "show", &file]).current_dir(house.path()).output();
                shown.ok().map(|shown| String::from_utf8_lossy(&shown.stdout).into_owned())
            }
            _ => fs::read_to_string(self.live(path)).ok(),
        }
    }

    /// A file that readers get, where that is one on this machine.
    fn live(&self, path: &str) -> PathBuf {
        match self.row.kind {
            Kind::Link => self.path().join("current").join(path),
            Kind::Command => self.site.path("copy/live").join(path),
            _ => self.path().join(path),
        }
    }

    /// The fault comes.
    pub(super) fn break_it(&self, house: &mut House) {
        match self.row.fault {
            Fault::Deleted => self.damage(house, None),
            Fault::Changed => self.damage(house, Some("broken by hand")),
            Fault::ReadOnly => self.disk.iter().for_each(Disk::lock),
            Fault::Full => self.disk.iter().for_each(|disk| disk.fill(0)),
            _ => {}
        }
    }

    /// Deletes the first page, or overwrites it.
    fn damage(&self, house: &House, text: Option<&str>) {
        let stored = format!("{}/index.html", self.prefix());
        match (self.row.kind, text) {
            (Kind::S3, None) => drop(self.stores.s3.ask("DELETE", &stored, "")),
            (Kind::S3, Some(text)) => drop(self.stores.s3.ask("PUT", &stored, text)),
            (Kind::Azure, None) => self.stores.azure.iter().for_each(|azure| azure.delete(&stored)),
            (Kind::Azure, Some(text)) => {
                self.stores.azure.iter().for_each(|azure| azure.write(&stored, text));
            }
            (Kind::Branch, text) => {
                let clone = self.folder.path().join("clone");
                let at = clone.to_str().unwrap();
                git(house, &["clone", "--quiet", "--branch", "pages", self.path().to_str().unwrap(), at]);
                match text {
                    None => fs::remove_file(clone.join("index.html")).unwrap(),
                    Some(text) => fs::write(clone.join("index.html"), text).unwrap(),
                }
                git(house, &["-C", at, "commit", "--quiet", "--all", "--message", "by hand"]);
                git(house, &["-C", at, "push", "--quiet"]);
            }
            (_, None) => fs::remove_file(self.live("index.html")).unwrap(),
            (_, Some(text)) => {
                // Another file in its place: of a linked folder, earlier builds share the bytes.
                fs::remove_file(self.live("index.html")).unwrap();
                fs::write(self.live("index.html"), text).unwrap();
            }
        }
    }
}

/// Copies the whole page, and puts it in the place of the one before when that is done.
const COPY: &str = r#"folder=$(sed -n 's/.*"folder": *"\([^"]*\)".*/\1/p')
set -e
rm -rf "$1/next"
mkdir -p "$1/next"
cp -r "$folder/." "$1/next/"
rm -rf "$1/live"
mv "$1/next" "$1/live"
"#;

impl Address {
    fn of(row: &Row, stores: &Stores) -> Self {
        let store = match row.kind {
            Kind::S3 => stores.s3.port,
            Kind::Azure => stores.azure.as_ref().map_or(0, |azure| azure.port),
            _ => 0,
        };
        let silent = match row.fault {
            Fault::Silent(phase) => Some(Silent::from(phase)),
            Fault::SilentTls => Some(Silent::from(Phase::Greeting)),
            _ => None,
        };
        let port = match (&silent, row.fault) {
            (Some(silent), _) => silent.port,
            (_, Fault::Dead) => free_port(),
            (_, Fault::Unanswered(request)) => {
                gateway::before(
                    store,
                    move |head| {
                        if request.is(head) { Verdict::Silence } else { Verdict::Pass }
                    },
                )
            }
            (_, Fault::Refuses(request, status, code, why)) => gateway::before(store, move |head| {
                if request.is(head) { refusal(status, code, why) } else { Verdict::Pass }
            }),
            _ => store,
        };
        let scheme = if row.fault == Fault::SilentTls { "https" } else { "http" };
        Self { scheme, port, _silent: silent }
    }
}

impl Request {
    fn is(self, head: &str) -> bool {
        let line = head.lines().next().unwrap_or_default();
        match self {
            Self::List => {
                line.starts_with("GET ") && (line.contains("list-type=2") || line.contains("comp=list"))
            }
            Self::Write => line.starts_with("PUT ") && !line.contains("_allclear/"),
        }
    }
}

fn refusal(status: u16, code: &str, why: &str) -> Verdict {
    let body = format!("<Error><Code>{code}</Code><Message>{why}</Message></Error>");
    let length = body.len();
    Verdict::Answer(format!(
        "HTTP/1.1 {status} No\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    ))
}
