//! The product behind nginx is dead: browsers get the error page, programs get problem details, both with the
//! right status and the date to try again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use allclear::model::Moment;
use allclear::model::incident::Audience;
use allclear::theme::Theme;
use allclear::{config, load, render};
use tempfile::TempDir;

/// What the sample's worst incident says.
const ESTIMATE: &str = "Retry-After: Fri, 20 Nov 2026 11:30:00 GMT";

/// nginx with the sample's error pages before a product that does not answer.
struct Server {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        build(folder.path());
        let port = free_port();
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration(folder.path(), port)).unwrap();
        let child = Command::new("/usr/sbin/nginx")
            .args(["-p", folder.path().to_str().unwrap(), "-c", file.to_str().unwrap()])
            .stderr(Stdio::null())
            .spawn();
        assert!(child.is_ok(), "nginx is not installed: run tests/install as root");
        let server = Self { port, child: child.unwrap(), _folder: folder };
        let up = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(up, "nginx does not take the configuration");
        server
    }

    /// The whole answer to a request: status line, headers and body.
    fn ask(&self, method: &str, path: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!("{method} {path} HTTP/1.0\r\nHost: shop.example\r\n{header}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that it ends its worker; a drop has nobody to report a failure to.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Builds the sample as it is in the middle of its incident.
fn build(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, ..) = config::read_page(root);
    let site = load::read_site(root, page.unwrap(), None).site;
    let (theme, _) = Theme::open(root, &site.page.theme, &site.page.looks);
    let now: Moment = "2026-11-20T10:30:00Z".parse().unwrap();
    for (path, bytes) in render::site(&site, &theme, now, Audience::Public).unwrap().files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let (dead, folder) = (free_port(), folder.display());
    let mut statuses = String::new();
    for status in [500, 503, 504] {
        let _ = writeln!(statuses, "location = /fails/{status} {{ return {status}; }}");
    }
    format!(
        "daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 64; }}
        http {{
            access_log off; client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c;
            uwsgi_temp_path d; scgi_temp_path e;
            include {folder}/errors/nginx-http.conf;
            server {{
                listen 127.0.0.1:{port};
                set $allclear_errors {folder}/errors;
                include {folder}/errors/nginx.conf;
                location / {{ proxy_pass http://127.0.0.1:{dead}; proxy_intercept_errors on; }}
                location /checkout/ {{
                    set $allclear_feature checkout;
                    proxy_pass http://127.0.0.1:{dead}; proxy_intercept_errors on;
                }}
                {statuses}
            }}
        }}"
    )
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_dead_product_answers_each_reader_in_their_own_form() {
    let server = Server::start();
    let browser = "Accept: text/html,application/xhtml+xml,application/json;q=0.1";
    for (path, status) in [("/buy", 502), ("/fails/503", 503), ("/fails/504", 504)] {
        for method in ["GET", "POST"] {
            let page = server.ask(method, path, browser);
            assert!(page.starts_with(&format!("HTTP/1.1 {status} ")), "{page}");
            for said in ["Content-Type: text/html; charset=utf-8", ESTIMATE, "Card payments are failing"] {
                assert!(page.contains(said), "{said} is not in {page}");
            }
            for wanted in ["application/json", "application/problem+json"] {
                let answer = server.ask(method, path, &format!("Accept: {wanted}"));
                let (head, body) = answer.split_once("\r\n\r\n").unwrap();
                assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
                assert!(head.contains("Content-Type: application/problem+json"), "{head}");
                assert!(head.contains(ESTIMATE), "{head}");
                let problem: serde_json::Value = serde_json::from_str(body).unwrap();
                assert_eq!(
                    (&problem["status"], &problem["incident"]),
                    (&status.into(), &"2026/card-payments".into())
                );
            }
        }
    }
}

#[test]
fn the_answer_fits_the_feature_the_language_and_the_status() {
    let server = Server::start();
    let api = server.ask("GET", "/checkout/?basket=1", "Accept: application/json");
    assert!(api.contains("\"type\":\"about:blank\"") && api.contains("\"feature\":\"checkout\""), "{api}");
    assert!(api.contains("Retry-After: 120\r\n"), "{api}");
    let spanish = server.ask("GET", "/", "Accept-Language: es-MX,en;q=0.5");
    assert!(
        spanish.contains("<html lang=\"es\"") && spanish.contains("Vary: Accept, Accept-Language"),
        "{spanish}"
    );
    let fault = server.ask("GET", "/fails/500", "Accept: */*");
    assert!(fault.starts_with("HTTP/1.1 500 ") && !fault.contains("Retry-After"), "{fault}");
    assert!(server.ask("GET", "/allclear-errors/503.html", "").starts_with("HTTP/1.1 404 "));
}
