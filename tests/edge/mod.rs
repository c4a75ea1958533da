//! What stands between a page and its readers: nginx over a folder, and Varnish with the configuration of the docs.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::part::{Part, free_port, wait_for, wait_for_port};

/// nginx serving a folder on a port of its own, which it keeps when it is stopped and started again.
pub(crate) struct Origin {
    pub(crate) port: u16,
    folder: PathBuf,
    own: TempDir,
    nginx: Option<Part>,
}

impl Origin {
    pub(crate) fn start(folder: &Path) -> Self {
        let own = tempfile::tempdir().unwrap();
        let mut origin = Self { port: free_port(), folder: folder.to_owned(), own, nginx: None };
        origin.revive();
        origin
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops answering.
    pub(crate) fn die(&mut self) {
        drop(self.nginx.take());
    }

    /// Answers again.
    pub(crate) fn revive(&mut self) {
        let own = self.own.path();
        let file = own.join("nginx.conf");
        let (folder, port) = (self.folder.display(), self.port);
        let text = format!(
            "daemon off; user root; worker_processes 1; pid {own}/pid; error_log {own}/error.log;
            events {{ worker_connections 64; }}
            http {{
                access_log {own}/access.log; client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c;
                uwsgi_temp_path d; scgi_temp_path e; include /etc/nginx/mime.types;
                server {{
                    listen 127.0.0.1:{port}; root {folder}; etag on; gzip_static on;
                    add_header Cache-Control 'public, max-age=0, s-maxage=30, stale-if-error=86400' always;
                    location = /_allclear/build.json {{ add_header Cache-Control no-cache always; }}
                }}
            }}",
            own = own.display()
        );
        std::fs::write(&file, text).unwrap();
        let arguments = ["-p", own.to_str().unwrap(), "-c", file.to_str().unwrap()];
        self.nginx = Some(Part::start(own, "nginx", &arguments));
        wait_for_port(port);
    }
}

/// Varnish with `docs/varnish.vcl` in front of an origin.
pub(crate) struct Cache {
    pub(crate) port: u16,
    _own: TempDir,
    _varnish: Part,
}

impl Cache {
    pub(crate) fn start(origin: u16) -> Self {
        let own = tempfile::tempdir().unwrap();
        let vcl = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/varnish.vcl")).unwrap();
        let file = own.path().join("page.vcl");
        let backend = ".port = \"8080\"";
        assert!(vcl.contains(backend));
        std::fs::write(&file, vcl.replace(backend, &format!(".port = \"{origin}\""))).unwrap();
        let (port, state) = (free_port(), own.path().join("varnish"));
        let listen = format!("127.0.0.1:{port}");
        let arguments = [
            "-F",
            "-n",
            state.to_str().unwrap(),
            "-a",
            &listen,
            "-T",
            "none",
            "-s",
            "malloc,16m",
            "-j",
            "none",
            "-f",
            file.to_str().unwrap(),
        ];
        let varnish = Part::start(own.path(), "varnishd", &arguments);
        wait_for_port(port);
        let cache = Self { port, _own: own, _varnish: varnish };
        assert!(wait_for(|| cache.get("/_allclear/build.json", "x").0.gt(&0).then_some(())).is_some());
        cache
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The status, the cache's word (`HIT` or `MISS`) and the body, for a reader of that host.
    pub(crate) fn get(&self, path: &str, host: &str) -> (u16, String, String) {
        let answer = self.ask("GET", path, host);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let word = head.lines().find_map(|line| line.strip_prefix("X-Cache: ")).unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, word.to_owned(), body.to_owned())
    }

    /// The whole answer.
    pub(crate) fn ask(&self, method: &str, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut request = String::new();
        let _ = write!(request, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}
