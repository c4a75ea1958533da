//! An S3 that we did not write, with a bucket, and a house in git whose page goes there.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use crate::house::House;
use crate::part::{Part, free_port, wait_for_port};

pub(crate) const BUCKET: &str = "status-page";

/// A header with a signature that moto does not check, without which it shows nothing.
pub(crate) const SIGNED: &str = "Authorization: AWS4-HMAC-SHA256 Credential=any/20260301/us-east-1/s3/aws4_request, \
     SignedHeaders=host, Signature=any";

/// An S3 with a bucket, whose files are looked at without an account.
pub(crate) struct Store {
    pub(crate) port: u16,
    /// What a request for a file carries.
    header: &'static str,
    _part: Part,
    _folder: tempfile::TempDir,
}

impl Store {
    /// One that keeps conditions and checks no signature.
    pub(crate) fn moto() -> Self {
        let port = free_port();
        let program = repository().join("target/parts/venv/bin/moto_server");
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()];
        let mut store =
            Self::start(port, program.to_str().unwrap(), &arguments, tempfile::tempdir().unwrap());
        store.header = SIGNED;
        let made = store.ask("PUT", "", "");
        assert!(made.starts_with("HTTP/1.1 200"), "{made}");
        store
    }

    /// One that does what it is asked whatever the condition; nothing where it is not installed.
    pub(crate) fn s3rver() -> Option<Self> {
        let program = repository().join("target/parts/stores/node_modules/s3rver/bin/s3rver.js");
        if !program.is_file() {
            return None;
        }
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let (at, files) = (port.to_string(), folder.path().join("files"));
        std::fs::create_dir(&files).unwrap();
        let place = ["-d", files.to_str().unwrap(), "-a", "127.0.0.1", "-p", &at];
        let arguments = [&[program.to_str().unwrap()], &place[..], &["--configure-bucket", BUCKET]].concat();
        Some(Self::start(port, "node", &arguments, folder))
    }

    fn start(port: u16, program: &str, arguments: &[&str], folder: tempfile::TempDir) -> Self {
        let part = Part::start(folder.path(), program, arguments);
        wait_for_port(port);
        Self { port, header: "Accept: */*", _part: part, _folder: folder }
    }

    /// The whole answer to a request.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = body.len();
        let request = format!(
            "{method} /{BUCKET}/{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {length}\r\nConnection: close\r\n\
             {}\r\n\r\n{body}",
            self.port, self.header
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A file of the page, and its head.
    pub(crate) fn file(&self, path: &str) -> Option<(String, String)> {
        let answer = self.ask("GET", path, "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        head.starts_with("HTTP/1.1 200").then(|| (head.to_owned(), body.to_owned()))
    }

    pub(crate) fn pointer(&self) -> serde_json::Value {
        serde_json::from_str(&self.file("_allclear/build.json").unwrap().1).unwrap()
    }

    /// Every file of the live build is there with its length.
    #[track_caller]
    pub(crate) fn is_whole(&self) {
        let build = self.pointer()["build"].as_str().unwrap().to_owned();
        let record = self.file(&format!("_allclear/builds/{build}.json")).unwrap().1;
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        for (path, facts) in record["files"].as_object().unwrap() {
            let body = self.file(path).unwrap_or_else(|| panic!("{path} is not there")).1;
            let hash =
                data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(body.as_bytes()));
            assert_eq!(facts[0], hash, "{path}");
        }
    }
}

pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn target(port: u16) -> String {
    format!(
        "kind = \"s3\"\nbucket = \"{BUCKET}\"\nregion = \"us-east-1\"\nendpoint = \"http://127.0.0.1:{port}\"\n\
         access_key_id = {{ file = \"id\" }}\nsecret_access_key = {{ file = \"key\" }}"
    )
}

/// A house in git with a target.
pub(crate) fn house(target: &str) -> House {
    let mut house = House::new();
    let page = house.read("site/page.toml");
    house.write("site/page.toml", &format!("{page}\n[[targets]]\nname = \"here\"\n{target}\n"));
    house.write("id", "an-id\n").write("key", "a-key\n");
    house.write(".gitignore", ".allclear\nid\nkey\nold\n");
    git(&house, &["init", "--quiet"]);
    commit(&house);
    house
}

pub(crate) fn git(house: &House, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(house.path()).args(["-c", "user.name=Ana", "-c", "user.email=ana@acme.test"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn commit(house: &House) -> String {
    git(house, &["add", "--all"]);
    git(house, &["commit", "--quiet", "--message", "more"]);
    git(house, &["rev-parse", "HEAD"])
}
